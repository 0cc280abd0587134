/* rules_lint.c: what is wrong with a rule set though it loads: phrases that say nothing new, rules that prove nothing,
 * examples that do not hold.
 *
 * The examples are run through a classifier made for the purpose: "yes" means that the rule fires and that the verdict has
 * its category; "no" means that the rule does not fire.
 */
#include <stdlib.h>

#include "classify/explain.h"
#include "classify/rules_int.h"

struct lint {
    const struct ff_ruleset *rules;
    void (*each)(void *ctx, const struct ff_lint *finding);
    void *ctx;
    size_t count;
};

static void report(struct lint *l, uint32_t line, struct ff_slice rule, const char *what, struct ff_slice detail)
{
    const struct ff_lint finding = {line, rule, what, detail};
    l->count++;
    if (l->each)
        l->each(l->ctx, &finding);
}

/* ---- phrases -------------------------------------------------------------------------------------------------------- */

/** The literal of each group that has just one; NULL for the others. */
static void find_only_literals(const struct ff_ruleset *r, const struct ff_literal **ret_only, bool *several)
{
    for (uint32_t i = 0; i < r->literal_count; i++)
        for (uint32_t k = 0; k < r->literals[i].group_count; k++) {
            uint16_t g = r->literal_groups[r->literals[i].group_first + k];
            several[g] |= ret_only[g] != NULL;
            ret_only[g] = several[g] ? NULL : &r->literals[i];
        }
}

static bool same_phrase(const struct ff_phrase *a, const struct ff_phrase *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (a->element[i].group != b->element[i].group || a->element[i].gap_words != b->element[i].gap_words)
            return false;
    return true;
}

/** Does every text with phrase a hold phrase b too? Only told for plain phrases. */
static bool covers(const struct ff_literal *const *only, const struct ff_phrase *b, const struct ff_phrase *a)
{
    const struct ff_literal *la = only[a->element[0].group], *lb = only[b->element[0].group];
    return a->count == 1 && b->count == 1 && la && lb && la != lb && ff_slice_find(la->text, 0, lb->text) != SIZE_MAX;
}

static void lint_phrases(struct lint *l, const struct ff_literal **only)
{
    const struct ff_ruleset *r = l->rules;
    for (uint32_t i = 0; i < r->phrase_count; i++)
        for (uint32_t k = 0; k < r->phrase_count && r->phrases[k].rule <= r->phrases[i].rule; k++) {
            const struct ff_phrase *a = &r->phrases[i], *b = &r->phrases[k];
            if (i == k || a->rule != b->rule || a->role != b->role)
                continue;
            struct ff_slice text = only[a->element[0].group] ? ff_slice_trim(only[a->element[0].group]->text) : ff_slice_of(NULL, 0);
            if (k < i && same_phrase(a, b))
                report(l, a->line, r->rules[a->rule].id, "a phrase that stands twice in the rule", text);
            else if (covers(only, b, a))
                report(l, a->line, r->rules[a->rule].id, "a phrase that a shorter one of the rule covers", text);
        }
}

/* ---- examples ------------------------------------------------------------------------------------------------------- */

/** "stage=rcpt mx=mx.example.com origin=local" */
static bool set_context(struct ff_slice context, struct ff_reply *reply)
{
    while (context.len) {
        size_t end = ff_slice_chr(context, 0, ' ');
        struct ff_slice w = ff_slice_sub(context, 0, end == SIZE_MAX ? context.len : end);
        context = end == SIZE_MAX ? ff_slice_of(NULL, 0) : ff_slice_trim(ff_slice_sub(context, end, context.len));
        size_t sign = ff_slice_chr(w, 0, '=');
        if (sign == SIZE_MAX)
            return false;
        struct ff_slice key = ff_slice_sub(w, 0, sign), value = ff_slice_sub(w, sign + 1, w.len);
        if (ff_slice_eq(key, FF_SLICE("stage"))) {
            if (!ff_reply_stage_parse(value, &reply->stage, &reply->kind, &reply->origin))
                return false;
        } else if (ff_slice_eq(key, FF_SLICE("mx"))) {
            reply->mx = value;
        } else if (ff_slice_eq(key, FF_SLICE("origin"))) {
            if (!ff_reply_origin_parse(value, &reply->origin))
                return false;
        } else {
            return false;
        }
    }
    return true;
}

static void lint_example(struct lint *l, struct ff_classifier *c, const struct ff_example *x)
{
    const struct ff_rule *rule = &l->rules->rules[x->rule];
    struct ff_reply reply = {.raw = x->text};
    struct ff_explanation why;
    if (!set_context(x->context, &reply)) {
        report(l, x->line, rule->id, "the context of the example is not understood (stage= mx= origin=)", x->context);
        return;
    }
    (void)ff_classify_explain(c, &reply, &why);
    bool fired = false;
    for (size_t i = 0; i < why.count; i++)
        fired |= ff_slice_eq(why.evidence[i].rule, rule->id);
    if (x->positive && !fired)
        report(l, x->line, rule->id, "the rule does not fire on its own example", x->text);
    else if (x->positive && rule->category && why.verdict.category != rule->category && rule->layer != FF_LAYER_PRIOR)
        report(l, x->line, rule->id, "the example gets another category", x->text);
    else if (!x->positive && fired && why.verdict.category == rule->category)
        report(l, x->line, rule->id, "the rule decides an example that it should not", x->text);
    else if (!x->positive && rule->layer == FF_LAYER_HINT && fired)
        report(l, x->line, rule->id, "the hint fires on an example that it should not", x->text);
}

static void lint_proof(struct lint *l)
{
    const struct ff_ruleset *r = l->rules;
    for (uint32_t i = 0; i < r->rule_count; i++) {
        bool proven = r->rules[i].layer == FF_LAYER_HINT && r->rules[i].hint == 0; /* a provider's fingerprint */
        for (uint32_t k = 0; k < r->example_count; k++)
            proven |= r->examples[k].rule == i && r->examples[k].positive;
        if (!proven)
            report(l, r->rules[i].line, r->rules[i].id, "a rule without an example (add a line \"yes ...\")", ff_slice_of(NULL, 0));
    }
}

size_t ff_ruleset_lint(const struct ff_ruleset *rules, void (*each)(void *ctx, const struct ff_lint *finding), void *ctx)
{
    struct lint l = {rules, each, ctx, 0};
    const struct ff_literal **only = calloc(rules->group_count + 1u, sizeof *only);
    bool *several = calloc(rules->group_count + 1u, sizeof *several);
    struct ff_classifier *c = ff_classifier_new(rules, 4);
    if (!only || !several || !c) {
        free(only);
        free(several);
        ff_classifier_free(c);
        return SIZE_MAX;
    }
    find_only_literals(rules, only, several);
    lint_phrases(&l, only);
    lint_proof(&l);
    for (uint32_t i = 0; i < rules->example_count; i++)
        lint_example(&l, c, &rules->examples[i]);
    free(only);
    free(several);
    ff_classifier_free(c);
    return l.count;
}
