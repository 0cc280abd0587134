/* outline.c: see outline.h. Finding and keeping; outline_make.c says which replies have an outline.
 *
 * Outlines lie one behind the other in one block of memory. They are found by their context and what is fixed at both
 * ends; eight of them share a cache line of places. Nothing is ever taken out: when the block is full, all go, and
 * those in use come back within as many replies.
 */
#include <stdlib.h>

#include "classify/bits.h"
#include "classify/outline_int.h"

#define ARENA_BYTES (1u << 20)
#define BUCKETS 1024u
#define WAYS 8u
#define FILTER_BITS 16384u

struct bucket {
    _Alignas(64) struct {
        uint32_t tag;
        uint32_t at; /* in the arena; 0: free */
    } way[WAYS];
};

struct ff_outlines {
    uint64_t filter[FILTER_BITS / 64]; /* a bit per key: most of the six are in no bucket, whose line is not fetched */
    struct bucket buckets[BUCKETS];
    uint8_t text[FF_OUTLINE_TEXT_MAX + FF_VARYING_ROOM]; /* the reply, NUL behind it */
    size_t used;
    uint32_t next_way;
    struct outline_draft draft;
    _Alignas(16) uint8_t arena[ARENA_BYTES];
};

struct ff_outlines *ff_outlines_new(void)
{
    struct ff_outlines *o = aligned_alloc(64, (sizeof *o + 63) / 64 * 64);
    if (!o)
        return NULL;
    memset(o, 0, offsetof(struct ff_outlines, arena)); /* what is in the arena is written before it is found */
    o->used = 16;                                      /* place 0 is nobody's */
    return o;
}

void ff_outlines_free(struct ff_outlines *o)
{
    free(o);
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

/* How much of an outline is fixed at its beginning and at its end is part of its key: a server says many things behind
 * the same code, and much about the same address. So a reply is looked for under each of six keys, likely ones first.
 */
static const struct shape {
    uint8_t head, tail; /* bytes */
} shapes[] = {{12, 8}, {4, 8}, {12, 0}, {4, 0}, {0, 8}, {0, 0}};
#define SHAPES (sizeof shapes / sizeof *shapes)

static bool has_shape(struct shape s, size_t head, size_t tail)
{
    return s.head <= head && s.tail <= tail;
}

/** @param text  of `len` bytes, at least as many as the shape has at each end */
static uint64_t key_of(uint64_t context, struct shape s, const uint8_t *text, size_t len)
{
    uint32_t first = 0;
    uint64_t more = s.head > 4 ? ff_load8(text + 4) : 0, last = s.tail ? ff_load8(text + len - 8) : 0;
    if (s.head)
        memcpy(&first, text, sizeof first);
    uint64_t h = (context ^ first ^ more * 5 ^ last * 11 ^ (s.head + 32u * s.tail)) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t filter_bit(uint64_t key)
{
    return UINT64_C(1) << (key >> 40) % 64;
}

static size_t filter_word(uint64_t key)
{
    return (key >> 46) % (FILTER_BITS / 64);
}

/** Of n bytes, whole words; what is read behind them is no matter. */
static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (; n >= 16; n -= 16, a += 16, b += 16)
        if ((ff_load8(a) ^ ff_load8(b)) | (ff_load8(a + 8) ^ ff_load8(b + 8)))
            return false;
    if (n >= 8) {
        if (ff_load8(a) != ff_load8(b))
            return false;
        n -= 8, a += 8, b += 8;
    }
    return ((ff_load8(a) ^ ff_load8(b)) & ff_below(8 * (unsigned)n)) == 0;
}

/** A reply that is looked for. */
struct wanted {
    const uint8_t *text;
    size_t len;
    struct ff_mask_pass pass;
    /* the part that was looked at last: outlines of one bucket often vary at the same place */
    size_t pos, part_len;
    enum ff_varying kind;
};

static bool same_kind(struct wanted *w, size_t pos, unsigned kind, size_t *ret_len)
{
    if (kind == FF_VARYING_PATH)
        return (*ret_len = ff_varying_path(w->text + pos)) != SIZE_MAX;
    if (w->pos != pos) {
        w->pos = pos;
        w->kind =
            outline_is_alnum(w->text[pos]) ? ff_varying_at(&w->pass, w->text + pos, &w->part_len) : FF_VARYING_NOT;
    }
    *ret_len = w->part_len;
    return w->kind == kind;
}

static bool fits(const struct outline *u, struct wanted *w)
{
    size_t pos = 0;
    const struct outline_part *parts = outline_parts(u);
    const uint8_t *fixed = outline_fixed(u);
    for (unsigned i = 0; i < u->part_count; i++) {
        size_t n = parts[i].fixed;
        if (pos + n > w->len || !same_bytes(w->text + pos, fixed, n))
            return false;
        pos += n;
        fixed += n;
        if (parts[i].kind == FF_VARYING_NOT)
            break; /* the last one */
        if (!same_kind(w, pos, parts[i].kind, &n))
            return false;
        pos += n;
    }
    return pos == w->len && w->len <= u->len + OUTLINE_LONGER_MAX;
}

/** Are these letters only, as words are? */
static bool is_word(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ff_is_alpha(s.ptr[i]))
            return false;
    return s.len >= 2;
}

