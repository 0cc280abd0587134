/* verdict_table.c: see verdict_table.h. */
#include "classify/verdict_table.h"

#include <stdlib.h>

#define WAYS 4u

bool ff_verdict_table_init(struct ff_verdict_table *t, size_t slots)
{
    if (slots == 0)
        slots = FF_TABLE_SLOTS_DEFAULT;
    size_t n = FF_TABLE_SLOTS_MIN;
    while (n < slots && n < FF_TABLE_SLOTS_MAX)
        n *= 2;
    t->slots = n;
    t->keys = calloc(n, sizeof *t->keys);
    t->decisions = calloc(n, sizeof *t->decisions);
    if (!t->keys || !t->decisions) {
        ff_verdict_table_fini(t);
        return false;
    }
    return true;
}

void ff_verdict_table_fini(struct ff_verdict_table *t)
{
    free(t->keys);
    free(t->decisions);
    *t = (struct ff_verdict_table){0};
}

static void swap(struct ff_verdict_table *t, size_t a, size_t b)
{
    uint64_t key = t->keys[a];
    struct ff_decision d = t->decisions[a];
    t->keys[a] = t->keys[b];
    t->decisions[a] = t->decisions[b];
    t->keys[b] = key;
    t->decisions[b] = d;
}

const struct ff_decision *ff_verdict_table_find(struct ff_verdict_table *t, uint64_t key)
{
    size_t set = key & (t->slots - 1) & ~(size_t)(WAYS - 1);
    key |= key == 0;
    for (size_t i = 0; i < WAYS; i++)
        if (t->keys[set + i] == key) {
            if (i) {
                swap(t, set + i, set + i - 1);
                i--;
            }
            return &t->decisions[set + i];
        }
    return NULL;
}

bool ff_verdict_table_put(struct ff_verdict_table *t, uint64_t key, const struct ff_decision *d)
{
    size_t set = key & (t->slots - 1) & ~(size_t)(WAYS - 1), i = 0;
    key |= key == 0;
    while (i < WAYS - 1 && t->keys[set + i])
        i++;
    bool evicted = t->keys[set + i] != 0;
    t->keys[set + i] = key;
    t->decisions[set + i] = *d;
    return evicted;
}
