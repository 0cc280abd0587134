/* daemon.c: the HTTP interface, on libmicrohttpd (docs/decisions/libmicrohttpd.md): the daemon and what comes in.
 *
 * Two threads with an epoll set each answer everything; each takes a look-up context from a small pool, so a check
 * never waits for the writer of the state. Everybody who can connect can send, so all that is held for them is
 * limited: connections, their time (connections.c), and the bodies of all requests together. The raw query is kept and
 * decoded by us, because the library would turn the '+' of a tagged address into a blank.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "suppress/http/api_int.h"

#define STOP_WAIT_MS 2000
/* The line and the header fields of a request must fit in; the library's own answer to those that do not is HTML. Every
 * request wipes it: twice as much costs a check 4 % more. */
#define CONNECTION_BYTES ((size_t)32 << 10)

/* ---- connections ----------------------------------------------------------------------------------------------- */

static void on_connection(void *cls, struct MHD_Connection *c, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct ff_api *api = (struct ff_api *)cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        const union MHD_ConnectionInfo *from = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const struct sockaddr *peer = from ? from->client_addr : NULL;
        *socket_context = fd ? ff_api_connection_opened(api->connections, fd->connect_fd, peer) : NULL;
    } else {
        ff_api_connection_closed(api->connections, (struct ff_api_connection *)*socket_context);
        *socket_context = NULL;
    }
}

struct ff_api_connection *ff_api_connection_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? (struct ff_api_connection *)info->socket_context : NULL;
}

/* ---- bodies ---------------------------------------------------------------------------------------------------- */

void ff_api_body_free(struct ff_api *api, struct ff_api_body *body)
{
    free(body->text);
    atomic_fetch_sub(&api->body_bytes, body->size);
    *body = (struct ff_api_body){0};
}

/* Over a limit the rest is read and thrown away, so that the client gets to read the answer. */
static void refuse_body(struct ff_api *api, struct ff_api_request *q, unsigned status, const char *why)
{
    ff_api_body_free(api, &q->body);
    q->refused = status;
    q->refused_why = why;
}

/* False: there is no room, be it ours or the system's. */
static bool make_room(struct ff_api *api, struct ff_api_body *b, size_t len)
{
    size_t size = b->size ? b->size : 4096;
    while (size < len)
        size *= 2;
    if (size == b->size)
        return true;
    size_t more = size - b->size;
    if (atomic_fetch_add(&api->body_bytes, more) > FF_API_BODIES_MAX - more) {
        atomic_fetch_sub(&api->body_bytes, more);
        return false;
    }
    b->size = size;
    char *grown = (char *)realloc(b->text, size);
    if (grown)
        b->text = grown;
    return grown != NULL;
}

