/* categories.c: the published table of categories: who is responsible, what to do, in plain words. docs/categories.md
 * is made from it (fivefifty prints it, a test compares). Numbers and names never change; sentences may.
 */
#include "classify/classify.h"

#define R(x) FF_RESP_##x
#define A(x) FF_ACTION_##x

/* Where a category's verdict may not suppress, or not yet. */
static const char *const about_address[FF_ACTION_COUNT] = {
    [FF_ACTION_SUPPRESS_AFTER_N] =
        "Go on for now: one such reply is no proof. It is counted, and suppressed when it comes on enough distinct "
        "days.",
    [FF_ACTION_RETRY] = "Try again later; it may pass, so this reply is not held against the address.",
    [FF_ACTION_INVESTIGATE] =
        "Read the whole reply: it speaks of another matter beside the address, of the sender or its IP, or is our own "
        "MTA's. Settle that first; the address may be healthy.",
};
static const char *const no_cause[FF_ACTION_COUNT] = {
    [FF_ACTION_RETRY] = "Try again later; look at a sample and add a rule if it is frequent.",
    [FF_ACTION_INVESTIGATE] =
        "Ask the receiver's postmaster with the full reply, and look whether other recipients there get the same: it "
        "is more likely about the sender or the message than about the address. Add a rule if it is frequent.",
};

