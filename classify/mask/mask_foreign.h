/* mask_foreign.h: runs with letters outside ASCII. */
#ifndef FF_CLASSIFY_MASK_FOREIGN_H
#define FF_CLASSIFY_MASK_FOREIGN_H

#include "classify/mask/mask_pass.h"

/** Longest run of bytes between separators that is looked at as a whole; longer ones (base64) are cut. */
#define FF_MASK_CHUNK_BYTES_MAX 512

/** Masks the run s[from, to), which has bytes outside ASCII, and returns the place behind what was done: `to`, or
 * further on when it begins an address in quotes. */
size_t ff_mask_foreign(struct ff_mask_pass *p, struct ff_slice s, size_t from, size_t to);
/** Where to cut a run of FF_MASK_CHUNK_BYTES_MAX bytes that goes on: behind a sign of its script that ends a chunk,
 * else between two letters. */
size_t ff_mask_foreign_cut(struct ff_slice s, size_t from, size_t to);

#endif
