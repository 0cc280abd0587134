/* avx512_emulated.h: the AVX-512 intrinsics of classify/mask/mask_avx512.c, emulated (SIMDe, and two that it
 * lacks), so that its source is tested on every processor. Twice as slow as no vectors at all; only for tests. */
#ifndef FF_TESTS_AVX512_EMULATED_H
#define FF_TESTS_AVX512_EMULATED_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#pragma GCC diagnostic pop
#include <string.h>

static inline simde__m512i emulated_maskz_loadu_epi8(uint64_t keep, const void *from)
{
    uint8_t bytes[64] = {0};
    for (unsigned i = 0; i < 64; i++)
        if (keep >> i & 1)
            bytes[i] = ((const uint8_t *)from)[i]; /* reads no byte that is masked off, as the instruction does not */
    return simde_mm512_loadu_si512(bytes);
}

static inline simde__m512i emulated_maskz_compress_epi8(uint64_t keep, simde__m512i v)
{
    uint8_t from[64], bytes[64] = {0};
    unsigned n = 0;
    simde_mm512_storeu_si512(from, v);
    for (unsigned i = 0; i < 64; i++)
        if (keep >> i & 1)
            bytes[n++] = from[i];
    return simde_mm512_loadu_si512(bytes);
}

#undef _mm512_maskz_loadu_epi8
#define _mm512_maskz_loadu_epi8 emulated_maskz_loadu_epi8
#undef _mm512_maskz_compress_epi8
#define _mm512_maskz_compress_epi8 emulated_maskz_compress_epi8

#endif
