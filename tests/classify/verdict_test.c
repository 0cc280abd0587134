/* verdict_test.c: what decides whether a verdict may suppress, its attributes, its encoding, its cost in
 * memory. */
#include "bench/allocations.h"
#include "classify/retry_hint.h"
#include "tests/classify/fixture.h"

/* ---- who may suppress -------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text, *mx, *sending_ip, *mail_from, *recipient;
    uint32_t stage, origin, kind;
    enum ff_category category;
    bool suppress;
} cases[] = {
    {.name = "a permanent claim with a named cause suppresses", .text = "550 5.1.1 User unknown", .stage = FF_STAGE_RCPT_TO, .category = FF_BAD_MAILBOX, .suppress = true},
    {.name = "a transient code does not", .text = "450 4.1.1 User unknown", .stage = FF_STAGE_RCPT_TO, .category = FF_BAD_MAILBOX},
    {.name = "a transient enhanced code behind a permanent one does not", .text = "550 4.1.1 User unknown", .category = FF_BAD_MAILBOX},
    {.name = "a text that says try again does not", .text = "550 5.1.1 User unknown, try again later", .category = FF_BAD_MAILBOX},
    {.name = "a bare code does not", .text = "550 5.1.1", .category = FF_BAD_MAILBOX},
    {.name = "a bare code with empty words does not", .text = "550 5.1.1 Sorry", .category = FF_BAD_MAILBOX},
    {.name = "nothing said to MAIL FROM is about the recipient", .text = "550 5.1.1 User unknown", .stage = FF_STAGE_MAIL_FROM, .category = FF_SENDER_REJECTED},
    {.name = "nor in the banner", .text = "550 5.1.1 User unknown", .stage = FF_STAGE_BANNER, .category = FF_AMBIGUOUS},
    {.name = "an address in the text that is our sender", .text = "550 5.1.1 <bounce@example.org>: user unknown", .mail_from = "bounce@example.org", .recipient = "bob@example.com", .category = FF_SENDER_REJECTED},
    {.name = "a domain in the text that is our own", .text = "550 5.1.2 Domain example.org not found", .mail_from = "bounce@example.org", .recipient = "bob@example.com", .category = FF_BAD_DOMAIN},
    {.name = "our own IP in the text takes the right to suppress", .text = "550 5.1.1 [192.0.2.10] User unknown", .sending_ip = "192.0.2.10", .category = FF_BAD_MAILBOX},
    {.name = "another IP does not", .text = "550 5.1.1 [192.0.2.11] User unknown", .sending_ip = "192.0.2.10", .category = FF_BAD_MAILBOX, .suppress = true},
    {.name = "what our own queue says of a mailbox", .text = "550 5.1.1 User unknown", .origin = FF_ORIGIN_LOCAL_QUEUE, .category = FF_BAD_MAILBOX},
    {.name = "what our own resolver says of a domain", .text = "Host or domain name not found", .origin = FF_ORIGIN_LOCAL_DNS, .category = FF_BAD_DOMAIN, .suppress = true},
    {.name = "what our own policy says", .text = "550 5.1.2 Domain does not exist", .origin = FF_ORIGIN_LOCAL_POLICY, .category = FF_BAD_DOMAIN},
    {.name = "an expired message", .text = "550 5.1.1 User unknown", .kind = FF_KIND_EXPIRATION, .category = FF_BAD_MAILBOX},
    {.name = "a transient failure", .text = "550 5.1.1 User unknown", .kind = FF_KIND_TRANSIENT_FAILURE, .category = FF_BAD_MAILBOX},
    {.name = "a report that came later", .text = "550 5.1.1 User unknown", .kind = FF_KIND_OOB, .category = FF_CATCH_ALL_REJECT},
    {.name = "refused after the message", .text = "550 5.1.1 User unknown", .stage = FF_STAGE_END_OF_DATA, .category = FF_CATCH_ALL_REJECT},
    {.name = "refused after the message by Yahoo, which always does", .text = "554 delivery error: dd This user doesn't have a yahoo.com account", .mx = "mta5.am0.yahoodns.net", .stage = FF_STAGE_END_OF_DATA, .category = FF_BAD_MAILBOX, .suppress = true},
    {.name = "a stage that only the text names", .text = "host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to end of DATA command)", .category = FF_CATCH_ALL_REJECT},
    {.name = "a quoted transient reply", .text = "host mx.example.com[192.0.2.1] said: 450 4.1.1 User unknown (in reply to RCPT TO command)", .category = FF_BAD_MAILBOX},
    {.name = "a listing under the code of an unknown user", .text = "550 5.1.1 User rejected, listed at zen.spamhaus.org", .category = FF_DNSBL_LISTED},
    {.name = "harvest protection under the code of an unknown user", .text = "550 5.1.1 Too many unknown recipients", .category = FF_DHAP_BLOCK},
    {.name = "a full mailbox under a permanent code", .text = "552 5.2.2 Mailbox full", .category = FF_MAILBOX_FULL},
    {.name = "sender verification under the code of an unknown user", .text = "550 5.1.1 Sender verification failed: no such user", .category = FF_SENDER_REJECTED},
    {.name = "our domain under the code of an unknown user", .text = "550 5.1.1 Your domain does not exist", .category = FF_BAD_SENDER_DNS},
    {.name = "rate under the code of an unknown user", .text = "550 5.1.1 User unknown or you are sending too fast, slow down", .category = FF_RATE_LIMITED},
    {.name = "an unknown user under a code of policy, in plain words", .text = "550 5.7.1 <bob@example.com>: sorry, user unknown here", .category = FF_BAD_MAILBOX, .suppress = true},
    {.name = "the same with more than two words that nothing explains", .text = "550 5.7.1 Account of staff, unknown strangers shall keep away", .category = FF_BAD_MAILBOX},
    {.name = "the same under a code of an unknown user", .text = "550 5.1.1 Account of staff, unknown strangers shall keep away", .category = FF_BAD_MAILBOX, .suppress = true},
    {.name = "a disabled mailbox under a code of policy, in plain words", .text = "550 5.7.1 The account of this user is disabled", .category = FF_INACTIVE_MAILBOX, .suppress = true},
    {.name = "something else of a user that is disabled", .text = "550 5.7.1 Straight handover past our gateways to any user is disabled", .category = FF_INACTIVE_MAILBOX},
    {.name = "an unknown user under the reply code of a size, in the words of RFC 5321", .text = "552 Requested mail action aborted, user unknown", .category = FF_BAD_MAILBOX, .suppress = true},
    {.name = "policy under the code of an unknown user", .text = "550 5.1.1 Rejected by DMARC policy, user unknown", .category = FF_DMARC_FAILURE},
};

static struct ff_slice opt(const char *s)
{
    return s ? ff_slice_str(s) : ff_slice_of(NULL, 0);
}

static void who_may_suppress(struct ff_classifier *c)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        const struct ff_reply reply = {.raw = ff_slice_str(cases[i].text), .mx = opt(cases[i].mx), .sending_ip = opt(cases[i].sending_ip),
                                       .mail_from = opt(cases[i].mail_from), .recipient = opt(cases[i].recipient), .stage = cases[i].stage,
                                       .origin = cases[i].origin, .kind = cases[i].kind};
        struct ff_verdict v;
        CHECK_INT(ff_classify(c, &reply, &v), FF_OK);
        if (cases[i].category != FF_BAD_DOMAIN || cases[i].suppress) /* our own domain may be called what it likes */
            CHECK_STR(ff_category_name(v.category), ff_category_name(cases[i].category));
        CHECK(v.suppress == cases[i].suppress, "suppress is %d, category %s", v.suppress, ff_category_name(v.category));
    }
}

