/* outline.c: see outline.h. Keeping; outline_find.h finds, outline_make.c says which replies have an outline. */
#include "classify/outline/outline.h"

#include <stdlib.h>

#include "classify/outline/outline_make.h"
#include "classify/outline/outline_names.h"
#include "classify/outline/outline_store.h"
#include "classify/outline/outline_words.h"

struct ff_outlines *ff_outlines_new(enum ff_mask_path path, const struct ff_word_index *words)
{
    struct ff_outlines *o = aligned_alloc(64, (sizeof *o + 63) / 64 * 64);
    if (!o)
        return NULL;
    memset(o, 0, offsetof(struct ff_outlines, arena)); /* what is in the arena is written before it is found */
    o->used = 16;                                      /* place 0 is nobody's */
    o->words = words;
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

static void store(struct ff_outlines *o, struct ff_mask_pass *p, uint64_t context, size_t len)
{
    struct outline_draft *d = &o->draft;
    unsigned shape = ff_first_bit(outline_shapes_within(d->parts[0].fixed, d->parts[d->head.part_count - 1].fixed));
    const struct outline_ends ends = outline_ends_of(o->text, len);
    d->head.key = outline_key(context, &ends, shape);
    size_t parts = d->head.part_count * sizeof *d->parts, fixed = d->head.fixed_len, masked = d->head.masked_len;
    size_t size = sizeof d->head + parts + fixed + masked;
    if (o->used + size + OUTLINE_AHEAD > sizeof o->arena)
        forget_all(o);
    uint8_t *to = o->arena + o->used;
    memcpy(to, &d->head, sizeof d->head);
    memcpy(to + sizeof d->head, d->parts, parts);
    memcpy(to + sizeof d->head + parts, d->fixed, fixed);
    memcpy(to + sizeof d->head + parts + fixed, d->masked, masked);
    const struct outline *u = (const struct outline *)(const void *)to;
    if (outline_names_somebody(u, p))
        return; /* this reply is masked in its own way */
    if (u->open_count && outline_template(u, o->text, d->open) != u->what.template_id)
        return;
    put_place(o, d->head.key, o->used);
    *outline_shapes_of(o, context) |= (uint8_t)(1u << shape);
    o->used = (o->used + size + 15) / 16 * 16;
}

/* ff_outlines_find() left the reply in o->text. */

void ff_outlines_learn(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                       const struct ff_outlined *what)
{
    struct ff_mask_pass p = {.ctx = ctx};
    if (text.len < OUTLINE_TEXT_MIN || text.len > FF_OUTLINE_TEXT_MAX ||
        !outline_make(&o->draft, &p, o->text, text.len, NULL))
        return;
    o->draft.head.what = *what;
    store(o, &p, context, text.len);
}

void ff_outlines_learn_open(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                            struct ff_slice text, struct ff_slice masked, const struct ff_outlined *what)
{
    struct ff_mask_pass p = {.ctx = ctx};
    if (text.len < OUTLINE_TEXT_MIN || text.len > FF_OUTLINE_TEXT_MAX ||
        !outline_make(&o->draft, &p, o->text, text.len, o->words) || !o->draft.head.open_count ||
        !outline_open_masked(&o->draft, o->text, masked))
        return;
    o->draft.head.what = *what;
    store(o, &p, context, text.len);
}
