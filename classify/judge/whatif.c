/* whatif.c: see whatif.h. The index is one of its own, in which nothing is shared, so that taking out means one
 * thing. */
#include "classify/judge/whatif.h"

#include <stdlib.h>

#include "classify/ruleset/phrase_build.h"

static void *copy_of(const void *array, size_t count, size_t element)
{
    void *copy = calloc(count + 1, element);
    if (copy && count)
        memcpy(copy, array, count * element);
    return copy;
}

struct ff_whatif *ff_whatif_new(const struct ff_ruleset *rules)
{
    struct ff_whatif *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->real = rules;
    w->rules = *rules;
    w->rules.index = NULL;
    w->rules.rules = copy_of(rules->rules, rules->rule_count, sizeof *rules->rules);
    if (w->rules.rules && ff_phrase_index_new(rules, FF_INDEX_APART, &w->rules.index) == FF_OK) {
        w->classifier = ff_classifier_new(&w->rules, 4);
        w->matcher = ff_matcher_new(&w->rules);
    }
    if (w->classifier && w->matcher)
        return w;
    ff_whatif_free(w);
    return NULL;
}

void ff_whatif_free(struct ff_whatif *w)
{
    if (!w)
        return;
    ff_classifier_free(w->classifier);
    ff_matcher_free(w->matcher);
    free(w->rules.rules);
    ff_phrase_index_free(w->rules.index);
    free(w);
}

void ff_whatif_rule(struct ff_whatif *w, uint32_t i, bool there)
{
    w->rules.rules[i] = w->real->rules[i];
    if (there)
        return;
    w->rules.rules[i].code[0] = (struct ff_code_range){1, 1}; /* which no reply has */
    w->rules.rules[i].code_count = 1;
}

void ff_whatif_phrase(struct ff_whatif *w, uint32_t i, bool there)
{
    ff_phrase_index_take_phrase(w->rules.index, w->real, i, there);
}

void ff_whatif_role(struct ff_whatif *w, uint32_t i, unsigned role)
{
    w->rules.index->phrases[i].role = (uint8_t)role;
}

/** The literal whose groups hold number i of literal_groups. */
static uint32_t literal_of(const struct ff_ruleset *rules, uint32_t i)
{
    uint32_t low = 0, high = rules->literal_count; /* the last that begins at i or before it, and is in some group */
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (rules->literals[mid].group_first <= i)
            low = mid;
        else
            high = mid;
    }
    return low;
}

void ff_whatif_member(struct ff_whatif *w, uint32_t i, bool there)
{
    uint32_t literal = literal_of(w->real, i);
    ff_phrase_index_take_member(w->rules.index, w->real, literal, i - w->real->literals[literal].group_first, there);
}
