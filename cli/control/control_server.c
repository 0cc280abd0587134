/* control_server.c: see control_server.h. A few peers at a time: `import` may sit on its connection for as long as its
 * input lasts. All of them are behind one descriptor (epoll), so that the loop of `run` waits for one more thing. */
#include "cli/control/control_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/control/control_path.h"

#define PEERS_MAX 16

struct peer {
    int fd; /* -1: free */
    uint8_t *buf; /* header, then message */
    size_t size, used;
};

struct ff_control {
    int dir, listener, epoll;
    struct peer peers[PEERS_MAX];
    size_t turn;       /* whose turn it is: nobody is passed over for one who asks without end */
    struct peer *asks; /* whose request was given out */
    struct ff_control_request request;
    uint8_t answer[FF_CONTROL_HEADER + FF_CONTROL_ANSWER_MAX];
};

/* ---- open and close ---------------------------------------------------------------------------------------------- */

static bool watch(const struct ff_control *c, int fd)
{
    struct epoll_event e = {.events = EPOLLIN};
    return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

/* Who waits while all places are taken must not wake the loop again and again. */
static void watch_listener(const struct ff_control *c, bool on)
{
    struct epoll_event e = {.events = on ? EPOLLIN : 0};
    (void)epoll_ctl(c->epoll, EPOLL_CTL_MOD, c->listener, &e);
}

static bool listen_at(struct ff_control *c, const struct sockaddr_un *at)
{
    (void)unlink(at->sun_path);
    mode_t before = umask(0177);
    bool bound = bind(c->listener, (const struct sockaddr *)at, sizeof *at) == 0;
    umask(before);
    return bound && listen(c->listener, PEERS_MAX) == 0 && watch(c, c->listener);
}

enum ff_err ff_control_open(const char *state_dir, struct ff_control **ret)
{
    struct sockaddr_un at;
    struct ff_control *c = calloc(1, sizeof *c);
    if (!c)
        return FF_ERR_NOMEM;
    for (size_t i = 0; i < PEERS_MAX; i++)
        c->peers[i].fd = -1;
    c->listener = c->epoll = -1;
    enum ff_err err = ff_control_path(state_dir, &c->dir, &at);
    if (err == FF_OK) {
        c->epoll = epoll_create1(EPOLL_CLOEXEC);
        c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (c->epoll < 0 || c->listener < 0 || !listen_at(c, &at))
            err = FF_ERR_CREATE;
    }
    if (err != FF_OK) {
        ff_control_close(c);
        return FF_ERR_CREATE;
    }
    *ret = c;
    return FF_OK;
}

static void drop(struct peer *p)
{
    close(p->fd);
    free(p->buf);
    *p = (struct peer){.fd = -1};
}

void ff_control_close(struct ff_control *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (c->peers[i].fd >= 0)
            drop(&c->peers[i]);
    if (c->dir >= 0) {
        if (c->listener >= 0)
            (void)unlinkat(c->dir, FF_CONTROL_SOCKET, 0);
        close(c->dir);
    }
    if (c->listener >= 0)
        close(c->listener);
    if (c->epoll >= 0)
        close(c->epoll);
    free(c);
}

int ff_control_fd(const struct ff_control *c)
{
    return c->epoll;
}

/* ---- peers ------------------------------------------------------------------------------------------------------- */

/* While all places are taken, who comes next waits in the listener's queue. */
static void take_peers(struct ff_control *c)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &c->peers[i];
        if (p->fd >= 0)
            continue;
        p->fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (p->fd < 0) {
            watch_listener(c, true);
            return;
        }
        p->size = FF_CONTROL_HEADER;
        p->buf = malloc(p->size);
        if (!p->buf || !watch(c, p->fd))
            drop(p);
    }
    watch_listener(c, false);
}

static void reply_to(struct ff_control *c, struct peer *p, const struct ff_control_answer *answer)
{
    struct ff_wire_out out = ff_wire_out(c->answer, sizeof c->answer);
    ff_control_put_answer(answer, &out);
    p->size = FF_CONTROL_HEADER;
    p->used = 0;
    /* all at once or not at all: the peer waits for nothing else, so its socket has room */
    if (out.full || send(p->fd, out.base, out.used, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)out.used)
        drop(p);
}

static void refuse(struct ff_control *c, struct peer *p, int status, const char *text)
{
    struct ff_control_answer answer = {.status = status};
    snprintf(answer.text, sizeof answer.text, "%s", text);
    reply_to(c, p, &answer);
    if (p->fd >= 0)
        drop(p); /* where its next request begins nobody knows */
}

/* The header says how long the message is. */
static bool make_room(struct ff_control *c, struct peer *p)
{
    size_t len;
    enum ff_err err = ff_control_header(ff_slice_of(p->buf, FF_CONTROL_HEADER), FF_CONTROL_REQUEST_MAX, &len);
    if (err == FF_OK && len == 0)
        err = FF_ERR_SYNTAX;
    uint8_t *buf = err == FF_OK ? realloc(p->buf, FF_CONTROL_HEADER + len) : NULL;
    if (buf) {
        p->buf = buf;
        p->size = FF_CONTROL_HEADER + len;
        return true;
    }
    if (err == FF_ERR_CONFIG)
        refuse(c, p, FF_EXIT_CONFIG, "the process that has the state is of another version");
    else if (err == FF_OK)
        refuse(c, p, FF_EXIT_OSERR, "out of memory");
    else
        refuse(c, p, FF_EXIT_DATA, "a request too large, or of nothing");
    return false;
}

/* Reads what there is; true when a request is whole. */
static bool is_whole(struct ff_control *c, struct peer *p)
{
    for (;;) {
        if (p->used == FF_CONTROL_HEADER && p->size == FF_CONTROL_HEADER && !make_room(c, p))
            return false;
        if (p->used == p->size && p->used > FF_CONTROL_HEADER)
            return true;
        ssize_t n = recv(p->fd, p->buf + p->used, p->size - p->used, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            drop(p);
            return false;
        }
        if (n < 0)
            return false;
        p->used += (size_t)n;
    }
}

const struct ff_control_request *ff_control_next(struct ff_control *c)
{
    take_peers(c);
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *p = &c->peers[(c->turn + i) % PEERS_MAX];
        if (p->fd < 0 || !is_whole(c, p))
            continue;
        if (ff_control_request(ff_slice_of(p->buf + FF_CONTROL_HEADER, p->size - FF_CONTROL_HEADER), &c->request) !=
            FF_OK) {
            refuse(c, p, FF_EXIT_DATA, "this is no request");
            continue;
        }
        c->turn = (size_t)(p - c->peers) + 1;
        c->asks = p;
        return &c->request;
    }
    return NULL;
}

void ff_control_reply(struct ff_control *c, const struct ff_control_answer *answer)
{
    reply_to(c, c->asks, answer);
    c->asks = NULL;
}
