/* kumomta_decoder.h: one instance of the KumoMTA decoder, and the item at hand. */
#ifndef FF_INGEST_KUMOMTA_DECODER_H
#define FF_INGEST_KUMOMTA_DECODER_H

#include "ingest/decode/decode.h"
#include "ingest/kumomta/kumomta_guess.h"
#include "ingest/kumomta/kumomta_members.h"
#include "proto/json.h"

struct ff_kumomta;

/**
 * How a record is walked (kumomta_walk.h): fills k->fields from a text that begins with a log record, if that has the
 * usual shape and is valid to its last byte.
 * @return its length; 0: it is something else, or unusual (k->fields and the arena then hold rubbish)
 */
typedef size_t ff_kumomta_walk_fn(struct ff_kumomta *k, struct ff_slice text);

/** One decoder instance; the lower half describes the item at hand. */
struct ff_kumomta {
    struct ff_decode_options opts;
    struct ff_json_doc *doc;
    struct ff_arena arena; /* reset for each item */
    void *memory;
    ff_kumomta_walk_fn *walk;
    struct ff_kumomta_guesses guesses;

    const struct ff_record *record;
    const struct ff_decode_sink *sink;
    struct ff_slice item; /* its text */
    int64_t item_index;   /* in the record; -1: it is the record */
    bool counted;         /* its events are only counted, their content is not made */
    struct ff_kumomta_fields fields;
    uint8_t event_id[16], remote_ip[16], local_ip[16];
};

#endif
