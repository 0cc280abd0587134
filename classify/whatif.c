/* whatif.c: see whatif.h. What is taken out is led to a group that no phrase uses: the matcher has room for one more
 * than there are (rules_phrase.c makes the indexes so). */
#include "classify/whatif.h"

#include <stdlib.h>

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
    size_t members = 0;
    for (uint32_t i = 0; i < rules->literal_count; i++)
        members += rules->literals[i].group_count;
    w->real = rules;
    w->rules = *rules;
    w->rules.rules = copy_of(rules->rules, rules->rule_count, sizeof *rules->rules);
    w->rules.phrases = copy_of(rules->phrases, rules->phrase_count, sizeof *rules->phrases);
    w->rules.literal_groups = copy_of(rules->literal_groups, members, sizeof *rules->literal_groups);
    if (w->rules.rules && w->rules.phrases && w->rules.literal_groups) {
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
    free(w->rules.phrases);
    free(w->rules.literal_groups);
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
    w->rules.phrases[i].element[0].group =
        there ? w->real->phrases[i].element[0].group : (uint16_t)w->real->group_count;
}

void ff_whatif_member(struct ff_whatif *w, uint32_t i, bool there)
{
    w->rules.literal_groups[i] = there ? w->real->literal_groups[i] : (uint16_t)w->real->group_count;
}
