/* json_scan.h: the inside of JSON's tokens, shared by the tape parser and by readers that know the shape of their text.
 *
 * Nine tenths of a log record are the inside of strings. They are looked at 32 bytes at a time for the three things
 * that matter there (a quote, a backslash, a control byte) and for the high bit, which decides whether UTF-8 has to be
 * checked at all. Nothing is read outside [begin, end): the last step looks at the last 32 bytes of the text again and
 * drops what it has seen. Records in Kafka have no padding, and a copy to give them some costs more than this.
 */
#ifndef FF_PROTO_JSON_SCAN_H
#define FF_PROTO_JSON_SCAN_H

#include "proto/slice.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define FF_JSON_STEP 32

/** One bit for each of 32 bytes, the first byte's lowest: where a string may stop, and which have their high bit set. */
struct ff_json_bits {
    uint32_t stop, high;
};

/** The same without vector instructions: what other machines run and what the others are tested against. */
static inline struct ff_json_bits ff_json_bits_plain(const uint8_t *p)
{
    struct ff_json_bits b = {0, 0};
    for (unsigned i = 0; i < FF_JSON_STEP; i++) {
        b.stop |= (uint32_t)(p[i] == '"' || p[i] == '\\' || p[i] < 0x20) << i;
        b.high |= (uint32_t)(p[i] >> 7) << i;
    }
    return b;
}

#if defined(__AVX2__)
static inline struct ff_json_bits ff_json_bits(const uint8_t *p)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i stop = _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')),
                                   _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
    stop = _mm256_or_si256(stop, _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v));
    return (struct ff_json_bits){(uint32_t)_mm256_movemask_epi8(stop), (uint32_t)_mm256_movemask_epi8(v)};
}
#elif defined(__SSE2__)
static inline __m128i ff_json_stops16(__m128i v)
{
    __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v));
}

static inline struct ff_json_bits ff_json_bits(const uint8_t *p)
{
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
    uint32_t stop = (uint32_t)_mm_movemask_epi8(ff_json_stops16(a));
    uint32_t high = (uint32_t)_mm_movemask_epi8(a);
    stop |= (uint32_t)_mm_movemask_epi8(ff_json_stops16(b)) << 16;
    high |= (uint32_t)_mm_movemask_epi8(b) << 16;
    return (struct ff_json_bits){stop, high};
}
#elif defined(__aarch64__)
/* NEON has no movemask: each byte keeps the bit of its place, and three pairwise sums bring 32 of them together. */
static inline uint32_t ff_json_gather(uint8x16_t a, uint8x16_t b)
{
    static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t place = vld1q_u8(places);
    uint8x16_t sum = vpaddq_u8(vandq_u8(a, place), vandq_u8(b, place));
    sum = vpaddq_u8(sum, sum);
    sum = vpaddq_u8(sum, sum);
    return vgetq_lane_u32(vreinterpretq_u32_u8(sum), 0);
}

static inline uint8x16_t ff_json_stops16(uint8x16_t v)
{
    uint8x16_t stop = vorrq_u8(vceqq_u8(v, vdupq_n_u8('"')), vceqq_u8(v, vdupq_n_u8('\\')));
    return vorrq_u8(stop, vcltq_u8(v, vdupq_n_u8(0x20)));
}

static inline struct ff_json_bits ff_json_bits(const uint8_t *p)
{
    uint8x16_t a = vld1q_u8(p), b = vld1q_u8(p + 16), high = vdupq_n_u8(0x80);
    return (struct ff_json_bits){ff_json_gather(ff_json_stops16(a), ff_json_stops16(b)),
                                 ff_json_gather(vcgeq_u8(a, high), vcgeq_u8(b, high))};
}
#else
static inline struct ff_json_bits ff_json_bits(const uint8_t *p)
{
    return ff_json_bits_plain(p);
}
#endif

/** First byte at or behind p that is a quote, a backslash or a control byte, else end. *high becomes other than 0 when
 * a byte before it has its high bit set.
 * @param begin  of the text that p is in: how far back may be read */
static inline const uint8_t *ff_json_scan_string(const uint8_t *p, const uint8_t *begin, const uint8_t *end,
                                                 uint32_t *high)
{
    for (; end - p >= FF_JSON_STEP; p += FF_JSON_STEP) {
        struct ff_json_bits b = ff_json_bits(p);
        *high |= b.high & (b.stop - 1); /* below the first stop; without one, all */
        if (b.stop)
            return p + __builtin_ctz(b.stop);
    }
    if (end - begin >= FF_JSON_STEP && p < end) {
        struct ff_json_bits b = ff_json_bits(end - FF_JSON_STEP);
        unsigned seen = FF_JSON_STEP - (unsigned)(end - p);
        b.stop >>= seen;
        *high |= (b.high >> seen) & (b.stop - 1);
        return b.stop ? p + __builtin_ctz(b.stop) : end;
    }
    for (; p < end && *p != '"' && *p != '\\' && *p >= 0x20; p++)
        *high |= *p & 0x80u;
    return p;
}

static inline bool ff_json_is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/** The escape at p, which is a backslash: where it ends; when *ok becomes false, the byte that is wrong, or end. */
static inline const uint8_t *ff_json_scan_escape(const uint8_t *p, const uint8_t *end, bool *ok)
{
    *ok = false;
    if (++p >= end)
        return p;
    switch (*p) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        *ok = true;
        return p + 1;
    case 'u':
        for (unsigned i = 0; i < 4; i++) {
            if (++p >= end || !ff_json_is_hex(*p))
                return p;
        }
        *ok = true;
        return p + 1;
    default:
        return p;
    }
}

static inline const uint8_t *ff_json_scan_digits(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/** The number at p, which is a minus or a digit: where it ends; when *ok becomes false, where a digit is missing. */
static inline const uint8_t *ff_json_scan_number(const uint8_t *p, const uint8_t *end, bool *ok)
{
    const uint8_t *from;
    *ok = false;
    p += *p == '-';
    from = p;
    p = p < end && *p == '0' ? p + 1 : ff_json_scan_digits(p, end);
    if (p == from)
        return p;
    if (p < end && *p == '.') {
        from = ++p;
        p = ff_json_scan_digits(p, end);
        if (p == from)
            return p;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        from = p;
        p = ff_json_scan_digits(p, end);
        if (p == from)
            return p;
    }
    *ok = true;
    return p;
}

/** Are the first `len` (at most 32) of the 32 bytes at p those of `text`, which has 32 too? */
static inline bool ff_json_match(const uint8_t *p, const uint8_t *text, unsigned len)
{
#if defined(__SSE2__)
    const __m128i *v = (const __m128i *)(const void *)p, *w = (const __m128i *)(const void *)text;
    uint32_t same = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(v), _mm_loadu_si128(w)));
    same |= (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(v + 1), _mm_loadu_si128(w + 1))) << 16;
    return (uint32_t)~same << (32 - len) == 0;
#else
    return memcmp(p, text, len) == 0;
#endif
}

/** Undoes the escapes of a checked string; writes at most raw.len bytes, and says how many. Lone surrogates become
 * U+FFFD. */
size_t ff_json_unescape(struct ff_slice raw, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
