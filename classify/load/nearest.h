/* nearest.h: which name was probably meant, where there is none of that name. */
#ifndef FF_CLASSIFY_NEAREST_H
#define FF_CLASSIFY_NEAREST_H

#include "proto/slice.h"

struct ff_nearest {
    struct ff_slice wanted;
    struct ff_slice found; /* of the names offered the nearest; empty: none is near */
    unsigned distance;     /* of it */
};

/** A name that there is; borrowed. */
void ff_nearest_offer(struct ff_nearest *n, struct ff_slice name);

#endif
