/* input_bytes.c: see input_bytes.h.
 *
 * Following a file means answering three questions each time its end is reached:
 *   - Was it truncated (copytruncate)? Its size is below our offset; or it has grown past it again meanwhile, which only
 *     the bytes before our offset can tell: the last TAIL_BYTES read are compared with the file.
 *   - Was it renamed and a new one made? Then the writer may still hold the old one (logrotate makes the new file before it
 *     signals the daemon), so the old one is left only when the new one holds data and the old one has been silent for
 *     ROTATE_GRACE_MS. Refused: switching at once, as tail -F does; it loses what is written to the old one afterwards.
 *   - Is the compressed frame finished? Not needed: zstd hands out each complete block, and the rest comes later.
 * A compressed segment that ends inside a frame is what a killed MTA leaves: no error, but said (ff_input_unfinished()). A
 * gzip file that ends inside a member is a broken copy: an error, after all that could be read. So is one without any member:
 * what gzip(1) makes of an empty log has 20 bytes, and files of no bytes or of zeroes are what a power loss leaves of a log.
 */
#include "ingest/files/input_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define RAW_BYTES (128u << 10)
#define TAIL_BYTES 64
#define ROTATE_GRACE_MS 1000
#define PIPE_BYTES (1 << 20)

enum coding { CODING_UNKNOWN, CODING_PLAIN, CODING_GZIP, CODING_ZSTD };

