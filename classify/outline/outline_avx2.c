/* outline_avx2.c: outlines are found by 32-byte vectors. See outline_find.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include "classify/mask/avx2_begin.h"

#include "classify/mask/bytes_avx2.h"
#include "classify/outline/outline_store.h"
#include "classify/outline/varying_bits.h"

static inline void copy_text(uint8_t *to, struct ff_slice text)
{
    size_t at = 0;
    if (text.len >= 32) {
        for (; at + 32 < text.len; at += 32)
            store32(to + at, load32(text.ptr + at));
        at = text.len - 32;
        store32(to + at, load32(text.ptr + at));
    } else {
        memcpy(to, text.ptr, text.len);
    }
    memset(to + text.len, 0, FF_VARYING_ROOM);
}

static inline bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (;; n -= 32, a += 32, b += 32) {
        uint32_t differ = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load32(a), load32(b)));
        if (n <= 32)
            return (differ & ff_below((unsigned)n)) == 0;
        if (differ)
            return false;
    }
}

static inline void add_bits(const uint8_t *at, unsigned shift, struct varying_bits *b)
{
    __m256i v = load32(at);
#define MASK(m) ((uint64_t)(uint32_t)_mm256_movemask_epi8(m) << shift)
    b->token.letter |= MASK(letters(v));
    b->token.digit |= MASK(in_range(v, '0', 10));
    b->token.dot |= MASK(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('.')));
    b->token.line |= MASK(either(v, '-', '_'));
    b->token.at |= MASK(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('@')));
    b->sign |= MASK(either(v, '+', '='));
#undef MASK
}

static inline struct varying_bits varying_bits_of(const uint8_t *at)
{
    struct varying_bits b = {.sign = 0};
    add_bits(at, 0, &b);
    if (varying_in_address(&b) == UINT32_MAX)
        add_bits(at + 32, 32, &b);
    return b;
}

#include "classify/outline/varying_kinds.h"

#include "classify/outline/outline_find.h"

bool outline_find_avx2(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                       struct ff_outlined *ret)
{
    return find(o, ctx, context, text, ret);
}

#include "classify/mask/avx2_end.h"
#else
typedef int ff_outline_avx2_is_for_x86; /* an empty file is not C */
#endif
