/* control_client.c: see control_client.h. The socket blocks for a second at a time: between them a signal to stop is
 * seen. */
#include "cli/control/control_client.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/control/control_path.h"
#include "cli/process/signals.h"
#include "proto/clock.h"

static bool passes(int64_t deadline_ms)
{
    return (errno == EAGAIN || errno == EINTR) && !ff_stop && ff_steady_ms() < deadline_ms;
}

/* While the places of the `run` and the queue behind them are taken, connect() ends with EAGAIN each second. */
static enum ff_err connect_to(int fd, const struct sockaddr_un *at)
{
    int64_t deadline_ms = ff_steady_ms() + FF_CONTROL_PATIENCE_S * 1000;
    while (connect(fd, (const struct sockaddr *)at, sizeof *at) != 0) {
        if (passes(deadline_ms))
            continue;
        return errno == ENOENT || errno == ECONNREFUSED ? FF_ERR_NOT_FOUND
               : errno == EACCES || errno == EPERM      ? FF_ERR_PERMISSION
               : errno == EAGAIN || errno == EINTR      ? FF_ERR_EXISTS
                                                        : FF_ERR_IO;
    }
    return FF_OK;
}

enum ff_err ff_control_connect(const char *state_dir, int *ret_fd)
{
    struct sockaddr_un at;
    const struct timeval second = {.tv_sec = 1};
    int dir;
    enum ff_err err = ff_control_path(state_dir, &dir, &at);
    if (err != FF_OK)
        return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
    }
    err = fd < 0 ? FF_ERR_IO : connect_to(fd, &at);
    close(dir);
    if (err != FF_OK && fd >= 0)
        close(fd);
    if (err == FF_OK)
        *ret_fd = fd;
    return err;
}

static enum ff_err send_all(int fd, struct ff_slice bytes, int64_t deadline_ms)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n > 0)
            bytes = ff_slice_of(bytes.ptr + n, bytes.len - (size_t)n);
        else if (!passes(deadline_ms))
            return errno == EAGAIN || errno == EINTR ? FF_ERR_EXISTS : FF_ERR_IO;
    }
    return FF_OK;
}

static enum ff_err receive(int fd, uint8_t *ret, size_t len, int64_t deadline_ms)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = recv(fd, ret + got, len - got, 0);
        if (n == 0)
            return FF_ERR_IO;
        if (n > 0)
            got += (size_t)n;
        else if (!passes(deadline_ms))
            return errno == EAGAIN || errno == EINTR ? FF_ERR_EXISTS : FF_ERR_IO;
    }
    return FF_OK;
}

enum ff_err ff_control_ask(int fd, const struct ff_command *commands, size_t count, void *mem,
                           struct ff_control_answer *ret)
{
    int64_t deadline_ms = ff_steady_ms() + FF_CONTROL_PATIENCE_S * 1000;
    struct ff_wire_out out = ff_wire_out(mem, FF_CONTROL_HEADER + FF_CONTROL_REQUEST_MAX);
    size_t len;
    ff_control_put_request(commands, count, &out);
    if (out.full)
        return FF_ERR_TOO_LARGE;
    enum ff_err err = send_all(fd, ff_wire_done(&out), deadline_ms);
    if (err == FF_OK)
        err = receive(fd, mem, FF_CONTROL_HEADER, deadline_ms);
    if (err == FF_OK)
        err = ff_control_header(ff_slice_of(mem, FF_CONTROL_HEADER), FF_CONTROL_ANSWER_MAX, &len);
    if (err == FF_OK)
        err = receive(fd, mem, len, deadline_ms);
    if (err == FF_OK)
        err = ff_control_answer(ff_slice_of(mem, len), ret);
    return err == FF_OK || err == FF_ERR_EXISTS || err == FF_ERR_CONFIG ? err : FF_ERR_IO;
}
