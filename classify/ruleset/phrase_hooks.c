/* phrase_hooks.c: hangs each phrase on the rarest of its parts, and lists for each literal the sets and hooks that it
 * leads to. See phrase_index.h.
 */
#include "classify/ruleset/phrase_hooks.h"

#include <limits.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- hooks ------------------------------------------------------------------------------------------------------ */

/** Which element of the phrase is the rarest, `but` this one. */
static unsigned rarest_of(const struct ff_phrase *ph, const struct naming *n, unsigned but)
{
    unsigned rarest = but == 0;
    for (unsigned k = rarest + 1; k < ph->count; k++)
        if (k != but && n->common[ph->element[k].group] < n->common[ph->element[rarest].group])
            rarest = k;
    return rarest;
}

/** The group that the phrase hangs on. */
static uint16_t hanging_group(const struct ff_phrase *ph, const struct naming *n)
{
    return ph->element[rarest_of(ph, n, UINT_MAX)].group;
}

/** A single literal has the hook itself. */
static bool hangs_on_literal(const struct naming *n, enum ff_index_kind kind, uint16_t group)
{
    return kind == FF_INDEX_SHARED && n->size[group] == 1;
}

static enum ff_err make_hooks(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                              struct naming *n)
{
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        uint16_t group = hanging_group(&rules->phrases[i], n);
        if (!hangs_on_literal(n, kind, group))
            n->hook[n->set[group]] = 1;
    }
    for (uint32_t set = 0; set < n->set_count; set++)
        if (n->hook[set])
            n->hook[set] = (uint16_t)++x->hook_count;
    x->set_hooks = calloc(x->hook_count + 1u, sizeof *x->set_hooks);
    x->hanging_sets = calloc(x->hook_count + 1u, sizeof *x->hanging_sets);
    if (!x->set_hooks || !x->hanging_sets)
        return FF_ERR_NOMEM;
    for (uint32_t set = 0; set < n->set_count; set++)
        if (n->hook[set])
            x->hanging_sets[n->hook[set] - 1] = (uint16_t)set;
    return FF_OK;
}

static struct ff_index_hook *hook_of(struct ff_phrase_index *x, const struct ff_phrase *ph, enum ff_index_kind kind,
                                     const struct naming *n)
{
    uint16_t group = hanging_group(ph, n);
    return hangs_on_literal(n, kind, group) ? &x->literals[n->literal[group]].own
                                            : &x->set_hooks[n->hook[n->set[group]] - 1];
}

/** Apart, it may be that nothing is left of a phrase's part. */
static bool is_single(const struct ff_phrase *ph, enum ff_index_kind kind)
{
    return ph->count == 1 && kind == FF_INDEX_SHARED;
}

static void place_hook(struct ff_index_hook *hook, uint32_t *at)
{
    hook->first = (uint16_t)*at;
    *at += hook->singles + hook->count;
    hook->singles = hook->count = 0;
}

/* ---- literals and their sets ------------------------------------------------------------------------------------ */

static uint32_t add_sorted(uint16_t *list, uint32_t count, uint16_t set)
{
    uint32_t k = count;
    while (k > 0 && list[k - 1] > set)
        k--;
    if (k > 0 && list[k - 1] == set)
        return count;
    memmove(list + k + 1, list + k, (count - k) * sizeof *list);
    list[k] = set;
    return count + 1;
}

/** Writes the sets of a literal to x->sets, from `at` on, in fours. */
static void list_sets(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                      const struct naming *n, uint32_t literal, uint32_t at)
{
    const struct ff_literal *lit = &rules->literals[literal];
    uint16_t *list = x->sets + at;
    uint32_t count = 0;
    for (uint32_t k = 0; k < lit->group_count; k++) {
        uint16_t set = n->set[rules->literal_groups[lit->group_first + k]];
        if (kind == FF_INDEX_APART)
            list[count++] = set;
        else if (set != NO_SET)
            count = add_sorted(list, count, set);
    }
    while (count % 4)
        list[count++] = (uint16_t)(x->set_count + 1);
    x->literals[literal].sets = at;
    x->literals[literal].set_fours = (uint16_t)(count / 4);
}

/** The same list, written before? Then that one is used. */
static bool share_list(struct ff_phrase_index *x, uint32_t literal, uint32_t *slots, uint32_t mask)
{
    struct ff_index_literal *own = &x->literals[literal];
    size_t bytes = 4u * own->set_fours * sizeof *x->sets;
    uint32_t at = (uint32_t)XXH3_64bits(x->sets + own->sets, bytes) & mask;
    for (; slots[at]; at = (at + 1) & mask) {
        const struct ff_index_literal *other = &x->literals[slots[at] - 1];
        if (other->set_fours == own->set_fours && memcmp(x->sets + other->sets, x->sets + own->sets, bytes) == 0) {
            own->sets = other->sets;
            own->hook_count = other->hook_count;
            return true;
        }
    }
    slots[at] = literal + 1;
    return false;
}

