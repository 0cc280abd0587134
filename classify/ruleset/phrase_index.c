/* phrase_index.c: see phrase_index.h: the end of an index, and what may be changed in it. It is built by
 * phrase_build.c. */
#include "classify/ruleset/phrase_index.h"

#include <stdlib.h>

void ff_phrase_index_free(struct ff_phrase_index *x)
{
    if (!x)
        return;
    ff_word_index_free(x->words);
    for (struct ff_spelling *s = x->spellings, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    hs_free_database(x->rest);
    free(x->literals);
    free(x->sets);
    free(x->hanging_sets);
    free(x->set_hooks);
    free(x->phrases);
    free(x->steps);
    free(x->filler);
    free(x->placed);
    free(x->placed_rules);
    free(x->asides);
    free(x->by_code);
    free(x->by_enhanced);
    free(x->by_stage);
    free(x->plain);
    free(x->naming);
    free(x->aside_rules);
    free(x);
}

/** A literal that is such a phrase by itself is also found by where it stands. */
static void take_placed(struct ff_phrase_index *x, const struct ff_ruleset *rules, const struct ff_phrase *ph,
                        bool there)
{
    for (uint32_t i = 0; i < rules->literal_count; i++)
        for (uint32_t k = 0; k < rules->literals[i].group_count; k++)
            if (rules->literal_groups[rules->literals[i].group_first + k] == ph->element[0].group)
                x->placed[i] = there ? (uint16_t)(ph->rule + 1) : 0;
}

void ff_phrase_index_take_phrase(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t phrase, bool there)
{
    const struct ff_phrase *ph = &rules->phrases[phrase];
    x->phrases[phrase].part[0] = there ? ph->element[0].group : (uint16_t)x->set_count;
    if (rules->rules[ph->rule].where != FF_WHERE_ANYWHERE && ph->role == FF_ROLE_ANY && ph->count == 1)
        take_placed(x, rules, ph, there);
}

void ff_phrase_index_take_member(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t literal,
                                 uint32_t nth, bool there)
{
    x->sets[x->literals[literal].sets + nth] =
        there ? rules->literal_groups[rules->literals[literal].group_first + nth] : (uint16_t)(x->set_count + 1);
}
