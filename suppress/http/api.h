/* api.h: the HTTP interface (libmicrohttpd, docs/decisions/libmicrohttpd.md): `run`, `suppress` and `serve` answer
 * look-ups with it, `ingest` only metrics and health.
 */
#ifndef FF_SUPPRESS_API_H
#define FF_SUPPRESS_API_H

#include <stdio.h>

#include "suppress/suppress.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Room for why a process is not ready, for people; longer texts are cut. */
#define FF_API_WHY_MAX 1024

struct ff_api;
struct ff_api_options {
    const char *listen;         /* "127.0.0.1:8080", "[::1]:8080" */
    struct ff_suppressor *suppressor; /* NULL: only metrics and health (ingest) */
    /** For /readyz. False: ret_why says what it waits for or lacks, without line end; whoever asks is shown it. NULL:
     * always ready. */
    bool (*ready)(void *ctx, char ret_why[FF_API_WHY_MAX]);
    /** Is this process the one to ask? While it knows a part of the addresses only, checks are refused with 421.
     * NULL: it is. */
    bool (*whole)(void *ctx);
    /** Was all that is known to others read, once at least? Until then checks are refused with 503 and Retry-After,
     * each and every one: "not suppressed" would be a guess. NULL: it was. */
    bool (*complete)(void *ctx);
    /** Appends this process's metrics in Prometheus text format to f. */
    void (*metrics)(void *ctx, FILE *f);
    /** Tells the operator one line, without line end, at most two every 30 s; from threads of the interface. NULL:
     * nothing is told. */
    void (*say)(void *ctx, const char *text);
    void *ctx;
    unsigned deadline_s; /* for a header, a body, the taking of an answer; 0: 60 */
};
/** Answers GET and POST /v1/check, GET /v1/explain, /v1/categories, /livez, /readyz, /metrics and, for people, / from
 * threads of its own (docs/cli.md, HTTP); reads the clock, for expiry. Raises the soft limit of open files of the
 * process to 4,096, or to the hard one: half of them are for connections at most. FF_ERR_CONFIG: `listen` is no
 * address; FF_ERR_UNAVAILABLE when it cannot be bound; message says why. */
FF_MUST_CHECK enum ff_err ff_api_start(const struct ff_api_options *opts, struct ff_api **ret, char *ret_message,
                                       size_t size);
/** Is it an address and a port, as `listen` must be? Names of hosts are none. */
FF_MUST_CHECK bool ff_api_listen_valid(const char *listen);
/** The port that is listened on, also when `listen` said 0. */
unsigned ff_api_port(const struct ff_api *api);
/** Answers what is under way, then stops. NULL is fine. */
void ff_api_stop(struct ff_api *api);

#ifdef __cplusplus
}
#endif
#endif
