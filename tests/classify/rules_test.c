/* rules_test.c: the built-in rules hold what they promise, and the loader says what is wrong and where. */
#include <time.h>

#include "classify/lint/lint.h"
#include "tests/test.h"

static void print_error(void *ctx, const struct ff_lint *f)
{
    (void)ctx;
    CHECK(!f->error, "%.*s:%u: rule %.*s: %s: %.*s", (int)f->file.len, (const char *)f->file.ptr, f->line, (int)f->rule.len,
          f->rule.len ? (const char *)f->rule.ptr : "", f->what, (int)f->words.len, f->words.len ? (const char *)f->words.ptr : "");
}

static void lint(const struct ff_ruleset *rules)
{
    struct ff_lint_counts n;
    CHECK_INT(ff_ruleset_lint(rules, print_error, NULL, &n), FF_OK);
    CHECK_INT(n.failing, 0);
    printf("rules %zu, examples %zu, errors %zu, unproven %zu of %zu\n", n.rules, n.examples, n.errors, n.unproven, n.provable);
}

static const struct {
    const char *name, *text, *message;
} refused[] = {
    {"an unknown line", "version 1\nbanana split\n", "r:2: \"banana\" begins no entry"},
    {"an unknown category", "rule a nonsense text\n", "r:1: \"nonsense\" is no category"},
    {"an unknown layer", "rule a bad-mailbox middle\n", "r:1: \"middle\" is no layer"},
    {"two rules of one name", "rule a bad-mailbox text\n  any x\nrule a bad-mailbox text\n", "r:3: rule a exists already, r:1 (give"},
    {"a code that is none", "rule a bad-mailbox text\n  code 999\n", "r:2: \"999\" is no reply code"},
    {"an enhanced code that is none", "rule a bad-mailbox text\n  enhanced 5.1\n", "r:2: \"5.1\" is no enhanced code"},
    {"a set that is not there", "rule a bad-mailbox text\n  any $nobody here\n", "r:2: set $nobody is not defined"},
    {"a phrase of punctuation", "rule a bad-mailbox text\n  any !!!\n", "r:2: \"!!!\" has no letter in it"},
    {"a bracket that stays open", "rule a bad-mailbox text\n  any [x/y\n", "r:2: \"[\" without \"]\""},
    {"a set inside a choice", "set s = a\nrule a bad-mailbox text\n  any [x/$s] y\n", "r:3: set $s cannot stand in brackets"},
    {"a gap inside a choice", "rule a bad-mailbox text\n  any mail [gone ~2 away/gone]\n", "r:2: a gap in \"gone ~2 away\", inside a choice (gaps stand"},
    {"a star inside a choice", "rule a bad-mailbox text\n  any [a* b/c]\n", "r:2: * may stand only at the ends"},
    {"a provider nobody defined", "rule a bad-mailbox text\n  from nobody\n", "r:2: provider \"nobody\" is not defined"},
    {"a stage that is none", "rule a bad-mailbox text\n  stage lunch\n", "r:2: \"lunch\" is no stage"},
    {"an indented line alone", "  any x\n", "r:1: an indented line belongs to"},
    {"a gap that is none", "rule a bad-mailbox text\n  any x ~many y\n", "r:2: \"~many\" is no gap"},
    {"a weight over 100", "rule a bad-mailbox text 101\n", "r:1: weight \"101\" is none"},
    {"a list without hosts", "list Some ip\n", "r:1: write: list NAME"},
    {"an example without its end", "rule a bad-mailbox text\n  yes {stage=rcpt 550 x\n", "r:2: the context of the example has no \"}\" (write:"},
    {"an example of nothing but a context", "rule a bad-mailbox text\n  yes {stage=rcpt}\n", "r:2: the example is empty (write:"},
    {"a code that is too long", "rule a bad-mailbox text\n  code 5500\n", "r:2: \"5500\" is no reply code (write 550, 55x, 5xx or none)"},
    {"a code with a letter", "rule a bad-mailbox text\n  code 55y\n", "r:2: \"55y\" is no reply code"},
    {"too many codes", "rule a bad-mailbox text\n  code 501 502 503 504 505 506 507 508 509 510 511 512 513\n", "r:2: more than 12 codes (use 5xx"},
    {"too many enhanced codes", "rule a bad-mailbox text\n  enhanced 5.1.1 5.1.2 5.1.3 5.1.4 5.1.5 5.1.6 5.1.7 5.1.8 5.1.9 5.2.1 5.2.2 5.2.3\n"
     "  enhanced 5.3.1 5.3.2 5.3.3 5.3.4 5.3.5 5.3.6 5.3.7 5.3.8 5.3.9 5.4.1 5.4.2 5.4.3 5.4.4\n", "r:3: more than 24 enhanced codes (use a second"},
    {"an enhanced code whose parts are words", "rule a bad-mailbox text\n  enhanced a.b.c\n", "r:2: \"a.b.c\" is no enhanced code (write 5.1.1"},
    {"too many providers for a rule", "provider p\nrule a bad-mailbox text\n  from p p p p p p p p p p p p p\n", "r:3: more than 12 providers (use a second"},
    {"a key with nothing behind it", "rule a bad-mailbox text\n  any x\n  code\n", "r:3: nothing behind \"code\" (leave"},
    {"nothing but separators", "rule a bad-mailbox text\n  any | |\n", "r:2: no phrase behind it (write: any words | words)"},
    {"a phrase that is only a gap", "rule a bad-mailbox text\n  any ~3\n", "r:2: an empty phrase (a gap alone"},
    {"a star alone", "rule a bad-mailbox text\n  any *\n", "r:2: \"*\" has no letter in it"},
    {"a phrase of more parts than there may be", "rule a bad-mailbox text\n  any a ~ b ~ c ~ d ~ e ~ f ~ g\n", "r:2: a phrase of more than 6 parts (make it two"},
    {"a phrase that is too long",
     "rule a bad-mailbox text\n  any 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n",
     "r:2: a phrase of more than 120 bytes (split it with ~)"},
    {"a fifth \"with\"", "rule a bad-mailbox text\n  with a\n  with b\n  with c\n  with d\n  with e\n", "r:6: more than 4 lines \"with\" (join"},
    {"a line that no rule has", "rule a bad-mailbox text\n  maybe x\n", "r:2: \"maybe\" is no line of a rule (any with not code"},
    {"a line that no provider has", "provider p\n  any x\n", "r:2: \"any\" is no line of a provider (mx host text yes no)"},
    {"an example of a provider without wording", "provider p\n  yes 550 x\n", "r:2: an example of wording without wording (add a line \"text ...\" above"},
    {"an mx without a host", "provider p\n  mx\n", "r:2: no host behind it (write: mx HOST...)"},
    {"a provider without a name", "provider\n", "r:1: a provider needs a name of one word"},
    {"a provider of two words", "provider p q\n", "r:1: a provider needs a name of one word"},
    {"a rule without a category", "rule a\n", "r:1: a rule needs a name and a category (rule NAME"},
    {"a hint that says nothing", "hint a\n", "r:1: a hint needs a name and what it says (hint NAME SAYS)"},
    {"a place that is none", "hint a temporary\n  any x\n  where above\n", "r:3: \"above\" is no place"},
    {"a cause that asks where it stands", "rule a bad-mailbox text\n  where before\n", "r:2: \"where\" is a line of hints"},
    {"a hint that is none", "hint a lunch\n", "r:1: \"lunch\" is no hint (docs/rules.md lists them)"},
    {"a hint with a word too many", "hint a temporary text\n", "r:1: \"text\" is one word too many (hint NAME SAYS)"},
    {"a rule with a word too many", "rule a bad-mailbox text 50 51\n", "r:1: \"51\" is one word too many (rule NAME"},
    {"a rule without a layer", "rule a bad-mailbox\n", "r:1: \"\" is no layer (short veto"},
    {"a weight of nothing", "rule a bad-mailbox text 0\n", "r:1: weight \"0\" is none (1 to 100)"},
    {"a verdict that no rule may give", "rule a accepted text\n", "r:1: \"accepted\" is no category that a rule may give (see"},
    {"a rule that asks for nothing", "# x\nrule a bad-mailbox text\n  yes 550 x\n", "r:2: rule a asks for nothing and would fire on every reply (add any"},
    {"a rule of nothing but a \"not\"", "rule a bad-mailbox text\n  not x\n", "r:1: rule a asks for nothing"},
    {"a dead mailbox by a code alone", "# x\nrule a bad-mailbox text\n  code 550\n", "r:2: rule a would suppress addresses by a code alone, whatever the reply says (add the words: any"},
    {"a dead mailbox by codes and a stage", "rule a bad-mailbox short\n  code 550\n  enhanced 5.1.1\n  stage rcpt\n", "r:1: rule a would suppress"},
    {"a dead mailbox by a code and what is not said", "rule a inactive-mailbox table\n  enhanced 5.2.1\n  not spam\n", "r:1: rule a would suppress"},
    {"a dead mailbox by a provider's bare code", "provider p\nrule a bad-mailbox table\n  from p\n  code 550\n", "r:2: rule a would suppress"},
    {"a dead mailbox by a provider alone", "provider p\nrule a bad-domain table\n  from p\n", "r:2: rule a would suppress"},
    {"a dead mailbox by a provider's code of no matter", "provider p\nrule a bad-mailbox table\n  from p\n  enhanced 5.2.1 5.0.0\n", "r:2: rule a would suppress"},
    {"a dead mailbox by a provider's codes of all matters", "provider p\nrule a bad-mailbox table\n  from p\n  enhanced 5.1.*\n", "r:2: rule a would suppress"},
    {"a dead mailbox by a provider's code as if it were words", "provider p\nrule a bad-mailbox text\n  from p\n  enhanced 5.2.1\n", "r:2: rule a would suppress"},
    {"a host with a star", "# x\nprovider p\n  mx mx.a.example *.zork.example\n", "r:3: \"*.zork.example\" is no host name (letters, digits, - and dots; every host below it is meant, too: zork.example)"},
    {"a host with a dot at its end", "provider p\n  host a.example.\n", "r:2: \"a.example.\" is no host name"},
    {"a list's host that is a URL", "list L ip https://a.example/\n", "r:1: \"https://a.example/\" is no host name"},
    {"nothing between two bars", "rule a bad-mailbox text\n  any foo | | bar\n", "r:2: no words beside a \"|\" (take it away, or"},
    {"nothing behind the last bar", "rule a bad-mailbox text\n  not foo |\n", "r:2: no words beside a \"|\""},
    {"nothing between two bars of a set", "set s = a || b\n", "r:1: no words beside a \"|\""},
    {"a phrase that is no UTF-8", "rule a bad-mailbox text\n  any inexistant\xe9\n", "r:2: bytes that are no UTF-8 (save the file as UTF-8)"},
    {"a name that is no UTF-8", "rule a\xff bad-mailbox text\n", "r:1: bytes that are no UTF-8"},
    {"a placeholder that is none", "rule a bad-mailbox text\n  any user <email> unknown\n", "r:2: \"<email>\" is no placeholder (<addr> <host>"},
    {"a placeholder with a comma", "rule a bad-mailbox text\n  any <addr>, unknown\n", "r:2: \"<addr>,\" is no placeholder"},
    {"a second version", "version 1\n# x\nversion 1\n", "r:3: a second version (leave one of the lines out)"},
    {"a provider by the name of its host", "include builtin\nrule a bad-mailbox text\n  from gmail\n", "r:3: provider \"gmail\" is not defined (did you mean google? a new one"},
    {"a provider with a slip", "include builtin\nrule a bad-mailbox text\n  from yaho\n", "r:3: provider \"yaho\" is not defined (did you mean yahoo?"},
    {"a provider of rules that are not included", "rule a bad-mailbox text\n  from google\n", "r:2: provider \"google\" is not defined (\"include builtin\" brings those in"},
    {"a rule with a slip", "include builtin\nextend rule unknwn-user\n", "r:2: there is no rule unknwn-user to extend (did you mean unknown-user?"},
    {"a set with a slip", "set people = a\nrule a bad-mailbox text\n  any $poeple b\n", "r:3: set $poeple is not defined (did you mean $people?"},
    {"a list of a type that is none", "list L moon a.example\n", "r:1: write: list NAME ip|domain|uri HOST..."},
    {"names without a type", "rule a dnsbl-listed text\n  any x\n  names L\n", "r:3: write: names LIST ip|domain|uri"},
    {"a version that is no number", "version one\n", "r:1: \"one\" is no version (write: version 7)"},
    {"a set without a sign", "set s a | b\n", "r:1: write: set NAME = words | words"},
    {"a set without a member", "set s = |\n", "r:1: set s has no member (write: set"},
    {"a set with a member twice", "set s = a\nset s = b | A\n", "r:2: \"A\" stands here already, r:1 (remove one)"},
    {"a set of a set that is not there", "set s = $t\n", "r:1: set $t is not defined (define it above)"},
    {"an include of a file", "include other.rules\n", "r:1: \"other.rules\" cannot be included (write: include builtin)"},
    {"an include that comes too late", "set s = a\ninclude builtin\n", "r:2: include builtin must come first (move it above"},
    {"all and nothing", "include builtin\ninclude nothing\n", "r:2: the built-in rules stand above (leave one"},
    {"nothing and all", "include nothing\ninclude builtin\n", "r:2: the text has said that it stands alone (leave one"},
    {"nothing, too late", "set s = a\ninclude nothing\n", "r:2: include nothing must come first"},
    {"a file without a name", "file\n", "r:1: write: file NAME (what"},
    {"lines of another file", "# x\nfile other.rules\n\nbanana\n", "other.rules:2: \"banana\" begins no entry"},
    {"dropping what is not there", "drop rule a\n", "r:1: there is no rule a to drop (fivefifty rules list"},
    {"dropping twice", "rule a bad-mailbox text\n  any x\ndrop rule a\ndrop rule a\n", "r:4: there is no rule a to drop"},
    {"dropping more than one", "rule a bad-mailbox text\n  any x\ndrop rule a b\n", "r:3: \"b\" is too much (write: drop rule a)"},
    {"dropping a set", "set s = a\ndrop set s\n", "r:2: write: drop rule NAME"},
    {"replacing a hint by a rule", "hint a temporary\n  any x\nreplace rule a bad-mailbox text\n", "r:3: a is a hint (write: replace hint a)"},
    {"extending a rule as a hint", "rule a bad-mailbox text\n  any x\nextend hint a\n", "r:3: a is a rule (write: extend rule a)"},
    {"an indented line under a dropped rule", "rule a bad-mailbox text\n  any x\ndrop rule a\n  any y\n", "r:4: an indented line belongs to"},
    {"an error behind the built-in rules", "# mine\ninclude builtin\n\nbanana\n", "r:4: \"banana\" begins no entry"},
    {"a clash with a built-in rule", "include builtin\nrule unknown-user bad-mailbox text\n", "r:2: rule unknown-user exists already, classify/rules/recipient.rules:"},
};

