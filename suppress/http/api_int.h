/* api_int.h: what the files of the HTTP interface share: daemon.c (daemon, requests), routes.c (answers), check.c
 * (the checks), explain.c and page/ (for people), asked.c (what they ask for), framing.c (where a request ends),
 * connections.c (who holds how many, deadlines), api_metrics.c, process.c (what is measured), listen.c (the socket).
 */
#ifndef FF_SUPPRESS_API_INT_H
#define FF_SUPPRESS_API_INT_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "suppress/http/api.h"

#define FF_API_THREADS 2
/** Connections in all: MTAs and proxies hold many. None may have all: one IP address may have half. Each is an open
 * file, and they get at most half of those that this process may have: the state, the logs and the brokers need some,
 * too, and whoever can connect must not be able to take them away. */
#define FF_API_CONNECTIONS_MAX 1024u
/** Open files that are asked for, if the hard limit has them: the soft one is often 1,024. */
#define FF_API_OPEN_FILES 4096u
/** So many more of an address are not closed at once: what is asked on one is known only when it is read, and it
 * may be a probe of a host whose MTA holds all that it may. Each is good for one answer, to anything but a check, and
 * for a short time, so that whoever opens too many does not hold these as well. */
#define FF_API_SPARE_PER_CLIENT_MAX 16u
#define FF_API_SPARE_DEADLINE_S 5
/** Without a byte a connection is closed after so long; and it is when a request's header, its body or the taking
 * of the answer takes FF_API_DEADLINE_S, whatever bytes come meanwhile. The first is less than the second, so that
 * a request that comes on a connection that was idle has time left. */
#define FF_API_IDLE_S 30u
#define FF_API_DEADLINE_S 60u
/** Largest body of a bulk check, and most lines in it; all bodies that are held at a time. */
#define FF_API_BODY_MAX ((size_t)16 << 20)
#define FF_API_BODIES_MAX ((size_t)128 << 20)
#define FF_API_LINES_MAX 100000
#define FF_API_TOO_MANY_LINES "more than 100000 lines"
#define FF_API_LINE_BYTES_MAX 32768 /* export writes longer ones never */
#define FF_API_LINE_NODES_MAX 128
/** Bulk checks are worked off in slices of so many lines, or of answers of so many bytes: what a check of one
 * address may have to wait for, for every bulk check that is under way (32 lines: some 0.3 ms). */
#define FF_API_SLICE_LINES 32
#define FF_API_SLICE_BYTES ((size_t)16 << 10)
/** Longest query string; addresses, tenants and streams are far below. */
#define FF_API_QUERY_MAX 4096

struct ff_api_counters {
    _Atomic uint64_t suppressed, clear, refused; /* checks by result */
};

#define FF_API_BOUNDS 7
/** How long checks took: how many within each bound of /metrics and above the one before, the last beyond all of
 * them. */
struct ff_api_durations {
    _Atomic uint64_t within[FF_API_BOUNDS + 1], sum_ns;
};
void ff_api_duration_add(struct ff_api_durations *d, uint64_t ns);

/* ---- what a check asks for --------------------------------------------------------------------------------------- */

enum ff_api_part { FF_API_ADDRESS, FF_API_TENANT, FF_API_STREAM, FF_API_PARTS };
/** Room for what is wrong with it, for people. */
#define FF_API_WRONG_MAX 160

/** The parameters of a query, percent-decoded; .ptr is NULL where one is not given. Not to be copied: points into
 * itself. */
struct ff_api_query {
    struct ff_slice part[FF_API_PARTS];
    uint8_t room[FF_API_QUERY_MAX];
};
/**
 * Reads a raw query of at most FF_API_QUERY_MAX bytes. '+' stays '+': it is far more often a tag in an address than a
 * blank, and no address that could be checked holds a blank.
 * @param first  FF_API_ADDRESS: one check (GET); FF_API_TENANT: what holds for all lines (POST)
 * @return false: it holds what is no parameter, one twice, or one that is not percent-encoded; ret_wrong says so
 */
FF_MUST_CHECK bool ff_api_query_read(struct ff_slice query, enum ff_api_part first, struct ff_api_query *ret,
                                     char ret_wrong[FF_API_WRONG_MAX]);
/**
 * Reads the object of a line: `address`, and `tenant`, `stream`, also as `tenant_id`, `stream_scope`; what else
 * `export` writes is passed over. A part that the object has replaces the one in `part`; texts point into doc's and
 * the arena.
 * @return false: it holds what is no member, one twice, or one that is no string; ret_wrong says so, `part` holds what
 * was read before
 */
FF_MUST_CHECK bool ff_api_line_read(const struct ff_json_doc *doc, struct ff_arena *arena,
                                    struct ff_slice part[FF_API_PARTS], char ret_wrong[FF_API_WRONG_MAX]);

/** One object, without line end, for one check; counts it. Returns FF_OK, or why there is no answer (nothing
 * written). */
FF_MUST_CHECK enum ff_err ff_api_check_one(struct ff_lookup *l, struct ff_api_counters *counters,
                                           const struct ff_slice part[FF_API_PARTS], struct ff_json_out *o);

/* ---- for people -------------------------------------------------------------------------------------------------- */

/** One object without line end, that of `explain --json`: every entry of an address in a tenant, of all streams.
 * FF_OK, or why there is no answer (nothing that could be sent was written). */
FF_MUST_CHECK enum ff_err ff_api_explain(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice address,
                                         struct ff_json_out *o);
/** An array of all categories: who is responsible, what each means, what to do first. */
void ff_api_put_categories(struct ff_json_out *o);

