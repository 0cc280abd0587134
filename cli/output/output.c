/* output.c: see output.h.
 *
 * A file is written without a name (O_TMPFILE) and linked in when it is complete, so that a killed program leaves
 * nothing behind; where the file system cannot do that (NFS), under a temporary name beside the final one. Devices,
 * FIFOs and the like, and descriptors that we were started with (/dev/stdout), are written in place. stdio was
 * refused: it hides which write failed and why.
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

#define TEMPORARY_NAMES 100

/* "FILE.tmp-PID-N", in the same folder: rename(2) does not cross file systems. Tries names until `make` does not
 * find one taken: by a killed process that had our number, or by whoever may write into the folder and waits for us
 * to follow his link. */
static int make_temporary(struct ff_output *o, int (*make)(struct ff_output *o))
{
    size_t n = strlen(o->path) + 48;
    o->temporary = malloc(n);
    for (unsigned i = 0; o->temporary && i < TEMPORARY_NAMES; i++) {
        snprintf(o->temporary, n, "%s.tmp-%ld-%u", o->path, (long)getpid(), i);
        if (make(o) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    int e = errno;
    free(o->temporary); /* it is not ours: nobody may unlink it */
    o->temporary = NULL;
    errno = e;
    return -1;
}

static int open_temporary(struct ff_output *o)
{
    o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    return o->fd < 0 ? -1 : 0;
}

static int link_temporary(struct ff_output *o)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", o->fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW);
}

/* The folder in which the file stands. */
static int open_folder(const char *path, int flags)
{
    char *folder = strdup(path);
    if (!folder)
        return -1;
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    int fd = open(slash ? folder : ".", flags | O_CLOEXEC, 0666);
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
    o->fd = open_folder(o->path, O_TMPFILE | O_WRONLY);
    return o->fd >= 0 ? 0 : make_temporary(o, open_temporary);
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

/* Some file systems find out only now that they are full; others cannot do it. */
static int sync_to_disk(int (*sync)(int fd), int fd)
{
    return sync(fd) != 0 && errno != EINVAL && errno != EROFS ? -1 : 0;
}

/* A file that is replaced keeps who may read it. Not one that somebody else may have put there for that: in a
 * folder into which others may write, only one of ours or of the folder's owner does. */
static void keep_owner_and_mode(const struct ff_output *o, int folder)
{
    struct stat old, in;
    if (fstat(folder, &in) != 0 || lstat(o->path, &old) != 0 || !S_ISREG(old.st_mode))
        return;
    if ((in.st_mode & (S_IWGRP | S_IWOTH)) && old.st_uid != geteuid() && old.st_uid != in.st_uid)
        return;
    bool kept = fchown(o->fd, old.st_uid, old.st_gid) == 0 || fchown(o->fd, (uid_t)-1, old.st_gid) == 0;
    /* another group gets no more than others do */
    mode_t shared = kept ? S_IRWXU | S_IRWXG | S_IRWXO : S_IRWXU | S_IRWXO;
    (void)!fchmod(o->fd, old.st_mode & shared);
}

/* Gives the finished file its name in one step. */
static int publish(struct ff_output *o)
{
    int folder = open_folder(o->path, O_RDONLY | O_DIRECTORY); /* -1: it may be written and not be read */
    if (folder >= 0)
        keep_owner_and_mode(o, folder);
    int failed = sync_to_disk(fsync, o->fd);
    if (!failed && !o->temporary)
        failed = make_temporary(o, link_temporary);
    if (!failed)
        failed = rename(o->temporary, o->path);
    if (!failed && folder >= 0)
        failed = sync_to_disk(fsync, folder); /* else the old one may be back after a power loss */
    int e = errno;
    if (folder >= 0)
        close(folder);
    errno = e;
    return failed;
}

/* ---- what `run` does with outputs that it keeps open ------------------------------------------------------------- */

void ff_output_sync(struct ff_output *o)
{
    bool written = o->used > 0;
    ff_output_flush(o);
    if (written && !ff_output_done(o) && sync_to_disk(fdatasync, o->fd) != 0)
        o->error = errno;
}

void ff_output_needs_reader(struct ff_output *o)
{
    bool is_stdout = o->fd == STDOUT_FILENO || ff_file_descriptor(o->name) == STDOUT_FILENO;
    if (!o->error && o->gone && !is_stdout)
        o->error = EPIPE;
}

bool ff_output_add_suffix(struct ff_output *o, const char *suffix)
{
    if (!o->path || o->error)
        return false;
    size_t n = strlen(o->path) + strlen(suffix) + 1;
    char *path = malloc(n);
    if (path)
        snprintf(path, n, "%s%s", o->path, suffix);
    else
        o->error = ENOMEM;
    free(o->path);
    o->path = path;
    return path != NULL;
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
                         o->error == ENOSPC || o->error == EDQUOT ? "make room and run it again"
                                                                  : "the output is not complete");
    dispose(o);
    return status;
}
