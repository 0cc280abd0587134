/* mask_avx2.c: the masker on 32-byte vectors. See mask_walk.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include "classify/mask/avx2_begin.h"

struct mask_block;
static inline void load_block(const uint8_t *text, size_t n, bool first, struct mask_block *ret, uint8_t *low);
static inline uint8_t *put_kept(uint8_t *to, const uint8_t *low, uint64_t keep, unsigned n);

#include "classify/mask/bytes_avx2.h"
#include "classify/mask/mask_walk.h"

/** Separators have 0. A separator is a byte whose row (high half) and column (low half) share a bit; see class_of in
 * mask_scalar.c. Bytes outside ASCII have no column. */
static inline __m256i not_separator(__m256i v)
{
    const __m256i columns = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0x13, 0x01, 0x03, 0x01, 0x01, 0x01, 0x01, 0x03, 0x03, 0x03, 0x01, 0x2d, 0x07, 0x29, 0x05, 0x21));
    const __m256i rows =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0x01, 0x01, 0x02, 0x04, 0, 0x08, 0x10, 0x20, 0, 0, 0, 0, 0, 0, 0, 0));
    __m256i row = _mm256_shuffle_epi8(rows, _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15)));
    return _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(columns, v), row), _mm256_setzero_si256());
}

static inline void store_low(uint8_t *low, __m256i v, __m256i letter, __m256i not_sep)
{
    __m256i lowered = _mm256_or_si256(v, _mm256_and_si256(letter, _mm256_set1_epi8(0x20)));
    store32(low, _mm256_blendv_epi8(_mm256_set1_epi8(' '), lowered, not_sep));
}

/** The first 32 bytes at most, 0 behind them. */
static inline __m256i load_short(const uint8_t *text, size_t n)
{
    uint8_t padded[32] __attribute__((aligned(32))) = {0};
    if (n >= 16) {
        _mm_storeu_si128((__m128i *)(void *)padded, _mm_loadu_si128((const __m128i *)(const void *)text));
        _mm_storeu_si128((__m128i *)(void *)(padded + n - 16),
                         _mm_loadu_si128((const __m128i *)(const void *)(text + n - 16)));
    } else {
        memcpy(padded, text, n);
    }
    return _mm256_load_si256((const __m256i *)(const void *)padded);
}

static inline void load_block(const uint8_t *text, size_t n, bool first, struct mask_block *ret, uint8_t *low)
{
    __m256i a, b = _mm256_setzero_si256();
    unsigned high = 32, shift = 0; /* where b's bits go; how far all move down */
    if (n == 64 || !first) {
        shift = (unsigned)(64 - n);
        low -= shift;
        a = load32(text - shift);
        b = load32(text - shift + 32);
    } else if (n >= 32) { /* two halves that overlap */
        high = (unsigned)(n - 32);
        a = load32(text);
        b = load32(text + high);
    } else {
        a = load_short(text, n);
    }
    __m256i word_a = not_separator(a), word_b = not_separator(b), letter_a = letters(a), letter_b = letters(b);
    store_low(low, a, letter_a, word_a);
    store_low(low + high, b, letter_b, word_b);
#define MASK(v) (uint64_t)(uint32_t) _mm256_movemask_epi8(v)
#define BOTH(of_a, of_b) ((MASK(of_a) | MASK(of_b) << high) >> shift)
#define EQUAL(c) BOTH(_mm256_cmpeq_epi8(a, _mm256_set1_epi8(c)), _mm256_cmpeq_epi8(b, _mm256_set1_epi8(c)))
    ret->sep = ~(BOTH(word_a, word_b) & ff_below((unsigned)n));
    ret->letter = BOTH(letter_a, letter_b);
    ret->odd = BOTH(_mm256_or_si256(a, either(a, '#', '\\')), _mm256_or_si256(b, either(b, '#', '\\')));
    ret->less = EQUAL('<');
    ret->e = BOTH(either(a, 'e', 'E'), either(b, 'e', 'E'));
    ret->bits.digit = BOTH(in_range(a, '0', 10), in_range(b, '0', 10));
    ret->bits.dot = EQUAL('.');
    ret->bits.line = BOTH(either(a, '-', '_'), either(b, '-', '_'));
    ret->bits.colon = EQUAL(':');
    ret->bits.at = EQUAL('@');
    ret->bits.slash = EQUAL('/');
#undef MASK
#undef BOTH
#undef EQUAL
}

static inline void copy64(uint8_t *to, const uint8_t *from)
{
    store32(to, load32(from));
    store32(to + 32, load32(from + 32));
}

#include "classify/mask/mask_stretches.h"

void ff_mask_avx2(struct ff_mask_pass *p, struct ff_slice s)
{
    walk(p, s);
}

#include "classify/mask/avx2_end.h"
#else
typedef int ff_mask_avx2_is_for_x86; /* an empty file is not C */
#endif