/** The page, one file each; made of suppress/http/page when the program is built. */
enum ff_api_page_file { FF_API_PAGE_HTML, FF_API_PAGE_CSS, FF_API_PAGE_JS, FF_API_PAGE_FILES };
extern const struct ff_slice ff_api_page[FF_API_PAGE_FILES];

/* ---- many checks: NDJSON in, NDJSON out, a line for a line ------------------------------------------------------- */

struct ff_api_bulk;
/** For lines that name no tenant or stream those of the query hold; FF_ERR_SYNTAX: the query is wrong, ret_wrong
 * says how. `body` is borrowed. */
FF_MUST_CHECK enum ff_err ff_api_bulk_new(struct ff_api_counters *counters, struct ff_slice query, struct ff_slice body,
                                          struct ff_api_bulk **ret, char ret_wrong[FF_API_WRONG_MAX]);
/** Appends the answers of the next slice of lines; `l` need not be the same each time. False: all lines are
 * answered. */
bool ff_api_bulk_more(struct ff_api_bulk *b, struct ff_lookup *l, struct ff_json_out *o);
void ff_api_bulk_free(struct ff_api_bulk *b);

/* ---- connections ------------------------------------------------------------------------------------------------- */

struct ff_api_connections;
struct ff_api_connection;
/** Raises the soft limit of open files, if need be, and starts the thread that cuts what is overdue. `say` as in
 * ff_api_options. NULL: memory or threads are short. */
struct ff_api_connections *ff_api_connections_new(unsigned deadline_s, void (*say)(void *ctx, const char *text),
                                                  void *ctx);
/** How many there may be, of all and of one address. */
unsigned ff_api_connections_max(const struct ff_api_connections *all);
unsigned ff_api_connections_per_client(const struct ff_api_connections *all);
/** After the last connection is closed. NULL is fine. */
void ff_api_connections_free(struct ff_api_connections *all);
/** Shuts it down when its address has all it may have and all spare ones, or memory is short (NULL). */
struct ff_api_connection *ff_api_connection_opened(struct ff_api_connections *all, int fd, const struct sockaddr *from);
/** Is it beyond what its address may have? Then no checks are answered on it, and whatever is answered ends it.
 * NULL: it is not. */
bool ff_api_connection_spare(const struct ff_api_connection *c);
/** A check on a spare one is refused: counts it, once. */
void ff_api_connection_refuse(struct ff_api_connections *all, struct ff_api_connection *c);
/** Open now, also those that are about to be closed; refused since the start: closed at once, or spare and asked a
 * check. */
void ff_api_connections_count(struct ff_api_connections *all, unsigned *ret_open, uint64_t *ret_refused);
/** Something new begins on it (a header, a body, an answer): its deadline starts anew. NULL is fine. */
void ff_api_connection_turn(struct ff_api_connection *c);
/** Before the descriptor is closed: its number may belong to somebody else afterwards. NULL is fine. */
void ff_api_connection_closed(struct ff_api_connections *all, struct ff_api_connection *c);

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

struct ff_api {
    struct MHD_Daemon *daemon;
    struct ff_suppressor *suppressor;
    bool (*ready)(void *ctx, char ret_why[FF_API_WHY_MAX]);
    bool (*whole)(void *ctx), (*complete)(void *ctx);
    void (*metrics)(void *ctx, FILE *f);
    void *ctx;
    int fd;
    unsigned port;
    pthread_mutex_t mutex; /* of the pool */
    struct ff_lookup *pool[FF_API_THREADS];
    unsigned pooled;
    struct ff_api_connections *connections;
    _Atomic size_t body_bytes;   /* allocated for all bodies */
    _Atomic unsigned requests;   /* under way */
    _Atomic uint64_t by_class[6]; /* answers by hundreds of their status */
    struct ff_api_counters checks;
    struct ff_api_durations one, many;
    double process_started_s; /* since 1970; 0: unknown */
};

/** The body of a request; counted in ff_api.body_bytes by its size. */
struct ff_api_body {
    char *text;
    size_t len, size, line_ends;
};

/** One request, from its first line to its last byte. */
struct ff_api_request {
    struct ff_api_connection *connection;
    char query[FF_API_QUERY_MAX + 1];
    const char *target_end; /* in the library's buffer: for comparison only */
    bool target_broken, query_too_long, started;
    unsigned refused; /* status its body is refused with, the rest of which is thrown away; 0: it is not */
    const char *refused_why;
    struct ff_api_body body;
};
void ff_api_body_free(struct ff_api *api, struct ff_api_body *body);
/** NULL: one that memory was short for. */
struct ff_api_connection *ff_api_connection_of(struct MHD_Connection *c);

/** What leaves open where the request ends or whom it is for (RFC 9112 2.2, 3.2, 5.1, 6.1 to 6.3): constant text, NULL:
 * nothing. */
const char *ff_api_framing_wrong(struct MHD_Connection *c, const char *version);
/** Answers 400 and closes the connection: what would come next on it may be no request. */
enum MHD_Result ff_api_refuse(struct ff_api *api, struct MHD_Connection *c, const char *why);
/** Answers a request that was read whole. */
enum MHD_Result ff_api_route(struct ff_api *api, struct MHD_Connection *c, const char *url, const char *method,
                             struct ff_api_request *q);

/** When this process was started, in seconds since 1970; 0: unknown. Asked once: the answer follows the clock when
 * it is set. */
double ff_api_process_started(void);
/** The process_* of /metrics. */
void ff_api_put_process(FILE *f, double started_s);
/** All of /metrics. */
void ff_api_put_metrics(struct ff_api *api, FILE *f);

/** Opens api->fd, sets api->port; on failure message says why. */
FF_MUST_CHECK enum ff_err ff_api_open_socket(struct ff_api *api, const char *listen_on, char *ret_message, size_t size);

#endif
