/* refuted.c: phrases that never count, because a "not" of their own rule is found wherever they are. */
#include <limits.h>
#include <stdlib.h>

#include "classify/lint/passes.h"
#include "classify/lint/texts.h"

static bool fires(const struct ff_texts *t, size_t fired, uint32_t rule)
{
    for (size_t i = 0; i < fired; i++)
        if (t->fired[i].rule == rule)
            return true;
    return false;
}

/** Does the rule, which fires by its "not" phrases alone now, fire on all that the phrase stands for? */
static bool is_refuted(struct ff_texts *t, const struct ff_phrase *ph)
{
    size_t n = ff_texts_count(t, ph);
    if (n > FF_TEXTS_MAX)
        return false;
    for (size_t i = 0; i < 2 * n; i++) {
        ff_texts_write(t, ph, i / 2, i % 2);
        if (!fires(t, ff_texts_match(t), ph->rule))
            return false;
    }
    return n > 0;
}

static void try_rule(struct ff_linter *l, struct ff_texts *t, uint32_t rule)
{
    const struct ff_ruleset *r = l->rules;
    ff_texts_single_role(l, rule, FF_ROLE_NOT);
    for (uint32_t i = l->phrase_first[rule]; i < l->phrase_first[rule + 1]; i++) {
        const struct ff_phrase *ph = &r->phrases[l->phrase_of_rule[i]];
        if (ph->role == FF_ROLE_NOT || !is_refuted(t, ph))
            continue;
        ff_findings_report(&l->findings,
                           (struct ff_lint){.kind = FF_LINT_IMPOSSIBLE,
                                            .error = true,
                                            .rule = r->rules[rule].id,
                                            .words = r->source.phrase_words[l->phrase_of_rule[i]],
                                            .what = "a \"not\" of the rule holds wherever this phrase does, so it "
                                                    "never counts",
                                            .remedy = "narrow the \"not\", or leave the phrase out"},
                           ph->line, 0);
    }
    ff_texts_all_roles(l, rule);
}

enum ff_err ff_lint_refuted(struct ff_linter *l)
{
    struct ff_texts *t = calloc(1, sizeof *t);
    if (!t)
        return FF_ERR_NOMEM;
    *t = (struct ff_texts){.linter = l, .part = UINT_MAX};
    for (uint32_t i = 0; i < l->rules->rule_count; i++)
        if (l->rules->rules[i].has_not)
            try_rule(l, t, i);
    free(t);
    return FF_OK;
}
