/* json_scan.h: the inside of JSON's tokens, shared by the tape parser and by readers that know the shape of their text.
 *
 * Nine tenths of a log record are the inside of strings. They are looked at 16 or 32 bytes at a time for the three
 * things that matter there (a quote, a backslash, a control byte) and for the high bit, which decides whether UTF-8
 * has to be checked at all. Nothing is read behind the text's end: records in Kafka have no padding, and a copy to
 * give them some costs more than this.
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

/** One bit for each of 32 bytes, the first byte's lowest: where a string of plain ASCII stops, at a quote, a
 * backslash, a control byte, or a byte over 0x7f. Without vector instructions: what other machines run and what the
 * others are tested against. */
static inline uint32_t ff_json_stops_plain(const uint8_t *p)
{
    uint32_t stops = 0;
    for (unsigned i = 0; i < FF_JSON_STEP; i++)
        stops |= (uint32_t)(p[i] == '"' || p[i] == '\\' || p[i] < 0x20 || p[i] >= 0x80) << i;
    return stops;
}

/* Of each number as many bytes as a step has. In memory, because gcc would otherwise make them anew for each string. */
struct ff_json_vectors {
    uint8_t two[FF_JSON_STEP], limit[FF_JSON_STEP], backslash[FF_JSON_STEP];
};
extern const struct ff_json_vectors ff_json_vectors;

/* With bit 1 turned over, a quote is 0x20 and all of 0x20, 0x21 and 0x23 are above it; as signed numbers, control bytes
 * and those with their high bit set are below. So one comparison finds all but the backslash. */
#if defined(__SSE2__)
static inline uint32_t ff_json_stops16(const uint8_t *p)
{
    const struct ff_json_vectors *c = &ff_json_vectors;
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i stop = _mm_cmpgt_epi8(_mm_load_si128((const __m128i *)(const void *)c->limit),
                                  _mm_xor_si128(v, _mm_load_si128((const __m128i *)(const void *)c->two)));
    v = _mm_cmpeq_epi8(v, _mm_load_si128((const __m128i *)(const void *)c->backslash));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(stop, v));
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

static inline uint8x16_t ff_json_stop_bytes(const uint8_t *p)
{
    uint8x16_t v = vld1q_u8(p);
    int8x16_t number = vreinterpretq_s8_u8(veorq_u8(v, vdupq_n_u8(2)));
    return vorrq_u8(vcltq_s8(number, vdupq_n_s8(0x21)), vceqq_u8(v, vdupq_n_u8('\\')));
}
#endif

/** The same of 16 bytes. Most keys are shorter than that, so a reader that scans them does better with half a step. */
#if defined(__aarch64__)
static inline uint32_t ff_json_stops16(const uint8_t *p)
{
    return ff_json_gather(ff_json_stop_bytes(p), vdupq_n_u8(0)) & 0xffffu;
}
#elif !defined(__SSE2__)
static inline uint32_t ff_json_stops16(const uint8_t *p)
{
    uint32_t stops = 0;
    for (unsigned i = 0; i < FF_JSON_STEP / 2; i++)
        stops |= (uint32_t)(p[i] == '"' || p[i] == '\\' || p[i] < 0x20 || p[i] >= 0x80) << i;
    return stops;
}
#endif

/** ff_json_stops_plain() by vectors. */
static inline uint32_t ff_json_stops(const uint8_t *p)
{
#if defined(__AVX2__)
    const struct ff_json_vectors *c = &ff_json_vectors;
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i stop = _mm256_cmpgt_epi8(_mm256_load_si256((const __m256i *)(const void *)c->limit),
                                     _mm256_xor_si256(v, _mm256_load_si256((const __m256i *)(const void *)c->two)));
    v = _mm256_cmpeq_epi8(v, _mm256_load_si256((const __m256i *)(const void *)c->backslash));
    return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(stop, v));
#elif defined(__SSE2__)
    return ff_json_stops16(p) | ff_json_stops16(p + 16) << 16;
#elif defined(__aarch64__)
    return ff_json_gather(ff_json_stop_bytes(p), ff_json_stop_bytes(p + 16));
#else
    return ff_json_stops_plain(p);
#endif
}

/** First byte at or behind p that is a quote, a backslash, a control byte or over 0x7f, else end. */
static inline const uint8_t *ff_json_scan_ascii(const uint8_t *p, const uint8_t *end)
{
    for (; end - p >= FF_JSON_STEP / 2; p += FF_JSON_STEP / 2) {
        uint32_t stop = ff_json_stops16(p);
        if (stop)
            return p + __builtin_ctz(stop);
    }
    while (p < end && *p != '"' && *p != '\\' && *p >= 0x20 && *p < 0x80)
        p++;
    return p;
}

/** First byte at or behind p that is a quote, a backslash or a control byte, else end. *high becomes true when a byte
 * before it has its high bit set. */
static inline const uint8_t *ff_json_scan_string(const uint8_t *p, const uint8_t *end, bool *high)
{
    for (;;) {
        p = ff_json_scan_ascii(p, end);
        if (p >= end || *p < 0x80)
            return p;
        *high = true;
        while (p < end && *p >= 0x80) /* most of a word, where letters are not ASCII */
            p++;
    }
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

/** Bits of the 32 bytes at p that are equal to those at q. */
static inline uint32_t ff_json_same(const void *p, const void *q)
{
#if defined(__AVX2__)
    __m256i v = _mm256_loadu_si256((const __m256i *)p), w = _mm256_loadu_si256((const __m256i *)q);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, w));
#elif defined(__SSE2__)
    const __m128i *v = (const __m128i *)p, *w = (const __m128i *)q;
    uint32_t same = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(v), _mm_loadu_si128(w)));
    return same | (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(v + 1), _mm_loadu_si128(w + 1))) << 16;
#elif defined(__aarch64__)
    const uint8_t *v = (const uint8_t *)p, *w = (const uint8_t *)q;
    return ff_json_gather(vceqq_u8(vld1q_u8(v), vld1q_u8(w)), vceqq_u8(vld1q_u8(v + 16), vld1q_u8(w + 16)));
#else
    const uint8_t *v = (const uint8_t *)p, *w = (const uint8_t *)q;
    uint32_t same = 0;
    for (unsigned i = 0; i < FF_JSON_STEP; i++)
        same |= (uint32_t)(v[i] == w[i]) << i;
    return same;
#endif
}

/** Up to `most` (1..8) digits at p, of which 8 bytes may be read: how many, and their value. */
static inline unsigned ff_json_digits8(const uint8_t *p, unsigned most, uint64_t *ret)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word, other;
    memcpy(&word, p, 8);
    word ^= UINT64_C(0x3030303030303030); /* digits become 0..9 */
    other = (((word & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7676767676767676)) | word) &
            UINT64_C(0x8080808080808080);
    unsigned count = other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
    if (count > most)
        count = most;
    if (count == 0)
        return 0;
    word <<= 64 - 8 * count; /* zeros in front; then pairs, fours and all eight are joined */
    word = word * 10 + (word >> 8);
    word = ((word & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
            ((word >> 16) & UINT64_C(0x000000ff000000ff)) * (1 + (UINT64_C(10000) << 32))) >> 32;
    *ret = word;
    return count;
#else
    unsigned count = 0;
    for (*ret = 0; count < most && (uint8_t)(p[count] - '0') <= 9; count++)
        *ret = *ret * 10 + (uint64_t)(p[count] - '0');
    return count;
#endif
}

/** Undoes the escapes of a checked string; writes at most raw.len bytes, and says how many. Lone surrogates become
 * U+FFFD. */
size_t ff_json_unescape(struct ff_slice raw, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
