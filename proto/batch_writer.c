/* batch_writer.c: writing the packed record, see batch.h.
 *
 * Elements are encoded straight into the content, which is compressed in one shot when the batch is closed: one shot
 * lets a zstd frame say its content size, without which no reader of ours would open it.
 */
#include <lz4.h>
#include <stdlib.h>
#include <zstd.h>

#include "proto/batch.h"
#include "proto/field_numbers.h"

struct ff_batch_packer {
    enum ff_batch_codec codec;
    ZSTD_CCtx *cctx;
    void *lz4;
    uint8_t *packed;
    size_t packed_size;
};

struct ff_batch_writer {
    struct ff_batch_packer *packer;
    bool owns_packer;
    uint8_t *content;       /* [0] is the version byte of an uncompressed record */
    struct ff_wire_out out; /* the content behind the version byte */
    size_t count;
    enum ff_batch_what what;
};

/* Content size as a varint, at most */
#define LZ4_HEAD_MAX 5

static bool packer_init(struct ff_batch_packer *p, int zstd_level)
{
    if (p->codec == FF_BATCH_RAW)
        return true;
    size_t lz4_bound = LZ4_HEAD_MAX + (size_t)LZ4_COMPRESSBOUND(FF_BATCH_CONTENT_MAX);
    p->packed_size = 1 + (p->codec == FF_BATCH_ZSTD ? ZSTD_compressBound(FF_BATCH_CONTENT_MAX) : lz4_bound);
    p->packed = malloc(p->packed_size);
    if (p->codec == FF_BATCH_LZ4) {
        p->lz4 = malloc((size_t)LZ4_sizeofState());
        return p->packed && p->lz4;
    }
    p->cctx = ZSTD_createCCtx();
    return p->packed && p->cctx &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(p->cctx, ZSTD_c_compressionLevel, zstd_level));
}

struct ff_batch_packer *ff_batch_packer_new(enum ff_batch_codec codec, int zstd_level)
{
    struct ff_batch_packer *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->codec = codec;
    if (packer_init(p, zstd_level))
        return p;
    ff_batch_packer_free(p);
    return NULL;
}

void ff_batch_packer_free(struct ff_batch_packer *p)
{
    if (!p)
        return;
    ZSTD_freeCCtx(p->cctx);
    free(p->lz4);
    free(p->packed);
    free(p);
}

struct ff_batch_writer *ff_batch_writer_new_shared(enum ff_batch_what what, struct ff_batch_packer *p)
{
    struct ff_batch_writer *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->what = what;
    w->packer = p;
    w->content = malloc(1 + FF_BATCH_CONTENT_MAX);
    if (!w->content) {
        ff_batch_writer_free(w);
        return NULL;
    }
    ff_batch_begin(w, (struct ff_slice){0}, (struct ff_slice){0});
    return w;
}

struct ff_batch_writer *ff_batch_writer_new(enum ff_batch_what what, int zstd_level)
{
    struct ff_batch_packer *p = ff_batch_packer_new(zstd_level == 0 ? FF_BATCH_RAW : FF_BATCH_ZSTD, zstd_level);
    struct ff_batch_writer *w = p ? ff_batch_writer_new_shared(what, p) : NULL;
    if (w)
        w->owns_packer = true;
    else
        ff_batch_packer_free(p);
    return w;
}

