/* sources.c: see sources.h. */
#include "cli/inputs/sources.h"

#include <poll.h>

#include "cli/process/messages.h"

int ff_source_failed(const struct ff_source *s)
{
    enum ff_err err = ff_source_error(s);
    int status = err == FF_ERR_SYNTAX || err == FF_ERR_TRUNCATED ? FF_EXIT_DATA : ff_err_exit_status(err);
    return ff_fail(status, "%s", ff_source_message(s));
}

static void warn(const char *text)
{
    ff_warn("%s", text);
}

static int start(const struct ff_source_options *opts, struct ff_source **ret)
{
    char message[512];
    enum ff_err err = ff_source_open(opts, ret, message, sizeof message);
    if (err == FF_OK)
        return 0;
    return ff_fail(err == FF_ERR_PERMISSION ? FF_EXIT_NOPERM : err == FF_ERR_NOMEM ? FF_EXIT_SOFTWARE : FF_EXIT_NOINPUT, "%s", message);
}

int ff_source_start(const struct ff_source_options *opts, struct ff_source **ret)
{
    struct ff_source_options told = *opts;
    told.warn = warn;
    return start(&told, ret);
}

#define WAIT_MS 500

static int read_all(const struct ff_source_options *opts, struct ff_output *out, ff_source_record_fn *record, void *ctx)
{
    struct ff_source *source = NULL;
    struct ff_record r;
    enum ff_source_what what = FF_SOURCE_RECORD;
    int status = start(opts, &source);
    while (status == 0 && what != FF_SOURCE_END && !(out && ff_output_done(out))) {
        what = ff_source_next(source, &r);
        if (what == FF_SOURCE_RECORD) {
            status = record(ctx, &r);
        } else if (what == FF_SOURCE_WAIT) {
            if (out)
                ff_output_flush(out);
            ff_inputs_wait(&source, 1, WAIT_MS);
        } else if (what == FF_SOURCE_BROKEN) {
            status = ff_source_failed(source);
        }
    }
    ff_source_close(source);
    return status;
}

int ff_source_read_all(const char *path, enum ff_framing framing, struct ff_output *out, ff_source_record_fn *record, void *ctx)
{
    struct ff_source_options opts = {.path = path, .framing = framing, .warn = warn};
    return read_all(&opts, out, record, ctx);
}

int ff_source_try_all(const char *path, enum ff_framing framing, ff_source_record_fn *record, void *ctx)
{
    struct ff_source_options opts = {.path = path, .framing = framing};
    return read_all(&opts, NULL, record, ctx);
}

#define POLL_MAX 64
#define REGULAR_FILE_MS 100

void ff_inputs_wait(struct ff_source *const *sources, size_t count, int timeout_ms)
{
    struct pollfd fds[POLL_MAX];
    nfds_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!sources[i])
            continue;
        int fd = ff_source_fd(sources[i]);
        if (fd < 0 || n == POLL_MAX) {
            if (timeout_ms > REGULAR_FILE_MS)
                timeout_ms = REGULAR_FILE_MS; /* a growing file wakes nobody */
            continue;
        }
        fds[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    (void)poll(fds, n, timeout_ms);
}
