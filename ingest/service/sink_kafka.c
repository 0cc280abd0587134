/* sink_kafka.c: results, packed per destination partition, and dead letters, each acknowledged to the cycle it came
 * from.
 *
 * A result goes to the partition its (tenant, address) belongs to (ff_address_partition), so that whoever owns that
 * partition of the results owns exactly the suppressions they can change. There is one open batch per partition; all
 * are closed at the end of a cycle (FF_READ_COMPANY_MS after its first record at the latest), so a produced record
 * belongs to one cycle. The alternative, batches that outlive cycles, packs better at low rates, where it does not
 * matter.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "ingest/service/ingest_int.h"
#include "kafka/dead_letter.h"
#include "proto/address.h"
#include "proto/batch.h"
#include "proto/clock.h"
#include "proto/time_text.h"

/* Above librdkafka's and the topic's default: one event may have 1 MiB, one dead letter 8 MiB. */
#define PRODUCE_BYTES_MAX "10485760"
#define RESULTS_CONTENT_TYPE "application/x-protobuf; messageType=fivefifty.v1.ResultBatch"
#define SCHEMA_MINOR "0"

/* What a dead letter keeps of a key when it is too large as it is, and of each header it takes over. */
#define DEAD_KEY_MAX (64u << 10)
#define DEAD_HEADER_MAX 4096u

struct outgoing {
    rd_kafka_topic_t *topic;
    int32_t partition;
    struct ff_slice key, value;
    bool has_key;
    int64_t timestamp_ms; /* 0: when it is sent */
    rd_kafka_headers_t *headers;
};

struct ff_result_writer {
    struct ff_batch_writer *batch;
    const char *format; /* of the records in it */
};

static const struct ff_kafka_setting producer_settings[] = {
    {"compression.codec", "none", 0}, /* packed values hold zstd already */
    {"message.max.bytes", PRODUCE_BYTES_MAX, 0},
    {"linger.ms", "1", 0},
    /* Small requests: a broker that throttles us answers each before the request times out. */
    {"batch.size", "262144", 0},
    {"request.timeout.ms", "60000", 0},
    {"queue.buffering.max.kbytes", "131072", 0},
    {"queue.buffering.max.messages", "1000000", 0},
    {"partitioner", "murmur2_random", 0}, /* keyed dead letters land where the Java clients would put them */
    {"client.id", "fivefifty-ingest", 0},
    {NULL, NULL, 0},
};
static const struct ff_kafka_setting *const producer_tables[] = {ff_kafka_settings_producer, producer_settings,
                                                                 ff_kafka_settings_all, NULL};

int ff_sink_say_settings(const struct ff_ingest_run *run)
{
    const struct ff_ingest_options *o = run->opts;
    return ff_kafka_say_settings(run->voice, "each producer", producer_tables, o->properties, o->property_count);
}

static void fail(struct ff_sink *s, int status)
{
    s->state = FF_SINK_FAILED;
    s->exit_status = status;
}

static void header_u64(rd_kafka_headers_t *h, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    rd_kafka_header_add(h, name, -1, text, -1);
}

