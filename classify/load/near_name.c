/* near_name.c: see near_name.h. */
#include "classify/load/near_name.h"

#include "proto/nearest.h"

/** One letter in so many may be another. */
#define LETTERS_PER_SLIP 4

void ff_near_name_offer(struct ff_near_name *n, struct ff_slice name)
{
    unsigned d = ff_name_distance(n->wanted, name);
    bool near = d <= n->wanted.len / LETTERS_PER_SLIP + 1 && d < n->wanted.len;
    if (near && (n->found.len == 0 || d < n->distance)) {
        n->found = name;
        n->distance = d;
    }
}
