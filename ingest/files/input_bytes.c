/* input_bytes.c: see input_bytes.h.
 *
 * A followed file needs no finished frame: zstd hands out each complete block, and the rest comes later. A compressed
 * segment that ends inside a frame is what a killed MTA leaves: no error, but said (ff_input_unfinished()). A gzip
 * file that ends inside a member is a broken copy: an error, after all that could be read. So is one without any
 * member: what gzip(1) makes of an empty log has 20 bytes, and files of no bytes or of zeroes are what a power loss
 * leaves of a log.
 */
#include "ingest/files/input_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "ingest/files/stored_bytes.h"

#define RAW_BYTES (128u << 10)

enum coding { CODING_UNKNOWN, CODING_PLAIN, CODING_GZIP, CODING_ZSTD };

struct ff_input {
    struct ff_stored stored;
    bool follow_given; /* it was opened to be followed, whatever holds now */

    enum coding coding, coding_forced; /* forced by the name */
    uint8_t *raw;
    size_t raw_start, raw_end;
    z_stream gz;
    bool gz_made, frame_open, zstd_pending;
    bool gz_member; /* a whole gzip member was read */
    ZSTD_DCtx *zstd;

    enum ff_err err;
    char message[256];
};

static enum ff_input_what broken(struct ff_input *in, enum ff_err err, const char *what)
{
    in->err = err;
    snprintf(in->message, sizeof in->message, "%s: %s", ff_stored_name(&in->stored), what);
    return FF_INPUT_BROKEN;
}

enum ff_err ff_input_open(const char *path, bool follow, struct ff_input **ret, char *ret_message, size_t size)
{
    struct ff_input *in = calloc(1, sizeof *in);
    enum ff_err err = FF_ERR_NOMEM;
    if (in)
        in->raw = malloc(RAW_BYTES);
    if (!in || !in->raw) {
        snprintf(ret_message, size, "out of memory");
        free(in);
        return err;
    }
    in->follow_given = follow;
    err = ff_stored_open(&in->stored, path, follow, ret_message, size);
    if (err != FF_OK) {
        ff_input_close(in);
        return err;
    }
    if (path && ff_slice_ends(ff_slice_str(path), FF_SLICE(".gz")))
        in->coding_forced = CODING_GZIP;
    else if (path && ff_slice_ends(ff_slice_str(path), FF_SLICE(".zst")))
        in->coding_forced = CODING_ZSTD;
    in->coding = in->coding_forced;
    *ret = in;
    return FF_OK;
}

void ff_input_close(struct ff_input *in)
{
    if (!in)
        return;
    ff_stored_close(&in->stored);
    if (in->gz_made)
        inflateEnd(&in->gz);
    ZSTD_freeDCtx(in->zstd);
    free(in->raw);
    free(in);
}

/* ---- bytes as they are stored ------------------------------------------------------------------------------------ */

static void reset(struct ff_input *in)
{
    in->raw_start = in->raw_end = 0;
    in->coding = in->coding_forced;
    in->frame_open = in->zstd_pending = in->gz_member = false;
    if (in->gz_made)
        inflateReset(&in->gz);
    if (in->zstd)
        ZSTD_DCtx_reset(in->zstd, ZSTD_reset_session_only);
}

static enum ff_input_what read_raw(struct ff_input *in, uint8_t *buf, size_t size, size_t *ret_len)
{
    enum ff_input_what what = ff_stored_read(&in->stored, buf, size, ret_len);
    if (what == FF_INPUT_BROKEN)
        return broken(in, FF_ERR_IO, strerror(in->stored.error));
    if (what == FF_INPUT_NEXT || what == FF_INPUT_ANEW)
        reset(in);
    return what;
}

/* More bytes behind those in in->raw. */
static enum ff_input_what fill(struct ff_input *in)
{
    if (in->raw_start == in->raw_end)
        in->raw_start = in->raw_end = 0;
    size_t n = 0;
    enum ff_input_what what = read_raw(in, in->raw + in->raw_end, RAW_BYTES - in->raw_end, &n);
    if (what == FF_INPUT_DATA)
        in->raw_end += n;
    return what;
}

/* ---- decompression ----------------------------------------------------------------------------------------------- */

static enum ff_input_what read_gzip(struct ff_input *in, uint8_t *buf, size_t size, size_t *ret_len)
{
    if (!in->gz_made) {
        if (inflateInit2(&in->gz, 15 + 16) != Z_OK)
            return broken(in, FF_ERR_NOMEM, "out of memory");
        in->gz_made = true;
    }
    for (;;) {
        if (in->raw_start == in->raw_end) {
            enum ff_input_what what = fill(in);
            if (what == FF_INPUT_END && in->stored.offset == 0 && !in->follow_given)
                return broken(
                    in, FF_ERR_TRUNCATED,
                    "the gzip file has no bytes, and gzip makes some of an empty text too (get the whole file)");
            if (what == FF_INPUT_END && in->frame_open)
                return broken(in, FF_ERR_TRUNCATED,
                              "the gzip file is cut off (what was readable has been read; get the whole file)");
            if (what != FF_INPUT_DATA)
                return what;
        }
        if (in->gz_member && !in->frame_open && in->raw[in->raw_start] == 0) {
            in->raw_start++; /* padding behind a member, as gzip(1) accepts it */
            continue;
        }
        in->frame_open = true;
        in->gz.next_in = in->raw + in->raw_start;
        in->gz.avail_in = (uInt)(in->raw_end - in->raw_start);
        in->gz.next_out = buf;
        in->gz.avail_out = (uInt)(size > UINT32_MAX ? UINT32_MAX : size);
        uInt room = in->gz.avail_out;
        int rc = inflate(&in->gz, Z_NO_FLUSH);
        in->raw_start = in->raw_end - in->gz.avail_in;
        size_t made = room - in->gz.avail_out;
        if (rc == Z_STREAM_END) {
            in->frame_open = false;
            in->gz_member = true;
            inflateReset(&in->gz);
        } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
            return broken(in, FF_ERR_SYNTAX,
                          "the gzip data is damaged (what was readable has been read; get a whole copy)");
        }
        if (made > 0) {
            *ret_len = made;
            return FF_INPUT_DATA;
        }
    }
}

