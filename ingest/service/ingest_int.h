/* ingest_int.h: the parts of the ingest service and who owns what.
 *
 *     run (main thread): options, rules, watching for the end, signals, report
 *      +- worker (one thread each)
 *          +- source: consumer, assignment, commits        source_kafka.c, topic_watch.c
 *          +- sink:   producer, packed writers, dead letters  sink_kafka.c
 *          +- cycles: what was read until what was acknowledged  cycles.c
 *          +- a pipeline per format                         worker.c
 *
 * A worker shares nothing with the others but the read-only rules and copies of its counts: of the small ones after
 * each cycle, of those per rule and the gauges five times a second, when somebody listens. Rules change between two
 * cycles, so that all of what one cycle produces, and hence every packed record of results, is of one version of the
 * rules. A worker whose producer or consumer fails for good throws both away and begins anew at the committed offsets:
 * nothing is lost, because nothing was committed that was not acknowledged.
 */
#ifndef FF_INGEST_INT_H
#define FF_INGEST_INT_H

#include <pthread.h>

#include "ingest/formats/newest_events.h"
#include "ingest/pipeline/pipeline.h"
#include "ingest/service/cycles.h"
#include "ingest/service/ingest.h"
#include "kafka/letter_log.h"
#include "kafka/voice.h"
#include "proto/address.h"
#include "proto/topics.h"

/** Topics one process reads. */
#define FF_FROM_MAX 32
#define FF_WORKERS_MAX 64
/** Records taken at a time: few enough that what librdkafka knows of each is still in a near cache when its turn comes.
 * How long a worker waits for the first of them, and how long that one waits for company: what a lone record waits
 * before it is published. */
#define FF_READ_RECORDS_MAX 512
#define FF_READ_WAIT_MS 50
#define FF_READ_COMPANY_MS 15
/** How long one cycle works while there is a backlog (else it ends FF_READ_COMPANY_MS after it began). Longer ones
 * would publish their first results, see SIGTERM or new rules and tell the counts late; shorter ones make records
 * of few results, which compress badly and each cost the broker a request (8 MiB of log records, a hundredth of a
 * second, were 0.84 of the rate). */
#define FF_CYCLE_US_MAX 50000
/** Bytes produced and not acknowledged, per worker; at the limit it stops reading (but for one record a second, which
 * keeps its membership of the group answering). One record's results may exceed it. */
#define FF_INFLIGHT_BYTES_MAX (32u << 20)
#define FF_FULL_READ_INTERVAL_US 1000000
/** Before partitions are given away, and before the program ends, what is under way may take this long. */
#define FF_REVOKE_DRAIN_MS 3000
#define FF_STOP_DRAIN_MS 5000
#define FF_COMMIT_INTERVAL_US 100000
#define FF_COMMIT_WAIT_MS 3000
/** A consumer that does not close within this time is left to the end of the process (librdkafka before 2.6 may
 * hang). */
#define FF_CLOSE_WAIT_MS 3000
#define FF_RESTART_PAUSE_MS 1000
/** How old what /metrics says of a worker may be. */
#define FF_GAUGES_INTERVAL_US 200000
#define FF_PRODUCER_NAME "fivefifty/" FF_VERSION

/** What a worker spends its time on; clocked per cycle and per batch, not per record. */
enum ff_ingest_stage {
    FF_INGEST_READ,    /* taking records from librdkafka, and waiting for some */
    FF_INGEST_DECODE,  /* decode, classify, write into batches */
    FF_INGEST_PUBLISH, /* compress batches and hand them to librdkafka */
    FF_INGEST_WAIT,    /* at a limit: waiting for acknowledgements */
    FF_INGEST_STAGE_COUNT
};

/** State at one moment, summed over the workers. */
struct ff_ingest_gauges {
    uint64_t lag_records;  /* of partitions whose position is known: their end - next record to be processed */
    uint64_t lag_unknown;  /* partitions of which it is not, and workers without an assignment yet */
    uint64_t lag_to_end;   /* the same to where until_end ends */
    uint64_t partitions;   /* assigned */
    uint64_t inflight_bytes, inflight_cycles;
    uint64_t consumer_queue; /* records fetched and not taken; those held back included */
    uint64_t producer_queue; /* records produced and not acknowledged */
    struct ff_newest_events newest;
};

