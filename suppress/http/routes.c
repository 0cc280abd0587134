/* routes.c: what is asked, and its answer. Errors are problem details (RFC 9457). */
#include <stdlib.h>
#include <strings.h>

#include "proto/clock.h"
#include "suppress/http/api_int.h"

/* ---- answers --------------------------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct ff_api *api, struct MHD_Connection *c, unsigned status, const char *type,
                              struct MHD_Response *r)
{
    if (!r)
        return MHD_NO; /* closes the connection: memory is short */
    atomic_fetch_add_explicit(&api->by_class[status / 100 % 6], 1, memory_order_relaxed);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (ff_api_connection_spare(ff_api_connection_of(c)))
        MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result result = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result answer_text(struct ff_api *api, struct MHD_Connection *c, unsigned status, const char *text)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    return answer(api, c, status, "text/plain; charset=utf-8", r);
}

/* Takes the text out of `o`. NULL: memory is short. */
static struct MHD_Response *response_of(struct ff_json_out *o)
{
    if (o->failed)
        return NULL;
    struct MHD_Response *r = MHD_create_response_from_buffer(o->len, o->len ? o->buf : (void *)(uintptr_t)"",
                                                             o->len ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (r && o->len)
        ff_json_out_init(o);
    return r;
}

/* With one more field of the header; its name may be NULL. */
static enum MHD_Result problem_with(struct ff_api *api, struct MHD_Connection *c, unsigned status, const char *detail,
                                    const char *field, const char *value)
{
    struct ff_json_out o;
    ff_json_out_init(&o);
    ff_json_open(&o, '{');
    ff_json_member_string(&o, "type", ff_slice_str("about:blank"));
    ff_json_member_string(&o, "title", ff_slice_str(MHD_get_reason_phrase_for(status)));
    ff_json_member_uint(&o, "status", status);
    ff_json_member_string(&o, "detail", ff_slice_str(detail));
    ff_json_close(&o, '}');
    ff_json_end_line(&o);
    struct MHD_Response *r = response_of(&o);
    if (r && field)
        MHD_add_response_header(r, field, value);
    ff_json_out_fini(&o);
    return answer(api, c, status, "application/problem+json", r);
}

static enum MHD_Result problem(struct ff_api *api, struct MHD_Connection *c, unsigned status, const char *detail)
{
    return problem_with(api, c, status, detail, NULL, NULL);
}

enum MHD_Result ff_api_refuse(struct ff_api *api, struct MHD_Connection *c, const char *why)
{
    return problem_with(api, c, MHD_HTTP_BAD_REQUEST, why, MHD_HTTP_HEADER_CONNECTION, "close");
}

static enum MHD_Result answer_json(struct ff_api *api, struct MHD_Connection *c, struct ff_json_out *o,
                                   const char *type)
{
    return answer(api, c, MHD_HTTP_OK, type, response_of(o));
}

/* ---- one check --------------------------------------------------------------------------------------------------- */

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
    case FF_ERR_SYNTAX: return problem(api, c, MHD_HTTP_BAD_REQUEST, "the address is none");
    case FF_ERR_TOO_LARGE:
        return problem(api, c, MHD_HTTP_BAD_REQUEST, "the address is longer than RFC 5321 allows");
    default: return problem(api, c, MHD_HTTP_SERVICE_UNAVAILABLE, "the state cannot be read");
    }
}

/* Which address is asked for. NULL, or what is wrong: constant text, or `room` filled. */
static const char *query_wrong(const struct ff_api_request *q, struct ff_api_query *ret, char room[FF_API_WRONG_MAX])
{
    if (!ff_api_query_read(ff_slice_str(q->query), FF_API_ADDRESS, ret, room))
        return room;
    return ret->part[FF_API_ADDRESS].len ? NULL : "the query has no address (GET /v1/check?address=...)";
}

/* What is asked of one address: writes one object without line end. FF_OK, or why there is no answer. */
typedef enum ff_err ask_fn(struct ff_api *api, struct ff_lookup *l, const struct ff_api_query *query,
                           struct ff_json_out *o);

