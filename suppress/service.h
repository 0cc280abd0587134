/* service.h: the long-running sides of suppression: `suppress` (owner of partitions), `serve` (read replica), and the
 * HTTP interface both the embedded `run` and `serve` answer with.
 */
#ifndef FF_SUPPRESS_SERVICE_H
#define FF_SUPPRESS_SERVICE_H

#include <signal.h>
#include <stdio.h>

#include "suppress/suppress.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A librdkafka configuration property of the user's; wins over ours. */
struct ff_suppress_property {
    const char *name, *value;
};

struct ff_suppress_options {
    const char *brokers, *group, *topic_prefix, *state_dir; /* group default "fivefifty-suppress" */
    const struct ff_suppress_property *properties;
    size_t property_count;
    bool until_end, trust_oob;
    const char *listen; /* address:port of the HTTP interface; NULL: none (required for serve) */
    const volatile sig_atomic_t *stop, *reload;
};

/** Own partitions of results and commands; publish suppressions, state and changes. Returns the exit status. */
int ff_suppress_run(const struct ff_suppress_options *opts);
/** Materialise the compacted topic and answer look-ups. Returns the exit status. */
int ff_serve_run(const struct ff_suppress_options *opts);

/** Reads mail.suppressions.v1 to its present end and calls `each` for the last record of every active key, in byte order
 * of the keys. Returns the exit status; 69 without a broker. */
int ff_suppressions_read(const struct ff_suppress_options *opts, struct ff_slice tenant,
                         bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state),
                         void *ctx);
/** Publishes encoded commands to mail.suppression-commands.v1 and waits for the broker. Exit status; unless it is 0, message says
 * what is wrong and what to do. */
FF_MUST_CHECK int ff_commands_send(const struct ff_suppress_options *opts, const struct ff_command *commands, size_t count,
                                   char *ret_message, size_t size);

/* ---- HTTP (libmicrohttpd) -------------------------------------------------------------------------------------- */

struct ff_api;
struct ff_api_options {
    const char *listen;         /* "127.0.0.1:8080", "[::1]:8080" */
    struct ff_suppressor *suppressor; /* NULL: only metrics and health (ingest) */
    bool (*ready)(void *ctx);   /* for /readyz */
    /** Does the state hold the answer to every check? While it does not, and while not ready, checks are refused (421, 503):
     * "not suppressed" would be a guess. NULL: it always does, ready or not. */
    bool (*whole)(void *ctx);
    /** Appends this process's metrics in Prometheus text format to f. */
    void (*metrics)(void *ctx, FILE *f);
    void *ctx;
    unsigned deadline_s; /* for a header, a body, the taking of an answer; 0: 60 */
};
/** Answers GET and POST /v1/check, /livez, /readyz and /metrics from threads of its own (docs/cli.md, HTTP); reads the clock,
 * for expiry. FF_ERR_CONFIG: `listen` is no address; FF_ERR_UNAVAILABLE when it cannot be bound; message says why. */
FF_MUST_CHECK enum ff_err ff_api_start(const struct ff_api_options *opts, struct ff_api **ret, char *ret_message, size_t size);
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
