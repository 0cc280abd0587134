/* mask_neon.c: the masker on the 16-byte vectors of AArch64. See mask_walk.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__aarch64__)
#include <arm_neon.h>

struct mask_block;
static inline void load_block(const uint8_t *text, size_t n, bool first, struct mask_block *ret, uint8_t *low);
static inline uint8_t *put_kept(uint8_t *to, const uint8_t *low, uint64_t keep, unsigned n);

#include "classify/mask/mask_kinds.h"
#include "classify/mask/mask_walk.h"

/** One bit per byte that is 0xff in a..d. */
static inline uint64_t bits_of(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
    const uint8x16_t weight = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t ab = vpaddq_u8(vandq_u8(a, weight), vandq_u8(b, weight));
    uint8x16_t cd = vpaddq_u8(vandq_u8(c, weight), vandq_u8(d, weight));
    uint8x16_t all = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline void load_block(const uint8_t *text, size_t n, bool first, struct mask_block *ret, uint8_t *low)
{
    (void)first;
    uint8_t padded[64];
    if (n < 64) {
        memset(padded, 0, sizeof padded); /* separators */
        memcpy(padded, text, n);
        text = padded;
    }
    const uint8x16x4_t table_low = vld1q_u8_x4(kind_of), table_high = vld1q_u8_x4(kind_of + 64);
    uint8x16_t v[4], kind[4];
    for (int i = 0; i < 4; i++) {
        v[i] = vld1q_u8(text + 16 * i);
        /* out of range gives 0, so each byte is found in one half or, outside ASCII, in none */
        kind[i] = vorrq_u8(vqtbl4q_u8(table_low, v[i]), vqtbl4q_u8(table_high, vsubq_u8(v[i], vdupq_n_u8(64))));
        uint8x16_t letter = vtstq_u8(kind[i], vdupq_n_u8(LETTER));
        uint8x16_t lowered = vorrq_u8(v[i], vandq_u8(letter, vdupq_n_u8(0x20)));
        vst1q_u8(low + 16 * i, vbslq_u8(vtstq_u8(kind[i], vdupq_n_u8(SEP)), vdupq_n_u8(' '), lowered));
    }
#define OF(f) bits_of(f(0), f(1), f(2), f(3))
#define KIND(bit)                                                                                                      \
    bits_of(vtstq_u8(kind[0], vdupq_n_u8(bit)), vtstq_u8(kind[1], vdupq_n_u8(bit)),                                    \
            vtstq_u8(kind[2], vdupq_n_u8(bit)), vtstq_u8(kind[3], vdupq_n_u8(bit)))
#define ODD(i)                                                                                                         \
    vorrq_u8(vcgeq_u8(v[i], vdupq_n_u8(0x80)),                                                                         \
             vorrq_u8(vceqq_u8(v[i], vdupq_n_u8('#')), vceqq_u8(v[i], vdupq_n_u8('\\'))))
#define LESS(i) vceqq_u8(v[i], vdupq_n_u8('<'))
#define LETTER_E(i) vceqq_u8(vorrq_u8(v[i], vdupq_n_u8(0x20)), vdupq_n_u8('e'))
    ret->sep = KIND(SEP);
    ret->letter = KIND(LETTER);
    ret->odd = OF(ODD);
    ret->less = OF(LESS);
    ret->e = OF(LETTER_E);
    ret->bits.digit = KIND(DIGIT);
    ret->bits.dot = KIND(DOT);
    ret->bits.line = KIND(LINE);
    ret->bits.colon = KIND(COLON);
    ret->bits.at = KIND(AT);
    ret->bits.slash = KIND(SLASH);
#undef OF
#undef KIND
#undef ODD
#undef LESS
#undef LETTER_E
}

static inline void copy64(uint8_t *to, const uint8_t *from)
{
    for (int i = 0; i < 64; i += 16)
        vst1q_u8(to + i, vld1q_u8(from + i));
}

#include "classify/mask/mask_stretches.h"

void ff_mask_neon(struct ff_mask_pass *p, struct ff_slice s)
{
    walk(p, s);
}
#else
typedef int ff_mask_neon_is_for_aarch64; /* an empty file is not C */
#endif
