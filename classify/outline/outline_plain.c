/* outline_plain.c: outlines are found by SSE2 where every processor has it, else by words of eight bytes. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "classify/outline/outline_store.h"

static inline void copy_text(uint8_t *to, struct ff_slice text)
{
    memcpy(to, text.ptr, text.len);
    memset(to + text.len, 0, FF_VARYING_ROOM);
}

#if defined(__SSE2__)
/** Which of 16 bytes are equal: bit 0 is the first. */
static inline uint32_t equal16(const uint8_t *a, const uint8_t *b)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)a),
            y = _mm_loadu_si128((const __m128i *)(const void *)b);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y));
}

static inline bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (;; n -= 32, a += 32, b += 32) {
        uint32_t differ = ~(equal16(a, b) | equal16(a + 16, b + 16) << 16);
        if (n <= 32)
            return (differ & ff_below((unsigned)n)) == 0;
        if (differ)
            return false;
    }
}
#else
static inline bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (; n >= 8; n -= 8, a += 8, b += 8)
        if (ff_load8(a) != ff_load8(b))
            return false;
    return ((ff_load8(a) ^ ff_load8(b)) & ff_below(8 * (unsigned)n)) == 0;
}
#endif

static inline enum ff_varying varying_at(struct ff_mask_pass *p, const uint8_t *at, size_t *ret_len)
{
    return ff_varying_at(p, at, ret_len);
}

#include "classify/outline/outline_find.h"

bool outline_find_plain(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                        struct ff_slice text, struct ff_outlined *ret)
{
    return find(o, ctx, context, text, ret);
}