static void take_body(struct ff_api *api, struct ff_api_request *q, const char *data, size_t len)
{
    struct ff_api_body *b = &q->body;
    struct ff_slice piece = ff_slice_of(data, len);
    if (q->refused || ff_api_connection_spare(q->connection))
        return;
    if (len > FF_API_BODY_MAX - b->len) {
        refuse_body(api, q, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than 16 MiB");
        return;
    }
    if (!make_room(api, b, b->len + len)) {
        refuse_body(api, q, MHD_HTTP_SERVICE_UNAVAILABLE, "the bodies of all requests are more than 128 MiB");
        return;
    }
    memcpy(b->text + b->len, data, len);
    b->len += len;
    for (size_t at = 0; (at = ff_slice_chr(piece, at, '\n')) != SIZE_MAX; at++)
        b->line_ends++;
    if (b->line_ends > FF_API_LINES_MAX)
        refuse_body(api, q, MHD_HTTP_CONTENT_TOO_LARGE, FF_API_TOO_MANY_LINES);
}

/* ---- requests -------------------------------------------------------------------------------------------------- */

/* The first the library tells of a request: its line. NULL is seen as "out of memory" in on_data(). */
static void *on_line(void *cls, const char *uri, struct MHD_Connection *c)
{
    struct ff_api *api = (struct ff_api *)cls;
    struct ff_api_request *q = (struct ff_api_request *)calloc(1, sizeof(*q));
    if (!q)
        return NULL;
    atomic_fetch_add(&api->requests, 1);
    q->connection = ff_api_connection_of(c);
    for (const char *p = uri; *p && !q->target_broken; p++)
        q->target_broken = (unsigned char)*p <= ' ' || *p == 0x7f;
    q->target_end = uri + strlen(uri);
    const char *query = strchr(uri, '?');
    size_t len = query ? strlen(++query) : 0;
    q->query_too_long = len > FF_API_QUERY_MAX;
    if (len && !q->query_too_long)
        memcpy(q->query, query, len);
    return q;
}

static void on_end(void *cls, struct MHD_Connection *c, void **con_cls, enum MHD_RequestTerminationCode code)
{
    struct ff_api *api = (struct ff_api *)cls;
    struct ff_api_request *q = (struct ff_api_request *)*con_cls;
    (void)c;
    (void)code;
    if (!q)
        return;
    ff_api_connection_turn(q->connection);
    ff_api_body_free(api, &q->body);
    free(q);
    *con_cls = NULL;
    atomic_fetch_sub(&api->requests, 1);
}

/* The library hands out the target as a string, which a NUL in it ends: what was asked for would be another address.
 * The rest stays before the version, in the library's buffer; of a release that keeps the two apart this finds
 * nothing. */
static bool is_target_cut(const struct ff_api_request *q, const char *version)
{
    uintptr_t end = (uintptr_t)q->target_end, next = (uintptr_t)version;
    return next > end + 1 && next - end < CONNECTION_BYTES;
}

static enum MHD_Result on_header(struct ff_api *api, struct MHD_Connection *c, const char *version,
                                 struct ff_api_request *q)
{
    const char *wrong = ff_api_framing_wrong(c, version);
    q->started = true;
    ff_api_connection_turn(q->connection);
    if (!wrong && (q->target_broken || is_target_cut(q, version)))
        wrong = "there is a blank or a control byte in the request's target";
    return wrong ? ff_api_refuse(api, c, wrong) : MHD_YES;
}

static enum MHD_Result on_data(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                               const char *version, const char *data, size_t *data_len, void **con_cls)
{
    struct ff_api *api = (struct ff_api *)cls;
    struct ff_api_request *q = (struct ff_api_request *)*con_cls;
    if (!q)
        return MHD_NO;
    if (!q->started)
        return on_header(api, c, version, q);
    if (*data_len) {
        take_body(api, q, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    ff_api_connection_turn(q->connection);
    return ff_api_route(api, c, url, method, q);
}

/* ---- start and stop -------------------------------------------------------------------------------------------- */

/* Its threads leave signals to the main thread, which waits for them. */
static enum ff_err start_threads(struct ff_api *api, const struct ff_api_options *opts, char *msg, size_t size)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    errno = 0; /* not all that fails here sets it: a thread that does not start */
    api->connections =
        ff_api_connections_new(opts->deadline_s ? opts->deadline_s : FF_API_DEADLINE_S, opts->say, opts->ctx);
    if (api->connections)
        api->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, &on_data, api,
                                       MHD_OPTION_LISTEN_SOCKET, (MHD_socket)api->fd,
                                       MHD_OPTION_THREAD_POOL_SIZE, (unsigned)FF_API_THREADS,
                                       MHD_OPTION_CONNECTION_LIMIT, ff_api_connections_max(api->connections),
                                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
                                       MHD_OPTION_CONNECTION_TIMEOUT, FF_API_IDLE_S,
                                       MHD_OPTION_NOTIFY_CONNECTION, &on_connection, api,
                                       MHD_OPTION_URI_LOG_CALLBACK, &on_line, api,
                                       MHD_OPTION_NOTIFY_COMPLETED, &on_end, api, MHD_OPTION_END);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (api->daemon)
        return FF_OK;
    snprintf(msg, size, "%s: the HTTP server does not start: %s", opts->listen,
             error ? strerror(error) : "a thread does not start");
    return FF_ERR_UNAVAILABLE;
}

static void free_api(struct ff_api *api)
{
    ff_api_connections_free(api->connections);
    while (api->pooled)
        ff_lookup_free(api->pool[--api->pooled]);
    if (api->fd >= 0)
        close(api->fd);
    pthread_mutex_destroy(&api->mutex);
    free(api);
}

enum ff_err ff_api_start(const struct ff_api_options *opts, struct ff_api **ret, char *msg, size_t size)
{
    struct ff_api *api = (struct ff_api *)calloc(1, sizeof(*api));
    if (!api) {
        snprintf(msg, size, "out of memory");
        return FF_ERR_NOMEM;
    }
    api->suppressor = opts->suppressor;
    api->ready = opts->ready;
    api->whole = opts->whole;
    api->complete = opts->complete;
    api->metrics = opts->metrics;
    api->ctx = opts->ctx;
    api->process_started_s = ff_api_process_started();
    api->fd = -1;
    pthread_mutex_init(&api->mutex, NULL);
    enum ff_err err = FF_OK;
    for (; !err && api->suppressor && api->pooled < FF_API_THREADS; api->pooled += !err) {
        api->pool[api->pooled] = ff_lookup_new(api->suppressor);
        err = api->pool[api->pooled] ? FF_OK : FF_ERR_NOMEM;
    }
    if (err)
        snprintf(msg, size, "out of memory");
    else
        err = ff_api_open_socket(api, opts->listen, msg, size);
    if (!err)
        err = start_threads(api, opts, msg, size);
    if (err) {
        free_api(api);
        return err;
    }
    *ret = api;
    return FF_OK;
}

unsigned ff_api_port(const struct ff_api *api)
{
    return api->port;
}

void ff_api_stop(struct ff_api *api)
{
    if (!api)
        return;
    (void)MHD_quiesce_daemon(api->daemon);
    for (unsigned ms = 0; ms < STOP_WAIT_MS && atomic_load(&api->requests); ms += 5)
        usleep(5000);
    MHD_stop_daemon(api->daemon);
    free_api(api);
}
