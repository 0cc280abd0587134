/* complete.h: what an event in our own schema may leave out, filled in from its record: tenant, stream, id.
 *
 * A result embeds the event's bytes as they came, so that unknown fields survive. What is filled in is therefore
 * appended to those bytes (protobuf: the last value of a field wins), never an occasion to write the event anew.
 */
#ifndef FF_INGEST_COMPLETE_H
#define FF_INGEST_COMPLETE_H

#include "ingest/decode.h"
#include "proto/batch.h"

#define FF_TENANT_BYTES_MAX 256
/** Room that ff_complete_event() takes of its arena at most. */
#define FF_COMPLETE_BYTES_MAX (FF_EVENT_BYTES_MAX + 4096)

struct ff_complete {
    struct ff_decode_options opts;
    uint8_t tenant[FF_TENANT_BYTES_MAX]; /* copy of the default */
};

void ff_complete_init(struct ff_complete *c, const struct ff_decode_options *opts);

/** false: the event is larger than one may be, or the arena is full. */
FF_MUST_CHECK bool ff_complete_event(const struct ff_complete *c, const struct ff_record *record,
                                     struct ff_arena *arena, struct ff_event *ev);

#endif
