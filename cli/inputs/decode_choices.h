/* decode_choices.h: what the user says of mail that a log does not: its tenant, its stream, its year. */
#ifndef FF_CLI_DECODE_CHOICES_H
#define FF_CLI_DECODE_CHOICES_H

#include "cli/options/options_table.h"
#include "ingest/decode/decode.h"

#define FF_STREAM_MAP_MAX 4096
/** Sorted NAME=STREAM pairs; at most FF_STREAM_MAP_MAX. */
struct ff_stream_map {
    struct ff_stream_pair {
        struct ff_slice name, stream;
    } *pairs;
    char *text; /* of all of them */
    size_t count;
};
/** From repeated --stream-map NAME=STREAM, of which nothing is borrowed: a map outlives options that are read again. 0, or 64 with a message. */
FF_MUST_CHECK int ff_stream_map_init(struct ff_stream_map *m, const struct ff_option_list *list);
void ff_stream_map_fini(struct ff_stream_map *m);
/** For ff_decode_options: ctx is a struct ff_stream_map. Empty when the name is not in the map. */
struct ff_slice ff_stream_map_find(void *ctx, struct ff_slice name);

/** 0; 64 with a message. */
FF_MUST_CHECK int ff_default_tenant_check(const char *name);
/** Decode options from what the user gave; `map` is borrowed. Reads the clock. */
struct ff_decode_options ff_inputs_decode_options(const char *default_tenant, uint64_t year, struct ff_stream_map *map);

#endif
