/* masked_words.h: the words of a masked text, eight bytes at a time.
 *
 * A masked text is " word word ": a blank behind every word, and bytes that may be read behind the last (mask.h).
 */
#ifndef FF_CLASSIFY_MASKED_WORDS_H
#define FF_CLASSIFY_MASKED_WORDS_H

#include <stddef.h>

#include "classify/bits.h"

/** The same for the first blank. */
static inline uint64_t ff_blanks(uint64_t v)
{
    return ff_zero_bytes(v ^ UINT64_C(0x2020202020202020));
}

/** Bytes of the word that begins at p. */
static inline size_t ff_word_length(const uint8_t *p)
{
    size_t n = 0;
    uint64_t b;
    while (!(b = ff_blanks(ff_load8(p + n))))
        n += 8;
    return n + (size_t)__builtin_ctzll(b) / 8;
}

#endif
