/* overlap.c: phrases that say nothing new, or nothing at all.
 *
 * Whether others cover a phrase is found by writing out the texts it stands for (every combination of its members, its
 * gaps empty and full) and matching them without it. That knows all the matcher knows: sets, gaps, open ends. A phrase
 * with more combinations than the limit is let be; one text that nothing else matches ends the search, so it is quick
 * for good phrases.
 */
#include <limits.h>
#include <stdlib.h>

#include "classify/lint/passes.h"
#include "classify/lint/predicates.h"
#include "classify/lint/texts.h"

struct overlap {
    struct ff_linter *linter;
    uint64_t *group_hash;
    /* a rule of one's own that fires wherever a phrase of the rule in question does, + 1; 0: none */
    uint32_t outranked_by;
    struct ff_texts texts;
};

/** Equal for groups of the same literals, in whatever order. */
static bool hash_groups(struct overlap *o)
{
    const struct ff_linter *l = o->linter;
    o->group_hash = calloc(l->rules->group_count + 1u, sizeof *o->group_hash);
    if (!o->group_hash)
        return false;
    for (uint32_t g = 0; g < l->rules->group_count; g++)
        for (uint32_t k = l->member_first[g]; k < l->member_first[g + 1]; k++) {
            uint64_t literal = l->literal_of[l->member[k]] + 1u;
            o->group_hash[g] += literal * 0x9e3779b97f4a7c15u ^ literal << 29;
        }
    return true;
}

/* ---- shadowed ---------------------------------------------------------------------------------------------------- */

/** What else fires on a text: bits. */
enum { BY_OWN = 1, BY_HEAVIER = 2, BY_OTHER = 4 };

/** Its own rule; a heavier one of its category that nothing can refuse; a heavier one of another category. */
static unsigned covered_by(const struct overlap *o, size_t fired, uint32_t rule, uint32_t *ret_other)
{
    const struct ff_ruleset *r = o->linter->rules;
    const struct ff_rule *own = &r->rules[rule];
    unsigned by = 0;
    for (size_t i = 0; i < fired; i++) {
        const struct ff_rule *other = &r->rules[o->texts.fired[i].rule];
        if (o->texts.fired[i].rule == rule)
            return BY_OWN;
        if (ff_rule_works_undecided(own) || other->layer == FF_LAYER_HINT || other->weight <= own->weight)
            continue;
        if (other->category == own->category && !other->has_not)
            by |= BY_HEAVIER;
        else if (other->category != own->category)
            by |= BY_OTHER;
        *ret_other = o->texts.fired[i].rule;
    }
    return by;
}

/** Writes the phrase out without it: true when something else fires on every text. */
static bool is_covered(struct overlap *o, uint32_t phrase, unsigned *ret_by, uint32_t *ret_other)
{
    const struct ff_phrase *ph = &o->linter->rules->phrases[phrase];
    size_t n = ff_texts_count(&o->texts, ph);
    *ret_by = BY_OWN | BY_HEAVIER;
    if (n > FF_TEXTS_MAX)
        return false;
    bool same = true; /* one kind of cover on all texts */
    for (size_t i = 0; i < 2 * n; i++) {
        ff_texts_write(&o->texts, ph, i / 2, i % 2);
        unsigned by = covered_by(o, ff_texts_match(&o->texts), ph->rule, ret_other);
        if (by == 0 || (ph->role != FF_ROLE_ANY && by != BY_OWN))
            return false;
        same &= i == 0 || by == *ret_by;
        *ret_by = i == 0 ? by : *ret_by | by;
    }
    return same || (*ret_by & BY_OTHER) == 0;
}

