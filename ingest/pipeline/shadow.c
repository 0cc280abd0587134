/* shadow.c: see shadow.h. An open-addressed table at most half full; its rows hold copies, because the rules and
 * the reply they come from are gone before anybody reads them. */
#include "ingest/pipeline/shadow.h"

#include <stdlib.h>
#include <xxhash.h>

#include "classify/explain.h"

#define SLOTS (2 * FF_SHADOW_ROWS_MAX) /* a power of two */

struct ff_shadow {
    struct ff_shadow_counts counts;
    size_t used;
    struct ff_shadow_row rows[SLOTS];
};

struct ff_shadow *ff_shadow_new(void)
{
    return calloc(1, sizeof(struct ff_shadow));
}

void ff_shadow_free(struct ff_shadow *s)
{
    free(s);
}

const struct ff_shadow_counts *ff_shadow_counts(const struct ff_shadow *s)
{
    return &s->counts;
}

void ff_shadow_restart(struct ff_shadow *s)
{
    for (size_t i = 0; i < SLOTS; i++)
        s->counts.earlier += s->rows[i].count;
    s->counts.earlier += s->counts.other;
    s->counts.other = 0;
    s->used = 0;
    memset(s->rows, 0, sizeof s->rows);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static size_t keep(uint8_t *to, size_t size, struct ff_slice s)
{
    s = ff_slice_cut_utf8(s, size);
    if (s.len)
        memcpy(to, s.ptr, s.len);
    return s.len;
}

static struct ff_shadow_side side_of(const struct ff_verdict *v)
{
    struct ff_shadow_side side = {.category = v->category < FF_CATEGORY_COUNT ? v->category : FF_UNCLASSIFIED,
                                  .action = v->action,
                                  .suppress = v->suppress};
    side.rule_len = (uint8_t)keep(side.rule, sizeof side.rule, v->rule);
    return side;
}

static uint64_t hash_side(uint64_t h, const struct ff_shadow_side *side)
{
    uint64_t outcome = side->category << 8 | side->action << 1 | side->suppress;
    return XXH3_64bits_withSeed(side->rule, side->rule_len, h ^ outcome);
}

static bool same_side(const struct ff_shadow_side *a, const struct ff_shadow_side *b)
{
    return a->category == b->category && a->action == b->action && a->suppress == b->suppress &&
           ff_slice_eq(ff_slice_of(a->rule, a->rule_len), ff_slice_of(b->rule, b->rule_len));
}

/* The row of this pair, or a free one that is now taken (count 0); NULL: there is none and no room. */
static struct ff_shadow_row *row_of(struct ff_shadow *s, const struct ff_shadow_side *live,
                                    const struct ff_shadow_side *shadow)
{
    uint64_t h = hash_side(hash_side(0, live), shadow);
    size_t i = (size_t)h & (SLOTS - 1);
    for (; s->rows[i].count > 0; i = (i + 1) & (SLOTS - 1))
        if (same_side(&s->rows[i].live, live) && same_side(&s->rows[i].shadow, shadow))
            return &s->rows[i];
    if (s->used == FF_SHADOW_ROWS_MAX)
        return NULL;
    s->used++;
    return &s->rows[i];
}

static void begin_row(struct ff_shadow_row *row, struct ff_classifier *live, const struct ff_reply *reply)
{
    struct ff_explanation e;
    if (ff_classify_explain(live, reply, &e) == FF_OK) {
        row->template_id = e.verdict.template_id;
        row->reply_code = e.code;
        row->enhanced_code = e.enhanced;
        row->masked_len = (uint16_t)keep(row->masked, sizeof row->masked, ff_slice_trim(e.masked));
    }
    row->text_len = (uint16_t)keep(row->text, sizeof row->text, reply->raw.len ? reply->raw : reply->text);
}

void ff_shadow_compare(struct ff_shadow *s, struct ff_classifier *live, const struct ff_reply *reply,
                       const struct ff_verdict *live_verdict, const struct ff_verdict *shadow_verdict)
{
    if (live_verdict->category == shadow_verdict->category && live_verdict->suppress == shadow_verdict->suppress &&
        live_verdict->action == shadow_verdict->action) {
        s->counts.agreed++;
        return;
    }
    struct ff_shadow_side a = side_of(live_verdict), b = side_of(shadow_verdict);
    s->counts.differed++;
    s->counts.by_pair[a.category][b.category]++;
    s->counts.suppress_more += !a.suppress && b.suppress;
    s->counts.suppress_less += a.suppress && !b.suppress;
    struct ff_shadow_row *row = row_of(s, &a, &b);
    if (!row) {
        s->counts.other++;
        return;
    }
    if (row->count++ == 0) {
        row->live = a;
        row->shadow = b;
        begin_row(row, live, reply);
    }
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

void ff_shadow_counts_add(struct ff_shadow_counts *a, const struct ff_shadow_counts *b)
{
    a->agreed += b->agreed;
    a->differed += b->differed;
    a->suppress_more += b->suppress_more;
    a->suppress_less += b->suppress_less;
    a->other += b->other;
    a->earlier += b->earlier;
    for (size_t i = 0; i < FF_CATEGORY_COUNT; i++)
        for (size_t j = 0; j < FF_CATEGORY_COUNT; j++)
            a->by_pair[i][j] += b->by_pair[i][j];
}

void ff_shadow_merge(struct ff_shadow *to, const struct ff_shadow *from)
{
    ff_shadow_counts_add(&to->counts, &from->counts);
    for (size_t i = 0; i < SLOTS; i++) {
        const struct ff_shadow_row *other = &from->rows[i];
        if (other->count == 0)
            continue;
        struct ff_shadow_row *row = row_of(to, &other->live, &other->shadow);
        if (!row)
            to->counts.other += other->count;
        else if (row->count == 0)
            *row = *other;
        else
            row->count += other->count;
    }
}

static unsigned importance(const struct ff_shadow_row *row)
{
    if (row->live.suppress == row->shadow.suppress)
        return 0;
    return row->shadow.suppress ? 2 : 1; /* an address lost is worse than a bounce too many */
}

static int side_order(const struct ff_shadow_side *a, const struct ff_shadow_side *b)
{
    if (a->category != b->category)
        return a->category < b->category ? -1 : 1;
    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    return memcmp(a->rule, b->rule, sizeof a->rule); /* filled with zeros */
}

static int row_order(const void *a, const void *b)
{
    const struct ff_shadow_row *x = *(const struct ff_shadow_row *const *)a,
                               *y = *(const struct ff_shadow_row *const *)b;
    if (importance(x) != importance(y))
        return importance(x) > importance(y) ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    int c = side_order(&x->live, &y->live); /* so that the report depends on the input alone */
    return c ? c : side_order(&x->shadow, &y->shadow);
}

size_t ff_shadow_rows(const struct ff_shadow *s, const struct ff_shadow_row **ret)
{
    size_t n = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (s->rows[i].count > 0)
            ret[n++] = &s->rows[i];
    qsort(ret, n, sizeof *ret, row_order);
    return n;
}
