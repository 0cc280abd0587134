/* batch.c: reading the packed record, see batch.h.
 *
 * The reader walks one content buffer and hands out slices of it; decompression is one shot into memory made at start,
 * so a bomb is refused by what its frame header claims, before a byte is written. Events are split from each other by
 * the batch's own framing, so one broken event never costs its neighbours.
 */
#include "proto/batch.h"

#include <lz4.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "proto/field_numbers.h"

struct ff_batch_reader {
    ZSTD_DCtx *dctx;
    uint8_t *buf;       /* FF_BATCH_CONTENT_MAX */
    struct ff_slice in; /* content of the open record */
    size_t pos;
    bool single; /* the content is one bare event or result */
    bool broken; /* its framing is, from here on */
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

/* `foreign`: a frame of another producer without our version byte; it may leave its size open, since the buffer bounds
 * it. */
static enum ff_err open_zstd(struct ff_batch_reader *r, struct ff_slice frame, bool foreign, struct ff_err_at *ret_at)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame.ptr, frame.len);
    size_t start = foreign ? 0 : 1;
    if (size == ZSTD_CONTENTSIZE_ERROR)
        return at(ret_at, FF_ERR_SYNTAX, start, "no zstd frame");
    if (size == ZSTD_CONTENTSIZE_UNKNOWN && !foreign)
        return at(ret_at, FF_ERR_SYNTAX, start, "the zstd frame does not say its content size");
    if (size != ZSTD_CONTENTSIZE_UNKNOWN && size > FF_BATCH_CONTENT_MAX)
        return at(ret_at, FF_ERR_TOO_LARGE, start, "the zstd frame claims more than a batch may hold");
    size_t one = ZSTD_findFrameCompressedSize(frame.ptr, frame.len);
    if (ZSTD_isError(one))
        return at(ret_at, FF_ERR_TRUNCATED, start, "the zstd frame is cut off or damaged");
    if (one != frame.len)
        return at(ret_at, FF_ERR_SYNTAX, start + one, "bytes behind the zstd frame");
    size_t n = ZSTD_decompressDCtx(r->dctx, r->buf, FF_BATCH_CONTENT_MAX, frame.ptr, frame.len);
    if (ZSTD_getErrorCode(n) == ZSTD_error_dstSize_tooSmall)
        return at(ret_at, FF_ERR_TOO_LARGE, start, "the zstd frame holds more than a batch may");
    if (ZSTD_isError(n) || (size != ZSTD_CONTENTSIZE_UNKNOWN && n != size))
        return at(ret_at, FF_ERR_SYNTAX, start, "the zstd frame is damaged");
    r->in = ff_slice_of(r->buf, n);
    return FF_OK;
}

/* An LZ4 block says neither its size nor that it is one: the size stands before it, and is checked before and after. */
static enum ff_err open_lz4(struct ff_batch_reader *r, struct ff_slice value, struct ff_err_at *ret_at)
{
    size_t pos = 1;
    uint64_t size;
    if (!ff_wire_varint(value, &pos, &size))
        return at(ret_at, FF_ERR_TRUNCATED, 1, "the content size is cut off");
    if (size > FF_BATCH_CONTENT_MAX)
        return at(ret_at, FF_ERR_TOO_LARGE, 1, "the LZ4 block claims more than a batch may hold");
    int n = LZ4_decompress_safe((const char *)value.ptr + pos, (char *)r->buf, (int)(value.len - pos), (int)size);
    if (n < 0 || (uint64_t)n != size)
        return at(ret_at, FF_ERR_SYNTAX, pos, "the LZ4 block is damaged");
    r->in = ff_slice_of(r->buf, size);
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

/* Bare protobuf says nothing of its type; the first field that the two messages have under different wire types, or
 * that only one of them has, decides (batch.h). Nothing decides: a single one, whose decoding then says what it lacks.
 */
static bool looks_single(enum ff_batch_what what, struct ff_slice in)
{
    struct ff_wire_field f;
    size_t pos = 0;
    while (ff_wire_next(in, &pos, &f) == FF_OK) {
        if (what == FF_BATCH_EVENTS) {
            if (f.number == 2) /* event_time_us, or Source */
                return f.type == FF_WIRE_FIXED64;
            if (f.number == 4) /* tenant_id, or created_us */
                return f.type == FF_WIRE_BYTES;
            if (f.number == 5) /* reply_code, or an event */
                return f.type == FF_WIRE_VARINT;
            if (f.number > 5)
                return true;
        } else {
            if (f.number == 1) /* event, or schema_minor */
                return f.type == FF_WIRE_BYTES;
            if (f.number > 2)
                return false;
        }
    }
    return true;
}

static enum ff_err open_plain(struct ff_batch_reader *r, enum ff_batch_what what, struct ff_err_at *ret_at)
{
    struct ff_wire_field first;
    size_t pos = 0;
    if (r->in.len && ff_wire_next(r->in, &pos, &first) != FF_ERR_SYNTAX) {
        r->single = looks_single(what, r->in);
        return FF_OK;
    }
    enum ff_err err =
        at(ret_at, FF_ERR_SYNTAX, 0, r->in.len ? "neither a packed record nor protobuf" : "an empty value");
    r->in = (struct ff_slice){0};
    return err;
}

enum ff_err ff_batch_open(struct ff_batch_reader *r, enum ff_batch_what what, struct ff_slice value,
                          struct ff_err_at *ret_at)
{
    static const uint8_t zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    r->in = (struct ff_slice){0};
    r->pos = 0;
    r->single = false;
    r->broken = false;
    if (value.len && value.ptr[0] == 0x00 && !skip_registry(&value))
        return at(ret_at, FF_ERR_SYNTAX, 0, "a schema registry frame that is cut off");
    if (value.len == 0)
        return at(ret_at, FF_ERR_SYNTAX, 0, "an empty value");
    if (value.len > FF_BATCH_RECORD_MAX)
        return at(ret_at, FF_ERR_TOO_LARGE, 0, "the record is larger than a batch may be");
    if (value.ptr[0] == FF_BATCH_VERSION_ZSTD)
        return open_zstd(r, ff_slice_sub(value, 1, value.len), false, ret_at);
    if (value.ptr[0] == FF_BATCH_VERSION_LZ4)
        return open_lz4(r, value, ret_at);
    r->in = ff_slice_sub(value, value.ptr[0] == FF_BATCH_VERSION_RAW, value.len);
    if (value.ptr[0] == FF_BATCH_VERSION_RAW)
        return FF_OK;
    if (ff_slice_starts(value, ff_slice_of(zstd_magic, sizeof zstd_magic))) {
        enum ff_err err = open_zstd(r, value, true, ret_at);
        if (err) {
            r->in = (struct ff_slice){0};
            return err;
        }
    }
    return open_plain(r, what, ret_at);
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
    if (r->broken)
        return FF_ERR_NOT_FOUND;
    for (;;) {
        size_t start = r->pos;
        enum ff_err err = ff_wire_next(r->in, &r->pos, &f);
        if (!err && f.number == FF_BATCH_FIELD_ITEMS && f.type != FF_WIRE_BYTES)
            err = FF_ERR_SYNTAX;
        if (err) {
            r->broken = true; /* an error is told once, then the batch is at its end */
            *ret_offset = start;
            return err;
        }
        if (f.number != FF_BATCH_FIELD_ITEMS)
            continue;
        *ret_item = f.bytes;
        *ret_offset = (size_t)(f.bytes.ptr - r->in.ptr);
        return FF_OK;
    }
}