/* What looks like one of those. */
static const struct {
    const char *name, *text;
} accepted[] = {
    {"a code alone as a guess", "rule a bad-mailbox prior\n  code 550\n"},
    {"a code alone, too light to suppress", "rule a bad-mailbox table 49\n  code 550\n"},
    {"a code alone, of a cause that never suppresses", "rule a policy-block text\n  code 550\n"},
    {"a provider's own code", "provider p\nrule a bad-mailbox table\n  from p\n  enhanced 5.2.1 5.1.10\n"},
    {"an example in Latin-1, as a server said it", "rule a bad-mailbox text\n  any parti\n  yes 550 parti, d\xe9sol\xe9\n"},
    {"a comment in Latin-1", "# d\xe9sol\xe9\nrule a bad-mailbox text\n  any parti\n"},
    {"the version of an included text and one's own", "version 3\ninclude builtin\n"},
    {"a second include", "include builtin\nset s = a\ninclude builtin\n"},
    {"a code with words beside it", "rule a bad-mailbox text\n  code 550\n  with gone\n"},
};

/* Limits: a line that is repeated until there is one too many ('%' becomes its number). */
static const struct {
    const char *name, *head, *line;
    unsigned times;
    const char *message;
} limits[] = {
    {"too many rules", "", "rule a% bad-mailbox text\n  any x\n", 4097, "more than 4096 rules (join what is alike by [a/b] or a set, or"},
    {"too many examples", "rule a bad-mailbox text\n  any x\n", "  yes 550 x\n", 65537, "more than 65536 examples"},
    {"too many phrases", "rule a bad-mailbox text\n", "  any x\n", 65536, "more than 65535 phrases (join"},
    {"too many words", "rule a bad-mailbox text\n", "  any [w%/v%] [x%/y%]\n", 16385, "more than 65536 different runs of words (join"},
    {"too many choices", "rule a bad-mailbox text\n", "  any [a/b] [a/b] [a/b] [a/b] [a/b] [a/b]\n", 10923, "more than 65533 sets, choices and single runs of words (join"},
    {"too many phrases beside the built-in ones", "include builtin\nrule a bad-mailbox text\n", "  any x\n", 65000, "more than 65535 phrases, with the built-in ones (join"},
    {"too many lines", "", "\n", 1u << 20, "more than 1048576 lines"},
    {"too many providers", "", "provider p%\n", 256, "more than 255 providers (leave"},
    {"too many hosts", "provider p\n", "  mx h%.example\n", 677, "more than 676 host names (name"},
    {"too many files", "", "file f%\n", 64, "more than 64 files in one (join"},
    {"a text that is too long", "", "# a comment that fills four megabytes ...................................................\n", 50000, "r: larger than 4194304 bytes (is this"},
};