static enum MHD_Result answer_one(struct ff_api *api, struct MHD_Connection *c, const struct ff_api_query *query,
                                  ask_fn *ask)
{
    struct ff_json_out o;
    struct ff_lookup *l = borrow_lookup(api);
    if (!l)
        return MHD_NO;
    ff_json_out_init(&o);
    enum ff_err err = ask(api, l, query, &o);
    ff_json_end_line(&o);
    return_lookup(api, l);
    enum MHD_Result result = err ? check_problem(api, c, err) : answer_json(api, c, &o, "application/json");
    ff_json_out_fini(&o);
    return result;
}

static enum ff_err timed_check(struct ff_api *api, struct ff_lookup *l, const struct ff_api_query *query,
                               struct ff_json_out *o)
{
    uint64_t begun = (uint64_t)ff_steady_ns();
    enum ff_err err = ff_api_check_one(l, &api->checks, query->part, o);
    ff_api_duration_add(&api->one, (uint64_t)ff_steady_ns() - begun);
    return err;
}

static enum MHD_Result check(struct ff_api *api, struct MHD_Connection *c, const struct ff_api_request *q)
{
    struct ff_api_query query;
    char room[FF_API_WRONG_MAX];
    const char *wrong = query_wrong(q, &query, room);
    return wrong ? problem(api, c, MHD_HTTP_BAD_REQUEST, wrong) : answer_one(api, c, &query, timed_check);
}

/* ---- for people ------------------------------------------------------------------------------------------------ */

static enum ff_err everything(struct ff_api *api, struct ff_lookup *l, const struct ff_api_query *query,
                              struct ff_json_out *o)
{
    (void)api;
    return ff_api_explain(l, query->part[FF_API_TENANT], query->part[FF_API_ADDRESS], o);
}

static enum MHD_Result explain(struct ff_api *api, struct MHD_Connection *c, const struct ff_api_request *q)
{
    struct ff_api_query query;
    char room[FF_API_WRONG_MAX];
    const char *wrong = query_wrong(q, &query, room);
    if (!wrong && query.part[FF_API_STREAM].ptr)
        wrong = "the entries of all streams are shown: there is no stream to ask for";
    return wrong ? problem(api, c, MHD_HTTP_BAD_REQUEST, wrong) : answer_one(api, c, &query, everything);
}

/* What the page shows was written by others: should any of it ever become markup, it may do nothing and tell nobody. */
static enum MHD_Result page(struct ff_api *api, struct MHD_Connection *c, enum ff_api_page_file file, const char *type)
{
    const struct ff_slice text = ff_api_page[file];
    struct MHD_Response *r =
        MHD_create_response_from_buffer(text.len, (void *)(uintptr_t)text.ptr, MHD_RESPMEM_PERSISTENT);
    if (r) {
        MHD_add_response_header(r, "Content-Security-Policy",
                                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                                "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
        MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    }
    return answer(api, c, MHD_HTTP_OK, type, r);
}

/* ---- many checks ----------------------------------------------------------------------------------------------- */

/* An answer that is made while it is sent, a slice at a time: between two slices the thread has time for others, a
 * reader that is slow makes us work slowly, and the answer is never held whole. */
struct answer_of_many {
    struct ff_api *api;
    struct ff_api_body body;
    struct ff_api_bulk *bulk;
    struct ff_json_out o; /* the answer of one slice */
    size_t sent;          /* of it */
    bool left;            /* there are more */
    uint64_t spent_ns;    /* on all slices so far, without the time that the reader takes between them */
};

static void free_many(void *cls)
{
    struct answer_of_many *a = (struct answer_of_many *)cls;
    ff_api_duration_add(&a->api->many, a->spent_ns);
    ff_api_bulk_free(a->bulk);
    ff_api_body_free(a->api, &a->body);
    ff_json_out_fini(&a->o);
    free(a);
}

/* False: memory is short. */
static bool next_slice(struct answer_of_many *a)
{
    struct ff_lookup *l = borrow_lookup(a->api);
    if (!l)
        return false;
    ff_json_out_reset(&a->o);
    a->sent = 0;
    uint64_t begun = (uint64_t)ff_steady_ns();
    a->left = ff_api_bulk_more(a->bulk, l, &a->o);
    a->spent_ns += (uint64_t)ff_steady_ns() - begun;
    return_lookup(a->api, l);
    return !a->o.failed;
}

static ssize_t next_bytes(void *cls, uint64_t pos, char *to, size_t max)
{
    struct answer_of_many *a = (struct answer_of_many *)cls;
    (void)pos;
    if (a->sent == a->o.len && !a->left)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (a->sent == a->o.len && !next_slice(a))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = a->o.len - a->sent < max ? a->o.len - a->sent : max;
    memcpy(to, a->o.buf + a->sent, n);
    a->sent += n;
    return (ssize_t)n;
}

/* What is answered by one slice has a length; the rest is sent in chunks. Takes `a`. */
static enum MHD_Result answer_many(struct ff_api *api, struct MHD_Connection *c, struct answer_of_many *a)
{
    static const char type[] = "application/x-ndjson";
    enum MHD_Result result = MHD_NO;
    struct MHD_Response *r = NULL;
    if (next_slice(a) && !a->left)
        result = answer_json(api, c, &a->o, type);
    else if (!a->o.failed && a->left)
        r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, FF_API_SLICE_BYTES, &next_bytes, a, &free_many);
    if (r)
        return answer(api, c, MHD_HTTP_OK, type, r);
    free_many(a);
    return result;
}

