/* members.c: members of sets and choices that say nothing new: wherever a phrase matches by one of them, the rest
 * of its rule's phrases match too.
 *
 * Found as in overlap.c, by writing out every text of every phrase that has the member. Most members are needed by
 * the first text that is tried.
 */
#include <stdlib.h>

#include "classify/lint/groups.h"
#include "classify/lint/passes.h"
#include "classify/lint/texts.h"

static bool fires(struct ff_texts *t, uint32_t rule)
{
    size_t n = ff_texts_match(t);
    for (size_t i = 0; i < n; i++)
        if (t->fired[i].rule == rule)
            return true;
    return false;
}

/** Written with the member as its part `part`, is the phrase matched without it? */
static bool is_covered_in(struct ff_texts *t, uint32_t phrase, unsigned part)
{
    const struct ff_phrase *ph = &t->linter->rules->phrases[phrase];
    t->part = part;
    size_t n = ff_texts_count(t, ph);
    if (n > FF_TEXTS_MAX)
        return false;
    bool covered = true;
    ff_texts_single_role(t->linter, ph->rule, ph->role);
    for (size_t i = 0; i < 2 * n && covered; i++) {
        ff_texts_write(t, ph, i / 2, i % 2);
        covered = fires(t, ph->rule);
    }
    ff_texts_all_roles(t->linter, ph->rule);
    return covered;
}

/** The parts of phrases that have a group: uses[first[g]] to uses[first[g + 1] - 1]. */
struct uses {
    uint32_t *first;
    struct use {
        uint32_t phrase;
        unsigned part;
    } * use;
};

static bool index_uses(const struct ff_ruleset *r, struct uses *u)
{
    u->first = calloc(r->group_count + 2u, sizeof *u->first);
    u->use = calloc((size_t)r->phrase_count * FF_PHRASE_ELEMENTS_MAX + 1, sizeof *u->use);
    if (!u->first || !u->use)
        return false;
    for (uint32_t i = 0; i < r->phrase_count; i++)
        for (unsigned k = 0; k < r->phrases[i].count; k++)
            u->first[r->phrases[i].element[k].group + 2]++;
    for (uint32_t g = 2; g < r->group_count + 2u; g++)
        u->first[g] += u->first[g - 1];
    for (uint32_t i = 0; i < r->phrase_count; i++)
        for (unsigned k = 0; k < r->phrases[i].count; k++)
            u->use[u->first[r->phrases[i].element[k].group + 1]++] = (struct use){i, k};
    return true;
}

static size_t words_of(struct ff_slice literal)
{
    size_t n = 1;
    for (size_t i = 1; i + 1 < literal.len; i++)
        n += literal.ptr[i] == ' ';
    return n;
}

/** Does the literal hold wherever the other one does, in its place? Then both are of as many words, and the first
 * stands in the second: "benutzer*" in "benutzername". */
static bool is_wider(const struct ff_linter *l, uint32_t literal, uint32_t other)
{
    struct ff_slice a = l->rules->literals[literal].text, b = l->rules->literals[other].text;
    return a.len < b.len && words_of(a) == words_of(b) && ff_slice_find(b, 0, a) != SIZE_MAX;
}

/** Is there such a one among the members of its group, those that were found to be needless left out? */
static bool has_wider(const struct ff_linter *l, const bool *needless, uint32_t member)
{
    uint16_t g = l->rules->literal_groups[member];
    for (uint32_t i = l->member_first[g]; i < l->member_first[g + 1]; i++)
        if (!needless[l->member[i]] && is_wider(l, l->literal_of[l->member[i]], l->literal_of[member]))
            return true;
    return false;
}

/** In all phrases of all sets that have it; it is taken out. */
static bool is_covered(struct ff_texts *t, const struct uses *u, const bool *needless, uint32_t member)
{
    const struct ff_linter *l = t->linter;
    const struct ff_literal *lit = &l->rules->literals[l->literal_of[member]];
    bool used = false;
    for (uint32_t k = lit->group_first; k < lit->group_first + lit->group_count; k++) {
        uint16_t g = l->rules->literal_groups[k];
        t->member = k;
        if (!ff_member_is_same(l, k, member) || u->first[g] == u->first[g + 1])
            continue;
        used = true;
        for (uint32_t i = u->first[g]; i < u->first[g + 1] && !has_wider(l, needless, k); i++)
            if (!is_covered_in(t, u->use[i].phrase, u->use[i].part))
                return false;
    }
    return used; /* a set that no phrase uses is a finding of its own */
}

static void mark(const struct ff_linter *l, bool *needless, uint32_t member)
{
    const struct ff_literal *lit = &l->rules->literals[l->literal_of[member]];
    for (uint32_t k = lit->group_first; k < lit->group_first + lit->group_count; k++)
        needless[k] |= ff_member_is_same(l, k, member);
}

enum ff_err ff_lint_members(struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    struct ff_texts *t = calloc(1, sizeof *t);
    struct uses u = {0};
    bool *needless = calloc(l->member_first[r->group_count] + 1u, sizeof *needless);
    bool enough = t && needless && index_uses(r, &u);
    for (uint32_t k = 0; enough && k < l->member_first[r->group_count]; k++) {
        uint16_t g = r->literal_groups[k];
        if (!ff_group_has_members(l, g) || ff_member_first(l, k) != k)
            continue;
        t->linter = l;
        ff_linter_take_member(l, k, false);
        if (!is_covered(t, &u, needless, k)) {
            ff_linter_take_member(l, k, true);
            continue;
        }
        mark(l, needless, k);
        /* it stays out, so that of two that cover each other only one is named */
        ff_findings_report(&l->findings,
                           (struct ff_lint){.kind = FF_LINT_SHADOWED,
                                            .rule = ff_group_user(l, g),
                                            .what = "wherever this member matches, others of its rules do too",
                                            .words = r->source.members[k].words,
                                            .set = r->source.set_names[g],
                                            .remedy = "leave it out"},
                           r->source.members[k].line, 0);
    }
    for (uint32_t k = 0; enough && k < l->member_first[r->group_count]; k++)
        ff_whatif_member(l->whatif, k, true);
    free(u.first);
    free(u.use);
    free(needless);
    free(t);
    return enough ? FF_OK : FF_ERR_NOMEM;
}