static const char own[] = "version 77\n"
                          "set barker = dog\n"
                          "set pet = cat | dog\n"
                          "set pet = $barker\n"
                          "provider zoo\n"
                          "  mx zoo.example\n"
                          "rule pets-only restricted-mailbox text\n"
                          "  any only $pet ~2 [allowed/welcome]\n"
                          "  not no only\n"
                          "  yes 550 only cats and dogs: only dog owners welcome\n"
                          "  no 550 no only cat allowed\n"
                          "rule zoo-closed receiver-unavailable table\n"
                          "  code 5xx\n"
                          "  from zoo\n"
                          "  yes {mx=mx1.zoo.example} 550 whatever\n"
                          "  no 550 whatever\n";

static void test_limits(void)
{
    char message[300];
    struct ff_ruleset *rules;
    size_t size = 6u << 20;
    char *text = malloc(size);
    for (size_t i = 0; text && i < sizeof limits / sizeof *limits; i++) {
        CASE(limits[i].name);
        size_t n = strlen(limits[i].head);
        memcpy(text, limits[i].head, n);
        for (unsigned k = 0; k < limits[i].times; k++)
            for (const char *c = limits[i].line; *c && n + 16 < size; c++) {
                if (*c == '%')
                    n += (size_t)snprintf(text + n, 12, "%u", k);
                else
                    text[n++] = *c;
            }
        CHECK_INT(ff_ruleset_load(ff_slice_of(text, n), "r", &rules, message, sizeof message), FF_ERR_CONFIG);
        CHECK(strstr(message, limits[i].message), "got  %s\n  want %s", message, limits[i].message);
    }
    free(text);
}

