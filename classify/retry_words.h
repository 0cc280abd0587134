/* retry_words.h: waits written in words, in eleven languages: "five minutes", "half an hour", "in einer Stunde",
 * "через час", "五分钟后". Accents as in the language, the usual ones may be missing; Cyrillic in lower case; numbers
 * up to 99. */
#ifndef FF_CLASSIFY_RETRY_WORDS_H
#define FF_CLASSIFY_RETRY_WORDS_H

#include "proto/slice.h"

#include <stdint.h>

struct ff_word_wait {
    size_t begin, end; /* bytes of the text, from the word that leads to it: "in", "after", "wait", "za" */
    uint32_t seconds;
    bool asked; /* the word that leads to it asks to wait */
};

/** The first wait in words whose leading word begins at `from` or behind it; false: there is none. */
bool ff_word_wait(struct ff_slice text, size_t from, struct ff_word_wait *ret);

#endif
