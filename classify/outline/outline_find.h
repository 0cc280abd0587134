/* outline_find.h: the search for the outline of a reply. An included text: each path compiles it for its own
 * instructions. Before it are defined
 * - copy_text(): a reply to where FF_OUTLINE_TEXT_MAX + FF_VARYING_ROOM bytes have room, FF_VARYING_ROOM NULs behind it
 * - same_bytes(): are `n` bytes equal? Of both, OUTLINE_AHEAD bytes behind them may be read
 * - varying_at(): ff_varying_at() of the path
 */
#include "classify/outline/outline_names.h"
#include "classify/outline/outline_store.h"
#include "classify/outline/outline_words.h"

/** A reply that is looked for. */
struct wanted {
    const uint8_t *text;
    size_t len;
    /* the part that was looked at last: outlines of one bucket often vary at the same place */
    size_t pos, part_len;
    enum ff_varying kind;
    struct ff_mask_pass names;
    const struct ff_word_index *words;
    struct outline_word open[OUTLINE_OPEN_MAX]; /* of the outline that fitted last */
};

static inline bool same_kind(struct wanted *w, size_t pos, unsigned kind, size_t *ret_len)
{
    if (kind == FF_VARYING_PATH)
        return (*ret_len = ff_varying_path(w->text + pos)) != SIZE_MAX;
    if (w->pos != pos) {
        w->pos = pos;
        w->kind = varying_at(&w->names, w->text + pos, &w->part_len);
    }
    *ret_len = w->part_len;
    return w->kind == kind;
}

static inline bool is_open_word(struct wanted *w, size_t pos, unsigned number, size_t *ret_len)
{
    *ret_len = outline_open_word(w->words, &w->names, w->text + pos, w->text + w->len);
    w->open[number] = (struct outline_word){(uint16_t)pos, (uint16_t)*ret_len};
    return *ret_len != 0;
}

static inline bool fits(const struct outline *u, struct wanted *w)
{
    size_t pos = 0;
    unsigned open = 0;
    const struct outline_part *part = outline_parts(u);
    const uint8_t *fixed = outline_fixed(u);
    for (;; part++) {
        size_t n = part->fixed;
        if (pos + n > w->len || !same_bytes(w->text + pos, fixed, n))
            return false;
        pos += n;
        fixed += n;
        if (part->kind == FF_VARYING_NOT) /* the last one */
            return pos == w->len && w->len <= u->len + OUTLINE_LONGER_MAX;
        if (!(part->kind == FF_VARYING_WORD ? is_open_word(w, pos, open++, &n) : same_kind(w, pos, part->kind, &n)))
            return false;
        pos += n;
    }
}

/** Most outlines can name nobody. */
static inline bool names_somebody(const struct outline *u, struct ff_mask_pass *p)
{
    return (u->host_count || outline_may_name_recipient(u, p->ctx)) && outline_names_somebody(u, p);
}

static inline const struct outline *search(const struct ff_outlines *o, struct wanted *w, uint64_t key)
{
    if (!(o->filter[outline_filter_word(key)] & outline_filter_bit(key)))
        return NULL;
    const struct outline_bucket *b = &o->buckets[key % OUTLINE_BUCKETS];
    for (unsigned i = 0; i < OUTLINE_WAYS && b->way[i].at; i++) {
        if (b->way[i].tag != (uint32_t)(key >> 32))
            continue;
        const struct outline *u = (const struct outline *)(const void *)(o->arena + b->way[i].at);
        if (u->key == key && fits(u, w) && !names_somebody(u, &w->names))
            return u;
    }
    return NULL;
}

static inline bool find(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                        struct ff_slice text, struct ff_outlined *ret)
{
    copy_text(o->text, text);
    struct wanted w;
    w.text = o->text;
    w.len = text.len;
    w.pos = SIZE_MAX;
    w.part_len = 0;
    w.words = o->words;
    ff_mask_begin_names(&w.names, ctx);
    const struct outline_ends ends = outline_ends_of(o->text, text.len);
    unsigned shapes = *outline_shapes_of(o, context) & outline_shapes_within(text.len, text.len);
    for (; shapes; shapes &= shapes - 1) {
        const struct outline *u = search(o, &w, outline_key(context, &ends, ff_first_bit(shapes)));
        if (u) {
            *ret = u->what;
            if (u->open_count)
                ret->template_id = outline_template(u, w.text, w.open);
            return true;
        }
    }
    return false;
}
