/* decode_packed.c: packed records and bare protobuf events (proto/batch.h).
 *
 * The batch's framing separates the events, so one that cannot be read is dead-lettered alone with its own bytes. Where
 * the framing itself breaks, nothing behind can be trusted: the rest of the batch is one dead letter. Its payload is
 * the record as it came, since a rest of decompressed bytes could not be read again; what was read before has its ids,
 * and is known when the record comes a second time. Offsets count from the start of the content.
 */
#include <stdlib.h>

#include "ingest/complete.h"
#include "proto/batch.h"
#include "proto/time_text.h"

struct packed {
    struct ff_batch_reader *reader;
    struct ff_complete complete;
    struct ff_arena arena; /* of one event */
    uint8_t arena_mem[FF_COMPLETE_BYTES_MAX];
};

static void *packed_new(const struct ff_decode_options *opts)
{
    struct packed *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->reader = ff_batch_reader_new();
    if (!d->reader) {
        free(d);
        return NULL;
    }
    ff_complete_init(&d->complete, opts);
    ff_arena_init(&d->arena, d->arena_mem, sizeof d->arena_mem);
    return d;
}

static void packed_free(void *self)
{
    struct packed *d = self;
    ff_batch_reader_free(d->reader);
    free(d);
}

static enum ff_dead reason_of(enum ff_err err)
{
    switch (err) {
    case FF_ERR_TRUNCATED:
        return FF_DEAD_PROTOBUF_TRUNCATED;
    case FF_ERR_TOO_LARGE:
        return FF_DEAD_TOO_LARGE;
    default:
        return FF_DEAD_PROTOBUF_WIRE_TYPE;
    }
}

static void dead(const struct ff_decode_sink *sink, const struct ff_record *record, enum ff_dead reason,
                 const char *message, struct ff_slice payload, size_t offset, int64_t index)
{
    struct ff_dead_letter letter = {.reason = reason,
                                    .message = message,
                                    .stage = "decode",
                                    .payload = payload,
                                    .byte_offset = offset,
                                    .item_index = index};
    if (reason == FF_DEAD_TOO_LARGE && payload.len > FF_DEAD_PAYLOAD_MAX) {
        letter.full_bytes = payload.len;
        letter.payload = ff_slice_sub(payload, 0, FF_DEAD_PAYLOAD_MAX);
    }
    sink->dead(sink->ctx, &letter, record);
}

static void one_event(struct packed *d, const struct ff_record *record, const struct ff_decode_sink *sink,
                      struct ff_slice item, size_t offset, int64_t index)
{
    struct ff_event ev;
    struct ff_err_at at = {0};
    enum ff_err err = ff_event_decode(item, &ev, &at);
    ff_arena_reset(&d->arena);
    if (err) {
        dead(sink, record, reason_of(err), at.msg, item, offset + at.offset_bytes, index);
    } else if (ev.kind == FF_KIND_UNSPECIFIED) {
        dead(sink, record, FF_DEAD_UNKNOWN_FORMAT, "the event has no kind", item, offset, index);
    } else if (ev.kind == FF_KIND_RECEPTION) {
        sink->ignored(sink->ctx, FF_IGNORED_RECEPTION);
    } else if (ev.recipient.len == 0 && ev.kind != FF_KIND_FEEDBACK) {
        dead(sink, record, FF_DEAD_MISSING_RECIPIENT, "the event names no recipient", item, offset, index);
    } else if (!ff_time_is_usable(ev.event_time_us)) {
        dead(sink, record, FF_DEAD_BAD_TIME, "the event has no time, or one outside 1970..9999", item, offset, index);
    } else if (!ff_complete_event(&d->complete, record, &d->arena, &ev)) {
        dead(sink, record, FF_DEAD_TOO_LARGE, "the event is larger than one may be", item, offset, index);
    } else {
        sink->event(sink->ctx, &ev, record);
    }
}

/* A record that cannot be opened: a damaged frame is not the same trouble as bytes of another format. */
static enum ff_dead open_reason(enum ff_err err, struct ff_slice value)
{
    if (err == FF_ERR_TOO_LARGE)
        return FF_DEAD_TOO_LARGE;
    if (value.len && (value.ptr[0] == FF_BATCH_VERSION_ZSTD || value.ptr[0] == FF_BATCH_VERSION_LZ4))
        return FF_DEAD_DECOMPRESS_FAILED;
    return FF_DEAD_UNKNOWN_FORMAT;
}

static void packed_decode(void *self, const struct ff_record *record, const struct ff_decode_sink *sink)
{
    struct packed *d = self;
    struct ff_err_at at = {0};
    struct ff_slice item;
    size_t offset = 0, end = 0;
    enum ff_err err = ff_batch_open(d->reader, FF_BATCH_EVENTS, record->value, &at);
    if (err) {
        dead(sink, record, open_reason(err, record->value), at.msg, record->value, at.offset_bytes, -1);
        return;
    }
    int64_t index = 0;
    for (; (err = ff_batch_next(d->reader, &item, &offset)) == FF_OK; index++) {
        one_event(d, record, sink, item, offset, index);
        end = offset + item.len;
    }
    if (err != FF_ERR_NOT_FOUND)
        dead(sink, record, reason_of(err), "the batch is broken from here on", record->value,
             offset > end ? offset : end, index);
    else if (index == 0)
        dead(sink, record, FF_DEAD_UNKNOWN_FORMAT, "no event in the record", record->value, 0, -1);
}

const struct ff_decoder_ops ff_decoder_packed = {
    .name = "packed",
    .summary = "our own protobuf batches (many events in one record, zstd), or bare protobuf events",
    .framing = FF_FRAMING_VARINT,
    .new_ = packed_new,
    .decode = packed_decode,
    .free_ = packed_free,
};
