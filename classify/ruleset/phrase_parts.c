/* phrase_parts.c: names the parts of phrases: which groups of the rule set are one set of the index, and how common
 * each is. See phrase_index.h.
 */
#include "classify/ruleset/phrase_parts.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static bool naming_new(struct naming *n, size_t groups)
{
    *n = (struct naming){.set = calloc(groups, sizeof *n->set),
                         .hash = calloc(groups, sizeof *n->hash),
                         .common = calloc(groups, sizeof *n->common),
                         .size = calloc(groups, sizeof *n->size),
                         .literal = calloc(groups, sizeof *n->literal),
                         .joined = calloc(groups, sizeof *n->joined),
                         .hook = calloc(groups, sizeof *n->hook)};
    return n->set && n->hash && n->common && n->size && n->literal && n->joined && n->hook;
}

void ff_index_naming_free(struct naming *n)
{
    free(n->set);
    free(n->hash);
    free(n->common);
    free(n->size);
    free(n->literal);
    free(n->joined);
    free(n->hook);
}

static void describe_groups(const struct ff_ruleset *rules, struct naming *n)
{
    for (uint32_t i = 0; i < rules->literal_count; i++)
        for (uint32_t k = 0; k < rules->literals[i].group_count; k++) {
            uint16_t g = rules->literal_groups[rules->literals[i].group_first + k];
            n->hash[g] += XXH3_64bits(&i, sizeof i); /* a sum: the order does not matter */
            n->common[g] += rules->literals[i].group_count;
            n->size[g]++;
            n->literal[g] = i;
        }
    for (uint32_t i = 0; i < rules->phrase_count; i++)
        for (unsigned k = 0; k < rules->phrases[i].count && rules->phrases[i].count > 1; k++)
            n->joined[rules->phrases[i].element[k].group] = true;
}

/** Numbers the groups of several literals, or of one. */
static void name_sets(const struct ff_ruleset *rules, struct naming *n, bool several, uint32_t *slots, uint32_t mask)
{
    for (uint32_t g = 0; g < rules->group_count; g++) {
        if ((n->size[g] != 1) != several)
            continue;
        n->set[g] = NO_SET;
        if (!several && !n->joined[g])
            continue;
        uint32_t at = (uint32_t)n->hash[g] & mask;
        while (slots[at] && n->hash[slots[at] - 1] != n->hash[g])
            at = (at + 1) & mask;
        if (!slots[at]) {
            slots[at] = g + 1;
            n->set[g] = (uint16_t)n->set_count++;
        } else {
            n->set[g] = n->set[slots[at] - 1];
        }
    }
}

enum ff_err ff_index_name_parts(const struct ff_ruleset *rules, enum ff_index_kind kind, struct naming *n)
{
    size_t groups = rules->group_count + 1u;
    uint32_t mask = 1;
    while (mask < 2 * groups)
        mask = 2 * mask + 1;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots); /* sets by their literals: group + 1 */
    if (!naming_new(n, groups) || !slots) {
        free(slots);
        return FF_ERR_NOMEM;
    }
    describe_groups(rules, n);
    if (kind == FF_INDEX_APART) {
        for (uint32_t g = 0; g < rules->group_count; g++)
            n->set[g] = (uint16_t)n->set_count++;
    } else {
        name_sets(rules, n, true, slots, mask);
        name_sets(rules, n, false, slots, mask);
    }
    free(slots);
    return FF_OK;
}
