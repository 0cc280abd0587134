/* names_test.c: docs/verdict-names.md is made from the table of other products' names, and the table keeps its
 * one rule: what readers of those names suppress by is said only when the verdict may suppress.
 *
 * With the argument "write" it prints the page; otherwise the page must be what would be printed.
 */
#include "classify/verdict_names.h"
#include "tests/test.h"

/* Everything the vendors document. */
static const char *const powermta[] = {"bad-configuration",   "bad-connection",
                                       "bad-domain",          "bad-mailbox",
                                       "content-related",     "inactive-mailbox",
                                       "invalid-sender",      "message-expired",
                                       "no-answer-from-host", "other",
                                       "policy-related",      "protocol-errors",
                                       "quota-issues",        "relaying-issues",
                                       "routing-errors",      "spam-related",
                                       "virus-related",       NULL};
static const char *const sparkpost[] = {"1",  "10", "20", "21", "22", "23", "24", "25", "30",  "40", "50",
                                        "51", "52", "53", "54", "60", "70", "80", "90", "100", NULL};
static const char *const ses_types[] = {"Undetermined", "Permanent", "Transient", NULL};
static const char *const ses_subtypes[] = {
    "Undetermined", "General",         "NoEmail",         "Suppressed",         "OnAccountSuppressionList",
    "MailboxFull",  "MessageTooLarge", "ContentRejected", "AttachmentRejected", NULL};
static const char *const kumomta[] = {"InvalidRecipient",
                                      "DNSFailure",
                                      "SpamBlock",
                                      "SpamContent",
                                      "ProhibitedAttachment",
                                      "RelayDenied",
                                      "AutoReply",
                                      "TransientFailure",
                                      "Subscribe",
                                      "Unsubscribe",
                                      "ChallengeResponse",
                                      "BadConfiguration",
                                      "BadConnection",
                                      "BadDomain",
                                      "ContentRelated",
                                      "InactiveMailbox",
                                      "InvalidSender",
                                      "MessageExpired",
                                      "NoAnswerFromHost",
                                      "PolicyRelated",
                                      "ProtocolErrors",
                                      "QuotaIssues",
                                      "RelayingIssues",
                                      "RoutingErrors",
                                      "SpamRelated",
                                      "VirusRelated",
                                      "AuthenticationFailed",
                                      "TooManyRecipients",
                                      "Uncategorized",
                                      NULL};
/* What their readers suppress by. */
static const char *const hard[FF_VENDOR_COUNT][8] = {{"bad-mailbox", "inactive-mailbox", "bad-domain"},
                                                     {"10", "30", "90", "25"},
                                                     {"Permanent"},
                                                     {"InvalidRecipient", "InactiveMailbox", "BadDomain"}};

static bool is_in(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (name && strcmp(*list, name) == 0)
            return true;
    return false;
}

static bool may_suppress(uint32_t category)
{
    return category == FF_BAD_MAILBOX || category == FF_BAD_ADDRESS_SYNTAX || category == FF_INACTIVE_MAILBOX ||
           category == FF_BAD_DOMAIN;
}

/* ---- the page -------------------------------------------------------------------------------------------------------
 */

static const char *cell(enum ff_vendor vendor, uint32_t category, enum ff_permanence p, char buf[64])
{
    struct ff_vendor_name n = ff_vendor_name(vendor, category, p);
    snprintf(buf, 64, n.detail ? "%s/%s" : "%s", n.name, n.detail);
    return buf;
}

/** "bad-mailbox; other; other" in short: names that are alike stand once. */
static void print_cell(FILE *f, enum ff_vendor vendor, uint32_t category)
{
    char a[64], b[64], c[64];
    cell(vendor, category, FF_MAY_SUPPRESS, a);
    cell(vendor, category, FF_PERMANENT, b);
    cell(vendor, category, FF_TRANSIENT, c);
    fputs(" | ", f);
    if (may_suppress(category))
        fprintf(f, "**%s**, else ", a);
    fprintf(f, "%s", b);
    if (strcmp(b, c) != 0)
        fprintf(f, "; 4xx: %s", c);
}