struct ff_ingest_totals {
    struct ff_pipeline_counts pipeline;
    uint64_t bytes; /* of the values of records read */
    uint64_t stage_us[FF_INGEST_STAGE_COUNT];
    uint64_t results, filtered; /* events published and not (ff_ingest_options.publish) */
    uint64_t refused_events;    /* too large to publish: dead letters instead; not in pipeline.accounting.dead */
    uint64_t dead_letters;      /* produced */
    uint64_t batches, batch_bytes;
    uint64_t cycles, rebalances, restarts;
};

struct ff_ingest_run;

/** Whom all clients of a run talk to. */
static inline struct ff_kafka_access ff_ingest_access(const struct ff_ingest_options *o)
{
    return (struct ff_kafka_access){o->brokers, o->properties, o->property_count};
}

/* ---- sink_kafka.c ------------------------------------------------------------------------------------------------ */

enum ff_sink_state {
    FF_SINK_GOOD,
    FF_SINK_RESTART, /* the producer is of no use any more; a new one may be */
    FF_SINK_FAILED,  /* needs a person; a message was printed; see exit_status */
};

struct ff_sink {
    struct ff_kafka_voice *voice; /* first: the opaque of the configuration */
    struct ff_ingest_run *run;
    struct ff_ingest_totals *totals;
    struct ff_cycles *cycles;
    struct ff_cycle *cycle; /* open */
    rd_kafka_t *producer;
    rd_kafka_topic_t *results, *dead[FF_FROM_MAX];
    struct ff_batch_packer *packer;   /* of all writers */
    struct ff_result_writer *writers; /* one per partition of the results */
    int *dirty; /* partitions whose writer holds something */
    int dirty_count;
    enum ff_sink_state state;
    int exit_status;
    bool refused; /* FF_SINK_RESTART because the broker refused a message: the same may happen again */
    char refused_source[FF_TOPIC_NAME_SIZE + 80]; /* the record it came of, where that is known: ": ..." */
};

/* Everything of a sink is called by its worker's thread. What goes wrong is said once, on stderr, and stands in
 * `state` and
 * `exit_status`; the worker looks there after each cycle. */

/** Exit status; after a failure, too, ff_sink_close() is due. The cycles must outlive the sink: acknowledgements go
 * to them. */
int ff_sink_open(struct ff_sink *s, struct ff_ingest_run *run, struct ff_ingest_totals *totals,
                 struct ff_cycles *cycles);
/** Does not wait for what was not acknowledged (drain() does, before). */
void ff_sink_close(struct ff_sink *s);
/** What is published from now until ff_sink_end() belongs to this cycle. */
void ff_sink_begin(struct ff_sink *s, struct ff_cycle *cycle);
/** Publishes what the writers hold; the cycle is then complete. */
void ff_sink_end(struct ff_sink *s);
/** One line with the producer's settings in force. Exit status. */
int ff_sink_say_settings(const struct ff_ingest_run *run);
/** Serves acknowledgements for up to wait_ms. */
void ff_sink_poll(struct ff_sink *s, int wait_ms);
/** Appends a result to the open batch of its partition, which is published when it is full, and at ff_sink_end();
 * counts it, or counts it as filtered where `publish` leaves it out. An event that is too large becomes a dead letter.
 * Between begin and end only. Event, verdict and record are copied; at the limit of librdkafka's queue it waits for
 * acknowledgements.
 * @param format  name of the format, with static lifetime: a batch holds results of one
 * @param msg  the record as librdkafka has it
 * @param from  index of its topic in opts->from */
void ff_sink_result(struct ff_sink *s, const struct ff_event *ev, const struct ff_verdict *v, const char *format,
                    const struct ff_record *record, const rd_kafka_message_t *msg, size_t from);
/** Publishes a dead letter at once, to the dead-letter topic of `from`, with the key, the time and the headers of
 * its record, and notes it for the lines on stderr. One that its topic finds too large goes without the tails of
 * its value and key. Parameters and waiting as above; everything is copied. */
void ff_sink_dead(struct ff_sink *s, const struct ff_dead_letter *dead, const char *format,
                  const struct ff_record *record, const rd_kafka_message_t *msg, size_t from);

/* ---- source_kafka.c ---------------------------------------------------------------------------------------------- */

