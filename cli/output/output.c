/* output.c: see output.h.
 *
 * A file is written without a name (O_TMPFILE) and linked in when it is complete, so that a killed program leaves nothing
 * behind; where the file system cannot do that, under a temporary name beside the final one. Devices, FIFOs and the like, and
 * descriptors that we were started with (/dev/stdout), are written in place. stdio was refused: it hides which write failed and why.
 */
#include "cli/output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output/file_names.h"
#include "cli/process/messages.h"
#include "proto/error.h"

/* "FILE.tmp-PID", in the same folder: rename(2) does not cross file systems. */
static char *temporary_name(const char *path)
{
    size_t n = strlen(path) + 32;
    char *name = malloc(n);
    if (name)
        snprintf(name, n, "%s.tmp-%ld", path, (long)getpid());
    return name;
}

static int open_nameless(const char *path)
{
    char *folder = strdup(path);
    if (!folder)
        return -1;
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    int fd = open(slash ? folder : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    free(folder);
    return fd;
}

/* A descriptor that we were started with; one of our own (of the state, of a socket) is nothing to write into. */
static int open_descriptor(struct ff_output *o, int fd)
{
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC)) {
        errno = EBADF;
        return -1;
    }
    o->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return o->fd < 0 ? -1 : 0;
}

static int open_file(struct ff_output *o, const char *path)
{
    struct stat st;
    int given = ff_file_descriptor(path);
    if (given >= 0)
        return open_descriptor(o, given);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        o->fd = open(path, O_WRONLY | O_CLOEXEC);
        return o->fd < 0 ? -1 : 0;
    }
    o->path = ff_file_resolve(path);
    if (!o->path)
        return -1;
    o->fd = open_nameless(o->path);
    if (o->fd >= 0)
        return 0;
    o->temporary = temporary_name(o->path);
    if (!o->temporary)
        return -1;
    o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return o->fd < 0 ? -1 : 0;
}

static void dispose(struct ff_output *o)
{
    free(o->path);
    free(o->temporary);
    free(o);
}

static int open_with(struct ff_output **ret, const char *path, int (*open_path)(struct ff_output *, const char *))
{
    struct ff_output *o = calloc(1, sizeof *o);
    if (!o)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    o->name = "stdout";
    o->fd = STDOUT_FILENO;
    if (path && strcmp(path, "-") != 0) {
        o->name = path;
        if (open_path(o, path) != 0) {
            int e = errno;
            dispose(o);
            return ff_fail(FF_EXIT_CANTCREAT, "%s: cannot be made: %s (name a file in a folder you may write to)", path,
                           strerror(e));
        }
    }
    *ret = o;
    return 0;
}

int ff_output_open(struct ff_output **ret, const char *path, bool line_buffered)
{
    int status = open_with(ret, path, open_file);
    if (status == 0)
        (*ret)->line_buffered = line_buffered;
    return status;
}

static int open_append(struct ff_output *o, const char *path)
{
    int given = ff_file_descriptor(path);
    if (given >= 0)
        return open_descriptor(o, given);
    o->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return o->fd < 0 ? -1 : 0;
}

int ff_output_append(struct ff_output **ret, const char *path)
{
    return open_with(ret, path, open_append);
}

void ff_output_give_up_on(struct ff_output *o, const volatile sig_atomic_t *stop)
{
    o->stop = stop;
}

static void write_all(struct ff_output *o, struct ff_slice bytes)
{
    while (bytes.len > 0 && !ff_output_done(o)) {
        if (o->stop && *o->stop) { /* also after EINTR: the signal came while the reader read nothing */
            o->gone = true;
            return;
        }
        ssize_t n = write(o->fd, bytes.ptr, bytes.len);
        if (n >= 0)
            bytes = ff_slice_sub(bytes, (size_t)n, bytes.len);
        else if (errno == EPIPE)
            o->gone = true;
        else if (errno != EINTR)
            o->error = errno;
    }
}

void ff_output_flush(struct ff_output *o)
{
    if (o->used > 0)
        write_all(o, ff_slice_of(o->buf, o->used));
    o->used = 0;
}

void ff_output_write(struct ff_output *o, struct ff_slice bytes)
{
    if (bytes.len > sizeof o->buf - o->used)
        ff_output_flush(o);
    if (bytes.len >= sizeof o->buf) {
        write_all(o, bytes);
    } else if (bytes.len > 0) {
        memcpy(o->buf + o->used, bytes.ptr, bytes.len);
        o->used += bytes.len;
    }
}

void ff_output_take(struct ff_output *out, struct ff_json_out *o)
{
    if (o->failed && out->error == 0)
        out->error = ENOMEM;
    else
        ff_output_write(out, ff_slice_of(o->buf, o->len));
    ff_json_out_reset(o);
    ff_output_line_end(out);
}

void ff_output_line_end(struct ff_output *o)
{
    if (o->line_buffered)
        ff_output_flush(o);
}

/* Gives the finished file its name in one step. */
static int publish(struct ff_output *o)
{
    if (fsync(o->fd) != 0 && errno != EINVAL && errno != EROFS)
        return -1; /* some file systems find out only now that they are full */
    if (!o->temporary) {
        char self[64];
        o->temporary = temporary_name(o->path);
        if (!o->temporary)
            return -1;
        snprintf(self, sizeof self, "/proc/self/fd/%d", o->fd);
        unlink(o->temporary); /* of a former process with our number */
        if (linkat(AT_FDCWD, self, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW) != 0)
            return -1;
    }
    return rename(o->temporary, o->path);
}

int ff_output_close(struct ff_output *o, bool keep)
{
    int status = 0;
    if (!o)
        return 0;
    if (keep || !o->path)
        ff_output_flush(o);
    if (o->error == 0 && keep && o->path && publish(o) != 0)
        o->error = errno;
    if (o->temporary && (o->error || !keep))
        unlink(o->temporary);
    if (o->fd != STDOUT_FILENO && close(o->fd) != 0 && o->error == 0)
        o->error = errno;
    if (o->error)
        status = ff_fail(FF_EXIT_IO, "%s: %s (%s)", o->name, strerror(o->error),
                         o->error == ENOSPC || o->error == EDQUOT ? "make room and run it again" : "the output is not complete");
    dispose(o);
    return status;
}
