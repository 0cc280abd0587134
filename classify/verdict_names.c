/* verdict_names.c: see verdict_names.h. Values are the vendors' documented ones:
 * PowerMTA user guide, "bounce categories" (bounceCat); SparkPost, "Bounce Classification Codes"; Amazon SES, "Bounce
 * types"; KumoMTA, PreDefinedBounceClass.
 */
#include "classify/verdict_names.h"

/** Three columns, by enum ff_permanence. Only categories that may suppress have a first name of their own. */
struct row {
    const char *powermta[3], *sparkpost[3], *ses[3], *kumomta[3];
};

#define SAME(a) {a, a, a}
/* SparkPost 70: "transmission has been temporarily delayed"; KumoMTA has the same class. */
#define SP(a) {a, a, "70"}
#define KUMO(a) {a, a, "TransientFailure"}
#define SES(sub) SAME(sub)

static const struct row rows[FF_CATEGORY_COUNT] = {
    [FF_BAD_MAILBOX] = {{"bad-mailbox", "other", "other"},
                        {"10", "20", "70"},
                        SES("General"),
                        {"InvalidRecipient", "Uncategorized", "TransientFailure"}},
    [FF_BAD_ADDRESS_SYNTAX] = {{"bad-mailbox", "other", "other"},
                               {"10", "20", "70"},
                               SES("General"),
                               {"InvalidRecipient", "Uncategorized", "TransientFailure"}},
    [FF_INACTIVE_MAILBOX] = {{"inactive-mailbox", "other", "other"},
                             {"10", "20", "70"},
                             SES("General"),
                             {"InactiveMailbox", "Uncategorized", "TransientFailure"}},
    [FF_MAILBOX_FULL] = {SAME("quota-issues"), SAME("22"), SES("MailboxFull"), SAME("QuotaIssues")},
    [FF_RESTRICTED_MAILBOX] = {SAME("policy-related"), SP("50"), SES("General"), KUMO("PolicyRelated")},
    [FF_RECIPIENT_RATE_LIMITED] = {SAME("policy-related"), SP("20"), SES("General"), SAME("TransientFailure")},
    [FF_RECIPIENT_BLOCK] = {SAME("policy-related"), SP("50"), SES("General"), KUMO("PolicyRelated")},
    [FF_CATCH_ALL_REJECT] = {SAME("other"), SP("20"), SES("General"), KUMO("Uncategorized")},
    [FF_BAD_DOMAIN] = {{"bad-domain", "routing-errors", "routing-errors"},
                       {"10", "21", "21"},
                       SES("General"),
                       {"BadDomain", "DNSFailure", "DNSFailure"}},
    [FF_RELAY_DENIED] = {SAME("relaying-issues"), SAME("54"), SES("General"), SAME("RelayDenied")},
    [FF_ROUTING_LOOP] = {SAME("routing-errors"), SP("40"), SES("General"), SAME("RoutingErrors")},
    [FF_DNS_FAILURE] = {SAME("routing-errors"), SAME("21"), SES("General"), SAME("DNSFailure")},
    [FF_CONNECTION_FAILURE] = {SAME("bad-connection"), SP("20"), SES("General"), SAME("BadConnection")},
    [FF_RECEIVER_UNAVAILABLE] = {SAME("other"), SP("20"), SES("General"), SAME("TransientFailure")},
    [FF_MESSAGE_EXPIRED] = {SAME("message-expired"), SAME("24"), SES("General"), SAME("MessageExpired")},
    [FF_GREYLISTED] = {SAME("policy-related"), SAME("70"), SES("General"), SAME("TransientFailure")},
    [FF_RATE_LIMITED] = {SAME("policy-related"), SP("50"), SES("General"), KUMO("PolicyRelated")},
    [FF_DHAP_BLOCK] = {SAME("policy-related"), SP("50"), SES("General"), KUMO("PolicyRelated")},
    [FF_TOO_MANY_RECIPIENTS] = {SAME("policy-related"), SP("20"), SES("General"), SAME("TooManyRecipients")},
    [FF_DMARC_FAILURE] = {SAME("policy-related"), SP("50"), SES("General"), SAME("AuthenticationFailed")},
    [FF_AUTH_FAILURE] = {SAME("policy-related"), SP("50"), SES("General"), SAME("AuthenticationFailed")},
    [FF_BAD_SENDER_DNS] = {SAME("invalid-sender"), SP("50"), SES("General"), SAME("InvalidSender")},
    [FF_BAD_OUTBOUND_SENDER] = {SAME("policy-related"), SP("50"), SES("General"), KUMO("PolicyRelated")},
    [FF_SENDER_REJECTED] = {SAME("invalid-sender"), SP("50"), SES("General"), SAME("InvalidSender")},
    [FF_DNSBL_LISTED] = {SAME("spam-related"), SAME("51"), SES("General"), SAME("SpamBlock")},
    [FF_IP_REPUTATION] = {SAME("spam-related"), SAME("51"), SES("General"), SAME("SpamBlock")},
    [FF_DOMAIN_REPUTATION] = {SAME("spam-related"), SAME("51"), SES("General"), SAME("SpamBlock")},
    [FF_GEO_BLOCK] = {SAME("policy-related"), SP("50"), SES("General"), KUMO("PolicyRelated")},
    [FF_CONTENT_SPAM] = {SAME("spam-related"), SAME("52"), SES("ContentRejected"), SAME("SpamContent")},
    [FF_UNSAFE_CONTENT] = {SAME("virus-related"), SAME("53"), SES("AttachmentRejected"), SAME("VirusRelated")},
    [FF_MESSAGE_TOO_LARGE] = {SAME("content-related"), SAME("23"), SES("MessageTooLarge"), SAME("ContentRelated")},
    [FF_MALFORMED_MESSAGE] = {SAME("content-related"), SP("40"), SES("ContentRejected"), SAME("ContentRelated")},
    [FF_POLICY_BLOCK] = {SAME("policy-related"), SP("50"), SES("General"), KUMO("PolicyRelated")},
    [FF_TLS_REQUIRED] = {SAME("policy-related"), SP("40"), SES("General"), KUMO("PolicyRelated")},
    [FF_PROTOCOL_ERROR] = {SAME("protocol-errors"), SP("40"), SES("General"), SAME("ProtocolErrors")},
    [FF_AMBIGUOUS] = {SAME("other"), SP("40"), {"Undetermined", "Undetermined", "General"}, KUMO("Uncategorized")},
    [FF_UNCLASSIFIED] = {SAME("other"), SP("1"), {"Undetermined", "Undetermined", "General"}, KUMO("Uncategorized")},
};