static const char extending[] = "\xef\xbb\xbf# mine\r\n"
                                "version 9\r\n"
                                "include builtin\r\n"
                                "drop rule no-cause\r\n"
                                "replace rule unknown-user-fr bad-mailbox text 80\r\n"
                                "  any parti sans laisser d'adresse\r\n"
                                "  yes 550 parti sans laisser d'adresse\r\n"
                                "extend rule unknown-user-de\r\n"
                                "  any hier wohnt keiner\r\n"
                                "set user = patron\r\n"
                                "provider google\r\n"
                                "  mx MX.Google.Example\r\n";

static const struct {
    const char *name, *reply, *mx, *rule, *provider;
} extended[] = {
    {"a built-in rule works among one's own", "550 5.1.1 user unknown", "", "unknown-user", ""},
    {"a member added to a built-in set works in built-in rules", "550 5.1.1 patron unknown", "", "unknown-user", ""},
    {"a replaced rule matches its new phrases", "550 parti sans laisser d'adresse", "", "unknown-user-fr", ""},
    {"an extended rule matches what was added", "550 hier wohnt keiner", "", "unknown-user-de", ""},
    {"an extended rule matches what it did", "550 5.1.1 Das Postfach existiert nicht auf diesem Server", "", "unknown-user-de", ""},
    {"a provider gets an MX more, in any case", "550 5.1.1 user unknown", "a.mx.google.example", "unknown-user", "google"},
};

