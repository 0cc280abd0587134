/* lint.c: the linter's order of work, and sets that no rule uses. */
#include "classify/lint/lint.h"

#include "classify/lint/passes.h"

static void lint_sets(struct ff_linter *l)
{
    for (uint32_t g = 0; g < l->rules->group_count; g++) {
        struct ff_slice name = l->rules->source.set_names[g];
        if (name.len && l->group_size[g] == 0)
            ff_findings_report(&l->findings,
                               (struct ff_lint){.kind = FF_LINT_UNUSED,
                                                .what = "a set that no rule uses",
                                                .words = name,
                                                .remedy = "use it or leave it out"},
                               l->rules->source.set_lines[g], 0);
    }
}

enum ff_err ff_ruleset_lint(const struct ff_ruleset *rules, void (*each)(void *ctx, const struct ff_lint *finding),
                            void *ctx, struct ff_lint_counts *ret)
{
    struct ff_linter *l = ff_linter_new(rules);
    *ret = (struct ff_lint_counts){0};
    if (!l)
        return FF_ERR_NOMEM;
    l->findings = (struct ff_findings){rules, each, ctx, ret};
    enum ff_err err = ff_lint_own_examples(l);
    if (err == FF_OK)
        err = ff_lint_masked(l);
    if (err == FF_OK)
        err = ff_lint_refuted(l);
    if (err == FF_OK)
        err = ff_lint_overlap(l);
    if (err == FF_OK)
        err = ff_lint_members(l);
    if (err == FF_OK)
        err = ff_lint_broad(l);
    if (err == FF_OK)
        err = ff_swallowed_report(&l->swallowed, &l->findings);
    if (err == FF_OK)
        lint_sets(l);
    if (err == FF_OK)
        err = ff_lint_proof(l);
    ff_linter_free(l);
    return err;
}
