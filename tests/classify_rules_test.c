/* classify_rules_test.c: the built-in rules hold what they promise, and the loader says what is wrong and where. */
#include <time.h>

#include "classify/lint.h"
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
    {"a star inside a choice", "rule a bad-mailbox text\n  any [a* b/c]\n", "r:2: * may stand only at the ends"},
    {"a provider nobody defined", "rule a bad-mailbox text\n  from nobody\n", "r:2: provider \"nobody\" is not defined"},
    {"a stage that is none", "rule a bad-mailbox text\n  stage lunch\n", "r:2: \"lunch\" is no stage"},
    {"an indented line alone", "  any x\n", "r:1: an indented line belongs to"},
    {"a gap that is none", "rule a bad-mailbox text\n  any x ~many y\n", "r:2: \"~many\" is no gap"},
    {"a weight over 100", "rule a bad-mailbox text 101\n", "r:1: weight \"101\" is none"},
    {"a list without hosts", "list Some ip\n", "r:1: write: list NAME"},
    {"an example without its end", "rule a bad-mailbox text\n  yes {stage=rcpt 550 x\n", "r:2: the context of the example has no"},
};

static const char own[] = "version 77\n"
                          "set pet = cat | dog\n"
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

    CASE("rules of one's own replace the built-in ones");
    err = ff_ruleset_load(ff_slice_str(own), "own", &rules, message, sizeof message);
    CHECK(err == FF_OK, "%s", message);
    if (err == FF_OK) {
        CHECK_INT(ff_ruleset_version(rules), 77);
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
    return test_end();
}