static const struct ff_category_info infos[FF_CATEGORY_COUNT] = {
    [FF_BAD_MAILBOX] = {"bad-mailbox", R(RECIPIENT), A(SUPPRESS_NOW), "The address does not exist.",
                        "Stop sending to this address. If many of one import appear, check where the list came from.",
                        about_address},
    [FF_BAD_ADDRESS_SYNTAX] = {"bad-address-syntax", R(RECIPIENT), A(SUPPRESS_NOW),
                               "The address is malformed for any server.",
                               "Remove or correct the address; validate addresses where they are entered.",
                               about_address},
    [FF_INACTIVE_MAILBOX] = {"inactive-mailbox", R(RECIPIENT), A(SUPPRESS_NOW),
                             "The mailbox existed but is disabled, suspended, expired or moved.",
                             "Stop sending to this address; such mailboxes are often turned into spam traps later.",
                             about_address},
    [FF_MAILBOX_FULL] = {"mailbox-full", R(RECIPIENT), A(SUPPRESS_AFTER_N), "The recipient's quota is used up.",
                         "Try again over several days; suppress only when it stays full on distinct days.", NULL},
    [FF_RESTRICTED_MAILBOX] =
        {"restricted-mailbox", R(RECEIVER), A(SUPPRESS_AFTER_N),
         "The mailbox exists but takes only internal, authenticated or allow-listed senders.",
         "Ask the recipient's administrator to allow your sending domain, or stop sending to it from this sender.",
         NULL},
    [FF_RECIPIENT_RATE_LIMITED] = {"recipient-rate-limited", R(TRANSIENT), A(RETRY),
                                   "This recipient gets too much mail at the moment.",
                                   "Retry later; look for loops or alerts that send the same person many mails.", NULL},
    [FF_RECIPIENT_BLOCK] = {"recipient-block", R(RECIPIENT), A(SUPPRESS_AFTER_N), "This recipient blocked this sender.",
                            "Treat it as an unsubscribe from this sender; do not switch senders to get around it.",
                            NULL},
    [FF_CATCH_ALL_REJECT] = {"catch-all-reject", R(RECIPIENT_DOMAIN), A(SUPPRESS_AFTER_N),
                             "The server took the recipient and refused it as unknown later.",
                             "Suppress after a second refusal; mark the domain as one that accepts everything first.",
                             NULL},
    [FF_BAD_DOMAIN] =
        {"bad-domain", R(RECIPIENT_DOMAIN), A(SUPPRESS_NOW), "The domain does not exist or takes no mail.",
         "Check the domain for a typing error; suppress the whole domain only after a DNS check of your own.",
         about_address},
    [FF_RELAY_DENIED] =
        {"relay-denied", R(RECIPIENT_DOMAIN), A(INVESTIGATE),
         "The server says that it does not serve this domain, or wants authentication to relay.",
         "Compare the domain's MX with the host you used; if DNS is right, the domain's owner must fix the server.",
         NULL},
    [FF_ROUTING_LOOP] = {"routing-loop", R(RECIPIENT_DOMAIN), A(SUPPRESS_AFTER_N), "The message went round in circles.",
                         "Nothing to fix at the sender; tell the domain's postmaster, stop after a few days.", NULL},
    [FF_DNS_FAILURE] = {"dns-failure", R(NETWORK), A(RETRY), "A resolver or zone is broken for the moment.",
                        "Retry; if it concerns many domains at once, check your own resolver.", NULL},
    [FF_CONNECTION_FAILURE] = {"connection-failure", R(NETWORK), A(RETRY), "No connection, or it broke off.",
                               "Retry; if it concerns many domains at once, check your own network and port 25.", NULL},
    [FF_RECEIVER_UNAVAILABLE] = {"receiver-unavailable", R(TRANSIENT), A(RETRY),
                                 "The receiving system is down, busy or out of space.",
                                 "Retry with growing intervals; nothing is wrong with the address.", NULL},
    [FF_MESSAGE_EXPIRED] = {"message-expired", R(NETWORK), A(NONE),
                            "The queue gave up; the cause is in the last transient reply.",
                            "Look at the last reply before it; the address is not to blame by itself.", NULL},
    [FF_GREYLISTED] = {"greylisted", R(RECEIVER), A(RETRY), "First contact was put off on purpose.",
                       "Retry from the same IP after the time it names; keep the retry interval above five minutes.",
                       NULL},
    [FF_RATE_LIMITED] = {"rate-limited", R(SENDER_REPUTATION), A(THROTTLE),
                         "Too much or too fast from this IP, sender or connection.",
                         "Slow down for this provider: fewer connections, fewer messages each; warm up new IPs.", NULL},
    [FF_DHAP_BLOCK] =
        {"dhap-block", R(SENDER_CONFIG), A(THROTTLE),
         "Too many unknown recipients came from us, so everything is refused (directory harvest protection).",
         "Pause this IP at this MX for an hour or more and clean the list; the address of this reply may be healthy.",
         NULL},
    [FF_TOO_MANY_RECIPIENTS] = {"too-many-recipients", R(SENDER_CONFIG), A(RETRY),
                                "More recipients than one message or session may have.",
                                "Send in smaller batches: fewer recipients per message.", NULL},
    [FF_DMARC_FAILURE] =
        {"dmarc-failure", R(SENDER_AUTH), A(FIX_SENDER), "The From domain's DMARC policy says to refuse this mail.",
         "Make SPF or DKIM pass with the very domain of the From header; check that this stream signs with that "
         "domain.",
         NULL},
    [FF_AUTH_FAILURE] =
        {"auth-failure", R(SENDER_AUTH), A(FIX_SENDER), "SPF, DKIM or other authentication is missing or failed.",
         "See which one failed (field mechanism): publish SPF for the sending IP, sign with DKIM; bulk mail needs both "
         "and DMARC.",
         NULL},
    [FF_BAD_SENDER_DNS] = {"bad-sender-dns", R(SENDER_CONFIG), A(FIX_SENDER),
                           "The sender's or HELO domain does not resolve, or the IP has no reverse name.",
                           "Give the sending IP a PTR that resolves back, and the envelope domain an MX or A record.",
                           NULL},
    [FF_BAD_OUTBOUND_SENDER] =
        {"bad-outbound-sender", R(SENDER_CONFIG), A(FIX_SENDER),
         "The sender's own account is blocked or over its limit.",
         "Stop this sender; find out whether the account was abused, then ask its provider to release it.", NULL},
    [FF_SENDER_REJECTED] =
        {"sender-rejected", R(SENDER_REPUTATION), A(FIX_SENDER), "The sender address or domain is refused by a rule.",
         "Check that the envelope sender exists and accepts bounces; ask the receiver which rule it is.", NULL},
    [FF_DNSBL_LISTED] =
        {"dnsbl-listed", R(SENDER_REPUTATION), A(FIX_SENDER), "A public list names the sending IP.",
         "Look up the IP at the list, remove the cause, then ask to be delisted (field delist has the page); slow the "
         "traffic meanwhile.",
         NULL},
    [FF_IP_REPUTATION] =
        {"ip-reputation", R(SENDER_REPUTATION), A(THROTTLE), "The provider itself thinks badly of the IP.",
         "Slow down and send to engaged recipients first; then use the provider's postmaster form (field delist has it "
         "where known).",
         NULL},
    [FF_DOMAIN_REPUTATION] =
        {"domain-reputation", R(SENDER_REPUTATION), A(FIX_SENDER),
         "The sending domain or a linked domain is listed or has a bad score.",
         "Check all domains in the mail (links, images, From) against the list that is named; replace or delist them.",
         NULL},
    [FF_GEO_BLOCK] = {"geo-block", R(RECEIVER), A(INVESTIGATE), "The receiver refuses the country of the IP or sender.",
                      "Use an IP in another country, or ask the receiver for an exception.", NULL},
    [FF_CONTENT_SPAM] =
        {"content-spam", R(SENDER_CONTENT), A(FIX_SENDER), "The message was taken for spam.",
         "Compare with mail that passes: subject, links, list quality; do not send the same content again.", NULL},
    [FF_UNSAFE_CONTENT] =
        {"unsafe-content", R(SENDER_CONTENT), A(FIX_SENDER), "A virus, dangerous attachment or link was found.",
         "Hold the campaign; check attachments and links, and whether the account or site was broken into.", NULL},
    [FF_MESSAGE_TOO_LARGE] = {"message-too-large", R(SENDER_CONTENT), A(FIX_SENDER),
                              "The message is larger than the receiver takes.",
                              "Send a link instead of the attachment.", NULL},
    [FF_MALFORMED_MESSAGE] =
        {"malformed-message", R(SENDER_CONTENT), A(FIX_SENDER), "Headers or encoding break the standard.",
         "Fix what builds the message: one From, Date and Message-ID, line ends CRLF, lines at most 998 bytes.", NULL},
    [FF_POLICY_BLOCK] = {"policy-block", R(RECEIVER), A(INVESTIGATE),
                         "The receiver's policy refuses it and gives no reason.",
                         "Try again later at a low rate; ask the receiver's postmaster with the full reply.", NULL},
    [FF_TLS_REQUIRED] =
        {"tls-required", R(SENDER_CONFIG), A(FIX_SENDER), "TLS is mandatory or failed.",
         "Enable STARTTLS with current protocols; with MTA-STS or DANE the receiver's certificate may be at fault.",
         NULL},
    [FF_PROTOCOL_ERROR] = {"protocol-error", R(SENDER_CONFIG), A(INVESTIGATE),
                           "Trouble with SMTP commands, or authentication is demanded on port 25.",
                           "Take a session trace; check that no proxy or firewall rewrites the session.", NULL},
    [FF_AMBIGUOUS] = {"ambiguous", R(NONE), A(SUPPRESS_AFTER_N),
                      "The text names no cause, or the evidence contradicts itself.",
                      "Wait for more replies of this address; look at a sample and add a rule if it is frequent.",
                      no_cause},
    [FF_UNCLASSIFIED] = {"unclassified", R(NONE), A(INVESTIGATE),
                         "No rule knows the text, and there is no usable code.",
                         "Look at the template; add a rule if it is frequent.", no_cause},
    [FF_ACCEPTED] = {"accepted", R(NONE), A(DELIVER), "The server took the message (a 2xx reply).", "Nothing.", NULL},
};

