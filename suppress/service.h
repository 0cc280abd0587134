/* service.h: suppression on Kafka: `suppress` (owner of partitions), `serve` (read replica), and what an operator's
 * commands read and send there.
 */
#ifndef FF_SUPPRESS_SERVICE_H
#define FF_SUPPRESS_SERVICE_H

#include <signal.h>

#include "kafka/property.h"
#include "suppress/suppress.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_suppress_options {
    const char *brokers, *group, *topic_prefix, *state_dir; /* group default "fivefifty-suppress" */
    const struct ff_kafka_property *properties;
    size_t property_count;
    bool until_end, trust_oob;
    int64_t max_age_s; /* serve: not ready when no broker answered for so long; 0: never for that reason */
    const char *listen; /* address:port of the HTTP interface; NULL: none (required for serve) */
    const volatile sig_atomic_t *stop;
    void (*now_and_then)(void); /* called from the loop of a service, at least once a second; NULL: nothing */
};

/** Room for any message of these calls. */
#define FF_SERVICE_MESSAGE_MAX 900

/** Own partitions of results and commands; publish suppressions, state and changes. Returns the exit status. */
int ff_suppress_run(const struct ff_suppress_options *opts);
/** Materialise the compacted topic and answer look-ups. Returns the exit status. */
int ff_serve_run(const struct ff_suppress_options *opts);

/** Reads mail.suppressions.v1 to its present end and calls `each` for the last record of every active key, in byte
 * order of the keys. Goes through a folder in $TMPDIR of about the size of the topic: it holds the whole list, and
 * is removed also when opts->stop is set, which whoever calls this sees to on SIGTERM and SIGINT. Returns the exit
 * status; 69 without a broker, 75 when stopped. Unless it is 0, message says what is wrong and what to do. */
int ff_suppressions_read(const struct ff_suppress_options *opts, struct ff_slice tenant,
                         bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression,
                                      struct ff_slice state),
                         void *ctx, char *ret_message, size_t size);
/** As ff_lookup_explain() calls it. */
typedef bool ff_explain_fn(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state);
/** Calls `each` for everything known of an address in a tenant, as ff_lookup_explain() does of a state folder of
 * `suppress`. Reads the address's partition of mail.suppression-state.v1, and that of the same address for all
 * tenants, to their present ends, through a folder in $TMPDIR that holds nothing but this address. Otherwise as
 * ff_suppressions_read(); 65: the address is none. */
int ff_explain_read(const struct ff_suppress_options *opts, struct ff_slice tenant, struct ff_slice address,
                    ff_explain_fn *each, void *ctx, char *ret_message, size_t size);
/** Publishes encoded commands to mail.suppression-commands.v1 and waits for the broker: a minute for room in
 * librdkafka's queue, and a minute for its answers. Exit status: 69 no broker, or it did not take all; 75 when
 * *opts->stop is set; unless it is 0, message says how many the broker took, what is wrong and what to do. */
FF_MUST_CHECK int ff_commands_send(const struct ff_suppress_options *opts, const struct ff_command *commands,
                                   size_t count, char *ret_message, size_t size);

#ifdef __cplusplus
}
#endif
#endif
