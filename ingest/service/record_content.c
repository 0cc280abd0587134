/* record_content.c: whole values in one go; both codecs may hold several members or frames behind one another. */
#include "ingest/service/record_content.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct ff_record_content {
    uint8_t *buffer;
    ZSTD_DCtx *zstd;
};

struct ff_record_content *ff_record_content_new(void)
{
    return calloc(1, sizeof(struct ff_record_content));
}

void ff_record_content_free(struct ff_record_content *c)
{
    if (!c)
        return;
    ZSTD_freeDCtx(c->zstd);
    free(c->buffer);
    free(c);
}

static enum ff_err open_zstd(struct ff_record_content *c, struct ff_slice value, struct ff_slice *ret)
{
    if (!c->zstd)
        c->zstd = ZSTD_createDCtx();
    if (!c->zstd)
        return FF_ERR_NOMEM;
    ZSTD_DCtx_reset(c->zstd, ZSTD_reset_session_only);
    ZSTD_inBuffer in = {value.ptr, value.len, 0};
    ZSTD_outBuffer out = {c->buffer, FF_RECORD_CONTENT_MAX, 0};
    size_t left = 1;
    while (in.pos < in.size) {
        size_t before = in.pos + out.pos;
        left = ZSTD_decompressStream(c->zstd, &out, &in);
        if (ZSTD_isError(left))
            return FF_ERR_SYNTAX;
        if (in.pos + out.pos == before)
            break;
    }
    if (left != 0)
        return out.pos == out.size ? FF_ERR_TOO_LARGE : FF_ERR_TRUNCATED;
    *ret = ff_slice_of(c->buffer, out.pos);
    return FF_OK;
}

static enum ff_err open_gzip(struct ff_record_content *c, struct ff_slice value, struct ff_slice *ret)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)value.ptr, .avail_in = (uInt)value.len};
    if (inflateInit2(&z, 15 + 16) != Z_OK) /* 16: a gzip header, not zlib's */
        return FF_ERR_NOMEM;
    z.next_out = c->buffer;
    z.avail_out = FF_RECORD_CONTENT_MAX;
    int r;
    do {
        r = inflate(&z, Z_NO_FLUSH);
        if (r == Z_STREAM_END && z.avail_in > 0)
            r = inflateReset(&z); /* the next member */
    } while (r == Z_OK && z.avail_in > 0 && z.avail_out > 0);
    size_t len = FF_RECORD_CONTENT_MAX - z.avail_out;
    bool full = z.avail_out == 0;
    inflateEnd(&z);
    if (r == Z_STREAM_END) {
        *ret = ff_slice_of(c->buffer, len);
        return FF_OK;
    }
    if (r == Z_OK || r == Z_BUF_ERROR)
        return full ? FF_ERR_TOO_LARGE : FF_ERR_TRUNCATED;
    return FF_ERR_SYNTAX;
}

enum ff_err ff_record_content_open(struct ff_record_content *c, struct ff_slice encoding, struct ff_slice value,
                                   struct ff_slice *ret)
{
    encoding = ff_slice_trim(encoding);
    if (encoding.len == 0 || ff_slice_caseeq(encoding, FF_SLICE("identity"))) {
        *ret = value;
        return FF_OK;
    }
    bool zstd = ff_slice_caseeq(encoding, FF_SLICE("zstd"));
    if (!zstd && !ff_slice_caseeq(encoding, FF_SLICE("gzip")))
        return FF_ERR_CONFIG;
    if (value.len == 0)
        return FF_ERR_TRUNCATED;
    if (!c->buffer)
        c->buffer = malloc(FF_RECORD_CONTENT_MAX);
    if (!c->buffer)
        return FF_ERR_NOMEM;
    return zstd ? open_zstd(c, value, ret) : open_gzip(c, value, ret);
}
