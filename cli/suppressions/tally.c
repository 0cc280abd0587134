/* tally.c: see tally.h. */
#include "cli/suppressions/tally.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define SLOTS 16384 /* a power of two */
#define NAME_MAX_BYTES 63

struct slot {
    uint64_t count; /* 0: free */
    uint8_t len, name[NAME_MAX_BYTES];
};

struct ff_tally {
    uint64_t uncounted; /* of names that came when all slots were taken */
    size_t used;
    struct slot slots[SLOTS];
};

struct ff_tally *ff_tally_new(void)
{
    return calloc(1, sizeof(struct ff_tally));
}

void ff_tally_free(struct ff_tally *t)
{
    free(t);
}

static struct ff_slice name_of(const struct slot *s)
{
    return ff_slice_of(s->name, s->len);
}

void ff_tally_add(struct ff_tally *t, struct ff_slice name)
{
    name = name.len ? ff_slice_sub(name, 0, NAME_MAX_BYTES) : FF_SLICE("-");
    size_t i = XXH3_64bits(name.ptr, name.len) & (SLOTS - 1);
    while (t->slots[i].count && !ff_slice_eq(name_of(&t->slots[i]), name))
        i = (i + 1) & (SLOTS - 1);
    struct slot *s = &t->slots[i];
    if (!s->count && t->used == FF_TALLY_NAMES_MAX) {
        t->uncounted++;
        return;
    }
    if (!s->count) {
        t->used++;
        s->len = (uint8_t)name.len;
        memcpy(s->name, name.ptr, name.len);
    }
    s->count++;
}

bool ff_tally_has(const struct ff_tally *t, struct ff_slice name)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (t->slots[i].count && ff_slice_caseeq(name_of(&t->slots[i]), ff_slice_sub(name, 0, NAME_MAX_BYTES)))
            return true;
    return false;
}

static bool is_before(const struct slot *s, const struct ff_tally_row *row)
{
    if (s->count != row->count)
        return s->count > row->count;
    size_t shorter = s->len < row->name.len ? s->len : row->name.len;
    int c = memcmp(s->name, row->name.ptr, shorter);
    return c ? c < 0 : s->len < row->name.len;
}

size_t ff_tally_top(const struct ff_tally *t, struct ff_tally_row *ret, size_t max, uint64_t *ret_others)
{
    size_t n = 0;
    *ret_others = t->uncounted;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct slot *s = &t->slots[i];
        size_t at = n;
        if (!s->count)
            continue;
        while (at > 0 && is_before(s, &ret[at - 1]))
            at--;
        if (n == max)
            *ret_others += at == max ? s->count : ret[max - 1].count;
        if (at == max)
            continue;
        if (n < max)
            n++;
        memmove(&ret[at + 1], &ret[at], (n - at - 1) * sizeof *ret);
        ret[at] = (struct ff_tally_row){name_of(s), s->count};
    }
    return n;
}