/* ---- actions ----------------------------------------------------------------------------------------------------- */

static const struct action_case {
    const char *name, *text;
    enum ff_category category;
    enum ff_action action;
    uint32_t stage, origin, kind;
} actions[] = {
    {"a bare 550 to RCPT TO may be about the recipient", "550", FF_AMBIGUOUS, FF_ACTION_SUPPRESS_AFTER_N, .stage = FF_STAGE_RCPT_TO},
    {"the same when nobody knows the stage", "550", FF_AMBIGUOUS, FF_ACTION_SUPPRESS_AFTER_N, .stage = FF_STAGE_UNSPECIFIED},
    {"5.0.0 and 5.1.0 too", "550 5.0.0 rejected", FF_AMBIGUOUS, FF_ACTION_SUPPRESS_AFTER_N, .stage = FF_STAGE_RCPT_TO},
    {"who is rejected is the recipient", "550 5.1.0 Recipient rejected", FF_AMBIGUOUS, FF_ACTION_SUPPRESS_AFTER_N, .stage = FF_STAGE_RCPT_TO},
    {"a mailbox that is unavailable", "550 mailbox unavailable", FF_AMBIGUOUS, FF_ACTION_SUPPRESS_AFTER_N, .stage = FF_STAGE_RCPT_TO},
    {"a code of policy is about the sender, whatever is rejected", "550 5.7.1 rejected", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .stage = FF_STAGE_RCPT_TO},
    {"access that is denied is ours", "550 Access denied", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .stage = FF_STAGE_RCPT_TO},
    {"a message that is rejected is the matter", "550 Message rejected", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .stage = FF_STAGE_RCPT_TO},
    {"a transaction that fails", "554 Transaction failed", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .stage = FF_STAGE_RCPT_TO},
    {"at the end of data the message is the matter", "550 rejected", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .stage = FF_STAGE_END_OF_DATA},
    {"before RCPT TO it is we", "554 rejected", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .stage = FF_STAGE_MAIL_FROM},
    {"a report that came later", "550 5.0.0 undeliverable", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .origin = FF_ORIGIN_REMOTE_DSN, .kind = FF_KIND_OOB},
    {"our own MTA", "550 5.0.0 undeliverable", FF_AMBIGUOUS, FF_ACTION_INVESTIGATE, .stage = FF_STAGE_QUEUE, .origin = FF_ORIGIN_LOCAL_QUEUE},
    {"what our MTA tries again may pass", "550 rejected", FF_AMBIGUOUS, FF_ACTION_RETRY, .stage = FF_STAGE_RCPT_TO, .kind = FF_KIND_TRANSIENT_FAILURE},
    {"a vague word about the address that our MTA tries again", "550 5.1.1", FF_BAD_MAILBOX, FF_ACTION_RETRY, .kind = FF_KIND_TRANSIENT_FAILURE},
    {"a dead mailbox beside another matter is looked into, not tried again", "550 5.1.1 User unknown (blocklist)", FF_BAD_MAILBOX, FF_ACTION_INVESTIGATE, .kind = FF_KIND_BOUNCE},
    {"who may write is such a matter", "550 5.1.1 Niemand mit diesem Namen darf an die Liste schreiben, Benutzer unbekannt", FF_BAD_MAILBOX, FF_ACTION_INVESTIGATE, .kind = FF_KIND_BOUNCE},
    {"a list that speaks of itself is another matter", "550 5.1.1 user unknown. Messages from your mailing list are refused", FF_BAD_MAILBOX, FF_ACTION_INVESTIGATE, .kind = FF_KIND_BOUNCE},
    {"to be cleared from the receiver's own list", "550 5.1.1 User unknown, remove this address from our block list", FF_BAD_MAILBOX, FF_ACTION_INVESTIGATE, .kind = FF_KIND_BOUNCE},
    {"a directory that fails may answer later", "550 5.1.1 user not found; LDAP lookup failed", FF_BAD_MAILBOX, FF_ACTION_RETRY, .kind = FF_KIND_BOUNCE},
    {"what is to be checked may be tried again later", "550 5.1.1 Mailbox not found. Check the address and try again later", FF_BAD_MAILBOX, FF_ACTION_RETRY, .kind = FF_KIND_BOUNCE},
    {"Exchange, who will not try again for us", "550 5.1.1 The address was not found in the recipient's system. Microsoft Exchange will not try to redeliver this message for you.", FF_BAD_MAILBOX, FF_ACTION_SUPPRESS_NOW, .kind = FF_KIND_BOUNCE},
    {"whoever asks us to clean our list says that the address is dead", "550 5.1.1 user does not exist. Please remove this address from your mailing list.", FF_BAD_MAILBOX, FF_ACTION_SUPPRESS_NOW, .kind = FF_KIND_BOUNCE},
    {"permanent, not temporary", "550 5.1.1 No such user. Permanent failure, not temporary.", FF_BAD_MAILBOX, FF_ACTION_SUPPRESS_NOW, .kind = FF_KIND_BOUNCE},
    {"temporary, not permanent", "550 5.1.1 No such user. Temporary failure, not permanent.", FF_BAD_MAILBOX, FF_ACTION_RETRY, .kind = FF_KIND_BOUNCE},
    {"whom a legitimate sender may ask", "550 5.1.1 Address unknown. If you are a legitimate sender, contact postmaster@example.com", FF_BAD_MAILBOX, FF_ACTION_SUPPRESS_NOW, .kind = FF_KIND_BOUNCE},
    {"an Outlook report that asks to check", "Check the address and try again. <mx.example.com #5.0.0 smtp; 550 5.1.1 unknown user>", FF_BAD_MAILBOX, FF_ACTION_SUPPRESS_NOW, .kind = FF_KIND_BOUNCE},
    {"an account that was closed for what its owner did", "550 5.2.1 Account disabled for policy violation", FF_INACTIVE_MAILBOX, FF_ACTION_SUPPRESS_NOW, .kind = FF_KIND_BOUNCE},
    {"under a code of policy it may be ours", "550 5.7.1 Account disabled for policy violation", FF_INACTIVE_MAILBOX, FF_ACTION_INVESTIGATE, .kind = FF_KIND_BOUNCE},
    {"a closed mailbox, and a message that policy refuses", "550 5.2.1 Mailbox disabled. Message rejected for policy violation", FF_INACTIVE_MAILBOX, FF_ACTION_INVESTIGATE, .kind = FF_KIND_BOUNCE},
    {"a spam sender of Exchange Online is the sending tenant's problem",
     "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message", FF_BAD_OUTBOUND_SENDER, FF_ACTION_FIX_SENDER, .kind = FF_KIND_BOUNCE},
};