static uint32_t version_of(const char *text)
{
    char message[300];
    struct ff_ruleset *rules;
    if (ff_ruleset_load(ff_slice_str(text), "v", &rules, message, sizeof message) != FF_OK)
        return 0;
    uint32_t version = ff_ruleset_version(rules);
    ff_ruleset_free(rules);
    return version;
}

/* What stands before a phrase are literals, too, so that its parts are hits of any number: in each row of places,
 * and across. */
static void test_places(void)
{
    static const char places[] = "rule fish bad-mailbox text 84\n  any [red/blue] ~1 [fish/bird]\n"
                                 "rule zulu content-spam text 70\n  any [zulu/yankee] ~1 [xray/zulu]\n";
    char message[300], text[1200];
    struct ff_ruleset *rules;
    struct ff_verdict v;
    CASE("a phrase is found whatever stands before it");
    if (ff_ruleset_load(ff_slice_str(places), "places", &rules, message, sizeof message) != FF_OK) {
        CHECK(false, "%s", message);
        return;
    }
    struct ff_classifier *c = ff_classifier_new(rules, 64);
    for (int before = 0; before < 200; before++)
        for (int right = 0; right < 2; right++) {
            int n = snprintf(text, sizeof text, "550 ");
            for (int i = 0; i < before; i++)
                n += snprintf(text + n, sizeof text - (size_t)n, "zulu ");
            snprintf(text + n, sizeof text - (size_t)n, right ? "blue %s fish" : "fish %s blue", before % 2 ? "or" : "");
            struct ff_reply reply = {.raw = ff_slice_str(text)};
            CHECK_INT(ff_classify(c, &reply, &v), FF_OK);
            CHECK_INT(v.category, right ? FF_BAD_MAILBOX : before < 2 ? FF_AMBIGUOUS : FF_CONTENT_SPAM);
        }
    ff_classifier_free(c);
    ff_ruleset_free(rules);
}

