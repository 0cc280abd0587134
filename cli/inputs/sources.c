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
    return ff_fail(err == FF_ERR_PERMISSION ? FF_EXIT_NOPERM
                   : err == FF_ERR_NOMEM    ? FF_EXIT_OSERR
                                            : FF_EXIT_NOINPUT,
                   "%s", message);
}

int ff_source_start(const struct ff_source_options *opts, struct ff_source **ret)
{
    struct ff_source_options told = *opts;
    told.warn = warn;
    return start(&told, ret);
}

#define WAIT_MS 500

struct reading {
    struct ff_source_options opts;
    struct ff_output *out;
    ff_source_record_fn *record;
    ff_source_watch_fn *watch; /* NULL: nobody does */
    void *ctx;
};

static int read_all(const struct reading *how)
{
    struct ff_source *source = NULL;
    struct ff_record r;
    enum ff_source_what what = FF_SOURCE_RECORD;
    int status = start(&how->opts, &source);
    while (status == 0 && what != FF_SOURCE_END && !(how->out && ff_output_done(how->out))) {
        what = ff_source_next(source, &r);
        if (how->watch)
            how->watch(how->ctx, source);
        if (what == FF_SOURCE_RECORD) {
            status = how->record(how->ctx, &r);
        } else if (what == FF_SOURCE_WAIT) {
            if (how->out)
                ff_output_flush(how->out);
            ff_inputs_wait(&source, 1, -1, WAIT_MS);
        } else if (what == FF_SOURCE_BROKEN) {
            status = ff_source_failed(source);
        }
    }
    ff_source_close(source);
    return status;
}

int ff_source_read_all(const char *path, enum ff_framing framing, struct ff_output *out, ff_source_record_fn *record,
                       void *ctx)
{
    return read_all(&(struct reading){{.path = path, .framing = framing, .warn = warn}, out, record, NULL, ctx});
}

int ff_source_read_watched(const char *path, enum ff_framing framing, bool twice, ff_source_record_fn *record,
                           ff_source_watch_fn *watch, void *ctx)
{
    return read_all(
        &(struct reading){{.path = path, .framing = framing, .warn = twice ? NULL : warn}, NULL, record, watch, ctx});
}

#define POLL_MAX 64
#define REGULAR_FILE_MS 100

void ff_inputs_wait(struct ff_source *const *sources, size_t count, int also_fd, int timeout_ms)
{
    struct pollfd fds[POLL_MAX] = {{.fd = also_fd, .events = POLLIN}}; /* poll() passes over -1 */
    nfds_t n = 1;
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