const struct ff_category_info *ff_category_info(uint32_t category)
{
    return category < FF_CATEGORY_COUNT && infos[category].name ? &infos[category] : NULL;
}

const char *ff_advice(uint32_t category, uint32_t action)
{
    const struct ff_category_info *info = ff_category_info(category);
    if (!info)
        return "";
    bool other = action != info->action && action < FF_ACTION_COUNT && info->instead && info->instead[action];
    return other ? info->instead[action] : info->advice;
}

const char *ff_category_name(uint32_t category)
{
    const struct ff_category_info *info = ff_category_info(category);
    return info ? info->name : "none";
}

enum ff_category ff_category_parse(struct ff_slice name)
{
    for (uint32_t i = 1; i < FF_CATEGORY_COUNT; i++)
        if (infos[i].name && ff_slice_eq(name, ff_slice_str(infos[i].name)))
            return (enum ff_category)i;
    return FF_CATEGORY_COUNT;
}

const char *ff_responsible_name(uint32_t responsible)
{
    static const char *const names[FF_RESP_COUNT] = {
        "none", "recipient", "recipient-domain", "receiver", "sender-auth", "sender-reputation", "sender-content",
        "sender-config",
        "network", "transient",
    };
    return responsible < FF_RESP_COUNT ? names[responsible] : "none";
}

const char *ff_action_name(uint32_t action)
{
    static const char *const names[FF_ACTION_COUNT] = {
        "none", "deliver", "suppress-now", "suppress-after-n", "retry", "throttle", "fix-sender", "investigate",
    };
    return action < FF_ACTION_COUNT ? names[action] : "none";
}