static void test_extending(void)
{
    char message[300];
    struct ff_ruleset *rules;
    CASE("rules that extend the built-in ones never pass for them");
    CHECK(version_of("include builtin\n") != version_of(""), "%u", version_of(""));
    CHECK(version_of("include builtin\n") != version_of("include builtin\n# more\n"), "%u", version_of("include builtin\n"));
    CASE("a label does not stand for the text: rules that keep theirs while they change have another version");
    CHECK(version_of("version 1\nrule a geo-block text\n any x\n") != version_of("version 1\nrule a geo-block text\n any y\n"), "the same");
    CASE("one's own rules extend the built-in ones");
    enum ff_err err = ff_ruleset_load(ff_slice_str(extending), "mine", &rules, message, sizeof message);
    CHECK(err == FF_OK, "%s", message);
    if (err != FF_OK)
        return;
    CHECK_INT(ff_ruleset_label(rules), 9);
    struct ff_classifier *c = ff_classifier_new(rules, 64);
    for (size_t i = 0; i < sizeof extended / sizeof *extended; i++) {
        CASE(extended[i].name);
        struct ff_verdict v;
        struct ff_reply reply = {.raw = ff_slice_str(extended[i].reply), .mx = ff_slice_str(extended[i].mx)};
        CHECK_INT(ff_classify(c, &reply, &v), FF_OK);
        CHECK_SLICE(v.rule, extended[i].rule);
        CHECK_SLICE(v.provider, extended[i].provider);
    }
    CASE("a dropped rule and its examples are gone");
    for (uint32_t i = 1; i <= ff_ruleset_rule_count(rules); i++)
        CHECK(!ff_slice_eq(ff_ruleset_rule_name(rules, i), FF_SLICE("no-cause")), "it is there");
    CASE("what is left of the built-in rules still holds its examples");
    lint(rules);
    ff_classifier_free(c);
    ff_ruleset_free(rules);
}