/** Would some of its fixed bytes be masked otherwise, because they name the recipient or the sender? */
static bool names_somebody(const struct outline *u, struct ff_mask_pass *p)
{
    struct ff_slice to = p->ctx->recipient;
    uint8_t first = to.len > 1 ? to.ptr[to.ptr[0] == '<'] : 0;
    if (u->foreign || u->near_heads & outline_head_bit(first)) {
        struct ff_slice local = ff_mask_recipient_local(p);
        if (local.len && (u->foreign || u->near_bits & outline_word_bit(local)) && is_word(local))
            return true;
    }
    const uint8_t *fixed = outline_fixed(u);
    for (unsigned i = 0; i < u->host_count; i++)
        if (ff_mask_is_sender_domain(p, ff_slice_of(fixed + u->hosts[i].at, u->hosts[i].len)))
            return true;
    return false;
}

static const struct outline *search(const struct ff_outlines *o, struct wanted *w, uint64_t key)
{
    if (!(o->filter[filter_word(key)] & filter_bit(key)))
        return NULL;
    const struct bucket *b = &o->buckets[key % BUCKETS];
    for (unsigned i = 0; i < WAYS && b->way[i].at; i++) {
        if (b->way[i].tag != (uint32_t)(key >> 32))
            continue;
        const struct outline *u = (const struct outline *)(const void *)(o->arena + b->way[i].at);
        if (u->key == key && fits(u, w) && !names_somebody(u, &w->pass))
            return u;
    }
    return NULL;
}

bool ff_outlines_find(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                      struct ff_outlined *ret)
{
    if (text.len < 4 || text.len > FF_OUTLINE_TEXT_MAX)
        return false;
    memcpy(o->text, text.ptr, text.len);
    memset(o->text + text.len, 0, FF_VARYING_ROOM);
    struct wanted w = {.text = o->text, .len = text.len, .pass = {.ctx = ctx}, .pos = SIZE_MAX};
    const struct outline *u = NULL;
    for (size_t i = 0; i < SHAPES && !u; i++)
        if (has_shape(shapes[i], text.len, text.len))
            u = search(o, &w, key_of(context, shapes[i], o->text, text.len));
    if (!u)
        return false;
    *ret = u->what;
    return true;
}

/* ---- keeping ---------------------------------------------------------------------------------------------------- */

static void put_place(struct ff_outlines *o, uint64_t key, size_t at)
{
    struct bucket *b = &o->buckets[key % BUCKETS];
    unsigned i = 0;
    while (i < WAYS && b->way[i].at)
        i++;
    if (i == WAYS)
        i = o->next_way++ % WAYS;
    b->way[i].tag = (uint32_t)(key >> 32);
    b->way[i].at = (uint32_t)at;
    o->filter[filter_word(key)] |= filter_bit(key);
}

void ff_outlines_learn(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                       const struct ff_outlined *what)
{
    if (text.len < 4 || text.len > FF_OUTLINE_TEXT_MAX)
        return;
    struct ff_mask_pass p = {.ctx = ctx};
    struct outline_draft *d = &o->draft; /* ff_outlines_find() left the reply in o->text */
    if (!outline_make(d, &p, o->text, text.len))
        return;
    d->head.what = *what;
    size_t shape = 0;
    while (!has_shape(shapes[shape], d->parts[0].fixed, d->parts[d->head.part_count - 1].fixed))
        shape++;
    d->head.key = key_of(context, shapes[shape], o->text, text.len);
    size_t parts = d->head.part_count * sizeof *d->parts, size = sizeof d->head + parts + d->fixed_len;
    if (o->used + size + 8 > sizeof o->arena) { /* 8: same_bytes() */
        memset(o->buckets, 0, sizeof o->buckets);
        memset(o->filter, 0, sizeof o->filter);
        o->used = 16;
    }
    uint8_t *to = o->arena + o->used;
    memcpy(to, &d->head, sizeof d->head);
    memcpy(to + sizeof d->head, d->parts, parts);
    memcpy(to + sizeof d->head + parts, d->fixed, d->fixed_len);
    if (names_somebody((const struct outline *)(const void *)to, &p))
        return; /* this reply is masked in its own way */
    put_place(o, d->head.key, o->used);
    o->used = (o->used + size + 15) / 16 * 16;
}