static enum ff_input_what read_zstd(struct ff_input *in, uint8_t *buf, size_t size, size_t *ret_len)
{
    if (!in->zstd)
        in->zstd = ZSTD_createDCtx();
    if (!in->zstd)
        return broken(in, FF_ERR_NOMEM, "out of memory");
    for (;;) {
        if (in->raw_start == in->raw_end && !in->zstd_pending) {
            enum ff_input_what what = fill(in);
            if (what != FF_INPUT_DATA)
                return what; /* also at the end inside a frame: a segment of a program that was killed */
        }
        ZSTD_inBuffer from = {in->raw, in->raw_end, in->raw_start};
        ZSTD_outBuffer to = {buf, size, 0};
        size_t rc = ZSTD_decompressStream(in->zstd, &to, &from);
        if (from.pos > in->raw_start || to.pos > 0)
            in->frame_open = rc != 0;
        in->raw_start = from.pos;
        if (ZSTD_isError(rc)) {
            char what[200];
            snprintf(what, sizeof what,
                     "the zstd data is damaged: %s (what was readable has been read; get a whole copy)",
                     ZSTD_getErrorName(rc));
            return broken(in, FF_ERR_SYNTAX, what);
        }
        in->zstd_pending = to.pos == to.size; /* it may hold more than fitted */
        if (to.pos > 0) {
            *ret_len = to.pos;
            return FF_INPUT_DATA;
        }
    }
}

/* The first bytes say what the file is when its name does not: 1f 8b gzip (RFC 1952), 28 b5 2f fd zstd (RFC 8878).
 * Stays UNKNOWN while there are too few of them. */
static enum ff_input_what sniff(struct ff_input *in)
{
    enum ff_input_what what = FF_INPUT_DATA;
    static const uint8_t gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    while (in->coding == CODING_UNKNOWN) {
        size_t n = in->raw_end - in->raw_start;
        const uint8_t *p = in->raw + in->raw_start;
        if (n >= sizeof gzip && memcmp(p, gzip, sizeof gzip) == 0)
            in->coding = CODING_GZIP;
        else if (n >= sizeof zstd && memcmp(p, zstd, sizeof zstd) == 0)
            in->coding = CODING_ZSTD;
        else if (n >= sizeof zstd || (n > 0 && p[0] != gzip[0] && p[0] != zstd[0]))
            in->coding = CODING_PLAIN;
        else {
            what = fill(in);
            if (what == FF_INPUT_END && n > 0)
                in->coding = CODING_PLAIN;
            else if (what != FF_INPUT_DATA)
                return what;
        }
    }
    return FF_INPUT_DATA;
}

enum ff_input_what ff_input_read(struct ff_input *in, uint8_t *buf, size_t size, size_t *ret_len)
{
    if (in->err != FF_OK)
        return FF_INPUT_BROKEN;
    if (in->coding == CODING_UNKNOWN) {
        enum ff_input_what what = sniff(in);
        if (what != FF_INPUT_DATA)
            return what;
    }
    if (in->coding == CODING_GZIP)
        return read_gzip(in, buf, size, ret_len);
    if (in->coding == CODING_ZSTD)
        return read_zstd(in, buf, size, ret_len);
    size_t n = in->raw_end - in->raw_start;
    if (n == 0)
        return read_raw(in, buf, size, ret_len);
    if (n > size)
        n = size;
    memcpy(buf, in->raw + in->raw_start, n);
    in->raw_start += n;
    *ret_len = n;
    return FF_INPUT_DATA;
}

void ff_input_unfollow(struct ff_input *in)
{
    ff_stored_unfollow(&in->stored);
}

int ff_input_lost(const struct ff_input *in)
{
    return ff_stored_lost(&in->stored);
}

int ff_input_fd(const struct ff_input *in)
{
    return in->stored.regular ? -1 : in->stored.fd;
}

int ff_input_open_fd(const struct ff_input *in)
{
    return in->stored.fd;
}

const char *ff_input_message(const struct ff_input *in)
{
    return in->message;
}

enum ff_err ff_input_error(const struct ff_input *in)
{
    return in->err;
}

bool ff_input_unfinished(const struct ff_input *in)
{
    return in->coding == CODING_ZSTD && in->frame_open;
}

void ff_input_progress(const struct ff_input *in, uint64_t *ret_done, uint64_t *ret_total)
{
    ff_stored_progress(&in->stored, ret_done, ret_total);
}

void ff_input_identity(const struct ff_input *in, uint64_t *ret_device, uint64_t *ret_inode)
{
    const struct ff_stored *f = &in->stored;
    *ret_device = f->regular ? (uint64_t)f->st.st_dev : 0;
    *ret_inode = f->regular ? (uint64_t)f->st.st_ino : 0;
}
