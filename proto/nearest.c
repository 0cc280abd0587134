/* nearest.c: see nearest.h. */
#include "proto/nearest.h"

#define WORD_MAX 64
#define BEGINNING_MIN 3

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

unsigned ff_name_distance(struct ff_slice a, struct ff_slice b)
{
    unsigned row[WORD_MAX + 1];
    if (a.len > WORD_MAX || b.len > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned replace = diagonal + (lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]));
            unsigned best = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best < replace ? best : replace;
        }
    }
    return row[b.len];
}

void ff_nearest_try(struct ff_nearest *search, const char *name)
{
    struct ff_slice candidate = ff_slice_str(name);
    size_t shorter = candidate.len < search->word.len ? candidate.len : search->word.len;
    unsigned d = ff_name_distance(search->word, candidate);
    if (d > 1 && shorter >= BEGINNING_MIN &&
        ff_slice_caseeq(ff_slice_sub(search->word, 0, shorter), ff_slice_sub(candidate, 0, shorter)))
        d = 1;
    if (d < search->distance && d < candidate.len) { /* else nothing of it is left */
        search->distance = d;
        search->name = name;
    }
}