static void what_to_do(struct ff_classifier *c)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        const struct action_case *a = &actions[i];
        const struct ff_reply reply = {.raw = ff_slice_str(a->text), .stage = a->stage, .origin = a->origin, .kind = a->kind};
        struct ff_verdict v;
        CASE(a->name);
        CHECK_INT(ff_classify(c, &reply, &v), FF_OK);
        CHECK_STR(ff_category_name(v.category), ff_category_name(a->category));
        CHECK_STR(ff_action_name(v.action), ff_action_name(a->action));
        CHECK(v.suppress == (a->action == FF_ACTION_SUPPRESS_NOW), "suppress is %d", v.suppress);
    }
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

static void attributes(struct ff_classifier *c)
{
    struct ff_verdict v;
    struct ff_reply r = {.raw = FF_SLICE("554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org")};
    CASE("a list is named with its type");
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    CHECK_SLICE(v.list, "Spamhaus");
    CHECK_SLICE(v.list_type, "ip");
    CHECK_INT(v.action, FF_ACTION_FIX_SENDER);
    CASE("a domain list");
    r.raw = FF_SLICE("554 5.7.1 Your domain is listed by dbl.spamhaus.org");
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    CHECK_SLICE(v.list, "Spamhaus-DBL");
    CHECK_SLICE(v.list_type, "domain");
    static const struct {
        const char *text, *mx, *page;
    } delist[] = {
        {"554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", "", "https://check.spamhaus.org/"},
        {"554 5.7.1 listed by b.barracudacentral.org", "", "https://www.barracudacentral.org/rbl/removal-request"},
        {"554 rejected. IPBL1000", "cxr.mx.a.cloudfilter.net", "https://csi.cloudmark.com/en/reset/"},
        {"550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "example-com.mail.protection.outlook.com", "https://sender.office.com/"},
        {"554 5.7.1 Your IP has a poor reputation", "mx.example.net", NULL},
        {"550 5.1.1 User unknown", "example-com.mail.protection.outlook.com", NULL},
        {"554 5.7.1 listed by dnsbl.sorbs.net", "", NULL}, /* SORBS is gone */
    };
    for (size_t i = 0; i < sizeof delist / sizeof *delist; i++) {
        CASE(delist[i].text);
        r = (struct ff_reply){.raw = ff_slice_str(delist[i].text), .mx = ff_slice_str(delist[i].mx)};
        CHECK_INT(ff_classify(c, &r, &v), FF_OK);
        const char *page = ff_verdict_delist_page(&v);
        CHECK(delist[i].page ? page && strcmp(page, delist[i].page) == 0 : !page, "got %s", page ? page : "none");
    }
    CASE("the provider by its MX");
    r = (struct ff_reply){.raw = FF_SLICE("452 4.2.2 over quota"), .mx = FF_SLICE("alt1.gmail-smtp-in.l.google.com")};
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    CHECK_SLICE(v.provider, "google");
    CASE("the provider by its text");
    r = (struct ff_reply){.raw = FF_SLICE("452 4.2.2 over quota a1b2c3 - gsmtp")};
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    CHECK_SLICE(v.provider, "google");
    CASE("seconds to wait, fresh from the text even when the template is known");
    for (unsigned i = 1; i < 4; i++) {
        char text[80];
        snprintf(text, sizeof text, "451 4.7.1 Greylisted, try again in %u seconds", 100 * i);
        r = (struct ff_reply){.raw = ff_slice_str(text)};
        CHECK_INT(ff_classify(c, &r, &v), FF_OK);
        CHECK_INT(v.category, FF_GREYLISTED);
        CHECK_INT(v.retry_after_s, 100 * i);
    }
    CASE("the mechanism of authentication");
    r = (struct ff_reply){.raw = FF_SLICE("550 5.7.23 SPF check failed")};
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    CHECK_SLICE(v.mechanism, "spf");
    static const struct {
        const char *text, *mechanism;
    } mechanisms[] = {
        {"550 5.7.20 No passing DKIM signature found", "dkim"}, {"550 5.7.29 ARC validation failure", "arc"},
        {"550 5.7.1 Rejected by DMARC policy", "dmarc"},        {"550 5.7.25 No PTR record for 192.0.2.1", "ptr"},
        {"504 5.5.2 <mail>: Helo command rejected: need fully-qualified hostname", "helo"},
        {"550 5.1.8 Domain of sender address does not resolve", "dns"},
        {"550 5.7.1 Message is not authenticated", "auth"},
    };
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        CASE(mechanisms[i].text);
        r = (struct ff_reply){.raw = ff_slice_str(mechanisms[i].text)};
        CHECK_INT(ff_classify(c, &r, &v), FF_OK);
        CHECK_SLICE(v.mechanism, mechanisms[i].mechanism);
    }
    CASE("code and text that disagree are a conflict");
    r = (struct ff_reply){.raw = FF_SLICE("550 5.1.1 Too many unknown recipients")};
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    CHECK(v.conflict, "no conflict");
    CASE("2xx is accepted");
    r = (struct ff_reply){.raw = FF_SLICE("250 2.0.0 OK")};
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    CHECK(v.category == FF_ACCEPTED && v.action == FF_ACTION_DELIVER, "%s", ff_category_name(v.category));
    CASE("nothing at all is an error, and never suppresses");
    r = (struct ff_reply){.code = 0};
    CHECK_INT(ff_classify(c, &r, &v), FF_ERR_SYNTAX);
    CHECK(v.category == FF_UNCLASSIFIED && !v.suppress, "%s", ff_category_name(v.category));
}

