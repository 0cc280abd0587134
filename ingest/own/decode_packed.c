/* decode_packed.c: packed records and bare protobuf events (proto/batch.h).
 *
 * The batch's framing separates the events, so one that cannot be read is dead-lettered alone with its own bytes. Where
 * the framing itself breaks, nothing behind can be trusted: the rest of the batch is one dead letter. Its payload is
 * the record as it came, since a rest of decompressed bytes could not be read again; what was read before has its ids,
 * and is known when the record comes a second time. Offsets count from the start of the content.
 */
#include <stdlib.h>

#include "ingest/own/decode_own.h"
#include "ingest/own/own_event.h"

struct packed {
    struct ff_batch_reader *reader;
    struct ff_own_events own;
    struct ff_arena arena; /* of one event */
    uint8_t arena_mem[FF_OWN_EVENT_BYTES_MAX];
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
    ff_own_events_init(&d->own, opts, FF_DEAD_UNKNOWN_FORMAT);
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

static void one_event(struct packed *d, struct ff_own_item *item)
{
    struct ff_event ev;
    struct ff_err_at at = {0};
    enum ff_err err = ff_event_decode(item->bytes, &ev, &at);
    ff_arena_reset(&d->arena);
    if (!err) {
        ff_own_event(&d->own, item, &d->arena, &ev);
        return;
    }
    item->offset += at.offset_bytes;
    ff_own_dead(item, reason_of(err), at.msg);
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
    struct ff_slice event;
    size_t offset = 0, end = 0;
    struct ff_own_item whole = {record, sink, record->value, 0, -1};
    enum ff_err err = ff_batch_open(d->reader, FF_BATCH_EVENTS, record->value, &at);
    if (err) {
        whole.offset = at.offset_bytes;
        ff_own_dead(&whole, open_reason(err, record->value), at.msg);
        return;
    }
    int64_t index = 0;
    for (; (err = ff_batch_next(d->reader, &event, &offset)) == FF_OK; index++) {
        one_event(d, &(struct ff_own_item){record, sink, event, offset, index});
        end = offset + event.len;
    }
    if (err != FF_ERR_NOT_FOUND) {
        whole.offset = offset > end ? offset : end;
        whole.index = index;
        ff_own_dead(&whole, reason_of(err), "the batch is broken from here on");
    } else if (index == 0) {
        ff_own_dead(&whole, FF_DEAD_UNKNOWN_FORMAT, "no event in the record");
    }
}

const struct ff_decoder_ops ff_decoder_packed = {
    .name = "packed",
    .summary = "our own protobuf batches (many events in one record, zstd), or bare protobuf events",
    .framing = FF_FRAMING_VARINT,
    .new_ = packed_new,
    .decode = packed_decode,
    .free_ = packed_free,
};
