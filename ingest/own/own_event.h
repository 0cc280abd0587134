/* own_event.h: events in our own schema, packed or JSON: what each must have, and what it may leave out, which is
 * filled in from its record: tenant, stream, id.
 *
 * A result embeds the event's bytes as they came, so that unknown fields survive. What is filled in is therefore
 * appended to those bytes (protobuf: the last value of a field wins), never an occasion to write the event anew.
 */
#ifndef FF_INGEST_OWN_EVENT_H
#define FF_INGEST_OWN_EVENT_H

#include "ingest/decode/decode.h"
#include "proto/batch.h"

/** Room that ff_own_event() takes of its arena at most. */
#define FF_OWN_EVENT_BYTES_MAX (FF_EVENT_BYTES_MAX + 4096)

struct ff_own_events {
    struct ff_decode_options opts;
    enum ff_dead kindless; /* what an event without a kind is called in this format */
};

/** One item of a record: what a dead letter of it would say. */
struct ff_own_item {
    const struct ff_record *record;
    const struct ff_decode_sink *sink;
    struct ff_slice bytes; /* the payload; cut to FF_DEAD_PAYLOAD_MAX where it is too large */
    size_t offset;         /* of the item or the trouble in it, in the record or its decompressed content */
    int64_t index;         /* of the item in the record; -1: the record as a whole */
};

void ff_own_events_init(struct ff_own_events *o, const struct ff_decode_options *opts, enum ff_dead kindless);

/** Answers for the item with a dead letter of the stage "decode". */
void ff_own_dead(const struct ff_own_item *item, enum ff_dead reason, const char *message);

/** Answers for the item, which was read as *ev: as an event, completed; as a reception, which is ignored; or as a dead
 * letter, when it lacks what an event must have. `arena` has room for FF_OWN_EVENT_BYTES_MAX. */
void ff_own_event(const struct ff_own_events *o, const struct ff_own_item *item, struct ff_arena *arena,
                  struct ff_event *ev);

#endif
