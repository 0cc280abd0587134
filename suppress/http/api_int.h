/* api_int.h: what the files of the HTTP interface share: daemon.c (daemon, requests), routes.c (answers), check.c
 * (the checks), framing.c (where a request ends), connections.c (deadlines), listen.c (the socket).
 */
#ifndef FF_SUPPRESS_API_INT_H
#define FF_SUPPRESS_API_INT_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "suppress/http/api.h"

#define FF_API_THREADS 2
/** Connections in all, and from one IP address: MTAs and proxies hold many, none may have all. */
#define FF_API_CONNECTIONS_MAX 1024u
#define FF_API_CONNECTIONS_PER_CLIENT_MAX 512u
/** Without a byte a connection is closed after so long; and it is when a request's header, its body or the taking of the
 * answer takes FF_API_DEADLINE_S, whatever bytes come meanwhile. The first is less than the second, so that a request that
 * comes on a connection that was idle has time left. */
#define FF_API_IDLE_S 30u
#define FF_API_DEADLINE_S 60u
/** Largest body of a bulk check, and most lines in it; all bodies that are held at a time. */
#define FF_API_BODY_MAX ((size_t)16 << 20)
#define FF_API_BODIES_MAX ((size_t)128 << 20)
#define FF_API_LINES_MAX 100000
#define FF_API_TOO_MANY_LINES "more than 100000 lines"
#define FF_API_LINE_BYTES_MAX 16384
#define FF_API_LINE_NODES_MAX 128
/** Bulk checks are worked off in slices of so many lines, or of answers of so many bytes: what a check of one address may
 * have to wait for, for every bulk check that is under way (32 lines: some 0.3 ms). */
#define FF_API_SLICE_LINES 32
#define FF_API_SLICE_BYTES ((size_t)16 << 10)
/** Longest query string; addresses, tenants and streams are far below. */
#define FF_API_QUERY_MAX 4096
#define FF_API_PARAM_MAX 1024

struct ff_api_counters {
    _Atomic uint64_t suppressed, clear, refused; /* checks by result */
};

/** A parameter of the query, percent-decoded; `given` tells an empty one from none. */
struct ff_api_param {
    bool given, broken; /* broken: bad percent code, or longer than FF_API_PARAM_MAX */
    struct ff_slice value;
    uint8_t room[FF_API_PARAM_MAX];
};
/**
 * Finds `name` in a raw query. '+' stays '+': it is far more often a tag in an address than a blank, and no address that
 * could be checked holds a blank.
 */
void ff_api_param(struct ff_slice query, const char *name, struct ff_api_param *ret);

/** One object, without line end, for one check; counts it. Returns FF_OK, or why there is no answer (nothing written). */
FF_MUST_CHECK enum ff_err ff_api_check_one(struct ff_lookup *l, struct ff_api_counters *counters, struct ff_slice tenant,
                                           struct ff_slice stream, struct ff_slice address, struct ff_json_out *o);

/* ---- many checks: NDJSON in, NDJSON out, a line for a line ---------------------------------------------------------- */

struct ff_api_bulk;
/** For lines that name no tenant or stream those of the query hold; FF_ERR_SYNTAX: they are broken. `body` is borrowed. */
FF_MUST_CHECK enum ff_err ff_api_bulk_new(struct ff_api_counters *counters, struct ff_slice query, struct ff_slice body,
                                          struct ff_api_bulk **ret);
/** Appends the answers of the next slice of lines; `l` need not be the same each time. False: all lines are answered. */
bool ff_api_bulk_more(struct ff_api_bulk *b, struct ff_lookup *l, struct ff_json_out *o);
void ff_api_bulk_free(struct ff_api_bulk *b);

/* ---- connections ---------------------------------------------------------------------------------------------------- */

struct ff_api_connections;
struct ff_api_connection;
/** Starts the thread that cuts what is overdue. NULL: memory or threads are short. */
struct ff_api_connections *ff_api_connections_new(unsigned deadline_s);
/** After the last connection is closed. NULL is fine. */
void ff_api_connections_free(struct ff_api_connections *all);
/** NULL: memory is short; the connection then has no deadline. */
struct ff_api_connection *ff_api_connection_opened(struct ff_api_connections *all, int fd);
/** Something new begins on it (a header, a body, an answer): its deadline starts anew. NULL is fine. */
void ff_api_connection_turn(struct ff_api_connection *c);
/** Before the descriptor is closed: its number may belong to somebody else afterwards. NULL is fine. */
void ff_api_connection_closed(struct ff_api_connections *all, struct ff_api_connection *c);

/* ---- the daemon ----------------------------------------------------------------------------------------------------- */

struct ff_api {
    struct MHD_Daemon *daemon;
    struct ff_suppressor *suppressor;
    bool (*ready)(void *ctx), (*whole)(void *ctx);
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
    bool target_broken, query_too_long, started;
    unsigned refused; /* status its body is refused with, the rest of which is thrown away; 0: it is not */
    const char *refused_why;
    struct ff_api_body body;
};
void ff_api_body_free(struct ff_api *api, struct ff_api_body *body);

/** What leaves open where the request ends or whom it is for (RFC 9112 3.2, 5.1, 6.1 to 6.3): constant text, NULL: nothing. */
const char *ff_api_framing_wrong(struct MHD_Connection *c, const char *version);
/** Answers 400 and closes the connection: what would come next on it may be no request. */
enum MHD_Result ff_api_refuse(struct ff_api *api, struct MHD_Connection *c, const char *why);
/** Answers a request that was read whole. */
enum MHD_Result ff_api_route(struct ff_api *api, struct MHD_Connection *c, const char *url, const char *method,
                             struct ff_api_request *q);

/** Opens api->fd, sets api->port; on failure message says why. */
FF_MUST_CHECK enum ff_err ff_api_open_socket(struct ff_api *api, const char *listen_on, char *ret_message, size_t size);

#endif