struct ff_partition {
    size_t from;
    int32_t number;
    int64_t first;     /* the first offset seen */
    int64_t consumed;  /* next offset to be processed; -1: nothing known yet */
    int64_t done, sent, committed; /* next offset: acknowledged, in a commit, committed */
    int64_t positioned; /* what the last cycle said */
};

enum ff_consumer_news { FF_NEWS_NONE, FF_NEWS_ASSIGN, FF_NEWS_REVOKE, FF_NEWS_LOST };

struct ff_consumer {
    struct ff_kafka_voice *voice; /* first */
    struct ff_ingest_run *run;
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue, *answers;
    enum ff_consumer_news news; /* a rebalance that waits for the worker */
    rd_kafka_topic_partition_list_t *news_list;
    bool closing, commit_busy, restart;
    uint32_t made[FF_FROM_MAX]; /* the topics that this consumer reads: ff_ingest_topics_seen() */
    const char *user, *password; /* what wakes its fetchers (source_kafka.c) */
    size_t wake_bytes, taken_bytes; /* how much between two wakings; taken since the last */
    int exit_status;
    int64_t commit_at_us;
    struct ff_partition *partitions;
    size_t partition_count;
    int32_t *slots[FF_FROM_MAX]; /* by partition number: slot + 1 */
    int32_t slots_size[FF_FROM_MAX];
};

/** Exit status. */
int ff_consumer_open(struct ff_consumer *s, struct ff_ingest_run *run);
void ff_consumer_close(struct ff_consumer *s);
/** One line with the consumers' settings in force. Exit status. */
int ff_consumer_say_settings(const struct ff_ingest_run *run);
/** Up to max records. Serves rebalances (they wait in s->news; all records are of the assignment before), errors and
 * commits.
 * @param max  more than 1, when wait_ms is not 0
 * @param wait_ms  for the first one; 0: what follows is for all of them
 * @param company_ms  for the others */
size_t ff_consumer_read(struct ff_consumer *s, rd_kafka_message_t **ret_msgs, size_t max, int wait_ms, int company_ms);
/** The topic of a message; SIZE_MAX when it is none of ours. */
size_t ff_consumer_from(const struct ff_consumer *s, const rd_kafka_message_t *msg);
/** NULL when it is not assigned (any more). */
struct ff_partition *ff_consumer_partition(const struct ff_consumer *s, size_t from, int32_t number);
/** Takes the partitions of the news. FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_consumer_assign(struct ff_consumer *s);
/** Gives all partitions back. */
void ff_consumer_unassign(struct ff_consumer *s);
/** Commits what is done and not committed. @param wait  until the answer is there, at most FF_COMMIT_WAIT_MS */
void ff_consumer_commit(struct ff_consumer *s, bool wait);

/* ---- record_headers.c -------------------------------------------------------------------------------------------- */

/** The headers that say how to read a record; empty: not there, or no tenant (ff_tenant_is_valid()). They live as
 * long as the message. */
struct ff_record_headers {
    struct ff_slice tenant, format, encoding;
};
struct ff_record_headers ff_record_headers(const rd_kafka_message_t *msg);

/* ---- worker.c ---------------------------------------------------------------------------------------------------- */

struct ff_worker {
    struct ff_ingest_run *run;
    unsigned index;
    pthread_t thread;
    bool started;
    atomic_bool drained; /* everything that will be done is done; only closing is left */
    atomic_bool finished;
    atomic_int exit_status;
    struct ff_judge *judge;  /* the worker's own until it has drained */
    pthread_mutex_t lock;    /* of what follows */
    struct ff_ingest_totals published;
    struct ff_ingest_gauges gauges;
    struct ff_judge_counts *judge_counts;
};
void *ff_worker_main(void *worker);

/* ---- ingest_run.c ------------------------------------------------------------------------------------------------ */