/** Tells whether the phrase may be what its rule decides by. */
static bool shadow(struct overlap *o, uint32_t phrase)
{
    struct ff_linter *l = o->linter;
    const struct ff_phrase *ph = &l->rules->phrases[phrase];
    struct ff_slice words = l->rules->source.phrase_words[phrase], rule = l->rules->rules[ph->rule].id;
    unsigned by;
    uint32_t other = 0;
    ff_whatif_phrase(l->whatif, phrase, false);
    bool covered = is_covered(o, phrase, &by, &other);
    if (covered && by == BY_OWN) {
        /* it stays out, so that of two equal phrases only one is named */
        ff_findings_report(&l->findings,
                           (struct ff_lint){.kind = FF_LINT_SHADOWED,
                                            .rule = rule,
                                            .words = words,
                                            .what = "other phrases of the rule match all that this one does",
                                            .remedy = "leave it out"},
                           ph->line, 0);
        return false;
    }
    ff_whatif_phrase(l->whatif, phrase, true);
    if (covered && !ff_ruleset_is_included(l->rules, l->rules->rules[other].line))
        o->outranked_by = other + 1;
    if (covered && (by & BY_OTHER) &&
        !ff_swallowed_note(&l->swallowed, l->rules, other, ph->rule, ph->line, ff_slice_of(NULL, 0), false))
        ff_findings_report(&l->findings,
                           (struct ff_lint){.kind = FF_LINT_SHADOWED,
                                            .rule = rule,
                                            .words = words,
                                            .other_rule = l->rules->rules[other].id,
                                            .what = "a heavier rule of another category fires wherever this phrase "
                                                    "does",
                                            .remedy = "leave it out of one of them"},
                           ph->line, l->rules->rules[other].line);
    return !covered || (by & BY_OTHER);
}

static bool outranks(const struct ff_rule *other, const struct ff_rule *own)
{
    return other->weight > own->weight && ff_rule_implies(own, other);
}

/** The rule itself and those that outrank it wherever its predicates hold fire by phrases alone; all others rest. */
static void strip_predicates(struct overlap *o, uint32_t rule)
{
    const struct ff_linter *l = o->linter;
    for (uint32_t i = 0; i < l->rules->rule_count; i++) {
        struct ff_rule *other = &l->whatif->rules.rules[i];
        if (ff_rule_is_fingerprint(other))
            continue;
        if (i != rule && !outranks(&l->rules->rules[i], &l->rules->rules[rule])) {
            ff_whatif_rule(l->whatif, i, false);
            continue;
        }
        other->code_count = other->enhanced_count = other->provider_count = 0;
        other->stages = 0;
    }
}

static void restore_rules(struct overlap *o)
{
    for (uint32_t i = 0; i < o->linter->rules->rule_count; i++)
        ff_whatif_rule(o->linter->whatif, i, true);
}

/** Number of phrases in this role that the rule may decide by. */
static size_t shadow_role(struct overlap *o, uint32_t rule, unsigned role)
{
    struct ff_linter *l = o->linter;
    uint32_t first = l->phrase_first[rule], end = l->phrase_first[rule + 1];
    size_t alive = 0;
    strip_predicates(o, rule);
    ff_texts_single_role(l, rule, role);
    for (uint32_t i = end; i-- > first;)
        if (l->rules->phrases[l->phrase_of_rule[i]].role == role)
            alive += shadow(o, l->phrase_of_rule[i]);
    ff_texts_all_roles(l, rule);
    restore_rules(o);
    return alive;
}

/** Of two rules of one category that ask for codes alone, the heavier always decides. */
static bool is_outranked_by_codes(struct overlap *o, uint32_t rule)
{
    const struct ff_linter *l = o->linter;
    const struct ff_rule *own = &l->rules->rules[rule];
    for (uint32_t i = 0; i < l->rules->rule_count; i++) {
        const struct ff_rule *other = &l->rules->rules[i];
        bool plain = !other->has_any && other->with_count == 0 && !other->has_not;
        if (!plain || other->category != own->category || other->weight <= own->weight || !ff_rule_implies(own, other))
            continue;
        o->outranked_by = i + 1;
        return true;
    }
    return false;
}

