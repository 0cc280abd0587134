/* proof.c: a mutation check. Whatever can be deleted without breaking an example is not proven by any.
 *
 * What is deleted: a phrase of a rule (and with it each literal that the phrase cannot do without), and a member of a
 * choice or set. What must break: an example of the rule; for a set, of any rule that uses it. "Break" includes that a
 * rule fires on its own "no": that is what proves a "not".
 *
 * Only what occurs in an example's masked text can matter to it, so each example is tried once per such thing (some
 * dozens), with the compiled automaton, instead of loading the rules once per literal (thousands of times a quarter of
 * a second).
 */
#include <stdlib.h>

#include "classify/lint/example.h"
#include "classify/lint/groups.h"
#include "classify/lint/passes.h"
#include "classify/lint/proof.h"

static void add_literal(void *ctx, uint32_t literal)
{
    struct ff_proof *p = ctx;
    if (p->seen[literal])
        return;
    p->seen[literal] = true;
    p->literals[p->literal_count++] = literal;
}

static bool fires(const struct ff_explanation *why, uint32_t rule)
{
    for (size_t i = 0; i < why->count; i++)
        if (why->evidence[i].index == rule)
            return true;
    return false;
}

/** Does the example break under what was just taken out? */
static bool breaks(struct ff_proof *p, const struct ff_example *x)
{
    struct ff_linter *l = p->linter;
    return ff_example_try(&l->whatif->rules, l->whatif->classifier, x, &l->why) ||
           (!x->positive && !p->fires && fires(&l->why, x->rule));
}

static void try_phrase(struct ff_proof *p, const struct ff_example *x, uint32_t phrase)
{
    if (p->phrases[phrase])
        return;
    ff_whatif_phrase(p->linter->whatif, phrase, false);
    p->phrases[phrase] = breaks(p, x);
    p->proven += p->phrases[phrase];
    ff_whatif_phrase(p->linter->whatif, phrase, true);
}

static void try_member(struct ff_proof *p, const struct ff_example *x, uint32_t member, uint16_t group)
{
    struct ff_linter *l = p->linter;
    bool used = false;
    uint32_t first = ff_member_first(l, member);
    if (p->members[first] || !ff_group_has_members(l, group))
        return;
    for (uint32_t i = l->phrase_first[x->rule]; i < l->phrase_first[x->rule + 1]; i++)
        used |= ff_phrase_uses(&l->rules->phrases[l->phrase_of_rule[i]], group);
    if (!used)
        return;
    ff_linter_take_member(l, member, false);
    p->members[first] = breaks(p, x);
    p->proven += p->members[first];
    ff_linter_take_member(l, member, true);
}

/** Could the phrase be in the text: were all of its parts seen? */
static bool is_possible(const struct ff_phrase *ph, const bool *groups)
{
    for (unsigned k = 0; k < ph->count; k++)
        if (!groups[ph->element[k].group])
            return false;
    return true;
}

void ff_proof_by(struct ff_proof *p, const struct ff_example *x)
{
    struct ff_linter *l = p->linter;
    const struct ff_ruleset *r = l->rules;
    if (ff_example_try(r, l->whatif->classifier, x, &l->why))
        return; /* it fails as it is: reported elsewhere */
    p->fires = fires(&l->why, x->rule);
    p->literal_count = 0;
    ff_linter_literals(l, l->why.masked, add_literal, p);
    for (uint32_t i = 0; i < p->literal_count; i++) {
        const struct ff_literal *lit = &r->literals[p->literals[i]];
        for (uint32_t k = lit->group_first; k < lit->group_first + lit->group_count; k++) {
            p->groups[r->literal_groups[k]] = true;
            try_member(p, x, k, r->literal_groups[k]);
        }
    }
    for (uint32_t i = l->phrase_first[x->rule]; i < l->phrase_first[x->rule + 1]; i++)
        if (is_possible(&r->phrases[l->phrase_of_rule[i]], p->groups))
            try_phrase(p, x, l->phrase_of_rule[i]);
    for (uint32_t i = 0; i < p->literal_count; i++) {
        const struct ff_literal *lit = &r->literals[p->literals[i]];
        p->seen[p->literals[i]] = false;
        for (uint32_t k = lit->group_first; k < lit->group_first + lit->group_count; k++)
            p->groups[r->literal_groups[k]] = false;
    }
}

static void report(struct ff_proof *p)
{
    struct ff_linter *l = p->linter;
    const struct ff_ruleset *r = l->rules;
    for (uint32_t i = 0; i < r->phrase_count; i++) {
        l->findings.counts->provable++;
        l->findings.counts->unproven += !p->phrases[i];
        if (!p->phrases[i])
            ff_findings_report(&l->findings,
                               (struct ff_lint){.kind = FF_LINT_UNPROVEN,
                                                .rule = r->rules[r->phrases[i].rule].id,
                                                .what = r->phrases[i].role == FF_ROLE_NOT
                                                            ? "no example needs this \"not\""
                                                            : "no example needs this phrase",
                                                .words = r->source.phrase_words[i],
                                                .remedy = r->phrases[i].role == FF_ROLE_NOT ? "add: no REPLY with it"
                                                                                            : "add: yes REPLY with it"},
                               r->phrases[i].line, 0);
    }
    for (uint32_t i = 0; i < r->literal_count; i++)
        for (uint32_t k = r->literals[i].group_first; k < r->literals[i].group_first + r->literals[i].group_count;
             k++) {
            uint16_t g = r->literal_groups[k];
            if (!ff_group_has_members(l, g) || ff_member_first(l, k) != k)
                continue;
            l->findings.counts->provable++;
            l->findings.counts->unproven += !p->members[k];
            if (!p->members[k])
                ff_findings_report(&l->findings,
                                   (struct ff_lint){.kind = FF_LINT_UNPROVEN,
                                                    .rule = ff_group_user(l, g),
                                                    .what = r->source.set_names[g].len
                                                                ? "no example needs this member of a set"
                                                                : "no example needs this choice",
                                                    .words = r->source.members[k].words,
                                                    .remedy = "add: yes REPLY with it",
                                                    .set = r->source.set_names[g]},
                                   r->source.members[k].line, 0);
        }
}

bool ff_proof_init(struct ff_proof *p, struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    *p = (struct ff_proof){.linter = l};
    p->phrases = calloc(r->phrase_count + 1u, sizeof *p->phrases);
    p->members = calloc(l->member_first[r->group_count] + 1u, sizeof *p->members);
    p->literals = calloc(r->literal_count + 1u, sizeof *p->literals);
    p->seen = calloc(r->literal_count + 1u, sizeof *p->seen);
    p->groups = calloc(r->group_count + 1u, sizeof *p->groups);
    if (!p->phrases || !p->members || !p->literals || !p->seen || !p->groups)
        return false;
    for (uint32_t i = 0; i < r->example_count; i++)
        ff_proof_by(p, &r->examples[i]);
    return true;
}

void ff_proof_fini(struct ff_proof *p)
{
    free(p->phrases);
    free(p->members);
    free(p->literals);
    free(p->seen);
    free(p->groups);
}

enum ff_err ff_lint_proof(struct ff_linter *l)
{
    struct ff_proof p;
    bool enough = ff_proof_init(&p, l);
    if (enough)
        report(&p);
    ff_proof_fini(&p);
    return enough ? FF_OK : FF_ERR_NOMEM;
}