/* Of which record a dead letter tells, for messages: ": the dead letter of TOPIC/PARTITION offset N"; else empty. */
static void name_source(const rd_kafka_headers_t *headers, char *ret, size_t size)
{
    static const char *const names[] = {FF_LETTER_SOURCE_TOPIC, FF_LETTER_SOURCE_PARTITION, FF_LETTER_SOURCE_OFFSET};
    const void *value[3];
    size_t len;
    *ret = '\0';
    for (size_t i = 0; i < 3; i++)
        if (!headers || rd_kafka_header_get_last(headers, names[i], &value[i], &len) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return;
    snprintf(ret, size, ": the dead letter of %s/%s offset %s", (const char *)value[0], (const char *)value[1],
             (const char *)value[2]);
}

/* What a refused message means for the whole sink. */
static void refused(struct ff_sink *s, const struct outgoing *m, rd_kafka_resp_err_t err)
{
    const char *topic = rd_kafka_topic_name(m->topic), *why = rd_kafka_err2str(err);
    char *source = s->refused_source;
    if (s->state != FF_SINK_GOOD)
        return;
    name_source(m->headers, source, sizeof s->refused_source);
    switch ((int)err) {
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        fail(s, ff_kafka_say(s->voice, FF_EXIT_CONFIG, "%s: %s (run fivefifty topics create)", topic, why));
        break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        fail(s, ff_kafka_say(s->voice, FF_EXIT_NOPERM, "%s: %s (allow this user to write there)", topic, why));
        break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        fail(s, ff_kafka_say(s->voice, FF_EXIT_CONFIG,
                             "%s: %s: %zu bytes%s (raise the topic's max.message.bytes; fivefifty topics check)", topic,
                             why, m->key.len + m->value.len, source));
        break;
    default:
        ff_kafka_say(s->voice, 0, "%s: %s%s (starting the producer anew)", topic, why, source);
        s->state = FF_SINK_RESTART;
        s->refused = err != RD_KAFKA_RESP_ERR__FATAL; /* that is about the producer */
    }
}

/* Takes the message's headers if it could be queued. */
static rd_kafka_resp_err_t enqueue(struct ff_sink *s, const struct outgoing *m, struct ff_cycle *cycle)
{
    rd_kafka_resp_err_t err = rd_kafka_producev(
        s->producer, RD_KAFKA_V_RKT(m->topic), RD_KAFKA_V_PARTITION(m->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(m->has_key ? m->key.ptr : NULL, m->has_key ? m->key.len : 0),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)m->value.ptr, m->value.len), RD_KAFKA_V_TIMESTAMP(m->timestamp_ms),
        RD_KAFKA_V_HEADERS(m->headers), RD_KAFKA_V_OPAQUE(cycle), RD_KAFKA_V_END);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        ff_cycle_sent(cycle, m->value.len);
    return err;
}

/* A dead letter that librdkafka or its topic finds too large goes without the tails of its value and its key;
 * stopping for it would let bad input stop us. */
static bool shorten(const struct ff_sink *s, struct outgoing *m)
{
    if (m->topic == s->results || (m->value.len <= FF_DEAD_PAYLOAD_MAX && m->key.len <= DEAD_KEY_MAX))
        return false;
    uint64_t full = ff_kafka_letter_cut(&m->value, FF_DEAD_PAYLOAD_MAX),
             full_key = ff_kafka_letter_cut(&m->key, DEAD_KEY_MAX);
    if (full)
        header_u64(m->headers, FF_LETTER_FULL_BYTES, full);
    if (full_key)
        header_u64(m->headers, FF_LETTER_FULL_KEY_BYTES, full_key);
    return true;
}

/* A topic takes timestamps from a while ago to a while ahead only (message.timestamp.before.max.ms, .after.max.ms).
 * A dead letter with that of its record, which is in a header, too, goes with that of now. */
static bool bring_forward(const struct ff_sink *s, struct outgoing *m)
{
    if (m->topic == s->results || m->timestamp_ms == 0)
        return false;
    rd_kafka_header_add(m->headers, FF_LETTER_TIMESTAMP, -1, FF_LETTER_TIMESTAMP_REFUSED, -1);
    m->timestamp_ms = 0;
    return true;
}

/* That a dead letter was sent with: librdkafka does not say it of a message that failed. */
static int64_t timestamp_ms_of(const rd_kafka_headers_t *headers)
{
    const void *text;
    size_t len;
    if (rd_kafka_header_get_last(headers, FF_LETTER_TIMESTAMP, &text, &len) == RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, FF_LETTER_SOURCE_TIMESTAMP, &text, &len) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    return strtoll(text, NULL, 10); /* librdkafka ends header values with a NUL */
}

static bool mend(const struct ff_sink *s, struct outgoing *m, rd_kafka_resp_err_t err)
{
    if (err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        return shorten(s, m);
    return ff_kafka_refuses_time(err) && bring_forward(s, m);
}

/* false: it cannot be sent otherwise either. */
static bool send_again(struct ff_sink *s, const rd_kafka_message_t *msg)
{
    rd_kafka_headers_t *headers = NULL;
    struct outgoing m = {.topic = msg->rkt,
                         .partition = RD_KAFKA_PARTITION_UA,
                         .key = ff_slice_of(msg->key, msg->key_len),
                         .value = ff_slice_of(msg->payload, msg->len),
                         .has_key = msg->key != NULL};
    (void)rd_kafka_message_headers(msg, &headers);
    m.headers = headers ? rd_kafka_headers_copy(headers) : rd_kafka_headers_new(1);
    m.timestamp_ms = timestamp_ms_of(m.headers);
    rd_kafka_resp_err_t err = msg->err;
    bool sent = mend(s, &m, err) && (err = enqueue(s, &m, msg->_private)) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!sent) {
        refused(s, &m, err);
        rd_kafka_headers_destroy(m.headers);
    }
    return sent;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque)
{
    struct ff_sink *s = opaque;
    (void)rk;
    bool ok = msg->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (ok)
        ff_kafka_works(s->voice);
    else
        ok = send_again(s, msg);
    ff_cycle_acknowledged(msg->_private, msg->len, ok);
}