int main(void)
{
    char message[300];
    struct ff_ruleset *rules;
    struct timespec a, b;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    CASE("the built-in rules load");
    enum ff_err err = ff_ruleset_load(ff_slice_of(NULL, 0), NULL, &rules, message, sizeof message);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    CHECK(err == FF_OK, "%s", message);
    if (err != FF_OK)
        return test_end();
    printf("built-in rules compiled in %.0f ms\n", (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6);
    CASE("the linter finds no error in the built-in rules; their examples hold");
    lint(rules);
    ff_ruleset_free(rules);

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        CASE(refused[i].name);
        rules = NULL;
        err = ff_ruleset_load(ff_slice_str(refused[i].text), "r", &rules, message, sizeof message);
        CHECK_INT(err, FF_ERR_CONFIG);
        CHECK(strncmp(message, refused[i].message, strlen(refused[i].message)) == 0, "got  %s\n  want %s", message, refused[i].message);
    }

    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        CASE(accepted[i].name);
        err = ff_ruleset_load(ff_slice_str(accepted[i].text), "r", &rules, message, sizeof message);
        CHECK(err == FF_OK, "%s", message);
        if (err == FF_OK)
            ff_ruleset_free(rules);
    }

    CASE("rules of one's own replace the built-in ones");
    err = ff_ruleset_load(ff_slice_str(own), "own", &rules, message, sizeof message);
    CHECK(err == FF_OK, "%s", message);
    if (err == FF_OK) {
        CHECK_INT(ff_ruleset_label(rules), 77);
        CHECK_INT(ff_ruleset_version(rules), version_of(own));
        lint(rules);
        struct ff_classifier *c = ff_classifier_new(rules, 64);
        struct ff_verdict v;
        struct ff_reply reply = {.raw = FF_SLICE("550 5.1.1 user unknown")};
        CHECK_INT(ff_classify(c, &reply, &v), FF_OK);
        CHECK_INT(v.category, FF_AMBIGUOUS);
        reply = (struct ff_reply){.raw = FF_SLICE("550 closed"), .mx = FF_SLICE("MX2.zoo.example.")};
        CHECK_INT(ff_classify(c, &reply, &v), FF_OK);
        CHECK_INT(v.category, FF_RECEIVER_UNAVAILABLE);
        CHECK_SLICE(v.rule, "zoo-closed");
        CHECK_SLICE(v.provider, "zoo");
        ff_classifier_free(c);
        ff_ruleset_free(rules);
    }
    test_limits();
    test_places();
    test_extending();
    return test_end();
}
