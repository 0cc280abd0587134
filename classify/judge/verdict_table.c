/* verdict_table.c: see verdict_table.h. All accesses are relaxed: an entry proves itself, and nothing hangs on its
 * order. */
#include "classify/judge/verdict_table.h"

#include <stdlib.h>

bool ff_verdict_table_init(struct ff_verdict_table *t, size_t slots)
{
    if (slots == 0)
        slots = FF_TABLE_SLOTS_DEFAULT;
    size_t n = FF_TABLE_SLOTS_MIN;
    while (n < slots && n < FF_TABLE_SLOTS_MAX)
        n *= 2;
    t->set_count = n / FF_TABLE_WAYS;
    t->sets = aligned_alloc(64, t->set_count * sizeof *t->sets);
    if (!t->sets)
        return false;
    memset(t->sets, 0, t->set_count * sizeof *t->sets);
    return true;
}

void ff_verdict_table_fini(struct ff_verdict_table *t)
{
    free(t->sets);
    *t = (struct ff_verdict_table){0};
}

static uint64_t load(const _Atomic uint64_t *p)
{
    return atomic_load_explicit(p, memory_order_relaxed);
}

static void store(struct ff_verdict_set *s, size_t way, uint64_t key, struct ff_known known)
{
    uint64_t value;
    memcpy(&value, &known, sizeof value);
    atomic_store_explicit(&s->way[way].key_and_value, key ^ value, memory_order_relaxed);
    atomic_store_explicit(&s->way[way].value, value, memory_order_relaxed);
}

/** The entry of this key; false: there is none. */
static bool find_way(struct ff_verdict_set *s, uint64_t key, size_t *ret_way, struct ff_known *ret)
{
    for (size_t i = 0; i < FF_TABLE_WAYS; i++) {
        uint64_t value = load(&s->way[i].value);
        if ((load(&s->way[i].key_and_value) ^ value) != key || !value)
            continue;
        memcpy(ret, &value, sizeof value);
        *ret_way = i;
        return true;
    }
    return false;
}

bool ff_verdict_table_find(const struct ff_verdict_table *t, uint64_t key, struct ff_known *ret)
{
    struct ff_verdict_set *s = &t->sets[key & (t->set_count - 1)];
    size_t way;
    if (!find_way(s, key, &way, ret))
        return false;
    if (!ret->asked) { /* written once per turn of the set, not at each look-up */
        ret->asked = 1;
        store(s, way, key, *ret);
    }
    return true;
}

void ff_verdict_table_count_outline(struct ff_verdict_table *t, uint64_t key)
{
    struct ff_verdict_set *s = &t->sets[key & (t->set_count - 1)];
    struct ff_known known;
    size_t way;
    if (!find_way(s, key, &way, &known) || known.outlines == FF_TABLE_OUTLINES_MAX)
        return;
    known.outlines = (known.outlines + 1u) & FF_TABLE_OUTLINES_MAX;
    store(s, way, key, known);
}

/** The first free way, else the first one that nobody asked for. */
static size_t choose(const struct ff_verdict_set *s, bool *ret_free)
{
    size_t idle = FF_TABLE_WAYS;
    for (size_t i = 0; i < FF_TABLE_WAYS; i++) {
        uint64_t value = load(&s->way[i].value);
        struct ff_known k;
        memcpy(&k, &value, sizeof k);
        *ret_free = value == 0;
        if (*ret_free)
            return i;
        if (!k.asked && idle == FF_TABLE_WAYS)
            idle = i;
    }
    return idle;
}

bool ff_verdict_table_put(struct ff_verdict_table *t, uint64_t key, struct ff_known known)
{
    struct ff_verdict_set *s = &t->sets[key & (t->set_count - 1)];
    bool is_free;
    size_t way = choose(s, &is_free);
    known.present = 1;
    known.asked = 0;
    if (way == FF_TABLE_WAYS) { /* all are in use: a new turn, and one of them goes */
        for (size_t i = 0; i < FF_TABLE_WAYS; i++) {
            uint64_t value = load(&s->way[i].value), of = load(&s->way[i].key_and_value) ^ value;
            struct ff_known k;
            memcpy(&k, &value, sizeof k);
            k.asked = 0;
            store(s, i, of, k);
        }
        way = (size_t)(key >> 62);
    }
    store(s, way, key, known);
    return !is_free;
}
