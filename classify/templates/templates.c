/* templates.c: see templates.h.
 *
 * Entries never move; a binary heap of their numbers has the lowest count on top, a hash table finds them by key. An
 * entry that is counted often has a high count and so lies at the bottom of the heap: moving it costs nothing most
 * times. Metwally's list of buckets is O(1) always but needs two more pointers an entry and a list that is walked at
 * each merge; refused.
 */
#include "classify/templates/templates.h"

#include <stdio.h>
#include <stdlib.h>

#include "classify/explain.h"
#include "classify/reply_head.h"
#include "classify/templates/templates_int.h"

struct entry {
    uint64_t key;
    uint32_t at; /* in the heap */
    struct ff_template t;
};

struct ff_templates {
    struct entry *entries;
    uint32_t *heap, *slots, *order; /* numbers of entries; slots hold number + 1, 0: free */
    size_t counters, count, slot_mask;
    uint64_t total;
    bool ordered;
    struct ff_explanation why;
};

/* ---- hash table -------------------------------------------------------------------------------------------------- */

static uint64_t key_of(uint64_t id, uint32_t category)
{
    return id ^ category * 0x9e3779b97f4a7c15ull; /* the id is a hash already */
}

static size_t slot_of(const struct ff_templates *t, uint64_t key)
{
    size_t i = (size_t)(key ^ key >> 32) & t->slot_mask;
    while (t->slots[i] && t->entries[t->slots[i] - 1].key != key)
        i = (i + 1) & t->slot_mask;
    return i;
}

static struct entry *find(const struct ff_templates *t, uint64_t key)
{
    uint32_t number = t->slots[slot_of(t, key)];
    return number ? &t->entries[number - 1] : NULL;
}

/** Frees a slot and moves up what collided with it, so that no look-up ends at the hole. */
static void slot_remove(struct ff_templates *t, uint64_t key)
{
    size_t hole = slot_of(t, key);
    for (size_t i = (hole + 1) & t->slot_mask; t->slots[i]; i = (i + 1) & t->slot_mask) {
        uint64_t k = t->entries[t->slots[i] - 1].key;
        size_t home = (size_t)(k ^ k >> 32) & t->slot_mask;
        if (((i - home) & t->slot_mask) >= ((i - hole) & t->slot_mask)) {
            t->slots[hole] = t->slots[i];
            hole = i;
        }
    }
    t->slots[hole] = 0;
}

/* ---- heap -------------------------------------------------------------------------------------------------------- */

static uint64_t count_at(const struct ff_templates *t, size_t at)
{
    return t->entries[t->heap[at]].t.count;
}

static void heap_put(struct ff_templates *t, size_t at, uint32_t number)
{
    t->heap[at] = number;
    t->entries[number].at = (uint32_t)at;
}

static void sift_down(struct ff_templates *t, size_t at)
{
    uint32_t number = t->heap[at];
    uint64_t count = t->entries[number].t.count;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= t->count)
            break;
        if (child + 1 < t->count && count_at(t, child + 1) < count_at(t, child))
            child++;
        if (count_at(t, child) >= count)
            break;
        heap_put(t, at, t->heap[child]);
        at = child;
    }
    heap_put(t, at, number);
}

