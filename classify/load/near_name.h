/* near_name.h: which name of a rule, set or provider was probably meant, where there is none of that name. */
#ifndef FF_CLASSIFY_NEAR_NAME_H
#define FF_CLASSIFY_NEAR_NAME_H

#include "proto/slice.h"

struct ff_near_name {
    struct ff_slice wanted;
    struct ff_slice found; /* of the names offered the nearest; empty: none is near */
    unsigned distance;     /* of it */
};

/** A name that there is; borrowed. */
void ff_near_name_offer(struct ff_near_name *n, struct ff_slice name);

#endif
