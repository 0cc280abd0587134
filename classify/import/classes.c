/* classes.c: classes of other classifiers as categories of ours. docs/importing-rules.md is compared with this table.
 *
 * A class that only says "later" or "something" becomes the category that does the least: a category must never say
 * more than the class it stands for.
 */
#include "classify/import/classes.h"

struct row {
    const char *name;
    uint32_t category;
    const char *note;
};

/* KumoMTA's PreDefinedBounceClass, with the meaning its source gives. */
static const struct row kumomta[] = {
    {"InvalidRecipient", FF_BAD_MAILBOX, ""},
    {"InactiveMailbox", FF_INACTIVE_MAILBOX, ""},
    {"BadDomain", FF_BAD_DOMAIN, ""},
    {"QuotaIssues", FF_MAILBOX_FULL, ""},
    {"RelayDenied", FF_RELAY_DENIED, ""},
    {"RelayingIssues", FF_RELAY_DENIED, ""},
    {"DNSFailure", FF_DNS_FAILURE, ""},
    {"RoutingErrors", FF_DNS_FAILURE, "unable to route; loops are not told apart"},
    {"BadConnection", FF_CONNECTION_FAILURE, ""},
    {"NoAnswerFromHost", FF_CONNECTION_FAILURE, ""},
    {"MessageExpired", FF_MESSAGE_EXPIRED, ""},
    {"TransientFailure", FF_RECEIVER_UNAVAILABLE, "the class names no cause"},
    {"BadConfiguration", FF_RECEIVER_UNAVAILABLE, "of the remote host"},
    {"InvalidSender", FF_BAD_SENDER_DNS, ""},
    {"AuthenticationFailed", FF_AUTH_FAILURE, ""},
    {"SpamBlock", FF_IP_REPUTATION, "a known spam source; the list is not known"},
    {"SpamContent", FF_CONTENT_SPAM, ""},
    {"SpamRelated", FF_CONTENT_SPAM, ""},
    {"ContentRelated", FF_CONTENT_SPAM, ""},
    {"ProhibitedAttachment", FF_UNSAFE_CONTENT, ""},
    {"VirusRelated", FF_UNSAFE_CONTENT, ""},
    {"PolicyRelated", FF_POLICY_BLOCK, ""},
    {"ProtocolErrors", FF_PROTOCOL_ERROR, ""},
    {"TooManyRecipients", FF_TOO_MANY_RECIPIENTS, ""},
    {"AutoReply", FF_CATEGORY_NONE, "no failure"},
    {"Subscribe", FF_CATEGORY_NONE, "no failure"},
    {"Unsubscribe", FF_CATEGORY_NONE, "no failure"},
    {"ChallengeResponse", FF_CATEGORY_NONE, "no failure"},
    {"Uncategorized", FF_CATEGORY_NONE, "no cause"},
    {NULL, 0, NULL},
};

/* The third column of ZoneMTA's bounces.txt. */
static const struct row zonemta[] = {
    {"recipient", FF_BAD_MAILBOX, ""},
    {"capacity", FF_MAILBOX_FULL, "of the mailbox or the server"},
    {"rate", FF_RATE_LIMITED, ""},
    {"greylist", FF_GREYLISTED, ""},
    {"blacklist", FF_DNSBL_LISTED, ""},
    {"block", FF_POLICY_BLOCK, ""},
    {"policy", FF_POLICY_BLOCK, ""},
    {"spam", FF_CONTENT_SPAM, ""},
    {"virus", FF_UNSAFE_CONTENT, ""},
    {"message", FF_MALFORMED_MESSAGE, ""},
    {"config", FF_BAD_SENDER_DNS, "of the sending host"},
    {"auth", FF_AUTH_FAILURE, ""},
    {"protocol", FF_PROTOCOL_ERROR, ""},
    {"network", FF_CONNECTION_FAILURE, ""},
    {"dns", FF_DNS_FAILURE, ""},
    {"other", FF_CATEGORY_NONE, "no cause"},
    {NULL, 0, NULL},
};

static const struct row *const tables[FF_IMPORT_COUNT] = {kumomta, zonemta};

enum ff_category ff_import_category(enum ff_import_from from, struct ff_slice name)
{
    for (const struct row *r = tables[from]; r->name; r++)
        if (ff_slice_eq(name, ff_slice_str(r->name)))
            return (enum ff_category)r->category;
    return FF_CATEGORY_COUNT;
}

enum ff_import_from ff_import_from_parse(struct ff_slice name)
{
    if (ff_slice_eq(name, FF_SLICE("kumomta")))
        return FF_IMPORT_KUMOMTA;
    return ff_slice_eq(name, FF_SLICE("zonemta")) ? FF_IMPORT_ZONEMTA : FF_IMPORT_COUNT;
}

bool ff_import_class(enum ff_import_from from, size_t i, const char **ret_name, uint32_t *ret_category,
                     const char **ret_note)
{
    const struct row *r = &tables[from][i];
    if (!r->name)
        return false;
    *ret_name = r->name;
    *ret_category = r->category;
    *ret_note = r->note;
    return true;
}