static void shadow_rule(struct overlap *o, uint32_t rule)
{
    struct ff_linter *l = o->linter;
    const struct ff_rule *own = &l->rules->rules[rule];
    o->outranked_by = 0;
    size_t alive = shadow_role(o, rule, FF_ROLE_ANY);
    for (unsigned k = 0; k < own->with_count; k++) {
        size_t with = shadow_role(o, rule, FF_ROLE_WITH + k);
        alive += own->has_any ? 0 : with;
    }
    (void)shadow_role(o, rule, FF_ROLE_NOT);
    bool plain = !own->has_any && own->with_count == 0;
    bool dead = !ff_rule_works_undecided(own) && (plain ? is_outranked_by_codes(o, rule) : alive == 0);
    if (dead && !(o->outranked_by && ff_swallowed_note(&l->swallowed, l->rules, o->outranked_by - 1, rule, own->line,
                                                       ff_slice_of(NULL, 0), false)))
        ff_findings_report(
            &l->findings,
            (struct ff_lint){.kind = FF_LINT_DEAD,
                             .error = true,
                             .rule = own->id,
                             .what = "the rule can never decide: a heavier one of its category fires wherever it does",
                             .remedy = "drop it, or give it more weight"},
            own->line, 0);
}

/* ---- duplicates -------------------------------------------------------------------------------------------------- */

struct signature {
    uint64_t hash;
    uint32_t phrase;
};

static int signature_order(const void *a, const void *b)
{
    const struct signature *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->phrase > y->phrase) - (x->phrase < y->phrase);
}

static void compare(struct ff_linter *l, uint32_t first, uint32_t second)
{
    const struct ff_ruleset *r = l->rules;
    const struct ff_phrase *a = &r->phrases[first], *b = &r->phrases[second];
    const struct ff_rule *ra = &r->rules[a->rule], *rb = &r->rules[b->rule];
    if (a->rule == b->rule || ra->layer == FF_LAYER_HINT || rb->layer == FF_LAYER_HINT || !ff_rules_overlap(ra, rb))
        return;
    bool narrowed = ra->with_count || rb->with_count || ra->has_not || rb->has_not;
    bool undecided = ra->category != rb->category && ra->weight == rb->weight && !narrowed;
    ff_findings_report(&l->findings,
                       (struct ff_lint){.kind = FF_LINT_DUPLICATE,
                                        .error = undecided,
                                        .rule = rb->id,
                                        .words = r->source.phrase_words[second],
                                        .what = undecided ? "a phrase that gives two categories the same weight"
                                                          : "a phrase that stands in two rules which overlap",
                                        .remedy = "keep it in one of them",
                                        .other_rule = ra->id},
                       b->line, a->line);
}

static bool find_duplicates(struct overlap *o)
{
    const struct ff_ruleset *r = o->linter->rules;
    struct signature *s = calloc(r->phrase_count + 1u, sizeof *s);
    uint32_t n = 0;
    if (!s)
        return false;
    for (uint32_t i = 0; i < r->phrase_count; i++) {
        const struct ff_phrase *ph = &r->phrases[i];
        uint64_t hash = ph->count;
        for (unsigned k = 0; k < ph->count; k++)
            hash = (hash ^ o->group_hash[ph->element[k].group]) * 0x9e3779b97f4a7c15u +
                   (k ? ph->element[k].gap_words : 0u);
        if (ph->role == FF_ROLE_ANY)
            s[n++] = (struct signature){hash, i};
    }
    qsort(s, n, sizeof *s, signature_order);
    for (uint32_t i = 0; i + 1 < n; i++)
        for (uint32_t k = i + 1; k < n && s[k].hash == s[i].hash; k++)
            compare(o->linter, s[i].phrase, s[k].phrase);
    free(s);
    return true;
}

enum ff_err ff_lint_overlap(struct ff_linter *l)
{
    struct overlap *o = calloc(1, sizeof *o);
    if (!o)
        return FF_ERR_NOMEM;
    o->linter = l;
    o->texts = (struct ff_texts){.linter = l, .part = UINT_MAX};
    bool enough = hash_groups(o);
    if (enough) {
        for (uint32_t i = 0; i < l->rules->rule_count; i++)
            shadow_rule(o, i);
        enough = find_duplicates(o);
    }
    free(o->group_hash);
    free(o);
    return enough ? FF_OK : FF_ERR_NOMEM;
}
