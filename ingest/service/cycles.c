/* cycles.c: a ring of cycles, retired in order (cycles.h). */
#include "ingest/service/cycles.h"

#include <assert.h>
#include <stdlib.h>

void ff_cycles_init(struct ff_cycles *c)
{
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < FF_CYCLES_MAX; i++)
        c->ring[i].owner = c;
}

void ff_cycles_fini(struct ff_cycles *c)
{
    free(c->memory);
    c->memory = NULL;
}

enum ff_err ff_cycles_assign(struct ff_cycles *c, size_t slots)
{
    c->generation++;
    c->slots = 0;
    if (slots == 0)
        return FF_OK;
    int64_t *memory = realloc(c->memory, slots * FF_CYCLES_MAX * sizeof *memory);
    if (!memory)
        return FF_ERR_NOMEM;
    c->memory = memory;
    c->slots = slots;
    for (size_t i = 0; i < FF_CYCLES_MAX; i++)
        c->ring[i].next = memory + i * slots;
    return FF_OK;
}

void ff_cycles_forget(struct ff_cycles *c)
{
    c->generation++;
    c->head = c->count = 0;
    c->bytes = 0;
    c->slots = 0;
}

bool ff_cycles_full(const struct ff_cycles *c)
{
    return c->count == FF_CYCLES_MAX;
}

struct ff_cycle *ff_cycles_open(struct ff_cycles *c)
{
    if (ff_cycles_full(c))
        return NULL;
    struct ff_cycle *cycle = &c->ring[(c->head + c->count++) % FF_CYCLES_MAX];
    cycle->generation = c->generation;
    cycle->pending = 0;
    cycle->open = true;
    cycle->broken = false;
    for (size_t i = 0; i < c->slots; i++)
        cycle->next[i] = -1;
    return cycle;
}

void ff_cycle_close(struct ff_cycle *cycle)
{
    cycle->open = false;
}

void ff_cycle_position(struct ff_cycle *cycle, size_t slot, int64_t next)
{
    if (cycle->generation != cycle->owner->generation)
        return;
    assert(slot < cycle->owner->slots);
    cycle->next[slot] = next;
}

void ff_cycle_sent(struct ff_cycle *cycle, size_t bytes)
{
    cycle->pending++;
    cycle->owner->bytes += bytes;
}

void ff_cycle_acknowledged(struct ff_cycle *cycle, size_t bytes, bool ok)
{
    assert(cycle->pending > 0);
    assert(cycle->owner->bytes >= bytes);
    cycle->pending--;
    cycle->owner->bytes -= bytes;
    cycle->broken |= !ok;
}

bool ff_cycles_retire(struct ff_cycles *c, int64_t *done)
{
    bool moved = false;
    while (c->count > 0) {
        const struct ff_cycle *cycle = &c->ring[c->head];
        bool current = cycle->generation == c->generation;
        if (cycle->open || cycle->pending > 0 || (cycle->broken && current))
            break;
        for (size_t i = 0; current && i < c->slots; i++)
            if (cycle->next[i] >= 0) {
                done[i] = cycle->next[i];
                moved = true;
            }
        c->head = (c->head + 1) % FF_CYCLES_MAX;
        c->count--;
    }
    return moved;
}

bool ff_cycles_busy(const struct ff_cycles *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (c->ring[(c->head + i) % FF_CYCLES_MAX].generation == c->generation)
            return true;
    return false;
}
