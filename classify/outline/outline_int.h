/* outline_int.h: what an outline is made of: shared by outline.c, which finds them, and outline_make.c. */
#ifndef FF_CLASSIFY_OUTLINE_INT_H
#define FF_CLASSIFY_OUTLINE_INT_H

#include "classify/outline/outline.h"
#include "classify/outline/varying.h"

/** Shorter replies are masked. */
#define OUTLINE_TEXT_MIN 4u
/** Fixed hosts that a sender may have as its domain. */
#define OUTLINE_HOSTS_MAX 4u
/** So much longer than the first of its kind a reply may be: keeps angle brackets shorter than what the masker looks
 * at (320 bytes). */
#define OUTLINE_LONGER_MAX 128u

/** Words that may be others. */
#define OUTLINE_OPEN_MAX 4u
#define OUTLINE_WORD_MAX 60u

/** Fixed bytes and the part behind them that varies; FF_VARYING_NOT: the reply ends there. */
struct outline_part {
    uint16_t fixed;
    uint16_t kind; /* enum ff_varying */
};

/** Followed by its parts, then their fixed bytes one behind the other, then, when it has open words, the masked text without
 * them. */
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
    struct outline_part parts[FF_OUTLINE_PARTS_MAX + 1];
    uint8_t fixed[FF_OUTLINE_TEXT_MAX];
    uint8_t masked[2 * FF_OUTLINE_TEXT_MAX + 64];
    struct outline_word open[OUTLINE_OPEN_MAX]; /* of the reply that it was made of */
};

/** Length of the plain word at `at`, when another could stand there: no rule knows it, it is not the recipient's name, and
 * the masker looks at nothing else because of it. 0: it is none of these, or no whole word between blanks.
 * @param end  of the reply */
size_t outline_open_word(const struct ff_word_index *words, struct ff_mask_pass *p, const uint8_t *at, const uint8_t *end);

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

/** Takes a reply apart. `text` has FF_VARYING_ROOM bytes of NUL behind `len` bytes. Returns false when how it is masked
 * depends on more than an outline holds.
 * @param words  words that are none of these are open; NULL: no word is */
bool outline_make(struct outline_draft *d, struct ff_mask_pass *p, const uint8_t *text, size_t len,
                  const struct ff_word_index *words);

#endif
