/* batch.c: the packed record, see batch.h.
 *
 * The reader walks one content buffer and hands out slices of it; decompression is one shot into memory made at start, so
 * a bomb is refused by what its frame header claims, before a byte is written. Events are split from each other by the
 * batch's own framing, so one broken event never costs its neighbours.
 */
#include "proto/batch.h"

#include <stdlib.h>
#include <zstd.h>

#define BATCH_FIELD_SOURCE 2
#define BATCH_FIELD_ITEMS 5 /* events of EventBatch, results of ResultBatch */

struct ff_batch_reader {
    ZSTD_DCtx *dctx;
    uint8_t *buf;       /* FF_BATCH_CONTENT_MAX */
    struct ff_slice in; /* content of the open record */
    size_t pos;
    bool single; /* the content is one bare event */
};

static enum ff_err at(struct ff_err_at *ret, enum ff_err err, size_t offset, const char *msg)
{
    if (ret)
        *ret = (struct ff_err_at){err, offset, msg};
    return err;
}

struct ff_batch_reader *ff_batch_reader_new(void)
{
    struct ff_batch_reader *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->dctx = ZSTD_createDCtx();
    r->buf = malloc(FF_BATCH_CONTENT_MAX);
    if (!r->dctx || !r->buf) {
        ff_batch_reader_free(r);
        return NULL;
    }
    return r;
}

void ff_batch_reader_free(struct ff_batch_reader *r)
{
    if (!r)
        return;
    ZSTD_freeDCtx(r->dctx);
    free(r->buf);
    free(r);
}

static enum ff_err open_zstd(struct ff_batch_reader *r, struct ff_slice frame, struct ff_err_at *ret_at)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame.ptr, frame.len);
    if (size == ZSTD_CONTENTSIZE_ERROR)
        return at(ret_at, FF_ERR_SYNTAX, 1, "no zstd frame behind the version byte");
    if (size == ZSTD_CONTENTSIZE_UNKNOWN)
        return at(ret_at, FF_ERR_TOO_LARGE, 1, "the zstd frame does not say its content size");
    if (size > FF_BATCH_CONTENT_MAX)
        return at(ret_at, FF_ERR_TOO_LARGE, 1, "the zstd frame claims more than a batch may hold");
    size_t one = ZSTD_findFrameCompressedSize(frame.ptr, frame.len);
    if (ZSTD_isError(one))
        return at(ret_at, FF_ERR_TRUNCATED, 1, "the zstd frame is cut off or damaged");
    if (one != frame.len)
        return at(ret_at, FF_ERR_SYNTAX, 1 + one, "bytes behind the zstd frame");
    size_t n = ZSTD_decompressDCtx(r->dctx, r->buf, FF_BATCH_CONTENT_MAX, frame.ptr, frame.len);
    if (ZSTD_isError(n) || n != size)
        return at(ret_at, FF_ERR_SYNTAX, 1, "the zstd frame is damaged");
    r->in = ff_slice_of(r->buf, n);
    return FF_OK;
}

/* Schema registry framing: 0x00, 4-byte schema id, then the message index path: a zigzag varint count and that many
 * indexes, a single 0 standing for [0]. */
static bool skip_registry(struct ff_slice *value)
{
    size_t pos = 5;
    uint64_t n, index;
    if (value->len < 6 || !ff_wire_varint(*value, &pos, &n))
        return false;
    n = (uint64_t)ff_wire_unzigzag(n);
    if (n > 16)
        return false;
    for (; n > 0; n--) {
        if (!ff_wire_varint(*value, &pos, &index))
            return false;
    }
    *value = ff_slice_sub(*value, pos, value->len);
    return true;
}

/* A bare DeliveryEvent holds fields that no EventBatch has: kind (1) is a varint in both, but event_time_us (2) is fixed64
 * where Source (2) is bytes, and field 5 is a varint (reply_code) where a batch has its items. The first field that
 * differs decides; nothing but field 1 (or nothing at all) is an empty batch. */
