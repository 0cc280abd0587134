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

static void try_examples(struct ff_linter *l, struct service *services)
{
    for (uint32_t i = 0; i < l->rules->example_count; i++) {
        const struct ff_example *x = &l->rules->examples[i];
        const struct ff_rule *rule = &l->rules->rules[x->rule];
        const char *wrong = ff_example_try(l->rules, l->whatif->classifier, x, &l->why);
        l->findings.counts->examples++;
        services[x->rule].proven |= x->positive;
        if (wrong) {
            l->findings.counts->failing++;
            ff_findings_report(
                &l->findings,
                (struct ff_lint){.kind = FF_LINT_EXAMPLE,
                                 .error = true,
                                 .rule = rule->id,
                                 .what = wrong,
                                 .words = x->text,
                                 .remedy = "correct the rule or the example; rules explain says what fired",
                                 .other_rule = l->why.verdict.rule},
                x->line, 0);
        }
        if (!x->positive)
            continue;
        for (size_t k = 0; k < l->why.count; k++)
            if (ff_slice_eq(l->why.verdict.rule, l->why.evidence[k].rule) && l->why.evidence[k].category) {
                services[x->rule].decides |= l->why.evidence[k].index == x->rule;
                services[x->rule].rival = l->why.evidence[k].index + 1;
            }
    }
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
        else if (!services[i].decides && !ff_rule_works_undecided(rule)) {
            const struct ff_rule *rival = services[i].rival ? &r->rules[services[i].rival - 1] : NULL;
            ff_findings_report(
                &l->findings,
                (struct ff_lint){.kind = FF_LINT_UNDECIDED,
                                 .rule = rule->id,
                                 .what = "another rule decides each of its own examples",
                                 .remedy = "give it more weight, an example that only it decides, or drop it",
                                 .other_rule = rival ? rival->id : ff_slice_of(NULL, 0)},
                rule->line, rival ? rival->line : 0);
        }
    }
    free(services);
    return FF_OK;
}
