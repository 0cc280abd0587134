/* ingest.h: the `ingest` service: Kafka topics in, results and dead letters out. Stateless but for joiners.
 *
 * N workers, each with its own librdkafka consumer and producer. Offsets are stored only after the broker has
 * acknowledged everything that was made of the records before them (at least once; downstream is idempotent).
 */
#ifndef FF_INGEST_H
#define FF_INGEST_H

#include <signal.h>
#include <stdio.h>

#include "ingest/decode/decode.h"
#include "ingest/pipeline/rulebook.h"
#include "ingest/pipeline/shadow.h"
#include "kafka/property.h"
#include "proto/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_ingest_from {
    const char *topic;
    const struct ff_decoder_ops *format;
};

enum ff_publish { FF_PUBLISH_ALL, FF_PUBLISH_FAILURES, FF_PUBLISH_NONE };

struct ff_ingest_options {
    const char *brokers;
    const char *group;        /* default "fivefifty-ingest" */
    const char *topic_prefix; /* default "mail." */
    const struct ff_ingest_from *from;
    size_t from_count;
    const struct ff_kafka_property *properties;
    size_t property_count;
    unsigned workers; /* 1..64 */
    bool until_end;   /* stop when everything that was in the topics at start is done and committed */
    enum ff_publish publish;
    /** Makes the rules: at start, and again after each SIGHUP, always in the thread of ff_ingest_run(). Exit
     * status, after a message when it is not FF_EXIT_OK. NULL: the built-in rules. */
    int (*open_rules)(void *rules_ctx, struct ff_rule_names *names, struct ff_rulebook **ret);
    /** Told at the end what all workers found, when there were shadow rules. NULL: nobody asks. */
    void (*shadow_report)(void *rules_ctx, const struct ff_shadow *found, const struct ff_rulebook *book);
    void *rules_ctx;
    struct ff_decode_options decode;
    enum ff_batch_codec codec; /* of the results */
    const char *listen; /* address:port for /metrics, /livez and /readyz; NULL: none */
    const volatile sig_atomic_t *stop;   /* set by SIGTERM: drain, commit, return */
    const volatile sig_atomic_t *reload; /* counts SIGHUPs */
};

/** Runs until stop or the end. Returns the exit status (proto/error.h); messages, progress on a terminal and the
 * counts at the end go to stderr. One run at a time in a process. */
int ff_ingest_run(const struct ff_ingest_options *opts);
/** Appends the counts of the run that is under way in Prometheus text format; nothing when there is none. Any
 * thread. */
void ff_ingest_metrics(FILE *f);
/** Did the run find its brokers and topics, and did a broker answer within FF_KAFKA_SILENCE_MS (kafka/silence.h)?
 * Any thread.
 * @param ret_why  what it waits for when it is false, for people; cut at `size` */
bool ff_ingest_ready(char *ret_why, size_t size);

#ifdef __cplusplus
}
#endif
#endif
