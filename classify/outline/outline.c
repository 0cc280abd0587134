/* outline.c: see outline.h. Keeping; outline_find.h finds, outline_make.c says which replies have an outline. */
#include <stdlib.h>

#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_hosts.h"
#include "classify/mask/mask_kept.h"
#include "classify/mask/mask_parties.h"
#include "classify/outline/outline_store.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

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

/** Are these letters only, as words are? */
static bool is_word(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ff_is_alpha(s.ptr[i]))
            return false;
    return s.len >= 2;
}

/* ---- open words ------------------------------------------------------------------------------------------------- */

static struct ff_slice low_word(const uint8_t *at, size_t len, uint8_t *low)
{
    for (size_t i = 0; i < len; i++)
        low[i] = at[i] | 0x20;
    return ff_slice_of(low, len);
}

size_t outline_open_word(const struct ff_word_index *words, struct ff_mask_pass *p, const uint8_t *at, const uint8_t *end)
{
    uint8_t low[OUTLINE_WORD_MAX + 1 + FF_WORD_INDEX_SLACK];
    size_t n = 0;
    while (n <= OUTLINE_WORD_MAX && at + n < end && outline_is_letter(at[n]))
        n++;
    if (n < 3 || n > OUTLINE_WORD_MAX || (at + n < end && at[n] != ' '))
        return 0; /* words of two letters weigh otherwise (evidence.c) */
    struct ff_slice word = low_word(at, n, low);
    low[n] = ' ';
    if (!ff_word_index_is_open(words, low) || ff_mask_keeps(ff_slice_of(at, n)) != FF_KEEPS_NONE ||
        ff_mask_names_a_mailbox(word) || ff_mask_starts_www(word) || ff_slice_eq(word, FF_SLICE("mail")))
        return 0; /* the last: "e mail" is one word */
    return ff_slice_caseeq(word, ff_mask_recipient_local(p)) ? 0 : n;
}

uint64_t outline_template(const struct outline *u, const uint8_t *text, const struct outline_word open[OUTLINE_OPEN_MAX])
{
    uint8_t masked[sizeof((struct outline_draft *)0)->masked + OUTLINE_OPEN_MAX * OUTLINE_WORD_MAX];
    const uint8_t *from = outline_masked(u);
    size_t n = 0, at = 0;
    for (unsigned i = 0; i < u->open_count; i++) {
        memcpy(masked + n, from + at, u->open_at[i] - at);
        n += u->open_at[i] - at;
        at = u->open_at[i];
        n += low_word(text + open[i].at, open[i].len, masked + n).len;
    }
    memcpy(masked + n, from + at, u->masked_len - at);
    return XXH3_64bits(masked, n + u->masked_len - at);
}

/** " word " as the masked text has it. */
static struct ff_slice masked_word(const uint8_t *text, struct outline_word w, uint8_t low[OUTLINE_WORD_MAX + 2])
{
    low[0] = ' ';
    (void)low_word(text + w.at, w.len, low + 1);
    low[w.len + 1] = ' ';
    return ff_slice_of(low, w.len + 2u);
}

/** Takes the open words out of the masked text. False when it does not say which ones they are. */
static bool open_masked(struct outline_draft *d, const uint8_t *text, struct ff_slice masked)
{
    uint8_t low[OUTLINE_WORD_MAX + 2];
    size_t from = 0, n = 0;
    if (masked.len > sizeof d->masked)
        return false;
    for (unsigned i = 0; i < d->head.open_count; i++) {
        size_t at = ff_slice_find(masked, from, masked_word(text, d->open[i], low));
        if (at == SIZE_MAX)
            return false;
        memcpy(d->masked + n, masked.ptr + from, at + 1 - from);
        n += at + 1 - from;
        d->head.open_at[i] = (uint16_t)n;
        from = at + 1 + d->open[i].len;
    }
    memcpy(d->masked + n, masked.ptr + from, masked.len - from);
    n += masked.len - from;
    d->head.masked_len = (uint16_t)n;
    for (unsigned i = 0; i < d->head.open_count; i++)
        if (ff_slice_find(ff_slice_of(d->masked, n), 0, masked_word(text, d->open[i], low)) != SIZE_MAX)
            return false; /* it stands elsewhere, too: which of them was taken out? */
    return true;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

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
    if (text.len < OUTLINE_TEXT_MIN || text.len > FF_OUTLINE_TEXT_MAX || !outline_make(&o->draft, &p, o->text, text.len, NULL))
        return;
    o->draft.head.what = *what;
    store(o, &p, context, text.len);
}

void ff_outlines_learn_open(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                            struct ff_slice masked, const struct ff_outlined *what)
{
    struct ff_mask_pass p = {.ctx = ctx};
    if (text.len < OUTLINE_TEXT_MIN || text.len > FF_OUTLINE_TEXT_MAX ||
        !outline_make(&o->draft, &p, o->text, text.len, o->words) || !o->draft.head.open_count || !open_masked(&o->draft, o->text, masked))
        return;
    o->draft.head.what = *what;
    store(o, &p, context, text.len);
}
