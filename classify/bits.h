/* bits.h: bit maps of 64 bytes: bit 0 is the first byte. */
#ifndef FF_CLASSIFY_BITS_H
#define FF_CLASSIFY_BITS_H

#include <stdint.h>

#if defined(__BMI2__)
#include <immintrin.h>
#endif

/** Bits 0..n-1, n <= 64. */
static inline uint64_t ff_below(unsigned n)
{
#if defined(__BMI2__)
    return _bzhi_u64(~UINT64_C(0), n);
#else
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
#endif
}

/** x is not 0. */
static inline unsigned ff_first_bit(uint64_t x)
{
    return (unsigned)__builtin_ctzll(x);
}

/** x is not 0. */
static inline unsigned ff_last_bit(uint64_t x)
{
    return 63u - (unsigned)__builtin_clzll(x);
}

#endif
