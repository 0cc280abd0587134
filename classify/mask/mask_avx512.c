/* mask_avx512.c: the masker on 64-byte vectors with byte permutes and compress (VBMI, VBMI2). See mask_walk.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#ifdef FF_AVX512_EMULATED /* tests/classify/mask_emulated.c: the same source on processors without these instructions */
#include "tests/classify/avx512_emulated.h"
#define ff_mask_avx512 ff_mask_avx512_emulated
#else
#include <immintrin.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi,bmi2,lzcnt,popcnt"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi,bmi2,lzcnt,popcnt")
#endif
#endif

struct mask_block;
static inline void load_block(const uint8_t *text, size_t n, bool first, struct mask_block *ret, uint8_t *low);
static inline uint8_t *put_kept(uint8_t *to, const uint8_t *low, uint64_t keep, unsigned n);

#include "classify/mask/mask_kinds.h"
#include "classify/mask/mask_walk.h"

static inline void load_block(const uint8_t *text, size_t n, bool first, struct mask_block *ret, uint8_t *low)
{
    (void)first; /* masked loads need no bytes before */
    const __m512i table_low = _mm512_loadu_si512(kind_of), table_high = _mm512_loadu_si512(kind_of + 64);
    __m512i v = _mm512_maskz_loadu_epi8(ff_below((unsigned)n), text); /* 0 behind the end: separators */
    uint64_t foreign = _mm512_movepi8_mask(v);
    __m512i kind = _mm512_maskz_mov_epi8(~foreign, _mm512_permutex2var_epi8(table_low, v, table_high));
#define KIND(bit) _mm512_test_epi8_mask(kind, _mm512_set1_epi8((char)(bit)))
#define EQUAL(c) _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c))
    uint64_t sep = KIND(SEP), letter = KIND(LETTER);
    ret->sep = sep;
    ret->letter = letter;
    ret->odd = foreign | EQUAL('#') | EQUAL('\\');
    ret->less = EQUAL('<');
    ret->e = EQUAL('e') | EQUAL('E');
    ret->bits.digit = KIND(DIGIT);
    ret->bits.dot = KIND(DOT);
    ret->bits.line = KIND(LINE);
    ret->bits.colon = KIND(COLON);
    ret->bits.at = KIND(AT);
    ret->bits.slash = KIND(SLASH);
#undef KIND
#undef EQUAL
    __m512i lowered = _mm512_mask_mov_epi8(v, letter, _mm512_or_si512(v, _mm512_set1_epi8(0x20)));
    _mm512_storeu_si512(low, _mm512_mask_mov_epi8(lowered, sep, _mm512_set1_epi8(' ')));
}

static inline uint8_t *put_kept(uint8_t *to, const uint8_t *low, uint64_t keep, unsigned n)
{
    keep &= ff_below(n);
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi8(keep, _mm512_loadu_si512(low)));
    return to + __builtin_popcountll(keep);
}

void ff_mask_avx512(struct ff_mask_pass *p, struct ff_slice s)
{
    walk(p, s);
}

#ifndef FF_AVX512_EMULATED
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
#else
typedef int ff_mask_avx512_is_for_x86; /* an empty file is not C */
#endif