enum ff_vendor ff_vendor_parse(struct ff_slice name)
{
    static const char *const names[FF_VENDOR_COUNT] = {"powermta", "sparkpost", "ses", "kumomta"};
    for (unsigned i = 0; i < FF_VENDOR_COUNT; i++)
        if (ff_slice_eq(name, ff_slice_str(names[i])))
            return (enum ff_vendor)i;
    return FF_VENDOR_COUNT;
}

struct ff_vendor_name ff_vendor_name(enum ff_vendor vendor, uint32_t category, enum ff_permanence permanence)
{
    if (category >= FF_CATEGORY_COUNT || !rows[category].powermta[0])
        return (struct ff_vendor_name){NULL, NULL};
    const struct row *r = &rows[category];
    switch (vendor) {
    case FF_VENDOR_POWERMTA:
        return (struct ff_vendor_name){r->powermta[permanence], NULL};
    case FF_VENDOR_SPARKPOST:
        return (struct ff_vendor_name){r->sparkpost[permanence], NULL};
    case FF_VENDOR_KUMOMTA:
        return (struct ff_vendor_name){r->kumomta[permanence], NULL};
    default: {
        const char *sub = r->ses[permanence];
        bool unknown = sub[0] == 'U'; /* "Undetermined" is type and subtype */
        return (struct ff_vendor_name){permanence == FF_MAY_SUPPRESS ? "Permanent" : unknown ? sub : "Transient", sub};
    }
    }
}

void ff_verdict_put_names(struct ff_json_out *o, unsigned vendors, const struct ff_verdict *v, bool transient)
{
    static const char *const keys[FF_VENDOR_COUNT] = {"bounce_cat", "bounce_class", "bounce_type", "kumomta_class"};
    enum ff_permanence permanence = v->suppress ? FF_MAY_SUPPRESS : transient ? FF_TRANSIENT : FF_PERMANENT;
    for (unsigned i = 0; i < FF_VENDOR_COUNT; i++) {
        struct ff_vendor_name n = ff_vendor_name((enum ff_vendor)i, v->category, permanence);
        if (!(vendors >> i & 1) || !n.name)
            continue;
        ff_json_member_string(o, keys[i], ff_slice_str(n.name));
        if (n.detail)
            ff_json_member_string(o, "bounce_sub_type", ff_slice_str(n.detail));
    }
}
