/* fuzz_rules.c: rules files of any bytes: they load or are refused with a message that names a line; what loads can be
 * linted, tested, listed and shown, and explains a reply.
 */
#include "classify/lint/example.h"
#include "classify/lint/lint.h"
#include "classify/lint/list.h"
#include "tests/fuzz/fuzz.h"

#define BYTES_MAX 4096

static size_t findings, notes;

static void on_finding(void *ctx, const struct ff_lint *f)
{
    (void)ctx;
    findings++;
    REQUIRE(f->what[0] && f->remedy[0] && f->file.len && f->line > 0);
}

static void on_trial(void *ctx, const struct ff_trial *t)
{
    (void)ctx;
    REQUIRE(t->text.len && t->rule.len && t->line > 0);
}

static void on_line(void *ctx, struct ff_slice file, uint32_t line, struct ff_slice text)
{
    (void)ctx, (void)text;
    REQUIRE(file.len && line > 0);
    notes++;
}

static void use(const struct ff_ruleset *rules, struct ff_slice text)
{
    struct ff_lint_counts n;
    static struct ff_explanation why;
    static struct ff_reasons reasons;
    findings = 0;
    REQUIRE(ff_ruleset_lint(rules, on_finding, NULL, &n) == FF_OK);
    REQUIRE(n.errors + n.notes == findings && n.unproven <= n.provable && n.failing <= n.examples);
    REQUIRE(ff_ruleset_test(rules, on_trial, NULL) == FF_OK);
    for (uint32_t i = 1; i <= ff_ruleset_rule_count(rules); i++) {
        struct ff_rule_info info;
        notes = 0;
        ff_ruleset_rule(rules, i, &info);
        ff_ruleset_show(rules, i, on_line, NULL);
        REQUIRE(info.name.len && info.line > 0 && notes > 0);
    }
    /* the file itself is as good a reply as any: it holds every word that the rules know */
    struct ff_explainer *x = ff_explainer_new(rules);
    REQUIRE(x);
    const struct ff_reply reply = {.raw = text};
    (void)ff_explain(x, &reply, &why, &reasons);
    REQUIRE(reasons.change_count <= FF_CHANGES_MAX && !(why.verdict.suppress && reasons.suppressible));
    ff_explainer_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[400];
    struct ff_ruleset *rules;
    struct ff_slice text = ff_slice_of(data, size);
    if (size == 0 || size > BYTES_MAX || ff_slice_find(text, 0, FF_SLICE("include builtin")) != SIZE_MAX)
        return 0; /* the built-in rules take half a second and have tests of their own */
    enum ff_err err = ff_ruleset_load(text, "rules", &rules, message, sizeof message);
    if (err != FF_OK) {
        REQUIRE(err == FF_ERR_CONFIG && strchr(message, ':'));
        return 0;
    }
    use(rules, text);
    ff_ruleset_free(rules);
    return 0;
}
