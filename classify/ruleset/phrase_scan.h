/* phrase_scan.h: which literals of an index stand in a text. */
#ifndef FF_CLASSIFY_PHRASE_SCAN_H
#define FF_CLASSIFY_PHRASE_SCAN_H

#include "classify/ruleset/phrase_index.h"

/** Literals found in one text; what is over it is not seen. */
#define FF_HITS_MAX 1024

/** Do the words say which literals a text holds? Not when some have to be searched for among its bytes. */
static inline bool ff_phrase_index_is_words(const struct ff_phrase_index *x, const struct ff_words *words)
{
    return !x->rest || words->count == 0 || (x->rest_is_rare && !words->wakes);
}

/** All literals in the text, by their end; the word numbers are set. `scratch` is for x->rest. Returns their number, at
 * most FF_HITS_MAX. */
size_t ff_phrase_index_scan(const struct ff_phrase_index *x, const struct ff_ruleset *rules, hs_scratch_t *scratch,
                            const struct ff_words *words, struct ff_word_hit ret_hits[FF_HITS_MAX]);

#endif
