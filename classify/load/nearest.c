/* nearest.c: see nearest.h. */
#include "classify/load/nearest.h"

#define NAME_MAX 64
/** One letter in so many may be another. */
#define LETTERS_PER_SLIP 4

/** Edit distance (insert, delete, replace); large for long names. */
static unsigned distance(struct ff_slice a, struct ff_slice b)
{
    unsigned row[NAME_MAX + 1];
    if (a.len > NAME_MAX || b.len > NAME_MAX)
        return NAME_MAX;
    for (size_t k = 0; k <= b.len; k++)
        row[k] = (unsigned)k;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= b.len; k++) {
            unsigned replaced = diagonal + (a.ptr[i - 1] != b.ptr[k - 1]);
            unsigned moved = (row[k] < row[k - 1] ? row[k] : row[k - 1]) + 1;
            diagonal = row[k];
            row[k] = replaced < moved ? replaced : moved;
        }
    }
    return row[b.len];
}

void ff_nearest_offer(struct ff_nearest *n, struct ff_slice name)
{
    unsigned d = distance(n->wanted, name);
    bool near = d <= n->wanted.len / LETTERS_PER_SLIP + 1 && d < n->wanted.len;
    if (near && (n->found.len == 0 || d < n->distance)) {
        n->found = name;
        n->distance = d;
    }
}
