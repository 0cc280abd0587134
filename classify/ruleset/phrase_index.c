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
    free(x->asides);
    free(x->by_code);
    free(x->by_enhanced);
    free(x->by_stage);
    free(x->plain);
    free(x->naming);
    free(x->aside_rules);
    free(x);
}

void ff_phrase_index_take_phrase(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t phrase, bool there)
{
    x->phrases[phrase].part[0] = there ? rules->phrases[phrase].element[0].group : (uint16_t)x->set_count;
}

void ff_phrase_index_take_member(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t literal,
                                 uint32_t nth, bool there)
{
    x->sets[x->literals[literal].sets + nth] =
        there ? rules->literal_groups[rules->literals[literal].group_first + nth] : (uint16_t)(x->set_count + 1);
}