static rd_kafka_topic_t *topic_new(struct ff_sink *s, const char *name, const char *codec)
{
    char why[FF_KAFKA_TEXT_MAX];
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(s->producer);
    if (rd_kafka_topic_conf_set(conf, "compression.codec", codec, why, sizeof why) != RD_KAFKA_CONF_OK)
        ff_kafka_say(s->voice, 0, "librdkafka: %s", why);
    rd_kafka_topic_t *t = rd_kafka_topic_new(s->producer, name, conf);
    if (!t)
        ff_kafka_say(s->voice, 0, "%s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
    return t;
}

int ff_sink_open(struct ff_sink *s, struct ff_ingest_run *run, struct ff_ingest_totals *totals,
                 struct ff_cycles *cycles)
{
    const struct ff_ingest_options *o = run->opts;
    memset(s, 0, sizeof *s);
    s->voice = run->voice;
    s->run = run;
    s->totals = totals;
    s->cycles = cycles;
    const struct ff_kafka_access access = ff_ingest_access(o);
    rd_kafka_conf_t *conf = ff_kafka_voice_conf(s->voice, &access, producer_tables, s);
    if (!conf)
        return FF_EXIT_CONFIG;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    s->producer = ff_kafka_voice_new(s->voice, RD_KAFKA_PRODUCER, conf);
    if (!s->producer)
        return FF_EXIT_CONFIG;
    for (size_t i = 0; i < o->from_count; i++)
        if (!(s->dead[i] = topic_new(s, run->dead_topic[i], "zstd")))
            return FF_EXIT_CONFIG;
    if (o->publish == FF_PUBLISH_NONE)
        return FF_EXIT_OK;
    s->results = topic_new(s, run->results_topic, "none");
    s->writers = calloc((size_t)run->results_partitions, sizeof *s->writers);
    s->dirty = calloc((size_t)run->results_partitions, sizeof *s->dirty);
    s->packer = ff_batch_packer_new(o->codec, FF_BATCH_ZSTD_QUICK);
    if (!s->results)
        return FF_EXIT_CONFIG;
    return s->writers && s->dirty && s->packer ? FF_EXIT_OK : ff_kafka_say(s->voice, FF_EXIT_OSERR, "memory is short");
}

void ff_sink_close(struct ff_sink *s)
{
    if (s->producer) {
        for (size_t i = 0; i < FF_FROM_MAX; i++)
            if (s->dead[i])
                rd_kafka_topic_destroy(s->dead[i]);
        if (s->results)
            rd_kafka_topic_destroy(s->results);
        /* Nobody waits for what is still under way: it was not committed and will be read again. */
        if (s->cycles->count > 0) {
            s->state = FF_SINK_FAILED;
            rd_kafka_purge(s->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
            rd_kafka_poll(s->producer, 0);
        }
        rd_kafka_destroy(s->producer);
    }
    for (int i = 0; s->writers && i < s->run->results_partitions; i++)
        ff_batch_writer_free(s->writers[i].batch);
    ff_batch_packer_free(s->packer);
    free(s->writers);
    free(s->dirty);
    s->producer = NULL;
    s->writers = NULL;
    s->dirty = NULL;
    s->packer = NULL;
}

void ff_sink_begin(struct ff_sink *s, struct ff_cycle *cycle)
{
    s->cycle = cycle;
}

void ff_sink_poll(struct ff_sink *s, int wait_ms)
{
    rd_kafka_poll(s->producer, wait_ms);
    char why[FF_KAFKA_TEXT_MAX];
    if (s->state != FF_SINK_GOOD)
        return;
    rd_kafka_resp_err_t err = rd_kafka_fatal_error(s->producer, why, sizeof why);
    if (err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
        fail(s, ff_kafka_say(s->voice, FF_EXIT_NOPERM, "producer: %s (allow this user to write to a topic)", why));
    } else if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ff_kafka_say(s->voice, 0, "producer: %s (starting it anew)", why);
        s->state = FF_SINK_RESTART;
    }
}

/* Produces, waiting while librdkafka's queue is full. Takes the headers in any case. */
static void produce(struct ff_sink *s, struct outgoing *m)
{
    rd_kafka_resp_err_t err;
    while ((err = enqueue(s, m, s->cycle)) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (mend(s, m, err))
            continue;
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            break;
        int64_t from_us = ff_steady_us();
        ff_sink_poll(s, 100);
        s->totals->stage_us[FF_INGEST_WAIT] += (uint64_t)(ff_steady_us() - from_us);
        if (s->state != FF_SINK_GOOD || atomic_load(&s->run->stopping))
            break; /* the cycle stays incomplete and is not committed */
    }
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    s->cycle->broken = true;
    if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        refused(s, m, err);
    rd_kafka_headers_destroy(m->headers);
}

static void publish(struct ff_sink *s, int32_t partition)
{
    struct ff_result_writer *w = &s->writers[partition];
    struct ff_slice value;
    size_t count = ff_batch_count(w->batch);
    if (ff_batch_close(w->batch, &value) != FF_OK) {
        s->cycle->broken = true;
        fail(s, ff_kafka_say(s->voice, FF_EXIT_OSERR, "a batch of results cannot be compressed (memory is short?)"));
        return;
    }
    rd_kafka_headers_t *h = rd_kafka_headers_new(5);
    rd_kafka_header_add(h, "content-type", -1, RESULTS_CONTENT_TYPE, -1);
    header_u64(h, "event-count", count);
    rd_kafka_header_add(h, "source-format", -1, w->format, -1);
    rd_kafka_header_add(h, "producer", -1, FF_PRODUCER_NAME, -1);
    rd_kafka_header_add(h, "schema-minor", -1, SCHEMA_MINOR, -1);
    s->totals->batches++;
    s->totals->batch_bytes += value.len;
    produce(s, &(struct outgoing){.topic = s->results, .partition = partition, .value = value, .headers = h});
    ff_batch_begin(w->batch, ff_slice_str(w->format), FF_SLICE(FF_PRODUCER_NAME));
}

/* Publishes one batch, if there is something in it, and clocks it. */
static void flush(struct ff_sink *s, int32_t partition)
{
    uint64_t *stage = s->totals->stage_us, waited = stage[FF_INGEST_WAIT];
    if (ff_batch_count(s->writers[partition].batch) == 0)
        return;
    int64_t from_us = ff_steady_us();
    publish(s, partition);
    stage[FF_INGEST_PUBLISH] += (uint64_t)(ff_steady_us() - from_us) - (stage[FF_INGEST_WAIT] - waited);
}

void ff_sink_end(struct ff_sink *s)
{
    for (int i = 0; i < s->dirty_count; i++) {
        flush(s, s->dirty[i]);
        s->writers[s->dirty[i]].format = NULL;
    }
    s->dirty_count = 0;
    ff_cycle_close(s->cycle);
    s->cycle = NULL;
}

/* The open batch of a partition, begun for this format. */
static struct ff_result_writer *writer_for(struct ff_sink *s, int32_t partition, const char *format)
{
    struct ff_result_writer *w = &s->writers[partition];
    if (!w->batch && !(w->batch = ff_batch_writer_new_shared(FF_BATCH_RESULTS, s->packer)))
        return NULL;
    if (w->format == format)
        return w;
    if (w->format)
        flush(s, partition);
    else
        s->dirty[s->dirty_count++] = partition;
    w->format = format;
    ff_batch_begin(w->batch, ff_slice_str(format), FF_SLICE(FF_PRODUCER_NAME));
    return w;
}

/* Without a valid key nobody can suppress the address, but its results still belong together. */
static int32_t partition_of(const struct ff_sink *s, const struct ff_event *ev)
{
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    struct ff_slice k = ev->recipient;
    if (ff_address_key(ev->recipient, key, &len) == FF_OK)
        k = ff_slice_of(key, len);
    return (int32_t)ff_address_partition(ev->tenant_id, k, (uint32_t)s->run->results_partitions);
}

static bool wanted(const struct ff_sink *s, uint32_t kind)
{
    switch (s->run->opts->publish) {
    case FF_PUBLISH_ALL:
        return true;
    case FF_PUBLISH_FAILURES:
        return ff_kind_is_failure(kind) || kind == FF_KIND_FEEDBACK || kind == FF_KIND_UNSUBSCRIBE;
    case FF_PUBLISH_NONE:
        break;
    }
    return false;
}

void ff_sink_result(struct ff_sink *s, const struct ff_event *ev, const struct ff_verdict *v, const char *format,
                    const struct ff_record *record, const rd_kafka_message_t *msg, size_t from)
{
    uint8_t verdict[FF_VERDICT_BYTES_MAX];
    if (!wanted(s, ev->kind)) {
        s->totals->filtered++;
        return;
    }
    int32_t partition = partition_of(s, ev);
    struct ff_result_writer *w = writer_for(s, partition, format);
    if (!w) {
        s->cycle->broken = true;
        fail(s, ff_kafka_say(s->voice, FF_EXIT_OSERR, "memory is short (fewer --workers)"));
        return;
    }
    size_t len = v->category == FF_CATEGORY_NONE ? 0 : ff_verdict_encode(v, verdict);
    enum ff_err err = ff_batch_add_result(w->batch, ev, ff_slice_of(verdict, len));
    if (err == FF_ERR_TOO_LARGE && ff_batch_count(w->batch) > 0) {
        flush(s, partition);
        err = ff_batch_add_result(w->batch, ev, ff_slice_of(verdict, len));
    }
    if (err == FF_OK) {
        s->totals->results++;
        if (ff_batch_content_bytes(w->batch) >= FF_BATCH_CONTENT_TARGET)
            flush(s, partition);
        return;
    }
    struct ff_dead_letter dead = {.reason = FF_DEAD_TOO_LARGE,
                                  .message = "the event is larger than a packed record may be",
                                  .stage = "produce",
                                  .payload = ff_slice_sub(record->value, 0, FF_DEAD_PAYLOAD_MAX),
                                  .item_index = -1,
                                  .full_bytes = record->value.len};
    s->totals->refused_events++;
    ff_sink_dead(s, &dead, format, record, msg, from);
}

/* Headers of the source record that whoever feeds a dead letter back needs again; of one that is no such header by its
 * size only the size, since half of a tenant's name is another tenant. */
static void copy_headers(rd_kafka_headers_t *h, const rd_kafka_message_t *msg, bool whole)
{
    static const char *const names[] = {"tenant-id", "source-format", "traceparent", "content-encoding"};
    rd_kafka_headers_t *from;
    if (rd_kafka_message_headers(msg, &from) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names - (whole ? 0 : 1); i++) {
        const void *value;
        size_t size;
        if (rd_kafka_header_get_last(from, names[i], &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || !value)
            continue;
        if (size <= DEAD_HEADER_MAX) {
            rd_kafka_header_add(h, names[i], -1, value, (ssize_t)size);
        } else {
            char full[48];
            snprintf(full, sizeof full, "dlq.full-%s-bytes", names[i]);
            header_u64(h, full, size);
        }
    }
}

void ff_sink_dead(struct ff_sink *s, const struct ff_dead_letter *dead, const char *format,
                  const struct ff_record *record, const rd_kafka_message_t *msg, size_t from)
{
    char time_text[28];
    rd_kafka_headers_t *h = rd_kafka_headers_new(20);
    struct ff_kafka_letter_headers says;
    const struct ff_kafka_letter letter = {.reason = ff_dead_name(dead->reason),
                                           .message = dead->message,
                                           .stage = dead->stage,
                                           .format = format,
                                           .byte_offset = dead->byte_offset,
                                           .item_index = dead->item_index,
                                           .full_bytes = dead->full_bytes,
                                           .source_topic = record->position.name,
                                           .source_partition = record->position.partition,
                                           .source_offset = record->position.offset,
                                           .source_timestamp_ms = record->timestamp_us / 1000};
    ff_letter_log_note(&s->run->letters, &letter);
    ff_kafka_letter_headers(&letter, &says);
    for (size_t i = 0; i < says.count; i++)
        rd_kafka_header_add(h, says.list[i].name, -1, says.list[i].value.ptr, (ssize_t)says.list[i].value.len);
    ff_time_format(ff_now_us(), time_text);
    rd_kafka_header_add(h, "dlq.first-failed-time", -1, time_text, -1);
    rd_kafka_header_add(h, "dlq.attempts", -1, "1", -1);
    rd_kafka_header_add(h, "dlq.producer", -1, FF_PRODUCER_NAME, -1);
    copy_headers(h, msg, dead->payload.ptr == record->value.ptr && record->value.ptr == msg->payload);
    s->totals->dead_letters++;
    produce(s, &(struct outgoing){.topic = s->dead[from],
                                  .partition = RD_KAFKA_PARTITION_UA,
                                  .key = record->key,
                                  .value = dead->payload,
                                  .has_key = msg->key != NULL,
                                  .timestamp_ms = record->timestamp_us / 1000,
                                  .headers = h});
}
