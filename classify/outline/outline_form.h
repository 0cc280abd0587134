/* outline_form.h: what an outline is made of. */
#ifndef FF_CLASSIFY_OUTLINE_FORM_H
#define FF_CLASSIFY_OUTLINE_FORM_H

#include "classify/outline/outlined.h"
#include "classify/outline/varying.h"

/** Shorter replies are masked. */
#define OUTLINE_TEXT_MIN 4u
/** Fixed hosts that a sender may have as its domain. */
#define OUTLINE_HOSTS_MAX 4u
/** So much longer than the first of its kind a reply may be: keeps angle brackets shorter than what the masker looks
 * at (320 bytes). */
#define OUTLINE_LONGER_MAX 128u

/** Parts that vary. */
#define OUTLINE_PARTS_MAX 16u

/** Words that may be others. */
#define OUTLINE_OPEN_MAX 4u
#define OUTLINE_WORD_MAX 60u

/** Fixed bytes and the part behind them that varies; FF_VARYING_NOT: the reply ends there. */
struct outline_part {
    uint16_t fixed;
    uint16_t kind; /* enum ff_varying */
};

/** Followed by its parts, then their fixed bytes one behind the other, then, when it has open words, the masked
 * text without them. */
struct outline {
    uint64_t key;
    struct ff_outlined what;
    uint64_t near_bits;  /* words that are masked when they are the recipient's name: outline_word_bit() of each */
    uint32_t near_heads; /* their first letters: a bit each */
    uint16_t len;        /* of the reply it was made of */
    uint16_t fixed_len, masked_len; /* bytes behind the parts */
    uint16_t open_at[OUTLINE_OPEN_MAX]; /* where the open words belong in the masked text without them */
    uint8_t part_count, host_count, open_count;
    bool foreign; /* has letters outside ASCII: any word may turn out to be the recipient's name */
    struct {
        uint16_t at, len; /* of the fixed bytes */
    } hosts[OUTLINE_HOSTS_MAX];
};

static inline const struct outline_part *outline_parts(const struct outline *u)
{
    return (const struct outline_part *)(u + 1);
}

static inline const uint8_t *outline_fixed(const struct outline *u)
{
    return (const uint8_t *)(outline_parts(u) + u->part_count);
}

static inline const uint8_t *outline_masked(const struct outline *u)
{
    return outline_fixed(u) + u->fixed_len;
}

/** A word of a reply. */
struct outline_word {
    uint16_t at, len;
};

struct outline_draft {
    struct outline head;
    struct outline_part parts[OUTLINE_PARTS_MAX + 1];
    uint8_t fixed[FF_OUTLINE_TEXT_MAX];
    uint8_t masked[2 * FF_OUTLINE_TEXT_MAX + 64];
    struct outline_word open[OUTLINE_OPEN_MAX]; /* of the reply that it was made of */
};

static inline bool outline_is_letter(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

/** Letter or digit: what a part that varies begins with. */
static inline bool outline_is_alnum(uint8_t c)
{
    return outline_is_letter(c) || (uint8_t)(c - '0') < 10;
}

/** One bit for each word, by first letter and length: another word may have the same. */
static inline uint64_t outline_word_bit(struct ff_slice word)
{
    return UINT64_C(1) << (((word.ptr[0] | 0x20u) * 37 + word.len * 11) & 63);
}

static inline uint32_t outline_head_bit(uint8_t first)
{
    return UINT32_C(1) << (first & 31);
}

#endif