struct ff_input {
    const char *path; /* NULL: stdin */
    bool follow, follow_given; /* now (until unfollow); when it was opened */
    bool regular;
    int fd;
    struct stat st; /* of fd, when it was opened or last looked at */
    uint64_t offset; /* of the next raw byte to read */
    uint8_t tail[TAIL_BYTES]; /* the last raw bytes read, to recognise a file that was truncated and grew again */
    size_t tail_len;
    bool idle; /* the end was reached: look before reading on */
    int64_t last_data_ms;

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

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *shown(const struct ff_input *in)
{
    return in->path ? in->path : "stdin";
}

static enum ff_input_what broken(struct ff_input *in, enum ff_err err, const char *what)
{
    in->err = err;
    snprintf(in->message, sizeof in->message, "%s: %s", shown(in), what);
    return FF_INPUT_BROKEN;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static enum ff_err open_fd(struct ff_input *in, char *ret_message, size_t size)
{
    if (!in->path) {
        in->fd = STDIN_FILENO;
    } else {
        /* A FIFO: our own end for writing keeps it open between its writers; without follow, opening must not wait for the
         * first writer, because nobody could stop us then (poll(2) tells when there is one). */
        bool fifo = stat(in->path, &in->st) == 0 && S_ISFIFO(in->st.st_mode);
        int how = fifo ? (in->follow ? O_RDWR : O_RDONLY | O_NONBLOCK) : O_RDONLY;
        in->fd = open(in->path, how | O_CLOEXEC | O_NOCTTY);
    }
    if (in->fd < 0 || fstat(in->fd, &in->st) != 0) {
        int e = errno;
        snprintf(ret_message, size, "%s: %s (%s)", shown(in), strerror(e),
                 e == ENOENT ? "check the name" : e == EACCES ? "run as a user who may read it" : "the input cannot be opened");
        return e == EACCES || e == EPERM ? FF_ERR_PERMISSION : FF_ERR_NOT_FOUND;
    }
    if (S_ISDIR(in->st.st_mode)) {
        snprintf(ret_message, size, "%s: is a folder (name the files in it)", shown(in));
        return FF_ERR_NOT_FOUND;
    }
    in->regular = S_ISREG(in->st.st_mode);
    if (S_ISFIFO(in->st.st_mode))
        (void)fcntl(in->fd, F_SETPIPE_SZ, PIPE_BYTES); /* fewer, larger reads; it works without */
    return FF_OK;
}

static void reset(struct ff_input *in)
{
    in->offset = 0;
    in->tail_len = 0;
    in->idle = false;
    in->raw_start = in->raw_end = 0;
    in->coding = in->coding_forced;
    in->frame_open = in->zstd_pending = in->gz_member = false;
    if (in->gz_made)
        inflateReset(&in->gz);
    if (in->zstd)
        ZSTD_DCtx_reset(in->zstd, ZSTD_reset_session_only);
    in->last_data_ms = now_ms();
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
    in->path = path && strcmp(path, "-") != 0 ? path : NULL;
    in->follow = in->follow_given = follow;
    in->fd = -1;
    if (in->path && ff_slice_ends(ff_slice_str(in->path), FF_SLICE(".gz")))
        in->coding_forced = CODING_GZIP;
    else if (in->path && ff_slice_ends(ff_slice_str(in->path), FF_SLICE(".zst")))
        in->coding_forced = CODING_ZSTD;
    err = open_fd(in, ret_message, size);
    if (err != FF_OK) {
        ff_input_close(in);
        return err;
    }
    reset(in);
    *ret = in;
    return FF_OK;
}

void ff_input_close(struct ff_input *in)
{
    if (!in)
        return;
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    if (in->gz_made)
        inflateEnd(&in->gz);
    ZSTD_freeDCtx(in->zstd);
    free(in->raw);
    free(in);
}

/* ---- raw bytes, and following ------------------------------------------------------------------------------------ */

static void remember_tail(struct ff_input *in, const uint8_t *buf, size_t n)
{
    if (n >= TAIL_BYTES) {
        memcpy(in->tail, buf + n - TAIL_BYTES, TAIL_BYTES);
        in->tail_len = TAIL_BYTES;
        return;
    }
    size_t kept = in->tail_len + n > TAIL_BYTES ? TAIL_BYTES - n : in->tail_len;
    memmove(in->tail, in->tail + in->tail_len - kept, kept);
    memcpy(in->tail + kept, buf, n);
    in->tail_len = kept + n;
}

static bool tail_is_unchanged(const struct ff_input *in)
{
    uint8_t now[TAIL_BYTES];
    if (in->tail_len == 0)
        return true;
    ssize_t n = pread(in->fd, now, in->tail_len, (off_t)(in->offset - in->tail_len));
    return n == (ssize_t)in->tail_len && memcmp(now, in->tail, in->tail_len) == 0;
}

/* The name leads to another file that holds data already: the old one is finished. */
static enum ff_input_what try_switch(struct ff_input *in)
{
    struct stat st;
    if (!in->path || stat(in->path, &st) != 0 || (st.st_dev == in->st.st_dev && st.st_ino == in->st.st_ino))
        return FF_INPUT_WAIT;
    if (!S_ISREG(st.st_mode) || st.st_size == 0 || now_ms() - in->last_data_ms < ROTATE_GRACE_MS)
        return FF_INPUT_WAIT;
    int fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return FF_INPUT_WAIT; /* not readable yet, or gone again */
    close(in->fd);
    in->fd = fd;
    if (fstat(fd, &in->st) != 0)
        return broken(in, FF_ERR_IO, strerror(errno));
    reset(in);
    return FF_INPUT_NEW;
}

/* At the end of a followed regular file: DATA when there is more to read. */
static enum ff_input_what look_again(struct ff_input *in)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return broken(in, FF_ERR_IO, strerror(errno));
    bool touched = st.st_mtim.tv_sec != in->st.st_mtim.tv_sec || st.st_mtim.tv_nsec != in->st.st_mtim.tv_nsec;
    in->st = st;
    if ((uint64_t)st.st_size < in->offset || (touched && !tail_is_unchanged(in))) {
        if (lseek(in->fd, 0, SEEK_SET) != 0)
            return broken(in, FF_ERR_IO, strerror(errno));
        reset(in);
        return FF_INPUT_NEW;
    }
    if ((uint64_t)st.st_size > in->offset)
        return FF_INPUT_DATA;
    return try_switch(in);
}

static enum ff_input_what read_raw(struct ff_input *in, uint8_t *buf, size_t size, size_t *ret_len)
{
    if (in->regular && in->idle) {
        enum ff_input_what what = look_again(in);
        if (what != FF_INPUT_DATA)
            return what;
    }
    if (!in->regular) {
        struct pollfd p = {.fd = in->fd, .events = POLLIN};
        if (poll(&p, 1, 0) <= 0)
            return FF_INPUT_WAIT;
    }
    ssize_t n = read(in->fd, buf, size);
    if (n < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return FF_INPUT_WAIT;
        return broken(in, FF_ERR_IO, strerror(errno));
    }
    if (n == 0) {
        if (!in->follow || !in->regular)
            return FF_INPUT_END;
        in->idle = true;
        return FF_INPUT_WAIT;
    }
    in->idle = false;
    in->offset += (uint64_t)n;
    if (in->follow && in->regular) {
        remember_tail(in, buf, (size_t)n);
        in->last_data_ms = now_ms();
    }
    *ret_len = (size_t)n;
    return FF_INPUT_DATA;
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
            if (what == FF_INPUT_END && in->offset == 0 && !in->follow_given)
                return broken(in, FF_ERR_TRUNCATED, "the gzip file has no bytes, and gzip makes some of an empty text too (get the whole file)");
            if (what == FF_INPUT_END && in->frame_open)
                return broken(in, FF_ERR_TRUNCATED, "the gzip file is cut off (what was readable has been read; get the whole file)");
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
            return broken(in, FF_ERR_SYNTAX, "the gzip data is damaged (what was readable has been read; get a whole copy)");
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
            snprintf(what, sizeof what, "the zstd data is damaged: %s (what was readable has been read; get a whole copy)",
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
    in->follow = false;
    in->idle = false;
}

int ff_input_fd(const struct ff_input *in)
{
    return in->regular ? -1 : in->fd;
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
    struct stat st;
    *ret_done = in->offset;
    /* as it is now: a followed file grows while it is read */
    *ret_total = !in->regular ? 0 : fstat(in->fd, &st) == 0 ? (uint64_t)st.st_size : (uint64_t)in->st.st_size;
}

void ff_input_identity(const struct ff_input *in, uint64_t *ret_device, uint64_t *ret_inode)
{
    *ret_device = in->regular ? (uint64_t)in->st.st_dev : 0;
    *ret_inode = in->regular ? (uint64_t)in->st.st_ino : 0;
}
