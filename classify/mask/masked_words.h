/* masked_words.h: the words of a masked text, eight or sixteen bytes at a time.
 *
 * A masked text is " word word ": a blank behind every word, and bytes that may be read behind the last (masked.h).
 */
#ifndef FF_CLASSIFY_MASKED_WORDS_H
#define FF_CLASSIFY_MASKED_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "classify/mask/bits.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/** High bit of the first byte that is a blank (and perhaps of later ones); 0: none is. */
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

/** The first bytes of a word. */
struct ff_word_start {
    uint64_t head, next; /* 16 of them, 0 behind its end */
    uint32_t len;        /* 16: it may go on */
};

/** The bytes before the first of these blanks. */
static inline uint64_t ff_before_blank(uint64_t v, uint64_t blanks)
{
    return v & (((blanks & -blanks) >> 7) - 1);
}

/** ff_word_start() in plain C. */
static inline struct ff_word_start ff_word_start_plain(const uint8_t *p)
{
    uint64_t a = ff_load8(p), b = ff_load8(p + 8), blanks = ff_blanks(a);
    if (blanks)
        return (struct ff_word_start){ff_before_blank(a, blanks), 0, (uint32_t)__builtin_ctzll(blanks) / 8};
    blanks = ff_blanks(b);
    if (blanks)
        return (struct ff_word_start){a, ff_before_blank(b, blanks), 8 + (uint32_t)__builtin_ctzll(blanks) / 8};
    return (struct ff_word_start){a, b, 16};
}

/** 16 bytes from p on may be read. */
static inline struct ff_word_start ff_word_start(const uint8_t *p)
{
#if defined(__SSE2__)
    static const uint8_t keep[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    unsigned blanks = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(' '))) | 1u << 16;
    struct ff_word_start w = {.len = (uint32_t)__builtin_ctz(blanks)};
    v = _mm_and_si128(v, _mm_loadu_si128((const __m128i *)(const void *)(keep + 16 - w.len)));
    w.head = (uint64_t)_mm_cvtsi128_si64(v);
    w.next = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v));
    return w;
#else
    return ff_word_start_plain(p);
#endif
}

/** Has it letters beyond U+07FF, as scripts without blanks have? */
static inline bool ff_has_foreign(const uint8_t *p, size_t n)
{
    size_t at = 0;
    bool any = false;
#if defined(__SSE2__)
    __m128i max = _mm_setzero_si128();
    for (; at + 16 <= n; at += 16)
        max = _mm_max_epu8(max, _mm_loadu_si128((const __m128i *)(const void *)(p + at)));
    any = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(max, _mm_set1_epi8((char)0xe0)), max)) != 0;
#endif
    for (; at < n; at++)
        any |= p[at] >= 0xe0;
    return any;
}

#endif
