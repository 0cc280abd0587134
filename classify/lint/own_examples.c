/* own_examples.c: what rules do for their own examples. */
#include <stdlib.h>

#include "classify/lint/example.h"
#include "classify/lint/passes.h"
#include "classify/lint/predicates.h"

/** What a rule does for its own examples. */
struct service {
    bool proven; /* has a "yes" */
    bool decides;
    uint32_t rival; /* rule that decided instead, + 1 */
};

/** The rule to blame when an example of another does not hold: the one that decides, or else the first of one's own
 * that fired, which may be a hint. UINT32_MAX: none. */
static uint32_t culprit(const struct ff_linter *l)
{
    uint32_t decides = l->why.verdict.rule_index - 1; /* 0 - 1: none does */
    for (size_t i = 0; i <= l->why.count; i++) {
        uint32_t rule = i == 0 ? decides : l->why.evidence[i - 1].index;
        if (rule != UINT32_MAX && !ff_ruleset_is_included(l->rules, l->rules->rules[rule].line))
            return rule;
    }
    return decides;
}

static void report_failure(struct ff_linter *l, const struct ff_example *x, const char *wrong)
{
    uint32_t by = culprit(l);
    l->findings.counts->failing++;
    if (by != UINT32_MAX && ff_swallowed_note(&l->swallowed, l->rules, by, x->rule, x->line, x->text, true))
        return;
    ff_findings_report(&l->findings,
                       (struct ff_lint){.kind = FF_LINT_EXAMPLE,
                                        .error = true,
                                        .rule = l->rules->rules[x->rule].id,
                                        .what = wrong,
                                        .words = x->text,
                                        .remedy = "correct the rule or the example; rules explain says what fired",
                                        .other_rule = l->why.verdict.rule},
                       x->line, 0);
}

static void try_examples(struct ff_linter *l, struct service *services)
{
    for (uint32_t i = 0; i < l->rules->example_count; i++) {
        const struct ff_example *x = &l->rules->examples[i];
        const char *wrong = ff_example_try(l->rules, l->whatif->classifier, x, &l->why);
        l->findings.counts->examples++;
        services[x->rule].proven |= x->positive;
        if (wrong)
            report_failure(l, x, wrong);
        if (!x->positive)
            continue;
        for (size_t k = 0; k < l->why.count; k++)
            if (ff_slice_eq(l->why.verdict.rule, l->why.evidence[k].rule) && l->why.evidence[k].category) {
                services[x->rule].decides |= l->why.evidence[k].index == x->rule;
                services[x->rule].rival = l->why.evidence[k].index + 1;
            }
    }
}

static void report_undecided(struct ff_linter *l, uint32_t i, uint32_t rival)
{
    const struct ff_rule *rule = &l->rules->rules[i], *other = rival ? &l->rules->rules[rival - 1] : NULL;
    if (other && ff_swallowed_note(&l->swallowed, l->rules, rival - 1, i, rule->line, ff_slice_of(NULL, 0), false))
        return;
    ff_findings_report(&l->findings,
                       (struct ff_lint){.kind = FF_LINT_UNDECIDED,
                                        .rule = rule->id,
                                        .what = "another rule decides each of its own examples",
                                        .remedy = "give it more weight, an example that only it decides, or drop it",
                                        .other_rule = other ? other->id : ff_slice_of(NULL, 0)},
                       rule->line, other ? other->line : 0);
}

enum ff_err ff_lint_own_examples(struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    struct service *services = calloc(r->rule_count + 1u, sizeof *services);
    if (!services)
        return FF_ERR_NOMEM;
    try_examples(l, services);
    for (uint32_t i = 0; i < r->rule_count; i++) {
        const struct ff_rule *rule = &r->rules[i];
        bool fingerprint = ff_rule_is_fingerprint(rule);
        l->findings.counts->rules += !fingerprint;
        if (!services[i].proven)
            ff_findings_report(&l->findings,
                               (struct ff_lint){.kind = FF_LINT_NO_EXAMPLE,
                                                .error = !fingerprint,
                                                .rule = rule->id,
                                                .what = fingerprint ? "wording of a provider without an example"
                                                                    : "a rule without an example",
                                                .remedy = "add a line: yes REPLY"},
                               rule->line, 0);
        else if (!services[i].decides && !ff_rule_works_undecided(rule))
            report_undecided(l, i, services[i].rival);
    }
    free(services);
    return FF_OK;
}