static void sift_up(struct ff_templates *t, size_t at)
{
    uint32_t number = t->heap[at];
    uint64_t count = t->entries[number].t.count;
    for (; at > 0 && count_at(t, (at - 1) / 2) > count; at = (at - 1) / 2)
        heap_put(t, at, t->heap[(at - 1) / 2]);
    heap_put(t, at, number);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct ff_templates *ff_templates_new(size_t counters)
{
    struct ff_templates *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->counters = counters ? counters : FF_TEMPLATES_COUNTERS_DEFAULT;
    if (t->counters > FF_TEMPLATES_COUNTERS_MAX)
        t->counters = FF_TEMPLATES_COUNTERS_MAX;
    size_t slots = 4;
    while (slots < 2 * t->counters)
        slots *= 2;
    t->slot_mask = slots - 1;
    t->entries = calloc(t->counters, sizeof *t->entries);
    t->heap = calloc(t->counters, sizeof *t->heap);
    t->order = calloc(t->counters, sizeof *t->order);
    t->slots = calloc(slots, sizeof *t->slots);
    if (t->entries && t->heap && t->order && t->slots)
        return t;
    ff_templates_free(t);
    return NULL;
}

void ff_templates_free(struct ff_templates *t)
{
    if (!t)
        return;
    free(t->entries);
    free(t->heap);
    free(t->order);
    free(t->slots);
    free(t);
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static void note_code(struct ff_template *t, uint32_t code, uint32_t enhanced)
{
    for (unsigned i = 0; i < t->code_count; i++)
        if (t->code[i] == code && t->enhanced[i] == enhanced)
            return;
    if (t->code_count == FF_TEMPLATE_CODES_MAX) {
        t->more_codes = true;
        return;
    }
    t->code[t->code_count] = code;
    t->enhanced[t->code_count++] = enhanced;
}

static void note_provider(struct ff_template *t, struct ff_slice provider)
{
    if (provider.len == 0)
        return;
    for (unsigned i = 0; i < t->provider_count; i++)
        if (ff_slice_eq(t->provider[i], provider))
            return;
    if (t->provider_count == FF_TEMPLATE_PROVIDERS_MAX) {
        t->more_providers = true;
        return;
    }
    t->provider[t->provider_count++] = provider;
}

static void note_time(struct ff_template *t, int64_t us)
{
    if (us == 0)
        return;
    if (t->first_us == 0 || us < t->first_us)
        t->first_us = us;
    if (t->last_us == 0 || us > t->last_us)
        t->last_us = us;
}

/** A new entry for the key, or the one with the lowest count; its count and error are set, the rest is empty. */
static struct entry *take_entry(struct ff_templates *t, uint64_t key)
{
    struct entry *e;
    if (t->count < t->counters) {
        e = &t->entries[t->count];
        *e = (struct entry){.key = key};
        t->heap[t->count] = (uint32_t)t->count;
        e->at = (uint32_t)t->count++;
        sift_up(t, e->at);
    } else {
        e = &t->entries[t->heap[0]];
        uint64_t lowest = e->t.count;
        slot_remove(t, e->key);
        e->key = key;
        e->t = (struct ff_template){.count = lowest, .error = lowest};
    }
    t->slots[slot_of(t, key)] = (uint32_t)(e - t->entries) + 1;
    return e;
}

void ff_templates_add(struct ff_templates *t, struct ff_classifier *c, const struct ff_reply *reply,
                      const struct ff_verdict *v, int64_t time_us)
{
    uint64_t key = key_of(v->template_id, v->category);
    struct entry *e = find(t, key);
    t->total++;
    t->ordered = false;
    if (!e) {
        e = take_entry(t, key);
        e->t.id = v->template_id;
        e->t.category = v->category;
        e->t.action = v->action;
        e->t.confidence = v->confidence;
        e->t.rule = v->rule;
        (void)ff_classify_explain(c, reply, &t->why);
        ff_template_describe(&e->t, reply, &t->why);
    }
    e->t.count++;
    e->t.suppress |= v->suppress;
    if (v->confidence < e->t.confidence)
        e->t.confidence = v->confidence;
    uint32_t code, enhanced;
    ff_reply_head_codes(reply, &code, &enhanced);
    note_code(&e->t, code, enhanced);
    note_provider(&e->t, v->provider);
    note_time(&e->t, time_us);
    sift_down(t, e->at);
}

/* ---- merging ----------------------------------------------------------------------------------------------------- */

uint64_t ff_templates_total(const struct ff_templates *t)
{
    return t->total;
}

uint64_t ff_templates_error_max(const struct ff_templates *t)
{
    return t->count < t->counters ? 0 : count_at(t, 0);
}

size_t ff_templates_count(const struct ff_templates *t)
{
    return t->count;
}

static void join(struct ff_template *a, const struct ff_template *b)
{
    a->count += b->count;
    a->error += b->error;
    a->suppress |= b->suppress;
    if (b->confidence < a->confidence)
        a->confidence = b->confidence;
    for (unsigned i = 0; i < b->code_count; i++)
        note_code(a, b->code[i], b->enhanced[i]);
    for (unsigned i = 0; i < b->provider_count; i++)
        note_provider(a, b->provider[i]);
    a->more_codes |= b->more_codes;
    a->more_providers |= b->more_providers;
    note_time(a, b->first_us);
    note_time(a, b->last_us);
}

static int by_count(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->t.count != y->t.count)
        return x->t.count < y->t.count ? 1 : -1;
    return (x->key > y->key) - (x->key < y->key);
}

enum ff_err ff_templates_merge(struct ff_templates *t, const struct ff_templates *other)
{
    if (t->counters != other->counters)
        return FF_ERR_RANGE;
    struct entry *all = malloc((t->count + other->count + 1) * sizeof *all);
    if (!all)
        return FF_ERR_NOMEM;
    size_t n = 0;
    uint64_t lowest = ff_templates_error_max(t), lowest_other = ff_templates_error_max(other);
    for (size_t i = 0; i < t->count; i++) {
        const struct entry *twin = find(other, t->entries[i].key);
        all[n] = t->entries[i];
        if (twin) {
            join(&all[n].t, &twin->t);
        } else {
            all[n].t.count += lowest_other;
            all[n].t.error += lowest_other;
        }
        n++;
    }
    for (size_t i = 0; i < other->count; i++) {
        if (find(t, other->entries[i].key))
            continue;
        all[n] = other->entries[i];
        all[n].t.count += lowest;
        all[n++].t.error += lowest;
    }
    qsort(all, n, sizeof *all, by_count);
    memset(t->slots, 0, (t->slot_mask + 1) * sizeof *t->slots);
    t->count = 0;
    for (size_t i = n < t->counters ? n : t->counters; i-- > 0;) { /* from the lowest: the heap is in order */
        struct entry *e = &t->entries[t->count];
        *e = all[i];
        heap_put(t, t->count, (uint32_t)t->count);
        t->count++;
        t->slots[slot_of(t, e->key)] = (uint32_t)t->count;
    }
    free(all);
    t->total += other->total;
    t->ordered = false;
    return FF_OK;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b, void *ctx)
{
    const struct entry *entries = ctx;
    const uint32_t *x = a, *y = b;
    return by_count(&entries[*x], &entries[*y]);
}

const struct ff_template *ff_templates_nth(struct ff_templates *t, size_t index)
{
    if (!t->ordered) {
        for (size_t i = 0; i < t->count; i++)
            t->order[i] = (uint32_t)i;
        qsort_r(t->order, t->count, sizeof *t->order, by_value, t->entries);
        t->ordered = true;
    }
    return &t->entries[t->order[index]].t;
}
