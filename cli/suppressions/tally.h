/* tally.h: how often each name came, the most frequent first, in bounded memory. */
#ifndef FF_CLI_TALLY_H
#define FF_CLI_TALLY_H

#include "proto/slice.h"

/** Different names that are counted each; what comes after them is counted together. A day of one provider has some
 * 100,000 domains, and the ones worth showing are among the first thousands that come. */
#define FF_TALLY_NAMES_MAX 12288

struct ff_tally;

struct ff_tally_row {
    struct ff_slice name; /* cut to 63 bytes; empty names are counted as "-". Lives as long as the tally */
    uint64_t count;
};

/** NULL: memory is short (1.2 MB). */
struct ff_tally *ff_tally_new(void);
void ff_tally_free(struct ff_tally *t);
/** No allocation. */
void ff_tally_add(struct ff_tally *t, struct ff_slice name);
/** Did the name come, in either case? */
bool ff_tally_has(const struct ff_tally *t, struct ff_slice name);
/** The `max` most frequent names, ties by their bytes, and in *ret_others how many were of any other name. Returns
 * how many rows it wrote. */
size_t ff_tally_top(const struct ff_tally *t, struct ff_tally_row *ret, size_t max, uint64_t *ret_others);

#endif
