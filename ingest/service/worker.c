/* worker.c: one thread: read, decode, classify, publish, wait for the broker, commit.
 *
 * The loop never blocks longer than FF_READ_WAIT_MS, so that acknowledgements, rebalances and the end are noticed.
 * Records that were read and do not fit under the in-flight limit wait in `held`.
 */
#include <stdlib.h>

#include "ingest/formats/formats.h"
#include "ingest/service/ingest_int.h"
#include "ingest/service/record_content.h"
#include "proto/clock.h"

/** So often records are read again because the broker refused what came of them; a reason that passes has passed by
 * then. */
#define REFUSALS_MAX 5

#define CACHE_LINE 64
#define FETCH_AHEAD_RECORDS 8
#define FETCH_AHEAD_BYTES 2048

struct worker_pipeline {
    struct session *session;
    const struct ff_decoder_ops *ops;
    struct ff_pipeline *pipeline;
};

/* When the cycle ends. Reading the clock costs a fortieth of a log record, so it is read once in so many bytes of
 * records. */
#define CLOCK_BYTES (64u << 10)
struct cycle_clock {
    int64_t began_us;
    uint64_t read_at_bytes; /* of the totals */
    bool is_over;
};

/* All that is made anew when a client fails for good. */
struct session {
    struct ff_worker *worker;
    struct ff_ingest_run *run;
    struct ff_consumer source;
    struct ff_sink sink;
    struct ff_cycles cycles;
    struct ff_ingest_totals totals; /* without what is in pipelines that still run */
    /* as ff_decoders has them; made when --from or header source-format names it */
    struct worker_pipeline pipelines[FF_FORMATS];
    struct ff_record_content *content;
    uint32_t rules_generation;
    bool rules_late; /* memory is short for new ones; told once */
    const rd_kafka_message_t *msg; /* being processed */
    size_t from;                   /* its topic */
    bool finished_input;           /* until_end: the joiners were told */
    rd_kafka_message_t *held[FF_READ_RECORDS_MAX];
    size_t held_first, held_end;
    int64_t read_at_us, gauges_at_us;
    struct cycle_clock clock;
    struct ff_newest_events newest;
    rd_kafka_topic_partition_list_t *refused; /* where reading began again because the broker refused what came of it */
    unsigned refusals;                        /* how often in turn */
};

/* ---- pipelines --------------------------------------------------------------------------------------------------- */

static void on_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct worker_pipeline *p = ctx;
    struct session *s = p->session;
    ff_newest_note(&s->newest, (size_t)(p - s->pipelines), ev->event_time_us);
    ff_sink_result(&s->sink, ev, v, p->ops->name, record, s->msg, s->from);
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    struct worker_pipeline *p = ctx;
    ff_sink_dead(&p->session->sink, dead, p->ops->name, record, p->session->msg, p->session->from);
}

static int out_of_memory(struct session *s)
{
    s->sink.state = FF_SINK_FAILED;
    return s->sink.exit_status = ff_kafka_say(s->run->voice, FF_EXIT_OSERR, "memory is short (fewer --workers)");
}

/* The pipeline of a format, made at its first record; NULL after a message. */
static struct worker_pipeline *pipeline_for(struct session *s, const struct ff_decoder_ops *ops)
{
    struct worker_pipeline *p = &s->pipelines[ff_decoder_number(ops)];
    if (p->pipeline)
        return p;
    const struct ff_pipeline_sink sink = {.ctx = p, .result = on_result, .dead = on_dead};
    struct ff_decode_options decode = s->run->opts->decode;
    decode.deliveries_counted = s->run->opts->publish != FF_PUBLISH_ALL;
    p->session = s;
    p->ops = ops;
    p->pipeline = ff_pipeline_new(ops, &decode, s->worker->judge, &sink);
    if (!p->pipeline) {
        out_of_memory(s);
        return NULL;
    }
    return p;
}

static void drop_pipelines(struct session *s, bool only_joiners)
{
    for (size_t i = 0; i < FF_FORMATS; i++) {
        struct worker_pipeline *p = &s->pipelines[i];
        if (!p->pipeline || (only_joiners && !p->ops->needs_from))
            continue;
        struct ff_pipeline_counts counts;
        ff_pipeline_counts(p->pipeline, &counts);
        ff_pipeline_counts_add(&s->totals.pipeline, &counts);
        ff_pipeline_free(p->pipeline);
        p->pipeline = NULL;
    }
}

