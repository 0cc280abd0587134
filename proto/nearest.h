/* nearest.h: which of the names there are was probably meant by a word that is none of them: options, subcommands,
 * parameters. */
#ifndef FF_PROTO_NEAREST_H
#define FF_PROTO_NEAREST_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A search: begin with ff_nearest_to(), try every name, look at `name`. */
struct ff_nearest {
    struct ff_slice word;
    unsigned distance; /* a name must be nearer than that */
    const char *name;  /* the nearest so far, of equals the first; NULL: none is near */
};

static inline struct ff_nearest ff_nearest_to(struct ff_slice word)
{
    return (struct ff_nearest){word, 3, NULL};
}

/** At most two letters inserted, left out or replaced, in either case; or the one is a beginning of the other, of
 * three letters at least. */
void ff_nearest_try(struct ff_nearest *search, const char *name);

/** Letters that must be inserted, left out or replaced to make the one of the other, in either case (a swap of
 * neighbours is two); large for words of more than 64 bytes. */
unsigned ff_name_distance(struct ff_slice a, struct ff_slice b);

#ifdef __cplusplus
}
#endif
#endif