static void retry_hints(void)
{
    static const struct {
        const char *text;
        unsigned seconds;
    } hints[] = {
        {"try again in 300 seconds", 300}, {"in 5 minutes", 300}, {"retry in 00:05:00", 300}, {"1 hour", 3600}, {"after 10min", 600},
        {"dans 5 minutes", 300}, {"in 2 Stunden", 7200}, {"через 15 минут", 900}, {"5分後", 300}, {"192.0.2.5 minutes", 0},
        {"no number", 0}, {"12 messages", 0}, {"550 5.1.1 x", 0}, {"99999999 seconds", 0}, {"3m", 180}, {"", 0}, {"7", 0},
        {"come back in 00:05:00", 300}, {"please wait 00:10:00", 600}, {"connected at 00:05:00 UTC", 0}, {"5 min. and 30 sec.", 330},
        {"retry in 1 hour 30 minutes", 5400}, {"1h 30m", 5400}, {"2 hour(s) and 5 minute(s)", 7500}, {"in 1 Stunde und 5 Minuten", 3900}, {"wait 5 more minutes", 300},
        {"idle timeout after 300 seconds", 0}, {"closed after 300 seconds of inactivity", 0}, {"100 messages per 60 minutes", 0},
        {"20 connections within 60 seconds, try again in 10 minutes", 600}, {"timed out after 30 seconds", 0},
        {"in the last 5 minutes", 0}, {"seen 3 minutes ago", 0}, {"still trying, message is 4 hours old", 0},
        {"60 seconds, 5 recipients", 60}, {"5 minutes 10 seconds 2 hours", 310}, {"try again in 5 to 10 minutes", 600},
        {"limit of 5 per hour, wait 40 minutes", 2400}, {"at 10:00:00", 0}, {"for 3 hours", 10800}, {"1 minute of 30 days", 60},
        /* in words: only where something asks to wait */
        {"try again in five minutes", 300}, {"Please wait an hour.", 3600}, {"retry after half an hour", 1800}, {"in ten minutes try again", 600},
        {"wait ten more minutes", 600}, {"deferred for fifteen minutes", 900}, {"[greylisted for five minutes]", 300}, {"try again in twenty-four hours", 86400},
        {"come back in another quarter of an hour", 900}, {"try again in about two hours", 7200}, {"bitte in fünf Minuten erneut senden", 300},
        {"Warten Sie eine Stunde", 3600}, {"in einer halben Stunde erneut versuchen", 1800}, {"réessayez dans une demi-heure", 1800},
        {"réessayez dans un quart d'heure", 900}, {"réessayez dans vingt-quatre heures", 86400}, {"patientez dix minutes", 600},
        {"intente de nuevo en media hora", 1800}, {"inténtelo en cinco minutos", 300}, {"intente dentro de cuarenta y cinco minutos", 2700},
        {"riprovare tra un'ora", 3600}, {"riprovi fra mezz'ora", 1800}, {"tente novamente em cinco minutos", 300}, {"aguarde meia hora", 1800},
        {"probeer het over een half uur opnieuw", 1800}, {"opnieuw over vijf minuten", 300}, {"spróbuj za godzinę", 3600}, {"spróbuj za pół godziny", 1800},
        {"spróbuj za pięć minut", 300}, {"повторите через час", 3600}, {"повторите через полчаса", 1800}, {"повторите через пять минут", 300},
        {"попытка через двадцать пять минут", 1500}, {"vänta en halv timme", 1800}, {"försök igen om tio minuter", 600}, {"réessayez dans un quart d’heure", 900}, {"wait ’", 0}, {"请五分钟后重试", 300}, {"半小时后再试", 1800}, {"请五分钟后重试，半小时后放弃", 300}, {"last 一分钟后, try again 十分钟后", 600},
        {"ten messages an hour", 0}, {"try again, only ten messages in an hour", 0}, {"timed out after five minutes", 0}, {"no response for two hours", 0},
        {"two minutes ago, try again", 0}, {"in five minuets", 0}, {"wait", 0}, {"in a", 0}, {"wait twenty-", 0}, {"idle for ten minutes", 0}, {"after half an", 0},
    };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        CASE(hints[i].text);
        CHECK_INT(ff_retry_hint(ff_slice_str(hints[i].text)), hints[i].seconds);
    }
}