void ff_batch_writer_free(struct ff_batch_writer *w)
{
    if (!w)
        return;
    if (w->owns_packer)
        ff_batch_packer_free(w->packer);
    free(w->content);
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
        ff_wire_put_bytes(&w->out, FF_BATCH_FIELD_SOURCE, ff_wire_done(&s));
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

/* The event is encoded in place, behind room for the largest length it may have; then length and bytes move together.
 */
static void put_event(struct ff_wire_out *o, uint32_t number, const struct ff_event *ev, size_t bound)
{
    if (ev->encoded.len) {
        ff_wire_put_message(o, number, ev->encoded);
        return;
    }
    ff_wire_put_varint(o, (uint64_t)number << 3 | FF_WIRE_BYTES);
    size_t room = ff_wire_varint_size(bound);
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
    size_t before = w->out.used, bound = ff_event_size_max(ev);
    if (bound > FF_EVENT_BYTES_MAX) /* no reader would take it */
        return FF_ERR_TOO_LARGE;
    put_event(&w->out, FF_BATCH_FIELD_ITEMS, ev, bound);
    return settle(w, before);
}

static size_t bytes_field_size(size_t len)
{
    return 1 + ff_wire_varint_size(len) + len;
}

/* An event that is carried verbatim, whose size is known: everything is written once, where it stays. */
static void put_result_verbatim(struct ff_wire_out *o, struct ff_slice event, struct ff_slice verdict)
{
    ff_wire_put_varint(o, (uint64_t)FF_BATCH_FIELD_ITEMS << 3 | FF_WIRE_BYTES);
    ff_wire_put_varint(o, bytes_field_size(event.len) + (verdict.len ? bytes_field_size(verdict.len) : 0));
    ff_wire_put_message(o, FF_RESULT_FIELD_EVENT, event);
    ff_wire_put_bytes(o, FF_RESULT_FIELD_VERDICT, verdict);
}

static void put_result(struct ff_wire_out *o, const struct ff_event *ev, size_t bound, struct ff_slice verdict)
{
    size_t room = ff_wire_varint_size(bound + verdict.len + 16);
    ff_wire_put_varint(o, (uint64_t)FF_BATCH_FIELD_ITEMS << 3 | FF_WIRE_BYTES);
    if (o->full || o->size - o->used < room) {
        o->full = true;
        return;
    }
    struct ff_wire_out body = ff_wire_out(o->base + o->used + room, o->size - o->used - room);
    put_event(&body, FF_RESULT_FIELD_EVENT, ev, bound);
    ff_wire_put_bytes(&body, FF_RESULT_FIELD_VERDICT, verdict);
    o->full = body.full;
    if (o->full)
        return;
    ff_wire_put_varint(o, body.used);
    memmove(o->base + o->used, body.base, body.used);
    o->used += body.used;
}

enum ff_err ff_batch_add_result(struct ff_batch_writer *w, const struct ff_event *ev, struct ff_slice verdict)
{
    size_t before = w->out.used, bound = ff_event_size_max(ev);
    if (bound > FF_EVENT_BYTES_MAX)
        return FF_ERR_TOO_LARGE;
    if (ev->encoded.len)
        put_result_verbatim(&w->out, ev->encoded, verdict);
    else
        put_result(&w->out, ev, bound, verdict);
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

static enum ff_err close_lz4(struct ff_batch_packer *p, struct ff_slice content, struct ff_slice *ret_record)
{
    struct ff_wire_out head = ff_wire_out(p->packed + 1, LZ4_HEAD_MAX);
    ff_wire_put_varint(&head, content.len);
    size_t start = 1 + head.used;
    int n = LZ4_compress_fast_extState(p->lz4, (const char *)content.ptr, (char *)p->packed + start, (int)content.len,
                                       (int)(p->packed_size - start), 1);
    if (n <= 0)
        return FF_ERR_NOMEM;
    p->packed[0] = FF_BATCH_VERSION_LZ4;
    *ret_record = ff_slice_of(p->packed, start + (size_t)n);
    return FF_OK;
}

enum ff_err ff_batch_close(struct ff_batch_writer *w, struct ff_slice *ret_record)
{
    struct ff_batch_packer *p = w->packer;
    if (p->codec == FF_BATCH_RAW) {
        w->content[0] = FF_BATCH_VERSION_RAW;
        *ret_record = ff_slice_of(w->content, 1 + w->out.used);
        return FF_OK;
    }
    if (p->codec == FF_BATCH_LZ4)
        return close_lz4(p, ff_wire_done(&w->out), ret_record);
    size_t n = ZSTD_compress2(p->cctx, p->packed + 1, p->packed_size - 1, w->out.base, w->out.used);
    if (ZSTD_isError(n))
        return FF_ERR_NOMEM;
    p->packed[0] = FF_BATCH_VERSION_ZSTD;
    *ret_record = ff_slice_of(p->packed, 1 + n);
    return FF_OK;
}