/** Writes the hooks of a literal behind its sets. */
static void list_hooks(struct ff_phrase_index *x, const struct naming *n, uint32_t literal)
{
    struct ff_index_literal *lit = &x->literals[literal];
    const uint16_t *sets = x->sets + lit->sets;
    uint16_t *hooks = x->sets + lit->sets + 4u * lit->set_fours;
    for (uint32_t k = 0; k < 4u * lit->set_fours; k++)
        if (sets[k] < x->set_count && n->hook[sets[k]])
            hooks[lit->hook_count++] = (uint16_t)(n->hook[sets[k]] - 1);
}

static enum ff_err index_sets(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                              const struct naming *n)
{
    size_t room = 1;
    uint32_t mask = 1, at = 0;
    while (mask < 2 * (rules->literal_count + 1))
        mask = 2 * mask + 1;
    for (uint32_t i = 0; i < rules->literal_count; i++)
        room += 2u * rules->literals[i].group_count + 3u;
    x->sets = calloc(room, sizeof *x->sets);
    uint32_t *slots = calloc(mask + 1u, sizeof *slots); /* lists by their content: literal + 1 */
    if (!x->sets || !slots) {
        free(slots);
        return FF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < rules->literal_count; i++) {
        list_sets(x, rules, kind, n, i, at);
        if (kind == FF_INDEX_SHARED && share_list(x, i, slots, mask))
            continue;
        list_hooks(x, n, i);
        at += 4u * x->literals[i].set_fours + x->literals[i].hook_count;
    }
    free(slots);
    return FF_OK;
}

/* ---- phrases ---------------------------------------------------------------------------------------------------- */

/** A phrase of one part needs that. */
static uint16_t needed_set(const struct ff_phrase *ph, const struct naming *n)
{
    unsigned hook = rarest_of(ph, n, UINT_MAX);
    return n->set[ph->element[ph->count > 1 ? rarest_of(ph, n, hook) : hook].group];
}

static void put_phrase(struct ff_phrase_index *x, const struct ff_phrase *ph, const struct naming *n, uint32_t number)
{
    struct ff_index_phrase *own = &x->phrases[number];
    own->rule = (uint16_t)ph->rule;
    own->role = ph->role;
    own->count = ph->count;
    for (unsigned k = 0; k < ph->count; k++) {
        own->part[k] = n->set[ph->element[k].group];
        own->gap_words[k] = ph->element[k].gap_words;
    }
}

/** Counts the phrases of each hook. */
static void count_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                          const struct naming *n)
{
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        struct ff_index_hook *hook = hook_of(x, &rules->phrases[i], kind, n);
        if (is_single(&rules->phrases[i], kind))
            hook->singles++;
        else
            hook->count++;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < rules->literal_count; i++)
        place_hook(&x->literals[i].own, &at);
    for (uint32_t i = 0; i < x->hook_count; i++)
        place_hook(&x->set_hooks[i], &at);
}

/** @param single  the single ones of each hook, or all others: these come behind */
static void hang_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                         const struct naming *n, bool single)
{
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        const struct ff_phrase *ph = &rules->phrases[i];
        struct ff_index_hook *hook = hook_of(x, ph, kind, n);
        if (is_single(ph, kind) != single)
            continue;
        if (single)
            x->steps[hook->first + hook->singles++].single = ff_index_single(ph->rule, ph->role);
        else
            x->steps[hook->first + hook->singles + hook->count++].need =
                (struct ff_index_need){(uint16_t)i, needed_set(ph, n)};
    }
}

enum ff_err ff_index_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                             struct naming *n)
{
    x->set_count = n->set_count;
    x->phrases = calloc(rules->phrase_count + 1u, sizeof *x->phrases);
    x->steps = calloc(rules->phrase_count + 1u, sizeof *x->steps);
    x->literals = calloc(rules->literal_count + 1u, sizeof *x->literals);
    if (!x->phrases || !x->steps || !x->literals || make_hooks(x, rules, kind, n) != FF_OK)
        return FF_ERR_NOMEM;
    count_phrases(x, rules, kind, n);
    hang_phrases(x, rules, kind, n, true);
    hang_phrases(x, rules, kind, n, false);
    for (uint32_t i = 0; i < rules->phrase_count; i++)
        put_phrase(x, &rules->phrases[i], n, i);
    return index_sets(x, rules, kind, n);
}