static void encoding(struct ff_classifier *c)
{
    struct ff_verdict v, back;
    uint8_t buf[FF_VERDICT_BYTES_MAX];
    struct ff_reply r = {.raw = FF_SLICE("451 4.7.1 Greylisted for 60 seconds by zen.spamhaus.org"), .mx = FF_SLICE("mx.yandex.ru")};
    CASE("a verdict comes back as it went");
    CHECK_INT(ff_classify(c, &r, &v), FF_OK);
    size_t n = ff_verdict_encode(&v, buf);
    CHECK_INT(ff_verdict_decode(ff_slice_of(buf, n), &back), FF_OK);
    CHECK(back.category == v.category && back.action == v.action && back.confidence == v.confidence && back.template_id == v.template_id &&
              back.retry_after_s == v.retry_after_s && ff_slice_eq(back.rule, v.rule) && ff_slice_eq(back.provider, v.provider),
          "a field changed");
    CASE("a name that is too long is cut between two characters, and the verdict can be read");
    char name[70];
    uint8_t named_buf[FF_VERDICT_BYTES_MAX];
    memset(name, 'n', sizeof name);
    memcpy(name + 63, "\xc3\xa9", 2);
    struct ff_verdict named = v;
    named.rule = named.provider = named.list = named.list_type = named.mechanism = ff_slice_of(name, sizeof name);
    CHECK_INT(ff_verdict_decode(ff_slice_of(named_buf, ff_verdict_encode(&named, named_buf)), &back), FF_OK);
    CHECK_INT(back.rule.len, 63);
    CHECK_INT(back.mechanism.len, 63);
    CASE("cut anywhere, it is refused or shorter, never read past");
    for (size_t i = 0; i < n; i++) {
        uint8_t *copy = malloc(i ? i : 1);
        memcpy(copy, buf, i);
        enum ff_err err = ff_verdict_decode(ff_slice_of(copy, i), &back);
        CHECK(err == FF_OK || err == FF_ERR_TRUNCATED || err == FF_ERR_SYNTAX, "%d", err);
        free(copy);
    }
    CASE("as JSON members");
    struct ff_json_out o;
    ff_json_out_init(&o);
    ff_json_open(&o, '{');
    v = (struct ff_verdict){.category = FF_BAD_MAILBOX, .suppress = true, .action = FF_ACTION_SUPPRESS_NOW, .responsible = FF_RESP_RECIPIENT,
                            .confidence = 80, .template_id = 0x1234};
    ff_verdict_put_json(&o, &v);
    ff_json_close(&o, '}');
    static const char want[] = "{\"category\":\"bad-mailbox\",\"suppress\":true,\"action\":\"suppress-now\",\"responsible\":\"recipient\","
                               "\"confidence\":80,\"template\":\"0000000000001234\",\"advice\":\"";
    CHECK(o.len > sizeof want && memcmp(o.buf, want, sizeof want - 1) == 0, "%.*s", (int)o.len, o.buf);
    ff_json_out_fini(&o);
}