static bool looks_single(struct ff_slice in)
{
    struct ff_wire_field f;
    size_t pos = 0;
    while (ff_wire_next(in, &pos, &f) == FF_OK) {
        if (f.number == 2)
            return f.type == FF_WIRE_FIXED64;
        if (f.number == 3)
            return ff_slice_chr(f.bytes, 0, '@') != SIZE_MAX && f.type == FF_WIRE_BYTES;
        if (f.number == 5)
            return f.type == FF_WIRE_VARINT;
        if (f.number > 6)
            return true;
    }
    return false;
}

enum ff_err ff_batch_open(struct ff_batch_reader *r, enum ff_batch_what what, struct ff_slice value, struct ff_err_at *ret_at)
{
    r->in = (struct ff_slice){0};
    r->pos = 0;
    r->single = false;
    if (value.len == 0)
        return at(ret_at, FF_ERR_TRUNCATED, 0, "an empty record");
    if (value.ptr[0] == 0x00 && !skip_registry(&value))
        return at(ret_at, FF_ERR_SYNTAX, 0, "a schema registry frame that is cut off");
    if (value.len == 0)
        return at(ret_at, FF_ERR_TRUNCATED, 0, "an empty record");
    if (value.len > FF_BATCH_RECORD_MAX)
        return at(ret_at, FF_ERR_TOO_LARGE, 0, "the record is larger than a batch may be");
    switch (value.ptr[0]) {
    case FF_BATCH_VERSION_ZSTD:
        return open_zstd(r, ff_slice_sub(value, 1, value.len), ret_at);
    case FF_BATCH_VERSION_RAW:
        r->in = ff_slice_sub(value, 1, value.len);
        return FF_OK;
    default:
        if (value.ptr[0] < 0x08) /* field number 0: no protobuf, and no version of ours */
            return at(ret_at, FF_ERR_SYNTAX, 0, "neither a packed record nor protobuf");
        r->in = value;
        r->single = what == FF_BATCH_EVENTS && looks_single(value);
        return FF_OK;
    }
}

enum ff_err ff_batch_next(struct ff_batch_reader *r, struct ff_slice *ret_item, size_t *ret_offset)
{
    struct ff_wire_field f;
    if (r->single) {
        if (r->pos > 0)
            return FF_ERR_NOT_FOUND;
        r->pos = r->in.len;
        *ret_item = r->in;
        *ret_offset = 0;
        return FF_OK;
    }
    for (;;) {
        size_t start = r->pos;
        enum ff_err err = ff_wire_next(r->in, &r->pos, &f);
        if (err) {
            *ret_offset = start;
            return err;
        }
        if (f.number != BATCH_FIELD_ITEMS)
            continue;
        if (f.type != FF_WIRE_BYTES) {
            *ret_offset = start;
            return FF_ERR_SYNTAX;
        }
        *ret_item = f.bytes;
        *ret_offset = (size_t)(f.bytes.ptr - r->in.ptr);
        return FF_OK;
    }
}

/* ---- writer ---------------------------------------------------------------------------------------------------- */

struct ff_batch_writer {
    ZSTD_CCtx *cctx; /* NULL: uncompressed */
    uint8_t *content; /* [0] is the version byte of an uncompressed record */
    uint8_t *packed;
    size_t packed_size;
    struct ff_wire_out out; /* the content behind the version byte */
    size_t count;
    enum ff_batch_what what;
};

struct ff_batch_writer *ff_batch_writer_new(enum ff_batch_what what, int zstd_level)
{
    struct ff_batch_writer *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->what = what;
    w->content = malloc(1 + FF_BATCH_CONTENT_MAX);
    bool ok = w->content != NULL;
    if (ok && zstd_level > 0) {
        w->packed_size = 1 + ZSTD_compressBound(FF_BATCH_CONTENT_MAX);
        w->packed = malloc(w->packed_size);
        w->cctx = ZSTD_createCCtx();
        ok = w->packed && w->cctx && !ZSTD_isError(ZSTD_CCtx_setParameter(w->cctx, ZSTD_c_compressionLevel, zstd_level));
    }
    if (!ok) {
        ff_batch_writer_free(w);
        return NULL;
    }
    ff_batch_begin(w, (struct ff_slice){0}, (struct ff_slice){0});
    return w;
}

void ff_batch_writer_free(struct ff_batch_writer *w)
{
    if (!w)
        return;
    ZSTD_freeCCtx(w->cctx);
    free(w->content);
    free(w->packed);
    free(w);
}

