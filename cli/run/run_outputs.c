/* run_outputs.c: see run_outputs.h. */
#include "cli/run/run_outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output/file_names.h"
#include "cli/process/messages.h"

#define PARTIAL ".partial"

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* Bytes up to the last line feed; -1: errno says why not. */
static off_t whole_lines(int fd, off_t size)
{
    uint8_t buf[4096];
    while (size > 0) {
        size_t n = size < (off_t)sizeof buf ? (size_t)size : sizeof buf;
        ssize_t got = pread(fd, buf, n, size - (off_t)n);
        if (got != (ssize_t)n)
            return -1;
        for (size_t i = n; i > 0; i--)
            if (buf[i - 1] == '\n')
                return size - (off_t)(n - i);
        size -= (off_t)n;
    }
    return 0;
}

static int cut_half_line(const char *path)
{
    struct stat st;
    int status = 0;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) /* a FIFO must not be opened twice: its reader would see an end */
        return 0;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return 0; /* the opening tells */
    }
    off_t whole = whole_lines(fd, st.st_size);
    if (whole < 0 || (whole < st.st_size && ftruncate(fd, whole) != 0))
        status =
            ff_fail(FF_EXIT_IO, "%s: its last line, which is not whole, cannot be taken away: %s (name another file)",
                    path, strerror(errno));
    else if (whole < st.st_size)
        ff_warn(
            "%s: its last line was not whole (%lld bytes; a full disk, or a run that was killed) and was taken away; "
            "its event is read again",
            path, (long long)(st.st_size - whole));
    close(fd);
    return status;
}

static int open_one(struct ff_run_outputs *o, struct ff_output **ret, const char *path)
{
    if (!path)
        return 0;
    if (!o->follow)
        return ff_output_open(ret, path, false);
    bool is_open = strcmp(path, "-") == 0 || ff_file_descriptor(path) >= 0; /* whoever opened it knows what it holds */
    int status = is_open ? 0 : cut_half_line(path);
    return status ? status : ff_output_append(ret, path);
}

int ff_run_outputs_open(struct ff_run_outputs *o, const char *results, const char *dead, bool follow, bool sync)
{
    o->follow = follow;
    o->sync = sync;
    int status = open_one(o, &o->results, results);
    return status ? status : open_one(o, &o->dead, dead);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

bool ff_run_outputs_failed(const struct ff_run_outputs *o)
{
    return (o->results && ff_output_done(o->results)) || (o->dead && ff_output_done(o->dead));
}

static void settle(const struct ff_run_outputs *o, struct ff_output *out)
{
    if (!out)
        return;
    if (o->follow && o->sync)
        ff_output_sync(out);
    else
        ff_output_flush(out);
}

bool ff_run_outputs_settle(struct ff_run_outputs *o)
{
    settle(o, o->results);
    settle(o, o->dead);
    return !ff_run_outputs_failed(o);
}

/* ---- closing ----------------------------------------------------------------------------------------------------- */

static int close_one(const struct ff_run_outputs *o, struct ff_output *out, bool whole)
{
    if (!out)
        return 0;
    ff_output_needs_reader(out); /* a closed stdout ends the program quietly */
    bool partial = !whole && !o->follow && ff_output_add_suffix(out, PARTIAL);
    const char *name = out->name;
    int status = ff_output_close(out, true);
    if (partial && status == 0)
        ff_warn("%s: not made, because the run ended before its inputs did; what there is is in %s" PARTIAL, name,
                name);
    return status;
}

int ff_run_outputs_close(struct ff_run_outputs *o, bool whole)
{
    int status = close_one(o, o->results, whole), other = close_one(o, o->dead, whole);
    o->results = o->dead = NULL;
    return status ? status : other;
}

void ff_run_outputs_drop(struct ff_run_outputs *o)
{
    if (ff_output_close(o->results, false) != 0 || ff_output_close(o->dead, false) != 0)
        ff_warn("nothing was written");
    o->results = o->dead = NULL;
}
