/* varying.c: see varying.h; by SSE2 where every processor has it. */
#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_scalar.h"
#include "classify/outline/varying_bits.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#if defined(__SSE2__)
static inline __m128i in_range(__m128i v, char from, char count)
{
    __m128i d = _mm_sub_epi8(v, _mm_set1_epi8(from));
    return _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8((char)(count - 1))), d);
}

static inline __m128i either(__m128i v, char a, char b)
{
    return _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(a)), _mm_cmpeq_epi8(v, _mm_set1_epi8(b)));
}

static inline void add_bits(const uint8_t *at, unsigned shift, struct varying_bits *b)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
#define MASK(m) ((uint64_t)(uint32_t)_mm_movemask_epi8(m) << shift)
    b->token.letter |= MASK(in_range(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 26));
    b->token.digit |= MASK(in_range(v, '0', 10));
    b->token.dot |= MASK(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')));
    b->token.line |= MASK(either(v, '-', '_'));
    b->token.at |= MASK(_mm_cmpeq_epi8(v, _mm_set1_epi8('@')));
    b->sign |= MASK(either(v, '+', '='));
#undef MASK
}
#else
static inline void add_bits(const uint8_t *at, unsigned shift, struct varying_bits *b)
{
    for (unsigned i = 0; i < 16; i++) {
        uint64_t bit = UINT64_C(1) << (shift + i);
        uint8_t c = at[i];
        if ((uint8_t)((c | 0x20) - 'a') < 26)
            b->token.letter |= bit;
        else if (ff_is_digit(c) && c < 0x80)
            b->token.digit |= bit;
        else if (c == '.')
            b->token.dot |= bit;
        else if (c == '-' || c == '_')
            b->token.line |= bit;
        else if (c == '@')
            b->token.at |= bit;
        else if (c == '+' || c == '=')
            b->sign |= bit;
    }
}
#endif

static inline struct varying_bits varying_bits_of(const uint8_t *at)
{
    struct varying_bits b = {.sign = 0};
    add_bits(at, 0, &b);
    if (varying_in_address(&b) != 0xffff)
        return b;
    add_bits(at + 16, 16, &b);
    if (varying_in_address(&b) >> 31) { /* few are as long */
        add_bits(at + 32, 32, &b);
        add_bits(at + 48, 48, &b);
    }
    return b;
}

#include "classify/outline/varying_kinds.h"

enum ff_varying ff_varying_at(struct ff_mask_pass *p, const uint8_t *at, size_t *ret_len)
{
    return varying_at(p, at, ret_len);
}

size_t ff_varying_path(const uint8_t *at)
{
    for (size_t n = 0; n < FF_VARYING_ROOM; n++) {
        uint8_t c = at[n];
        if ((uint8_t)((c | 0x20) - 'a') < 26) /* most of them */
            continue;
        if (ff_mask_is_separator(c))
            return n;
        if (c >= 0x80 || c == '#' || c == '\\' || (c == '=' && n >= 2 && ff_mask_asks_about_ip(at + n - 3)))
            break;
    }
    return SIZE_MAX;
}
