/* api_http.c: the HTTP interface, on libmicrohttpd (docs/decisions/libmicrohttpd.md).
 *
 * Two threads with an epoll set each answer everything; each takes a look-up context from a small pool, so a check never
 * waits for the writer of the state. Errors are problem details (RFC 9457). The raw query is kept and decoded by us, because
 * the library would turn the '+' of a tagged address into a blank.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suppress/api_int.h"

#define THREADS 2
#define CONNECTIONS_MAX 1024
#define IDLE_TIMEOUT_S 30
#define STOP_WAIT_MS 2000
#define BACKLOG 512
/* The line and the header fields of a request must fit in; the library's own answer to those that do not is HTML. Every
 * request wipes it. */
#define CONNECTION_BYTES ((size_t)64 << 10)

struct ff_api {
    struct MHD_Daemon *daemon;
    struct ff_suppressor *suppressor;
    bool (*ready)(void *ctx);
    void (*metrics)(void *ctx, FILE *f);
    void *ctx;
    int fd;
    unsigned port;
    pthread_mutex_t mutex; /* of the pool */
    struct ff_lookup *pool[THREADS];
    unsigned pooled;
    _Atomic unsigned requests; /* under way */
    _Atomic uint64_t by_class[6]; /* answers by hundreds of their status */
    struct ff_api_counters checks;
};

/* One request, from its first line to its last byte. */
struct request {
    char query[FF_API_QUERY_MAX + 1];
    bool query_too_long, body_too_large, started;
    char *body;
    size_t len, size;
};

/* ---- answers --------------------------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct ff_api *api, struct MHD_Connection *c, unsigned status, const char *type,
                              struct MHD_Response *r)
{
    if (!r)
        return MHD_NO; /* closes the connection: memory is short */
    atomic_fetch_add_explicit(&api->by_class[status / 100 % 6], 1, memory_order_relaxed);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, POST");
    enum MHD_Result result = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result answer_text(struct ff_api *api, struct MHD_Connection *c, unsigned status, const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    return answer(api, c, status, "text/plain; charset=utf-8", r);
}

static enum MHD_Result problem(struct ff_api *api, struct MHD_Connection *c, unsigned status, const char *title,
                               const char *detail)
{
    char text[512];
    int n = snprintf(text, sizeof(text), "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"detail\":\"%s\"}\n", title,
                     status, detail);
    struct MHD_Response *r = MHD_create_response_from_buffer((size_t)n, text, MHD_RESPMEM_MUST_COPY);
    return answer(api, c, status, "application/problem+json", r);
}