static void print_page(FILE *f)
{
    fputs("# Verdicts in the words of other products\n\nMade from the table in `classify/verdict_names.c`; a test "
          "compares. `fivefifty classify --json --names powermta` (`sparkpost`, `ses`, `kumomta`; repeatable)\nand `run "
          "--results FILE --names powermta` add them to every verdict on a failure, so that what reads those products' "
          "events needs no change:\n\n"
          "| `--names` | members | as in |\n|---|---|---|\n"
          "| `powermta` | `bounce_cat` | `bounceCat` of accounting files |\n"
          "| `sparkpost` | `bounce_class` | `bounce_class` of message events (a string) |\n"
          "| `ses` | `bounce_type`, `bounce_sub_type` | `bounceType`, `bounceSubType` of notifications |\n"
          "| `kumomta` | `kumomta_class` | `bounce_classification` of log records |\n\n"
          "Readers of these names suppress by some of them: bad-mailbox, inactive-mailbox, bad-domain; 10, 25, 30, 90; "
          "Permanent; InvalidRecipient, InactiveMailbox, BadDomain.\n"
          "**Bold**: such a name is given only when the verdict itself may suppress (`suppress` is true); else the "
          "name behind it. So a \"user unknown\" that is a 4xx, from our own\n"
          "MTA or in doubt is no hard bounce downstream either, and neither is a 5xx block. A domain that our own resolver "
          "does not find is one at once; our own list\nwaits for a second day ([suppression.md](suppression.md)), so a "
          "resolver that lies reaches such readers first. \"4xx\": where the product "
          "has another name for a transient reply.\n"
          "`TransientFailure` and `70` are those products' own names for it. Accepted replies and events that are no "
          "failure get none.\n\n"
          "| category | PowerMTA | SparkPost | SES type/subtype | KumoMTA |\n|---|---|---|---|---|\n",
          f);
    for (uint32_t c = 1; c < FF_CATEGORY_COUNT; c++) {
        if (c == FF_ACCEPTED)
            continue;
        fprintf(f, "| %s", ff_category_name(c));
        for (unsigned v = 0; v < FF_VENDOR_COUNT; v++)
            print_cell(f, (enum ff_vendor)v, c);
        fputs(" |\n", f);
    }
}

static void test_page(void)
{
    char *want = NULL, got[32768] = "";
    size_t size = 0;
    FILE *f = open_memstream(&want, &size);
    print_page(f);
    fclose(f);
    CASE("docs/verdict-names.md says what the table says (mend: this program with the argument write)");
    f = fopen("docs/verdict-names.md", "r");
    CHECK(f != NULL, "no docs/verdict-names.md");
    if (f) {
        got[fread(got, 1, sizeof got - 1, f)] = 0;
        fclose(f);
    }
    CHECK(strcmp(got, want) == 0, "they differ");
    free(want);
}

/* ---- the table ------------------------------------------------------------------------------------------------------
 */

static void test_table(void)
{
    for (uint32_t c = 1; c < FF_CATEGORY_COUNT; c++)
        for (unsigned v = 0; v < FF_VENDOR_COUNT; v++)
            for (unsigned p = FF_MAY_SUPPRESS; p <= FF_TRANSIENT; p++) {
                struct ff_vendor_name n = ff_vendor_name((enum ff_vendor)v, c, (enum ff_permanence)p);
                if (c == FF_ACCEPTED) {
                    CASE("what is no failure has no name");
                    CHECK(!n.name, "%s", n.name);
                    continue;
                }
                CASE("every failure has a name that the vendor documents");
                const char *const *list = v == FF_VENDOR_POWERMTA    ? powermta
                                          : v == FF_VENDOR_SPARKPOST ? sparkpost
                                          : v == FF_VENDOR_SES       ? ses_types
                                                                     : kumomta;
                CHECK(is_in(list, n.name), "%s: %s", ff_category_name(c), n.name);
                CHECK(v != FF_VENDOR_SES || is_in(ses_subtypes, n.detail), "%s: %s", ff_category_name(c), n.detail);
                CASE("names that readers suppress by need a verdict that may suppress");
                bool is_hard = is_in(hard[v], n.name), may = p == FF_MAY_SUPPRESS && may_suppress(c);
                CHECK(!is_hard || may || (v == FF_VENDOR_SES && p == FF_MAY_SUPPRESS), "%s: %s", ff_category_name(c),
                      n.name);
                CHECK(is_hard || !may, "%s: %s is no name to suppress by", ff_category_name(c), n.name);
            }
    CASE("names of vendors are read");
    CHECK_INT(ff_vendor_parse(FF_SLICE("ses")), FF_VENDOR_SES);
    CHECK_INT(ff_vendor_parse(FF_SLICE("sendmail")), FF_VENDOR_COUNT);
}

static void test_transient(void)
{
    static const struct {
        const char *name, *raw, *text;
        uint32_t code, kind;
        bool transient;
    } cases[] = {
        {"a 4xx", "450 4.2.1 try again", "", 0, 0, true},
        {"a 5xx", "550 5.1.1 no", "", 0, 0, false},
        {"the reply code wins over the enhanced code", "550 4.1.1 no", "", 0, 0, false},
        {"an enhanced code alone", "4.4.1 no answer", "", 0, 0, true},
        {"codes joined by a hyphen", "450-4.2.1 try\n450 4.2.1 again", "", 0, 0, true},
        {"a diagnostic type in front", "smtp; 451 4.3.0 busy", "", 0, 0, true},
        {"a code beside the text", "", "busy", 421, 0, true},
        {"a code in the text", "", "421 busy", 0, 0, true},
        {"an event that says so", "", "no such user", 0, FF_KIND_TRANSIENT_FAILURE, true},
        {"no code at all", "", "no such user", 0, 0, false},
        {"a number that is no code", "45 users", "", 0, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ff_reply reply = {.raw = ff_slice_str(cases[i].raw),
                                       .text = ff_slice_str(cases[i].text),
                                       .code = cases[i].code,
                                       .kind = cases[i].kind};
        CASE(cases[i].name);
        CHECK_INT(ff_reply_is_transient(&reply), cases[i].transient);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "write") == 0) {
        print_page(stdout);
        return 0;
    }
    test_page();
    test_table();
    test_transient();
    return test_end();
}