static enum MHD_Result check_many(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q)
{
    struct ff_api_body *b = &q->body;
    struct ff_api_bulk *bulk;
    char wrong[FF_API_WRONG_MAX];
    if (b->line_ends == FF_API_LINES_MAX && b->text[b->len - 1] != '\n')
        return problem(api, c, MHD_HTTP_CONTENT_TOO_LARGE, FF_API_TOO_MANY_LINES);
    enum ff_err err = ff_api_bulk_new(&api->checks, ff_slice_str(q->query), ff_slice_of(b->text, b->len), &bulk, wrong);
    if (err == FF_ERR_SYNTAX)
        return problem(api, c, MHD_HTTP_BAD_REQUEST, wrong);
    struct answer_of_many *a = err ? NULL : (struct answer_of_many *)calloc(1, sizeof(*a));
    if (!a) {
        ff_api_bulk_free(err ? NULL : bulk);
        return MHD_NO;
    }
    *a = (struct answer_of_many){.api = api, .bulk = bulk, .body = *b};
    *b = (struct ff_api_body){0};
    ff_json_out_init(&a->o);
    return answer_many(api, c, a);
}

/* ---- routes ---------------------------------------------------------------------------------------------------- */

static enum MHD_Result metrics(struct ff_api *api, struct MHD_Connection *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return MHD_NO;
    ff_api_put_metrics(api, f);
    if (fclose(f) != 0) {
        free(text);
        return MHD_NO;
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    if (!r)
        free(text);
    return answer(api, c, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", r);
}

/* A proxy may send the whole URI (RFC 9112 3.2.2); the host in it is as good as any. */
static const char *path_of(const char *url)
{
    size_t scheme = strncasecmp(url, "http://", 7) == 0 ? 7 : strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
    const char *path = scheme ? strchr(url + scheme, '/') : url;
    return path ? path : "/";
}

static enum MHD_Result refuse_spare(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q)
{
    char why[FF_API_WRONG_MAX];
    ff_api_connection_refuse(api->connections, q->connection);
    snprintf(why, sizeof(why), "your address has more than %u connections; use them again, or close some",
             ff_api_connections_per_client(api->connections));
    return problem_with(api, c, MHD_HTTP_SERVICE_UNAVAILABLE, why, MHD_HTTP_HEADER_RETRY_AFTER, "1");
}

/* Is this the one to ask for addresses, and now? False: *ret_result is the answer. */
static bool knows_addresses(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q,
                            enum MHD_Result *ret_result)
{
    *ret_result = MHD_YES;
    if (!api->suppressor) {
        *ret_result = problem(api, c, MHD_HTTP_NOT_FOUND, "this process answers no checks");
    } else if (ff_api_connection_spare(q->connection)) {
        *ret_result = refuse_spare(api, c, q);
    } else if (api->whole && !api->whole(api->ctx)) {
        *ret_result = problem(api, c, MHD_HTTP_MISDIRECTED_REQUEST,
                              "this process owns a part of the addresses only; ask serve, which knows all");
    } else if (api->complete && !api->complete(api->ctx)) {
        *ret_result = problem_with(api, c, MHD_HTTP_SERVICE_UNAVAILABLE,
                                   "what is suppressed has not been read to its end yet; ask again, or ask another",
                                   MHD_HTTP_HEADER_RETRY_AFTER, "1");
    } else if (q->query_too_long) {
        *ret_result = problem(api, c, MHD_HTTP_BAD_REQUEST, "the query is longer than 4096 bytes");
    } else {
        return true;
    }
    return false;
}

static enum MHD_Result route_check(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    enum MHD_Result refused;
    if (!knows_addresses(api, c, q, &refused))
        return refused;
    return post ? check_many(api, c, q) : check(api, c, q);
}

static enum MHD_Result route_explain(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    enum MHD_Result refused;
    (void)post;
    return knows_addresses(api, c, q, &refused) ? explain(api, c, q) : refused;
}

static enum MHD_Result route_categories(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q,
                                        bool post)
{
    struct ff_json_out o;
    (void)q, (void)post;
    ff_json_out_init(&o);
    ff_api_put_categories(&o);
    ff_json_end_line(&o);
    enum MHD_Result result = answer_json(api, c, &o, "application/json");
    ff_json_out_fini(&o);
    return result;
}

static enum MHD_Result route_live(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    (void)q, (void)post;
    return answer_text(api, c, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result route_ready(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    char why[FF_API_WHY_MAX] = "";
    (void)q, (void)post;
    if (!api->ready || api->ready(api->ctx, why))
        return answer_text(api, c, MHD_HTTP_OK, "ok\n");
    return problem(api, c, MHD_HTTP_SERVICE_UNAVAILABLE, why);
}

static enum MHD_Result route_metrics(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    (void)q, (void)post;
    return metrics(api, c);
}

static enum MHD_Result route_html(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    (void)q, (void)post;
    return page(api, c, FF_API_PAGE_HTML, "text/html; charset=utf-8");
}

static enum MHD_Result route_css(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    (void)q, (void)post;
    return page(api, c, FF_API_PAGE_CSS, "text/css; charset=utf-8");
}

static enum MHD_Result route_js(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post)
{
    (void)q, (void)post;
    return page(api, c, FF_API_PAGE_JS, "text/javascript; charset=utf-8");
}

static const struct route {
    const char *path;
    enum MHD_Result (*answer)(struct ff_api *api, struct MHD_Connection *c, struct ff_api_request *q, bool post);
    bool posts; /* takes POST as well */
} routes[] = {
    {"/v1/check", route_check, true},
    {"/v1/explain", route_explain, false},
    {"/v1/categories", route_categories, false},
    {"/livez", route_live, false},
    {"/readyz", route_ready, false},
    {"/metrics", route_metrics, false},
    {"/", route_html, false},
    {"/page.css", route_css, false},
    {"/page.js", route_js, false},
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
        if (strcmp(path, routes[i].path) == 0)
            return &routes[i];
    return NULL;
}

enum MHD_Result ff_api_route(struct ff_api *api, struct MHD_Connection *c, const char *url, const char *method,
                             struct ff_api_request *q)
{
    const struct route *route = find_route(path_of(url));
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0, post = strcmp(method, "POST") == 0;
    if (!route)
        return problem(api, c, MHD_HTTP_NOT_FOUND,
                       "there is /v1/check, /v1/explain, /v1/categories, /livez, /readyz, /metrics, and / for people");
    if (!get && !(post && route->posts))
        return problem_with(api, c, MHD_HTTP_METHOD_NOT_ALLOWED,
                            route->posts ? "GET asks for one address, POST for many" : "only GET",
                            MHD_HTTP_HEADER_ALLOW, route->posts ? "GET, HEAD, POST" : "GET, HEAD");
    if (q->refused == MHD_HTTP_SERVICE_UNAVAILABLE)
        return problem_with(api, c, q->refused, q->refused_why, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    if (q->refused)
        return problem(api, c, q->refused, q->refused_why);
    return route->answer(api, c, q, post);
}
