/* stored_bytes.c: see stored_bytes.h.
 *
 * Following a file means answering two questions before each read:
 *   - Was it truncated (copytruncate)? Its size is below our offset; or it has grown past it again meanwhile, which
 *     only bytes that we know can tell: the file's first FF_STORED_KNOWN_BYTES and the last ones read are compared with
 *     it. Both, since lines of one length may end alike (constant members of JSON) or begin alike (a time in whole
 *     seconds). Asked before each read and not only at its end: whoever is behind would read on in the middle of
 *     another content.
 *   - At its end: was it renamed and a new one made? Then the writer may still hold the old one (logrotate makes the
 *     new file before it signals the daemon), so the old one is left only when the new one holds data and the old one
 *     has been silent for ROTATE_GRACE_MS. Refused: switching at once, as tail -F does; it loses what is written to the
 *     old one afterwards.
 */
#include "ingest/files/stored_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/clock.h"

#define ROTATE_GRACE_MS 1000
#define PIPE_BYTES (1 << 20)

const char *ff_stored_name(const struct ff_stored *f)
{
    return f->path ? f->path : "stdin";
}

static enum ff_input_what unreadable(struct ff_stored *f)
{
    f->error = errno;
    return FF_INPUT_BROKEN;
}

/* Why it cannot be opened: the name is wrong, this user may not, or, as with too many open files or a broken disk,
 * something that has nothing to do with the name. */
static enum ff_err error_of(int error, const char **ret_advice)
{
    switch (error) {
    case EACCES:
    case EPERM:
        *ret_advice = "run as a user who may read it";
        return FF_ERR_PERMISSION;
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
        *ret_advice = "check the name";
        return FF_ERR_NOT_FOUND;
    case ENXIO: /* a socket, a device without a driver */
    case ENODEV:
        *ret_advice = "name a file or a pipe";
        return FF_ERR_NOT_FOUND;
    case EMFILE:
    case ENFILE:
        *ret_advice = "allow more open files (ulimit -n)";
        return FF_ERR_IO;
    default:
        *ret_advice = "the input cannot be opened; try again";
        return error == ENOMEM ? FF_ERR_NOMEM : FF_ERR_IO;
    }
}

static enum ff_err open_fd(struct ff_stored *f, char *ret_message, size_t size)
{
    if (!f->path) {
        f->fd = STDIN_FILENO;
    } else {
        /* A FIFO: our own end for writing keeps it open between its writers; without follow, opening must not wait
         * for the first writer, because nobody could stop us then (poll(2) tells when there is one). */
        bool fifo = stat(f->path, &f->st) == 0 && S_ISFIFO(f->st.st_mode);
        int how = fifo ? (f->follow ? O_RDWR : O_RDONLY | O_NONBLOCK) : O_RDONLY;
        f->fd = open(f->path, how | O_CLOEXEC | O_NOCTTY);
    }
    if (f->fd < 0 || fstat(f->fd, &f->st) != 0) {
        const char *advice;
        int error = errno;
        enum ff_err err = error_of(error, &advice);
        snprintf(ret_message, size, "%s: %s (%s)", ff_stored_name(f), strerror(error), advice);
        return err;
    }
    if (S_ISDIR(f->st.st_mode)) {
        snprintf(ret_message, size, "%s: is a folder (name the files in it)", ff_stored_name(f));
        return FF_ERR_NOT_FOUND;
    }
    f->regular = S_ISREG(f->st.st_mode);
    if (S_ISFIFO(f->st.st_mode))
        (void)fcntl(f->fd, F_SETPIPE_SZ, PIPE_BYTES); /* fewer, larger reads; it works without */
    return FF_OK;
}

static void start_anew(struct ff_stored *f)
{
    f->offset = 0;
    f->head_len = 0;
    f->tail_len = 0;
    f->last_data_ms = ff_steady_ms();
}

enum ff_err ff_stored_open(struct ff_stored *f, const char *path, bool follow, char *ret_message, size_t size)
{
    *f = (struct ff_stored){.path = path && strcmp(path, "-") != 0 ? path : NULL, .follow = follow, .fd = -1};
    enum ff_err err = open_fd(f, ret_message, size);
    if (err == FF_OK)
        start_anew(f);
    return err;
}

void ff_stored_close(struct ff_stored *f)
{
    if (f->fd > STDIN_FILENO)
        close(f->fd);
}

/* ---- reading, and following -------------------------------------------------------------------------------------- */

