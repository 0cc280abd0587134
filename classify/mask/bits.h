/* bits.h: bit maps of 64 bytes: bit 0 is the first byte; eight bytes as one number. */
#ifndef FF_CLASSIFY_BITS_H
#define FF_CLASSIFY_BITS_H

#include <stdint.h>
#include <string.h>

#if defined(__BMI2__)
#include <immintrin.h>
#endif

/** Eight bytes as a number whose low byte is the first. */
static inline uint64_t ff_load8(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/** High bit of the first byte that is 0 (and perhaps of later ones); 0: none is. */
static inline uint64_t ff_zero_bytes(uint64_t v)
{
    return (v - UINT64_C(0x0101010101010101)) & ~v & UINT64_C(0x8080808080808080);
}

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