void ff_batch_begin(struct ff_batch_writer *w, struct ff_slice format, struct ff_slice producer)
{
    uint8_t source[512];
    struct ff_wire_out s = ff_wire_out(source, sizeof source);
    w->out = ff_wire_out(w->content + 1, FF_BATCH_CONTENT_MAX);
    w->count = 0;
    ff_wire_put_bytes(&s, 1, format);
    ff_wire_put_bytes(&s, 2, producer);
    if (!s.full)
        ff_wire_put_bytes(&w->out, BATCH_FIELD_SOURCE, ff_wire_done(&s));
}

/* Takes the element back when it did not fit, so that the batch stays as it was. */
static enum ff_err settle(struct ff_batch_writer *w, size_t used_before)
{
    if (w->out.full) {
        w->out.full = false;
        w->out.used = used_before;
        return FF_ERR_TOO_LARGE;
    }
    w->count++;
    return FF_OK;
}

enum ff_err ff_batch_add_encoded(struct ff_batch_writer *w, struct ff_slice item)
{
    size_t before = w->out.used;
    ff_wire_put_message(&w->out, BATCH_FIELD_ITEMS, item);
    return settle(w, before);
}

/* The event is encoded in place, behind room for the largest length it may have; then length and bytes move together. */
static void put_event(struct ff_wire_out *o, uint32_t number, const struct ff_event *ev)
{
    if (ev->encoded.len) {
        ff_wire_put_message(o, number, ev->encoded);
        return;
    }
    ff_wire_put_varint(o, (uint64_t)number << 3 | FF_WIRE_BYTES);
    size_t room = ff_wire_varint_size(ff_event_size_max(ev));
    if (o->full || o->size - o->used < room) {
        o->full = true;
        return;
    }
    struct ff_wire_out body = ff_wire_out(o->base + o->used + room, o->size - o->used - room);
    ff_event_encode(ev, &body);
    if (body.full) {
        o->full = true;
        return;
    }
    ff_wire_put_varint(o, body.used);
    memmove(o->base + o->used, body.base, body.used);
    o->used += body.used;
}

enum ff_err ff_batch_add_event(struct ff_batch_writer *w, const struct ff_event *ev)
{
    size_t before = w->out.used;
    put_event(&w->out, BATCH_FIELD_ITEMS, ev);
    return settle(w, before);
}

enum ff_err ff_batch_add_result(struct ff_batch_writer *w, const struct ff_event *ev, struct ff_slice verdict)
{
    size_t before = w->out.used;
    struct ff_wire_out *o = &w->out;
    size_t bound = ev->encoded.len ? ev->encoded.len : ff_event_size_max(ev);
    size_t room = ff_wire_varint_size(bound + verdict.len + 16);
    ff_wire_put_varint(o, (uint64_t)BATCH_FIELD_ITEMS << 3 | FF_WIRE_BYTES);
    if (o->full || o->size - o->used < room) {
        o->full = true;
        return settle(w, before);
    }
    struct ff_wire_out body = ff_wire_out(o->base + o->used + room, o->size - o->used - room);
    put_event(&body, 1, ev);
    ff_wire_put_bytes(&body, 2, verdict);
    o->full = body.full;
    if (!o->full) {
        ff_wire_put_varint(o, body.used);
        memmove(o->base + o->used, body.base, body.used);
        o->used += body.used;
    }
    return settle(w, before);
}

size_t ff_batch_count(const struct ff_batch_writer *w)
{
    return w->count;
}

size_t ff_batch_content_bytes(const struct ff_batch_writer *w)
{
    return w->out.used;
}

enum ff_err ff_batch_close(struct ff_batch_writer *w, struct ff_slice *ret_record)
{
    if (!w->cctx) {
        w->content[0] = FF_BATCH_VERSION_RAW;
        *ret_record = ff_slice_of(w->content, 1 + w->out.used);
        return FF_OK;
    }
    size_t n = ZSTD_compress2(w->cctx, w->packed + 1, w->packed_size - 1, w->out.base, w->out.used);
    if (ZSTD_isError(n))
        return FF_ERR_NOMEM;
    w->packed[0] = FF_BATCH_VERSION_ZSTD;
    *ret_record = ff_slice_of(w->packed, 1 + n);
    return FF_OK;
}