static struct example examples[EXAMPLES_MAX];

static void no_allocation(struct ff_classifier *c)
{
    size_t count = fixture_examples(examples);
    CASE("no allocation per reply, neither for known nor for unknown ones");
    uint64_t before = allocations_count();
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < count; i++) {
            struct ff_verdict v;
            examples[i].reply.raw = ff_slice_str(examples[i].text);
            (void)ff_classify(c, &examples[i].reply, &v);
        }
    CHECK_INT(allocations_count() - before, 0);
}

static void hostile_bytes(struct ff_classifier *c)
{
    CASE("any bytes of any length");
    uint64_t x = 1;
    for (int round = 0; round < 3000; round++) {
        static uint8_t buf[20000];
        size_t n = (size_t)(x >> 33) % (round % 100 ? 300 : sizeof buf);
        for (size_t i = 0; i < n; i++) {
            x = x * 6364136223846793005ull + 1442695040888963407ull;
            buf[i] = round % 3 == 0 ? (uint8_t)(x >> 56) : (uint8_t)" 5.1@a-:/[]<>\n#0\xc3\xa4\xe7"[(x >> 40) % 21];
        }
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, buf, n);
        struct ff_reply r = {.raw = ff_slice_of(copy, n), .mail_from = ff_slice_of(copy, n % 40), .recipient = ff_slice_of(copy, n % 30),
                             .sending_ip = ff_slice_of(copy, n % 20), .mx = ff_slice_of(copy, n), .stage = (uint32_t)x, .kind = (uint32_t)(x >> 3)};
        struct ff_verdict v;
        (void)ff_classify(c, &r, &v);
        CHECK(v.category < FF_CATEGORY_COUNT && v.confidence <= 100, "%u", v.category);
        free(copy);
    }
}

int main(void)
{
    struct ff_ruleset *rules = fixture_rules();
    struct ff_classifier *c = fixture_classifier(rules, 0);
    who_may_suppress(c);
    what_to_do(c);
    attributes(c);
    retry_hints();
    encoding(c);
    no_allocation(c);
    hostile_bytes(c);
    ff_classifier_free(c);
    ff_ruleset_free(rules);
    return test_end();
}
