/* bytes_avx2.h: what the AVX2 paths say of 32 bytes. Included behind avx2_begin.h. */
#ifndef FF_CLASSIFY_BYTES_AVX2_H
#define FF_CLASSIFY_BYTES_AVX2_H

#include <immintrin.h>
#include <stdint.h>

static inline __m256i load32(const uint8_t *text)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)text);
}

static inline void store32(uint8_t *to, __m256i v)
{
    _mm256_storeu_si256((__m256i *)(void *)to, v);
}

/** Bytes of v in [from, from + count). */
static inline __m256i in_range(__m256i v, char from, char count)
{
    __m256i d = _mm256_sub_epi8(v, _mm256_set1_epi8(from));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(d, _mm256_set1_epi8((char)(count - 1))), d);
}

static inline __m256i letters(__m256i v)
{
    return in_range(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), 'a', 26);
}

static inline __m256i either(__m256i v, char a, char b)
{
    return _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(a)), _mm256_cmpeq_epi8(v, _mm256_set1_epi8(b)));
}

#endif