/* Rules changed by SIGHUP take effect between two cycles, for all formats at once. */
static void follow_rules(struct session *s)
{
    if (atomic_load_explicit(&s->run->rules_generation, memory_order_relaxed) == s->rules_generation)
        return;
    uint32_t generation;
    struct ff_rulebook *book = ff_ingest_rules(s->run, &generation);
    if (ff_judge_swap(s->worker->judge, book)) {
        s->rules_generation = generation;
        s->rules_late = false;
    } else if (!s->rules_late) {
        s->rules_late = true;
        ff_kafka_say(s->run->voice, 0, "memory is short; a worker keeps the old rules until it is not");
    }
    ff_rulebook_drop(book);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

/* A record that no decoder sees is one item and one dead letter. */
static void refuse_record(struct session *s, const struct ff_record *record, enum ff_dead reason, const char *message)
{
    struct ff_accounting *a = &s->totals.pipeline.accounting;
    const struct ff_dead_letter dead = {
        .reason = reason, .message = message, .stage = "decode", .payload = record->value, .item_index = -1};
    a->records++;
    a->items++;
    a->dead++;
    a->dead_by[reason]++;
    ff_sink_dead(&s->sink, &dead, s->run->opts->from[s->from].format->name, record, s->msg, s->from);
}

static void take_record(struct session *s, const rd_kafka_message_t *msg)
{
    s->totals.bytes += msg->len;
    /* of no bytes nobody has to know how to read them */
    const struct ff_record_headers how = msg->len ? ff_record_headers(msg) : (struct ff_record_headers){0};
    struct ff_record record = {
        .value = ff_slice_of(msg->payload, msg->len),
        .key = ff_slice_of(msg->key, msg->key_len),
        .position = {.name = s->run->opts->from[s->from].topic, .partition = msg->partition, .offset = msg->offset},
        .tenant = how.tenant,
    };
    rd_kafka_timestamp_type_t kind;
    int64_t timestamp_ms = rd_kafka_message_timestamp(msg, &kind);
    record.timestamp_us = timestamp_ms > 0 ? timestamp_ms * 1000 : 0;

    const struct ff_decoder_ops *ops = s->run->opts->from[s->from].format;
    if (how.format.len > 0 && !(ops = ff_decoder_find(how.format))) {
        refuse_record(s, &record, FF_DEAD_UNKNOWN_FORMAT, "header source-format names no format of ours");
        return;
    }
    struct ff_slice content;
    switch (ff_record_content_open(s->content, how.encoding, record.value, &content)) {
    case FF_OK:
        break;
    case FF_ERR_TOO_LARGE:
        refuse_record(s, &record, FF_DEAD_TOO_LARGE, "the decompressed value is larger than 16 MiB");
        return;
    case FF_ERR_CONFIG:
        refuse_record(s, &record, FF_DEAD_DECOMPRESS_FAILED, "header content-encoding is neither gzip nor zstd");
        return;
    case FF_ERR_NOMEM:
        out_of_memory(s);
        return;
    default:
        refuse_record(s, &record, FF_DEAD_DECOMPRESS_FAILED, "the value is not what header content-encoding says");
        return;
    }
    record.value = content;
    struct worker_pipeline *p = pipeline_for(s, ops);
    if (p)
        ff_pipeline_record(p->pipeline, &record);
}

/* Where a restart must begin so that nothing is missing: behind what was processed, but not behind what a joiner needs;
 * until_end is at its end when everything is committed, so there the joiners' context does not count. */
static int64_t safe_position(struct session *s, const struct ff_partition *part)
{
    int64_t position = part->consumed;
    for (size_t i = 0; !s->finished_input && i < FF_FORMATS; i++) {
        const struct worker_pipeline *p = &s->pipelines[i];
        if (!p->pipeline || !p->ops->needs_from)
            continue;
        int64_t needs = ff_pipeline_needs_from(p->pipeline, s->run->opts->from[part->from].topic, part->number);
        if (needs < position)
            position = needs;
    }
    return position;
}

static void end_cycle(struct session *s, struct ff_cycle *cycle)
{
    for (size_t i = 0; i < s->source.partition_count; i++) {
        struct ff_partition *part = &s->source.partitions[i];
        if (part->consumed < 0)
            continue;
        int64_t position = safe_position(s, part);
        if (position > part->positioned) {
            ff_cycle_position(cycle, i, position);
            part->positioned = position;
        }
    }
    ff_sink_end(&s->sink);
    s->totals.cycles++;
}

static bool full(const struct session *s)
{
    return s->cycles.bytes >= FF_INFLIGHT_BYTES_MAX || ff_cycles_full(&s->cycles);
}

static uint64_t other_stages_us(const struct session *s)
{
    const uint64_t *stage = s->totals.stage_us;
    return stage[FF_INGEST_READ] + stage[FF_INGEST_PUBLISH] + stage[FF_INGEST_WAIT];
}

/* The time since `from_us` that is no other stage's. */
static void clock_decode(struct session *s, int64_t from_us, uint64_t others_before_us)
{
    uint64_t all = (uint64_t)(ff_steady_us() - from_us), others = other_stages_us(s) - others_before_us;
    s->totals.stage_us[FF_INGEST_DECODE] += all > others ? all - others : 0;
}

/* Records lie where librdkafka's thread left them, behind megabytes of others: the bytes of the next one,
 * and what librdkafka keeps about a later one, come into the cache while this one is worked on. */
static void fetch_ahead(const struct session *s)
{
    size_t next = s->held_first, later = next + FETCH_AHEAD_RECORDS;
    if (later < s->held_end)
        for (int at = -1; at < 3; at++) /* librdkafka's part of it is around the message */
            __builtin_prefetch((const char *)s->held[later] + at * CACHE_LINE);
    if (next < s->held_end)
        for (size_t at = 0; at < s->held[next]->len + CACHE_LINE && at < FETCH_AHEAD_BYTES; at += CACHE_LINE)
            __builtin_prefetch((const char *)s->held[next]->payload + at);
}

static int64_t passed_us(const struct session *s)
{
    return ff_steady_us() - s->clock.began_us;
}

/* May more records go into the cycle? Not when its time is over, nor at the in-flight limit. */
static bool has_room(struct session *s)
{
    if (s->totals.bytes >= s->clock.read_at_bytes) {
        s->clock.read_at_bytes = s->totals.bytes + CLOCK_BYTES;
        s->clock.is_over = passed_us(s) >= FF_CYCLE_US_MAX;
    }
    return !s->clock.is_over && s->cycles.bytes < FF_INFLIGHT_BYTES_MAX && s->sink.state == FF_SINK_GOOD;
}

/* Records come in the order of their offsets: those that do not are of another topic, which took the place of the
 * one before. */
static bool went_back(struct session *s, const struct ff_partition *part, int64_t offset)
{
    const char *topic = s->run->opts->from[s->from].topic;
    if (offset >= part->consumed)
        return false;
    if (ff_ingest_topic_made_anew(s->run, s->from, s->source.made[s->from]))
        ff_kafka_say(s->run->voice, 0,
                     "%s/%d ends before what was read of it (was it made anew?): reading the topic from its beginning",
                     topic, part->number);
    return true;
}

/* What is held, as far as there is room. */
static void work_off(struct session *s)
{
    const rd_kafka_topic_t *topic = NULL;
    while (s->held_first < s->held_end && has_room(s)) {
        rd_kafka_message_t *msg = s->held[s->held_first++];
        fetch_ahead(s);
        if (msg->rkt != topic || !topic) /* all that are held hold their topics, so equal pointers are equal topics */
            s->from = ff_consumer_from(&s->source, msg);
        topic = msg->rkt;
        struct ff_partition *part =
            s->from == SIZE_MAX ? NULL : ff_consumer_partition(&s->source, s->from, msg->partition);
        if (part && !went_back(s, part, msg->offset)) {
            s->msg = msg;
            if (part->consumed < 0)
                part->first = msg->offset;
            if (msg->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                part->consumed = msg->offset;
            } else {
                take_record(s, msg);
                part->consumed = msg->offset + 1;
            }
            s->msg = NULL;
        }
        rd_kafka_message_destroy(msg);
    }
}

static void read_records(struct session *s, int wait_ms, int company_ms)
{
    s->read_at_us = ff_steady_us();
    s->held_first = 0;
    s->held_end = ff_consumer_read(&s->source, s->held, FF_READ_RECORDS_MAX, wait_ms, company_ms);
    s->totals.stage_us[FF_INGEST_READ] += (uint64_t)(ff_steady_us() - s->read_at_us);
}

/* A full array says that there is more: it goes into the same cycle, which waits for company no longer than
 * FF_READ_COMPANY_MS in all. News end the cycle; the records that came with them are held until they are taken. */
static bool read_on(struct session *s)
{
    if (s->held_first < s->held_end)
        return false;
    bool backlog = s->held_end == FF_READ_RECORDS_MAX;
    s->held_first = s->held_end = 0;
    if (!backlog || !has_room(s))
        return false;
    int64_t passed_ms = passed_us(s) / 1000;
    read_records(s, 0, passed_ms < FF_READ_COMPANY_MS ? FF_READ_COMPANY_MS - (int)passed_ms : 0);
    return s->held_end > 0 && s->source.news == FF_NEWS_NONE && s->source.exit_status == FF_EXIT_OK &&
           !s->source.restart;
}

/* One cycle: what is held and, in a backlog, what comes behind it, up to FF_CYCLE_US_MAX and the in-flight limit. */
static void process_held(struct session *s)
{
    if (s->held_first == s->held_end || full(s))
        return;
    s->clock = (struct cycle_clock){.began_us = ff_steady_us(), .read_at_bytes = s->totals.bytes + CLOCK_BYTES};
    ff_newest_clock(&s->newest);
    uint64_t others_us = other_stages_us(s);
    struct ff_cycle *cycle = ff_cycles_open(&s->cycles);
    ff_sink_begin(&s->sink, cycle);
    do
        work_off(s);
    while (read_on(s));
    end_cycle(s, cycle);
    clock_decode(s, s->clock.began_us, others_us);
}

static void drop_held(struct session *s)
{
    while (s->held_first < s->held_end)
        rd_kafka_message_destroy(s->held[s->held_first++]);
    s->held_first = s->held_end = 0;
}

static void read_more(struct session *s)
{
    bool at_limit = full(s);
    if (!at_limit && s->held_end > 0)
        return;
    if (!at_limit) {
        read_records(s, FF_READ_WAIT_MS, FF_READ_COMPANY_MS);
        return;
    }
    int64_t now = ff_steady_us();
    ff_sink_poll(&s->sink, FF_READ_WAIT_MS);
    s->totals.stage_us[FF_INGEST_WAIT] += (uint64_t)(ff_steady_us() - now);
    if (now - s->read_at_us >= FF_FULL_READ_INTERVAL_US && s->held_end < FF_READ_RECORDS_MAX) {
        s->held_end += ff_consumer_read(&s->source, s->held + s->held_end, 1, 0, 0);
        s->read_at_us = now;
    }
}

/* ---- what the worker does between records ------------------------------------------------------------------------ */

static void retire(struct session *s, bool wait)
{
    int64_t done[1024];
    int64_t *all = s->source.partition_count <= 1024 ? done : malloc(s->source.partition_count * sizeof *all);
    if (!all)
        return;
    for (size_t i = 0; i < s->source.partition_count; i++)
        all[i] = s->source.partitions[i].done;
    if (ff_cycles_retire(&s->cycles, all))
        for (size_t i = 0; i < s->source.partition_count; i++)
            s->source.partitions[i].done = all[i];
    if (all != done)
        free(all);
    ff_consumer_commit(&s->source, wait);
}

static void publish_counts(struct session *s)
{
    struct ff_ingest_totals t = s->totals;
    for (size_t i = 0; i < FF_FORMATS; i++) {
        struct ff_pipeline_counts counts;
        if (!s->pipelines[i].pipeline)
            continue;
        ff_pipeline_counts(s->pipelines[i].pipeline, &counts);
        ff_pipeline_counts_add(&t.pipeline, &counts);
    }
    pthread_mutex_lock(&s->worker->lock);
    s->worker->published = t;
    pthread_mutex_unlock(&s->worker->lock);
}

/* Lag from what librdkafka knows of the ends already: asking the broker would cost a request per partition. */
static void add_lag(const struct session *s, const struct ff_partition *part, struct ff_ingest_gauges *g)
{
    const char *topic = s->run->opts->from[part->from].topic;
    int64_t low, high;
    if (part->consumed < 0 ||
        rd_kafka_get_watermark_offsets(s->source.consumer, topic, part->number, &low, &high) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0) {
        g->lag_unknown++;
        return;
    }
    if (high > part->consumed)
        g->lag_records += (uint64_t)(high - part->consumed);
    if (s->run->opts->until_end && !ff_ingest_reached(s->run, part->from, part->number, part->consumed))
        g->lag_to_end += (uint64_t)(s->run->ends[part->from][part->number] - part->consumed);
}

/* What changes with every record but is looked at by people: five times a second is enough. */
static void publish_gauges(struct session *s)
{
    int64_t now = ff_steady_us();
    if (now - s->gauges_at_us < FF_GAUGES_INTERVAL_US)
        return;
    s->gauges_at_us = now;
    struct ff_ingest_gauges g = {
        .lag_unknown = !s->source.news_list, /* no assignment yet */
        .partitions = s->source.partition_count,
        .inflight_bytes = s->cycles.bytes,
        .inflight_cycles = s->cycles.count,
        .consumer_queue = rd_kafka_queue_length(s->source.queue) + (s->held_end - s->held_first),
        .producer_queue = (uint64_t)rd_kafka_outq_len(s->sink.producer),
        .newest = s->newest,
    };
    for (size_t i = 0; i < s->source.partition_count; i++)
        add_lag(s, &s->source.partitions[i], &g);
    pthread_mutex_lock(&s->worker->lock);
    s->worker->gauges = g;
    memset(s->worker->judge_counts, 0, sizeof *s->worker->judge_counts);
    ff_judge_counts(s->worker->judge, s->worker->judge_counts);
    pthread_mutex_unlock(&s->worker->lock);
}

/* Waits until everything of this assignment is acknowledged, then commits it. */
static void drain(struct session *s, int wait_ms)
{
    int64_t deadline = ff_steady_us() + (int64_t)wait_ms * 1000;
    bool ending = atomic_load(&s->run->stopping);
    while ((ending || !atomic_load(&s->run->stopping)) && ff_cycles_busy(&s->cycles) && s->sink.state == FF_SINK_GOOD &&
           ff_steady_us() < deadline) {
        ff_sink_poll(&s->sink, 20);
        retire(s, false);
    }
    retire(s, true);
}

static void take_assignment(struct session *s)
{
    size_t slots = (size_t)s->source.news_list->cnt;
    if (ff_cycles_assign(&s->cycles, slots) != FF_OK || ff_consumer_assign(&s->source) != FF_OK)
        out_of_memory(s);
    s->finished_input = false;
}

/* A topic turned out to be another one: as if the partitions were given to us just now. Closing the consumer
 * instead hangs in librdkafka 2.0 when a topic was deleted. */
static void begin_again(struct session *s)
{
    if (s->source.news != FF_NEWS_NONE || s->source.partition_count == 0 ||
        !ff_ingest_topics_are_other(s->run, s->source.made) || ff_ingest_topics_gone(s->run))
        return;
    drop_held(s);
    drain(s, FF_REVOKE_DRAIN_MS);
    drop_pipelines(s, true);
    take_assignment(s);
}

static void take_news(struct session *s)
{
    if (s->source.news == FF_NEWS_NONE)
        return;
    if (s->source.news == FF_NEWS_ASSIGN) {
        take_assignment(s);
        s->totals.rebalances++;
        return;
    }
    drop_held(s);
    if (s->source.news == FF_NEWS_REVOKE)
        drain(s, FF_REVOKE_DRAIN_MS);
    if (ff_cycles_assign(&s->cycles, 0) != FF_OK) /* cannot fail without memory to make */
        out_of_memory(s);
    ff_consumer_unassign(&s->source);
    drop_pipelines(s, true); /* whoever gets the partitions reads again what the joiners knew */
}

/* until_end: when this worker has seen the end of all its partitions, nothing is left that the joiners know something
 * for: the positions go to the end. */
static void finish_input(struct session *s)
{
    if (!s->run->opts->until_end || s->finished_input || s->held_end > 0 || s->source.partition_count == 0 || full(s))
        return;
    for (size_t i = 0; i < s->source.partition_count; i++) {
        const struct ff_partition *part = &s->source.partitions[i];
        if (!ff_ingest_reached(s->run, part->from, part->number, part->consumed))
            return;
    }
    s->finished_input = true;
    struct ff_cycle *cycle = ff_cycles_open(&s->cycles);
    ff_sink_begin(&s->sink, cycle);
    end_cycle(s, cycle);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

/* Of the records that this session could not do, those that the sessions before it could not do either; offsets are
 * where each partition's begin. Others may move on meanwhile. */
static rd_kafka_topic_partition_list_t *still_refused(struct session *s)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    for (size_t pass = 0; pass < 2 && list->cnt == 0; pass++) {
        for (size_t i = 0; i < s->source.partition_count; i++) {
            const struct ff_partition *part = &s->source.partitions[i];
            const char *topic = s->run->opts->from[part->from].topic;
            int64_t begin = part->done >= 0 ? part->done : part->first;
            const rd_kafka_topic_partition_t *before =
                s->refused ? rd_kafka_topic_partition_list_find(s->refused, topic, part->number) : NULL;
            if (part->consumed > begin && (pass == 1 || (before && before->offset == begin)))
                rd_kafka_topic_partition_list_add(list, topic, part->number)->offset = begin;
        }
        if (list->cnt == 0)
            s->refusals = 0;
    }
    s->refusals++;
    return list;
}

/* After a refusal: reading the same records for ever would publish the results beside them for ever. */
static int give_up(struct session *s)
{
    if (!s->sink.refused)
        return FF_EXIT_OK;
    rd_kafka_topic_partition_list_t *list = still_refused(s);
    if (s->refused)
        rd_kafka_topic_partition_list_destroy(s->refused);
    s->refused = list;
    if (s->refusals < REFUSALS_MAX || list->cnt == 0)
        return FF_EXIT_OK;
    return ff_kafka_say(s->run->voice, FF_EXIT_CONFIG,
                        "what comes of the records from %s/%d offset %lld on was refused %u times%s (change the "
                        "settings of the topic that refuses it, or move group %s past the record)",
                        list->elems[0].topic, list->elems[0].partition, (long long)list->elems[0].offset, s->refusals,
                        s->sink.refused_source, s->run->opts->group);
}

static int work(struct session *s)
{
    while (!atomic_load_explicit(&s->run->stopping, memory_order_relaxed)) {
        ff_sink_poll(&s->sink, 0);
        retire(s, false);
        read_more(s);
        take_news(s);
        begin_again(s);
        follow_rules(s);
        process_held(s);
        finish_input(s);
        publish_counts(s);
        publish_gauges(s);
        if (s->source.exit_status != FF_EXIT_OK)
            return s->source.exit_status;
        if (s->sink.state == FF_SINK_FAILED)
            return s->sink.exit_status;
        if (s->sink.state == FF_SINK_RESTART || s->source.restart)
            return give_up(s);
    }
    return FF_EXIT_OK;
}

static void pause_unless_stopping(struct ff_ingest_run *run)
{
    for (int waited = 0; waited < FF_RESTART_PAUSE_MS && !atomic_load(&run->stopping); waited += 50)
        nanosleep(&(struct timespec){0, 50000000}, NULL);
}

/* Clients from start to end. FF_EXIT_OK with the run not stopping: begin anew. */
static int run_session(struct session *s, bool *ret_drained)
{
    int status = ff_sink_open(&s->sink, s->run, &s->totals, &s->cycles);
    if (status == FF_EXIT_OK)
        status = ff_consumer_open(&s->source, s->run);
    if (status == FF_EXIT_OK)
        status = work(s);
    drop_held(s);
    if (s->source.consumer && s->sink.state == FF_SINK_GOOD)
        drain(s, FF_STOP_DRAIN_MS);
    drop_pipelines(s, false);
    publish_counts(s);
    *ret_drained = status != FF_EXIT_OK || atomic_load(&s->run->stopping);
    if (status != FF_EXIT_OK)
        atomic_store(&s->worker->exit_status, status);
    if (*ret_drained)
        atomic_store(&s->worker->drained, true);
    ff_sink_close(&s->sink);
    ff_consumer_close(&s->source);
    ff_cycles_forget(&s->cycles);
    return status;
}

static bool make_judge(struct ff_worker *w, uint32_t *ret_generation)
{
    struct ff_rulebook *book = ff_ingest_rules(w->run, ret_generation);
    w->judge = ff_judge_new(book);
    ff_rulebook_drop(book);
    return w->judge != NULL;
}

void *ff_worker_main(void *arg)
{
    struct ff_worker *w = arg;
    struct session *s = calloc(1, sizeof *s);
    struct ff_record_content *content = ff_record_content_new();
    bool drained = false;
    if (!s || !content || !make_judge(w, &s->rules_generation)) {
        atomic_store(&w->exit_status, ff_kafka_say(w->run->voice, FF_EXIT_OSERR, "memory is short"));
        atomic_store(&w->drained, true);
        drained = true;
    } else {
        s->worker = w;
        s->run = w->run;
        s->content = content;
        ff_cycles_init(&s->cycles);
    }
    while (!drained) {
        (void)run_session(s, &drained);
        if (!drained) {
            s->totals.restarts++;
            pause_unless_stopping(w->run);
        }
    }
    if (s) {
        ff_cycles_fini(&s->cycles);
        if (s->refused)
            rd_kafka_topic_partition_list_destroy(s->refused);
    }
    ff_record_content_free(content);
    free(s);
    atomic_store(&w->finished, true);
    return NULL;
}