/* Takes the text out of `o`. */
static enum MHD_Result answer_json(struct ff_api *api, struct MHD_Connection *c, struct ff_json_out *o, const char *type)
{
    if (o->failed)
        return MHD_NO;
    struct MHD_Response *r = MHD_create_response_from_buffer(o->len, o->len ? o->buf : (void *)(uintptr_t)"",
                                                             o->len ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (r && o->len)
        ff_json_out_init(o);
    return answer(api, c, MHD_HTTP_OK, type, r);
}

/* ---- routes ---------------------------------------------------------------------------------------------------- */

static struct ff_lookup *borrow_lookup(struct ff_api *api)
{
    pthread_mutex_lock(&api->mutex);
    struct ff_lookup *l = api->pooled ? api->pool[--api->pooled] : NULL;
    pthread_mutex_unlock(&api->mutex);
    return l;
}

static void return_lookup(struct ff_api *api, struct ff_lookup *l)
{
    pthread_mutex_lock(&api->mutex);
    api->pool[api->pooled++] = l;
    pthread_mutex_unlock(&api->mutex);
}

static enum MHD_Result check_problem(struct ff_api *api, struct MHD_Connection *c, enum ff_err err)
{
    switch (err) {
    case FF_ERR_SYNTAX: return problem(api, c, MHD_HTTP_BAD_REQUEST, "Bad Request", "the address is none");
    case FF_ERR_TOO_LARGE:
        return problem(api, c, MHD_HTTP_BAD_REQUEST, "Bad Request", "the address is longer than RFC 5321 allows");
    default: return problem(api, c, MHD_HTTP_SERVICE_UNAVAILABLE, "Service Unavailable", "the state cannot be read");
    }
}

static enum MHD_Result check(struct ff_api *api, struct MHD_Connection *c, const struct request *q, bool many)
{
    struct ff_slice query = ff_slice_str(q->query);
    struct ff_api_param address, tenant, stream;
    struct ff_json_out o;
    if (!api->suppressor)
        return problem(api, c, MHD_HTTP_NOT_FOUND, "Not Found", "this process answers no checks");
    ff_api_param(query, "address", &address);
    ff_api_param(query, "tenant", &tenant);
    ff_api_param(query, "stream", &stream);
    if (q->query_too_long || address.broken || tenant.broken || stream.broken)
        return problem(api, c, MHD_HTTP_BAD_REQUEST, "Bad Request", "the query is too long or not percent-encoded");
    if (!many && !address.value.len)
        return problem(api, c, MHD_HTTP_BAD_REQUEST, "Bad Request", "the query has no address (GET /v1/check?address=...)");
    struct ff_lookup *l = borrow_lookup(api);
    if (!l)
        return MHD_NO;
    ff_json_out_init(&o);
    enum ff_err err;
    if (many) {
        err = ff_api_check_lines(l, &api->checks, tenant.value, stream.value, ff_slice_of(q->body, q->len), &o);
    } else {
        err = ff_api_check_one(l, &api->checks, tenant.value, stream.value, address.value, &o);
        ff_json_end_line(&o);
    }
    return_lookup(api, l);
    enum MHD_Result result;
    if (!err)
        result = answer_json(api, c, &o, many ? "application/x-ndjson" : "application/json");
    else if (many && err == FF_ERR_TOO_LARGE)
        result = problem(api, c, MHD_HTTP_CONTENT_TOO_LARGE, "Content Too Large", "more than 100000 lines");
    else
        result = check_problem(api, c, err);
    ff_json_out_fini(&o);
    return result;
}

static void put_metrics(struct ff_api *api, FILE *f)
{
    fprintf(f, "# HELP fivefifty_http_checks_total Checks answered, by result.\n# TYPE fivefifty_http_checks_total counter\n");
    const struct {
        const char *name;
        _Atomic uint64_t *value;
    } results[] = {{"suppressed", &api->checks.suppressed}, {"clear", &api->checks.clear}, {"refused", &api->checks.refused}};
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        fprintf(f, "fivefifty_http_checks_total{result=\"%s\"} %llu\n", results[i].name,
                (unsigned long long)atomic_load_explicit(results[i].value, memory_order_relaxed));
    fprintf(f, "# HELP fivefifty_http_answers_total Answers, by class of status.\n# TYPE fivefifty_http_answers_total counter\n");
    for (unsigned i = 2; i < 6; i++)
        fprintf(f, "fivefifty_http_answers_total{class=\"%uxx\"} %llu\n", i,
                (unsigned long long)atomic_load_explicit(&api->by_class[i], memory_order_relaxed));
    if (api->metrics)
        api->metrics(api->ctx, f);
}

static enum MHD_Result metrics(struct ff_api *api, struct MHD_Connection *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return MHD_NO;
    put_metrics(api, f);
    if (fclose(f) != 0) {
        free(text);
        return MHD_NO;
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    if (!r)
        free(text);
    return answer(api, c, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", r);
}

static enum MHD_Result route(struct ff_api *api, struct MHD_Connection *c, const char *url, const char *method,
                             const struct request *q)
{
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0, post = strcmp(method, "POST") == 0;
    bool checks = strcmp(url, "/v1/check") == 0, live = strcmp(url, "/livez") == 0;
    bool ready = strcmp(url, "/readyz") == 0, measured = strcmp(url, "/metrics") == 0;
    if (!checks && !live && !ready && !measured)
        return problem(api, c, MHD_HTTP_NOT_FOUND, "Not Found", "there is /v1/check, /livez, /readyz and /metrics");
    if (!get && !(post && checks))
        return problem(api, c, MHD_HTTP_METHOD_NOT_ALLOWED, "Method Not Allowed",
                       checks ? "GET asks for one address, POST for many" : "only GET");
    if (q->body_too_large)
        return problem(api, c, MHD_HTTP_CONTENT_TOO_LARGE, "Content Too Large", "the body is larger than 16 MiB");
    if (checks)
        return check(api, c, q, post);
    if (measured)
        return metrics(api, c);
    if (live || !api->ready || api->ready(api->ctx))
        return answer_text(api, c, MHD_HTTP_OK, "ok\n");
    return problem(api, c, MHD_HTTP_SERVICE_UNAVAILABLE, "Service Unavailable", "not ready yet");
}

/* ---- requests -------------------------------------------------------------------------------------------------- */

/* The first the library tells of a request: its line. NULL is seen as "out of memory" in on_data(). */
static void *on_line(void *cls, const char *uri, struct MHD_Connection *c)
{
    struct ff_api *api = (struct ff_api *)cls;
    struct request *q = (struct request *)calloc(1, sizeof(*q));
    (void)c;
    if (!q)
        return NULL;
    atomic_fetch_add(&api->requests, 1);
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
    struct request *q = (struct request *)*con_cls;
    (void)c;
    (void)code;
    if (!q)
        return;
    free(q->body);
    free(q);
    *con_cls = NULL;
    atomic_fetch_sub(&api->requests, 1);
}

/* Over the limit the rest is read and thrown away, so that the client gets to read the answer. */
static bool take_body(struct request *q, const char *data, size_t len)
{
    if (q->body_too_large || len > FF_API_BODY_MAX - q->len) {
        q->body_too_large = true;
        return true;
    }
    if (q->len + len > q->size) {
        size_t size = q->size ? q->size * 2 : 4096;
        while (size < q->len + len)
            size *= 2;
        char *grown = (char *)realloc(q->body, size);
        if (!grown)
            return false;
        q->body = grown;
        q->size = size;
    }
    memcpy(q->body + q->len, data, len);
    q->len += len;
    return true;
}

static enum MHD_Result on_data(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                               const char *data, size_t *data_len, void **con_cls)
{
    struct request *q = (struct request *)*con_cls;
    (void)version;
    if (!q)
        return MHD_NO;
    if (!q->started) { /* only the header was read */
        q->started = true;
        return MHD_YES;
    }
    if (*data_len) {
        bool taken = take_body(q, data, *data_len);
        *data_len = 0;
        return taken ? MHD_YES : MHD_NO;
    }
    return route((struct ff_api *)cls, c, url, method, q);
}

/* ---- start and stop -------------------------------------------------------------------------------------------- */

static enum ff_err parse_listen(const char *listen, char host[64], const char **ret_port)
{
    const char *colon = strrchr(listen, ':');
    size_t len = colon ? (size_t)(colon - listen) : 0;
    if (!colon || !colon[1] || len >= 64)
        return FF_ERR_CONFIG;
    if (len >= 2 && listen[0] == '[' && listen[len - 1] == ']') {
        listen++;
        len -= 2;
    } else if (memchr(listen, ':', len)) {
        return FF_ERR_CONFIG; /* IPv6 without brackets: where does the port begin? */
    }
    memcpy(host, listen, len);
    host[len] = 0;
    *ret_port = colon + 1;
    uint64_t port; /* getaddrinfo() would take 99999 modulo 65536 */
    return ff_slice_u64(ff_slice_str(*ret_port), 65535, &port) ? FF_OK : FF_ERR_CONFIG;
}

/* The address that is meant; to be freed. NULL: none. */
static struct addrinfo *resolve(const char *listen)
{
    char host[64];
    const char *port;
    struct addrinfo *ai = NULL, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    if (parse_listen(listen, host, &port) || getaddrinfo(host[0] ? host : NULL, port, &hints, &ai) != 0)
        return NULL;
    return ai;
}

bool ff_api_listen_valid(const char *listen)
{
    struct addrinfo *ai = resolve(listen);
    if (ai)
        freeaddrinfo(ai);
    return ai != NULL;
}

static enum ff_err open_socket(struct ff_api *api, const char *listen_on, char *msg, size_t size)
{
    struct addrinfo *ai = resolve(listen_on);
    struct sockaddr_storage sa;
    socklen_t sa_len = sizeof(sa);
    int one = 1;
    if (!ai) {
        snprintf(msg, size, "%s: is no address:port (say 127.0.0.1:8080 or [::1]:8080)", listen_on);
        return FF_ERR_CONFIG;
    }
    api->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = api->fd >= 0 && setsockopt(api->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
              bind(api->fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(api->fd, BACKLOG) == 0 &&
              getsockname(api->fd, (struct sockaddr *)&sa, &sa_len) == 0;
    freeaddrinfo(ai);
    if (!ok) {
        snprintf(msg, size, "%s: cannot listen there: %s", listen_on, strerror(errno));
        return FF_ERR_UNAVAILABLE;
    }
    api->port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port : ((struct sockaddr_in *)&sa)->sin_port);
    return FF_OK;
}

/* Its threads leave signals to the main thread, which waits for them. */
static void start_daemon(struct ff_api *api)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    api->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, &on_data, api,
                                   MHD_OPTION_LISTEN_SOCKET, (MHD_socket)api->fd,
                                   MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                                   MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                                   MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
                                   MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
                                   MHD_OPTION_URI_LOG_CALLBACK, &on_line, api,
                                   MHD_OPTION_NOTIFY_COMPLETED, &on_end, api, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void free_api(struct ff_api *api)
{
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
    api->metrics = opts->metrics;
    api->ctx = opts->ctx;
    api->fd = -1;
    pthread_mutex_init(&api->mutex, NULL);
    enum ff_err err = FF_OK;
    for (; !err && api->suppressor && api->pooled < THREADS; api->pooled += !err) {
        api->pool[api->pooled] = ff_lookup_new(api->suppressor);
        err = api->pool[api->pooled] ? FF_OK : FF_ERR_NOMEM;
    }
    if (err)
        snprintf(msg, size, "out of memory");
    else
        err = open_socket(api, opts->listen, msg, size);
    if (!err) {
        start_daemon(api);
        if (!api->daemon) {
            snprintf(msg, size, "%s: the HTTP server does not start: %s", opts->listen, strerror(errno));
            err = FF_ERR_UNAVAILABLE;
        }
    }
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
