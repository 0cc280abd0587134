/* entries.c: the keys in memory: those of the open batch, those that wait to be handed out, and the last that were
 * used.
 *
 * One table finds them all. What is in no batch and in no lane stands in a list, longest unused first, and goes when
 * there are too many: an address that fails is often seen again within minutes, and its row need not be read back then.
 * Reading rows back was two fifths of what the store cost with 8,192 unused ones.
 */
#include <stdlib.h>
#include <xxhash.h>

#include "suppress/engine/engine_int.h"

#define SLOTS (8 * (size_t)FF_SUPPRESS_BATCH_KEYS)
#define UNUSED_MAX 65536
#define UNUSED_BYTES_MAX ((size_t)64 << 20)

enum ff_err ff_entries_init(struct ff_entries *t)
{
    t->slots = (struct ff_entry **)calloc(SLOTS, sizeof(t->slots[0]));
    return t->slots ? FF_OK : FF_ERR_NOMEM;
}

void ff_entries_free(struct ff_entries *t)
{
    for (size_t i = 0; t->slots && i < SLOTS; i++)
        if (t->slots[i]) {
            free((void *)(uintptr_t)t->slots[i]->row.body.ptr);
            free(t->slots[i]);
        }
    free(t->slots);
    *t = (struct ff_entries){0};
}

static size_t slot_of(const struct ff_entries *t, uint64_t hash, struct ff_slice key)
{
    size_t i = (size_t)hash & (SLOTS - 1);
    for (; t->slots[i]; i = (i + 1) & (SLOTS - 1)) {
        const struct ff_entry *e = t->slots[i];
        if (e->hash == hash && ff_slice_eq(key, ff_slice_of(e->key, e->key_len)))
            break;
    }
    return i;
}

struct ff_entry *ff_entries_find(const struct ff_entries *t, struct ff_slice key)
{
    return t->slots[slot_of(t, XXH3_64bits(key.ptr, key.len), key)];
}

struct ff_entry *ff_entries_add(struct ff_entries *t, struct ff_slice key)
{
    struct ff_entry *e = (struct ff_entry *)calloc(1, sizeof(*e) + key.len);
    if (!e)
        return NULL;
    e->hash = XXH3_64bits(key.ptr, key.len);
    e->key_len = key.len;
    memcpy(e->key, key.ptr, key.len);
    t->slots[slot_of(t, e->hash, key)] = e;
    return e;
}

/* Those behind a gap that would have stood in it, or before it, move up. */
static void close_gap(struct ff_entries *t, size_t gap)
{
    for (size_t i = (gap + 1) & (SLOTS - 1); t->slots[i]; i = (i + 1) & (SLOTS - 1)) {
        size_t home = (size_t)t->slots[i]->hash & (SLOTS - 1);
        if (((i - home) & (SLOTS - 1)) < ((i - gap) & (SLOTS - 1)))
            continue;
        t->slots[gap] = t->slots[i];
        gap = i;
    }
    t->slots[gap] = NULL;
}

size_t ff_entry_bytes(const struct ff_entry *e)
{
    return sizeof(*e) + e->key_len + e->body_size;
}

void ff_entry_list_append(struct ff_entry_list *l, struct ff_entry *e)
{
    e->previous = l->last;
    e->next = NULL;
    *(l->last ? &l->last->next : &l->first) = e;
    l->last = e;
}

void ff_entry_list_remove(struct ff_entry_list *l, struct ff_entry *e)
{
    *(e->previous ? &e->previous->next : &l->first) = e->next;
    *(e->next ? &e->next->previous : &l->last) = e->previous;
    e->previous = e->next = NULL;
}

void ff_entries_drop(struct ff_entries *t, struct ff_entry *e)
{
    ff_entries_use(t, e);
    close_gap(t, slot_of(t, e->hash, ff_slice_of(e->key, e->key_len)));
    free((void *)(uintptr_t)e->row.body.ptr);
    free(e);
}

void ff_entries_use(struct ff_entries *t, struct ff_entry *e)
{
    if (!e->unused)
        return;
    ff_entry_list_remove(&t->unused, e);
    t->unused_count--;
    t->unused_bytes -= ff_entry_bytes(e);
    e->unused = false;
}

void ff_entries_leave(struct ff_entries *t, struct ff_entry *e)
{
    ff_entry_list_append(&t->unused, e);
    t->unused_count++;
    t->unused_bytes += ff_entry_bytes(e);
    e->unused = true;
    while (t->unused_count > UNUSED_MAX || t->unused_bytes > UNUSED_BYTES_MAX)
        ff_entries_drop(t, t->unused.first);
}
