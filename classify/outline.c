/* outline.c: see outline.h. Keeping; outline_find.h finds, outline_make.c says which replies have an outline. */
#include <stdlib.h>

#include "classify/outline_store.h"

struct ff_outlines *ff_outlines_new(enum ff_mask_path path)
{
    struct ff_outlines *o = aligned_alloc(64, (sizeof *o + 63) / 64 * 64);
    if (!o)
        return NULL;
    memset(o, 0, offsetof(struct ff_outlines, arena)); /* what is in the arena is written before it is found */
    o->used = 16;                                      /* place 0 is nobody's */
    o->find = outline_find_plain;
#if defined(__x86_64__)
    if (path == FF_MASK_AVX2 || path == FF_MASK_AVX512)
        o->find = outline_find_avx2;
#else
    (void)path;
#endif
    return o;
}

void ff_outlines_free(struct ff_outlines *o)
{
    free(o);
}

bool ff_outlines_find(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                      struct ff_outlined *ret)
{
    return text.len >= OUTLINE_TEXT_MIN && text.len <= FF_OUTLINE_TEXT_MAX && o->find(o, ctx, context, text, ret);
}

/** Are these letters only, as words are? */
static bool is_word(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ff_is_alpha(s.ptr[i]))
            return false;
    return s.len >= 2;
}

bool outline_names_somebody(const struct outline *u, struct ff_mask_pass *p)
{
    if (outline_may_name_recipient(u, p->ctx)) {
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

static void put_place(struct ff_outlines *o, uint64_t key, size_t at)
{
    struct outline_bucket *b = &o->buckets[key % OUTLINE_BUCKETS];
    unsigned i = 0;
    while (i < OUTLINE_WAYS && b->way[i].at)
        i++;
    if (i == OUTLINE_WAYS)
        i = o->next_way++ % OUTLINE_WAYS;
    b->way[i].tag = (uint32_t)(key >> 32);
    b->way[i].at = (uint32_t)at;
    o->filter[outline_filter_word(key)] |= outline_filter_bit(key);
}

static void forget_all(struct ff_outlines *o)
{
    memset(o->buckets, 0, sizeof o->buckets);
    memset(o->filter, 0, sizeof o->filter);
    memset(o->shapes, 0, sizeof o->shapes);
    o->used = 16;
}

void ff_outlines_learn(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                       const struct ff_outlined *what)
{
    if (text.len < OUTLINE_TEXT_MIN || text.len > FF_OUTLINE_TEXT_MAX)
        return;
    struct ff_mask_pass p = {.ctx = ctx};
    struct outline_draft *d = &o->draft; /* ff_outlines_find() left the reply in o->text */
    if (!outline_make(d, &p, o->text, text.len))
        return;
    d->head.what = *what;
    unsigned shape = ff_first_bit(outline_shapes_within(d->parts[0].fixed, d->parts[d->head.part_count - 1].fixed));
    const struct outline_ends ends = outline_ends_of(o->text, text.len);
    d->head.key = outline_key(context, &ends, shape);
    size_t parts = d->head.part_count * sizeof *d->parts, size = sizeof d->head + parts + d->fixed_len;
    if (o->used + size + OUTLINE_AHEAD > sizeof o->arena)
        forget_all(o);
    uint8_t *to = o->arena + o->used;
    memcpy(to, &d->head, sizeof d->head);
    memcpy(to + sizeof d->head, d->parts, parts);
    memcpy(to + sizeof d->head + parts, d->fixed, d->fixed_len);
    if (outline_names_somebody((const struct outline *)(const void *)to, &p))
        return; /* this reply is masked in its own way */
    put_place(o, d->head.key, o->used);
    *outline_shapes_of(o, context) |= (uint8_t)(1u << shape);
    o->used = (o->used + size + 15) / 16 * 16;
}