static void remember(struct ff_stored *f, const uint8_t *buf, size_t n)
{
    size_t room = sizeof f->head - f->head_len, more = n < room ? n : room;
    memcpy(f->head + f->head_len, buf, more);
    f->head_len += more;
    if (n > sizeof f->tail) {
        buf += n - sizeof f->tail;
        n = sizeof f->tail;
    }
    size_t kept = f->tail_len + n > sizeof f->tail ? sizeof f->tail - n : f->tail_len;
    memmove(f->tail, f->tail + f->tail_len - kept, kept);
    memcpy(f->tail + kept, buf, n);
    f->tail_len = kept + n;
}

static bool holds(const struct ff_stored *f, const uint8_t *bytes, size_t n, uint64_t offset)
{
    uint8_t now[FF_STORED_KNOWN_BYTES];
    return pread(f->fd, now, n, (off_t)offset) == (ssize_t)n && memcmp(now, bytes, n) == 0;
}

static bool is_unchanged(const struct ff_stored *f)
{
    return holds(f, f->tail, f->tail_len, f->offset - f->tail_len) && holds(f, f->head, f->head_len, 0);
}

static enum ff_input_what wait_for_name(struct ff_stored *f, int error)
{
    if (error && f->lost != error)
        f->lost_ms = ff_steady_ms();
    f->lost = error;
    return FF_INPUT_WAIT;
}

int ff_stored_lost(const struct ff_stored *f)
{
    return f->lost && ff_steady_ms() - f->lost_ms >= FF_STORED_LOST_MS ? f->lost : 0;
}

/* The name leads to another file that holds data already: the old one is finished. */
static enum ff_input_what try_switch(struct ff_stored *f)
{
    struct stat st;
    if (!f->path)
        return FF_INPUT_WAIT;
    if (stat(f->path, &st) != 0)
        return wait_for_name(f, errno);
    if (st.st_dev == f->st.st_dev && st.st_ino == f->st.st_ino)
        return wait_for_name(f, 0);
    if (!S_ISREG(st.st_mode) || st.st_size == 0 || ff_steady_ms() - f->last_data_ms < ROTATE_GRACE_MS)
        return FF_INPUT_WAIT;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return wait_for_name(f, errno); /* not readable yet, or gone again */
    (void)wait_for_name(f, 0);
    close(f->fd);
    f->fd = fd;
    if (fstat(fd, &f->st) != 0)
        return unreadable(f);
    start_anew(f);
    return FF_INPUT_NEXT;
}

/* A followed regular file: DATA when there is more to read. */
static enum ff_input_what look_again(struct ff_stored *f)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return unreadable(f);
    bool touched = st.st_mtim.tv_sec != f->st.st_mtim.tv_sec || st.st_mtim.tv_nsec != f->st.st_mtim.tv_nsec;
    f->st = st;
    bool empty = st.st_size == 0 && f->offset == 0; /* it may have held something meanwhile */
    if ((uint64_t)st.st_size < f->offset || (touched && (empty || !is_unchanged(f)))) {
        if (lseek(f->fd, 0, SEEK_SET) != 0)
            return unreadable(f);
        start_anew(f);
        return FF_INPUT_ANEW;
    }
    if ((uint64_t)st.st_size > f->offset)
        return FF_INPUT_DATA;
    return try_switch(f);
}

enum ff_input_what ff_stored_read(struct ff_stored *f, uint8_t *buf, size_t size, size_t *ret_len)
{
    if (f->regular && f->follow) {
        enum ff_input_what what = look_again(f);
        if (what != FF_INPUT_DATA)
            return what;
    }
    if (!f->regular) {
        struct pollfd p = {.fd = f->fd, .events = POLLIN};
        if (poll(&p, 1, 0) <= 0)
            return FF_INPUT_WAIT;
    }
    ssize_t n = read(f->fd, buf, size);
    if (n < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return FF_INPUT_WAIT;
        return unreadable(f);
    }
    if (n == 0) {
        return f->follow && f->regular ? FF_INPUT_WAIT : FF_INPUT_END;
    }
    f->offset += (uint64_t)n;
    if (f->follow && f->regular) {
        remember(f, buf, (size_t)n);
        f->last_data_ms = ff_steady_ms();
    }
    *ret_len = (size_t)n;
    return FF_INPUT_DATA;
}

void ff_stored_unfollow(struct ff_stored *f)
{
    f->follow = false;
}

void ff_stored_progress(const struct ff_stored *f, uint64_t *ret_done, uint64_t *ret_total)
{
    struct stat st;
    *ret_done = f->offset;
    /* as it is now: a followed file grows while it is read */
    *ret_total = !f->regular ? 0 : fstat(f->fd, &st) == 0 ? (uint64_t)st.st_size : (uint64_t)f->st.st_size;
}
