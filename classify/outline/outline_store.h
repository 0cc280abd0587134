/* outline_store.h: where outlines are kept and how they are found: shared by outline.c, which keeps them, and the paths
 * of outline_find.h.
 *
 * Outlines lie one behind the other in one block of memory. They are found by their context and what is fixed at both
 * ends; eight of them share a cache line of places. Nothing is ever taken out: when the block is full, all go, and
 * those in use come back within as many replies.
 */
#ifndef FF_CLASSIFY_OUTLINE_STORE_H
#define FF_CLASSIFY_OUTLINE_STORE_H

#include "classify/mask/bits.h"
#include "classify/outline/outline_form.h"
#include "classify/ruleset/word_index.h"

#define OUTLINE_ARENA_BYTES (1u << 20)
#define OUTLINE_BUCKETS 1024u
#define OUTLINE_WAYS 8u
#define OUTLINE_FILTER_BITS 16384u
#define OUTLINE_CONTEXTS 256u
/** Bytes behind a reply and behind an outline that may be read. */
#define OUTLINE_AHEAD 32u

struct ff_outlines;

typedef bool outline_find_fn(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                             struct ff_slice text, struct ff_outlined *ret);

struct outline_bucket {
    _Alignas(64) struct {
        uint32_t tag;
        uint32_t at; /* in the arena; 0: free */
    } way[OUTLINE_WAYS];
};

struct ff_outlines {
    const struct ff_word_index *words; /* that the rules know; NULL: no word is open */
    uint64_t filter[OUTLINE_FILTER_BITS / 64]; /* a bit per key: most are in no bucket, whose line is not fetched */
    struct outline_bucket buckets[OUTLINE_BUCKETS];
    uint8_t shapes[OUTLINE_CONTEXTS];                    /* of the outlines of a context, a bit each */
    uint8_t text[FF_OUTLINE_TEXT_MAX + FF_VARYING_ROOM]; /* the reply, NUL behind it */
    outline_find_fn *find;
    size_t used;
    uint32_t next_way;
    struct outline_draft draft;
    _Alignas(64) uint8_t arena[OUTLINE_ARENA_BYTES];
};

outline_find_fn outline_find_plain, outline_find_avx2;

/* ---- keys ------------------------------------------------------------------------------------------------------- */

/* How much of an outline is fixed at its beginning and at its end is part of its key: a server says many things behind
 * the same code, and much about the same address. So a reply is looked for under a key for each shape that outlines of
 * its context have, likely ones first: {12, 8}, {4, 8}, {12, 0}, {4, 0}, {0, 8}, {0, 0} bytes. */
#define OUTLINE_SHAPES 6u

/** Which shapes have that many fixed bytes: a bit each. */
static inline unsigned outline_shapes_within(size_t head, size_t tail)
{
    unsigned by_head = head >= 12 ? 0x3f : head >= 4 ? 0x3a : 0x30;
    return tail >= 8 ? by_head : by_head & 0x2c;
}

/** What of a key is not the context. */
struct outline_ends {
    uint64_t of[OUTLINE_SHAPES];
};

/** @param text  of `len` bytes; 12 may be read */
static inline struct outline_ends outline_ends_of(const uint8_t *text, size_t len)
{
    uint32_t first;
    memcpy(&first, text, sizeof first);
    uint64_t four = first * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t twelve = four + ff_load8(text + 4) * UINT64_C(0xd6e8feb86659fd93);
    uint64_t tail = ff_load8(text + (len < 8 ? 0 : len - 8)) * UINT64_C(0xa0761d6478bd642f);
    return (struct outline_ends){{twelve + tail, four + tail + 1, twelve + 2, four + 3, tail + 4, 5}};
}

static inline uint64_t outline_key(uint64_t context, const struct outline_ends *ends, unsigned shape)
{
    uint64_t h = context + ends->of[shape];
    return h ^ h >> 29;
}

static inline uint64_t outline_filter_bit(uint64_t key)
{
    return UINT64_C(1) << (key >> 40) % 64;
}

static inline size_t outline_filter_word(uint64_t key)
{
    return (key >> 46) % (OUTLINE_FILTER_BITS / 64);
}

static inline uint8_t *outline_shapes_of(struct ff_outlines *o, uint64_t context)
{
    return &o->shapes[(context >> 32) % OUTLINE_CONTEXTS];
}

#endif