struct ff_ingest_run {
    struct ff_kafka_voice *voice;
    struct ff_kafka_voice voice_mem;
    const struct ff_ingest_options *opts;
    char results_topic[FF_TOPIC_NAME_SIZE];
    char dead_topic[FF_FROM_MAX][FF_TOPIC_NAME_SIZE];
    int results_partitions;
    int64_t *ends[FF_FROM_MAX]; /* until_end: per partition, where the topic ended at start; INT64_MAX afterwards */
    int partitions[FF_FROM_MAX];
    _Atomic uint32_t made[FF_FROM_MAX];   /* how often the topic turned out to be another one than before */
    _Atomic int64_t gone_us[FF_FROM_MAX]; /* monotonic: since when it is not there; 0: it is */
    unsigned kept[FF_FROM_MAX]; /* the main thread's, as what follows */
    rd_kafka_topic_t *watched[FF_FROM_MAX];
    atomic_bool stopping;
    struct ff_rule_names *rule_names;
    pthread_mutex_t rules_lock;
    struct ff_rulebook *rules; /* of rules_generation */
    _Atomic uint32_t rules_generation;
    uint64_t reloads, reload_failures; /* under rules_lock */
    sig_atomic_t reload_seen;          /* the main thread's */
    struct ff_worker *workers;
    unsigned worker_count;
    struct ff_letter_log letters;
    /* since the epoch: when the group took offsets of this process, the last time; 0: never */
    _Atomic int64_t committed_us;
};

/** Does the topic's partition hold something at or behind `position` that until_end must do? */
bool ff_ingest_reached(const struct ff_ingest_run *run, size_t from, int32_t partition, int64_t position);

/* ---- topic_watch.c ----------------------------------------------------------------------------------------------- */

/** Makes the topics known to the main thread's client, so that it asks about them; until _forget(). */
void ff_ingest_topics_name(struct ff_ingest_run *run, rd_kafka_t *rk);
void ff_ingest_topics_forget(struct ff_ingest_run *run);
/** Asks whether they are there; waits a second at most. An answer also ends an outage. Exit status: one is missing
 * for too long, or until_end cannot be reached any more. Main thread. */
int ff_ingest_topics_watch(struct ff_ingest_run *run, rd_kafka_t *rk);
/** Is one not there at present? Any thread, as all below. */
bool ff_ingest_topics_gone(const struct ff_ingest_run *run);
/** The topics as they are now, to be compared with later. */
void ff_ingest_topics_seen(const struct ff_ingest_run *run, uint32_t made[FF_FROM_MAX]);
bool ff_ingest_topic_is_other(const struct ff_ingest_run *run, size_t from, const uint32_t made[FF_FROM_MAX]);
bool ff_ingest_topics_are_other(const struct ff_ingest_run *run, const uint32_t made[FF_FROM_MAX]);
/** Is what was read of it about the topic as it is? */
bool ff_ingest_may_commit(const struct ff_ingest_run *run, size_t from, const uint32_t made[FF_FROM_MAX]);
/** The topic is another one than when it was seen. false: somebody noticed before. */
bool ff_ingest_topic_made_anew(struct ff_ingest_run *run, size_t from, uint32_t seen);

/* ---- ingest_rules.c ---------------------------------------------------------------------------------------------- */

/** The rules to begin with. Exit status. */
int ff_ingest_rules_open(struct ff_ingest_run *run);
/** After a SIGHUP: new rules for all records from each worker's next cycle on; bad ones change nothing. Main thread. */
void ff_ingest_rules_reload(struct ff_ingest_run *run);
/** A use of the rules in force, to be dropped; *ret_generation tells them from later ones. Any thread. */
struct ff_rulebook *ff_ingest_rules(struct ff_ingest_run *run, uint32_t *ret_generation);
/** Any thread. */
void ff_ingest_rules_status(struct ff_ingest_run *run, struct ff_rules_status *ret);

/* ---- report.c ---------------------------------------------------------------------------------------------------- */
void ff_ingest_totals_add(struct ff_ingest_totals *a, const struct ff_ingest_totals *b);
/** The identity of accounting, across decoder, pipeline and producer. */
bool ff_ingest_totals_hold(const struct ff_ingest_totals *t);
/** "records R  items I  events E ..." on f. */
void ff_ingest_report(FILE *f, const struct ff_ingest_totals *t, double seconds);
void ff_ingest_totals_metrics(FILE *f, const struct ff_ingest_totals *t);
void ff_ingest_gauges_add(struct ff_ingest_gauges *a, const struct ff_ingest_gauges *b);
void ff_ingest_gauges_metrics(FILE *f, const struct ff_ingest_gauges *g);
/** Whether there are brokers, and what is only known while there are. */
void ff_ingest_brokers_metrics(FILE *f, const struct ff_ingest_run *run, const struct ff_ingest_gauges *g);

#endif
