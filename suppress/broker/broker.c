/* broker.c: librdkafka behind the four roles of broker.h: life, reading, committing, writing. Its settings are in
 * roles.c, what brokers are asked in questions.c.
 *
 * Traps of librdkafka 2.0 this file steps around:
 * - Messages and rebalances share one queue, so a batch may hold messages of partitions that were revoked while it was
 *   collected. Here partition queues are forwarded to a queue of their own (`data`): reading never runs a callback, and
 *   callbacks run where the caller asks for them. It also is the back-pressure: who does not read `data` is still a
 * member.
 * - On assignment nothing is fetched yet (an empty list is assigned): the caller first restores its state, which may
 * take minutes, and then names the places to read from. Neither pause nor seek is ever used.
 * - Only eager assignors: commits during a cooperative rebalance lose the assignment.
 * - Closing may hang when partitions were lost meanwhile, so it happens in a thread that can be left behind.
 * What was refused: rd_kafka_consume_batch_queue(); the records of our topics are packed or few.
 */
#include "proto/clock.h"
#include "suppress/broker/broker_handle.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

#define FORWARD_AGAIN_MS 100
#define ANSWERS_MS 500

/* ---- callbacks of the library ----------------------------------------------------------------------------------- */

/* Runs in librdkafka's threads too; its own lines would end up between ours. What matters comes by on_error(). */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
}

/* The library looks for the coordinator of any group that it was given a name of. Readers have one because it wants one
 * (roles.c), and nobody has to be allowed to use that. */
static bool is_of_no_account(const struct ff_broker *k, int err)
{
    return err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED && k->role != FF_BROKER_MEMBER;
}

static void note_error(struct ff_broker *k, int err, const char *what, const char *reason)
{
    if (is_of_no_account(k, err))
        return;
    snprintf(k->complaint, sizeof k->complaint, "%s: %s", what, reason);
    if (ff_kafka_forbids(err))
        memcpy(k->forbidden, k->complaint, sizeof k->forbidden);
    k->away |= err == RD_KAFKA_RESP_ERR__TRANSPORT || err == RD_KAFKA_RESP_ERR__RESOLVE ||
               err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    struct ff_broker *k = opaque;
    (void)rk;
    /* not what partitions say of it later: that has the error without the cause */
    ff_kafka_trouble_note(&k->trouble, err, reason);
    note_error(k, err, rd_kafka_err2str((rd_kafka_resp_err_t)err), reason);
}

static enum ff_topic topic_of(const struct ff_broker *k, const char *name)
{
    for (unsigned t = 0; t < FF_TOPIC_COUNT; t++)
        if (strcmp(k->names[t], name) == 0)
            return (enum ff_topic)t;
    return FF_TOPIC_COUNT;
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct ff_broker *k = opaque;
    if (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        if (!k->closing)
            k->callbacks.revoked(k->callbacks.ctx, rd_kafka_assignment_lost(rk));
        rd_kafka_assign(rk, NULL);
        return;
    }
    size_t n = (size_t)list->cnt, count = 0;
    struct ff_broker_place *places = calloc(n ? n : 1, sizeof *places);
    for (size_t i = 0; places && i < n; i++) {
        enum ff_topic t = topic_of(k, list->elems[i].topic);
        if (t < FF_TOPIC_COUNT)
            places[count++] = (struct ff_broker_place){t, list->elems[i].partition, FF_OFFSET_UNKNOWN};
    }
    rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(1);
    rd_kafka_assign(rk, none);
    rd_kafka_topic_partition_list_destroy(none);
    if (!k->closing)
        k->callbacks.assigned(k->callbacks.ctx, places, places ? count : n);
    free(places);
}

/* Of commits for whose answer nobody waits. The library tries again when the coordinator is away, but once only. */
static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct ff_broker *k = opaque;
    (void)rk;
    k->places_refused |= err != RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; list && i < list->cnt; i++)
        k->places_refused |= list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static enum ff_broker_fate fate_of(rd_kafka_resp_err_t err)
{
    switch ((int)err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return FF_BROKER_TAKEN;
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__FATAL: /* the handle is, not the record */
        return FF_BROKER_DROPPED;
    default:
        break;
    }
    if (ff_kafka_refuses_time(err))
        return FF_BROKER_BAD_TIME;
    return ff_kafka_forbids(err) ? FF_BROKER_FORBIDDEN : FF_BROKER_REFUSED;
}

static void on_delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct ff_broker *k = opaque;
    (void)rk;
    const struct ff_broker_delivery d = {fate_of(m->err), m->offset, rd_kafka_topic_name(m->rkt),
                                         rd_kafka_err2str(m->err)};
    if (d.fate == FF_BROKER_TAKEN)
        k->answered_ms = ff_steady_ms();
    k->callbacks.delivered(k->callbacks.ctx, m->_private, &d);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

enum ff_err ff_broker_open(const struct ff_suppress_options *opts, enum ff_broker_role role,
                           const struct ff_broker_callbacks *callbacks, struct ff_broker **ret, char *ret_message,
                           size_t size)
{
    const char *prefix = opts->topic_prefix ? opts->topic_prefix : FF_TOPIC_PREFIX_DEFAULT;
    struct ff_broker *k = calloc(1, sizeof *k);
    if (!k) {
        snprintf(ret_message, size, "memory is short");
        return FF_ERR_NOMEM;
    }
    k->role = role;
    k->opts = opts;
    if (callbacks)
        k->callbacks = *callbacks;
    for (unsigned t = FF_TOPIC_EVENTS; t < FF_TOPIC_COUNT; t++)
        if (!ff_topic_name(k->names[t], prefix, (enum ff_topic)t, NULL)) {
            snprintf(ret_message, size, "--topic-prefix %s: too long for Kafka", prefix);
            free(k);
            return FF_ERR_CONFIG;
        }
    rd_kafka_conf_t *conf = ff_broker_conf(opts, role, ret_message, size);
    if (!conf) {
        free(k);
        return FF_ERR_CONFIG;
    }
    rd_kafka_conf_set_opaque(conf, k);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (role == FF_BROKER_MEMBER) {
        rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
        rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
    }
    if (role == FF_BROKER_WRITER)
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
    k->rk = ff_kafka_new(role == FF_BROKER_WRITER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, ret_message, size);
    if (!k->rk) {
        free(k);
        return FF_ERR_CONFIG;
    }
    if (role != FF_BROKER_WRITER) {
        rd_kafka_poll_set_consumer(k->rk);
        k->data = rd_kafka_queue_new(k->rk);
    }
    *ret = k;
    return FF_OK;
}

static void *close_thread(void *arg)
{
    struct ff_broker *k = arg;
    if (k->role != FF_BROKER_WRITER)
        rd_kafka_consumer_close(k->rk);
    if (k->data)
        rd_kafka_queue_destroy(k->data);
    if (k->reading)
        rd_kafka_topic_partition_list_destroy(k->reading);
    rd_kafka_destroy(k->rk);
    return NULL;
}

void ff_broker_close(struct ff_broker *k, int timeout_ms)
{
    if (!k)
        return;
    pthread_t thread;
    k->closing = true;
    if (k->role == FF_BROKER_WRITER) { /* every token comes back, here and not in the other thread */
        rd_kafka_purge(k->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        for (int i = 0; i < 20 && rd_kafka_outq_len(k->rk) > 0; i++)
            rd_kafka_poll(k->rk, 50);
    }
    if (pthread_create(&thread, NULL, close_thread, k) != 0)
        return; /* no thread to be had: leave it to the end of the process */
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    if (pthread_timedjoin_np(thread, NULL, &until) == 0)
        free(k);
    else
        pthread_detach(thread);
}

const char *ff_broker_topic_name(const struct ff_broker *k, enum ff_topic topic)
{
    return k->names[topic];
}

bool ff_broker_is_broken(struct ff_broker *k)
{
    char why[16];
    return rd_kafka_fatal_error(k->rk, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool ff_broker_complaint(struct ff_broker *k, char *ret_text, size_t size)
{
    if (!k->complaint[0])
        return false;
    /* what follows of a refusal says less */
    snprintf(ret_text, size, "%s", k->trouble.refused_us ? k->trouble.why : k->complaint);
    k->complaint[0] = '\0';
    return true;
}

bool ff_broker_is_forbidden(const struct ff_broker *k, char *ret_text, size_t size)
{
    char why[KAFKA_COMPLAINT_MAX];
    bool fatal = ff_kafka_forbids(rd_kafka_fatal_error(k->rk, why, sizeof why));
    if (!fatal && !k->forbidden[0])
        return false;
    snprintf(ret_text, size, "%s", fatal ? why : k->forbidden);
    return true;
}

void ff_broker_answered(struct ff_broker *k)
{
    k->answered_ms = ff_steady_ms();
    k->away = false;
    k->trouble = (struct ff_kafka_trouble){0};
}

int64_t ff_broker_answered_ms(const struct ff_broker *k)
{
    return k->answered_ms;
}

bool ff_broker_is_away(const struct ff_broker *k)
{
    return k->away;
}

bool ff_broker_answers(struct ff_broker *k)
{
    const rd_kafka_metadata_t *meta;
    if (rd_kafka_metadata(k->rk, 0, NULL, &meta, ANSWERS_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    rd_kafka_metadata_destroy(meta);
    ff_broker_answered(k);
    return true;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

enum ff_err ff_broker_join(struct ff_broker *k, const enum ff_topic *topics, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, k->names[topics[i]], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(k->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR ? FF_OK : FF_ERR_CONFIG;
}

/* Sends the partitions' queues to `data`. Forwarding by the application is not undone by assigning, but stopping (which
 * happens later, in another thread, also when a partition goes from one assignment right into the next) takes the
 * target away; records then wait in the partition's own queue. Forwarding again moves them over, in order. */
static void forward_queues(struct ff_broker *k)
{
    for (int i = 0; k->reading && i < k->reading->cnt; i++) {
        rd_kafka_queue_t *q =
            rd_kafka_queue_get_partition(k->rk, k->reading->elems[i].topic, k->reading->elems[i].partition);
        if (q) {
            rd_kafka_queue_forward(q, k->data);
            rd_kafka_queue_destroy(q);
        }
    }
    k->forwarded_ms = ff_steady_ms();
}

enum ff_err ff_broker_read_from(struct ff_broker *k, const struct ff_broker_place *places, size_t count)
{
    if (k->reading)
        rd_kafka_topic_partition_list_destroy(k->reading);
    k->reading = ff_broker_list(k, places, count);
    forward_queues(k);
    rd_kafka_resp_err_t err = rd_kafka_assign(k->rk, k->reading);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR ? FF_OK : FF_ERR_UNAVAILABLE;
}

bool ff_broker_read(struct ff_broker *k, int timeout_ms, struct ff_broker_record *ret)
{
    rd_kafka_message_t *m = rd_kafka_consume_queue(k->data, timeout_ms);
    if (!m) {
        if (ff_steady_ms() - k->forwarded_ms >= FORWARD_AGAIN_MS)
            forward_queues(k);
        return false;
    }
    bool end = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if ((m->err != RD_KAFKA_RESP_ERR_NO_ERROR && !end) || !m->rkt) {
        note_error(k, m->err, m->rkt ? rd_kafka_topic_name(m->rkt) : "reading", rd_kafka_message_errstr(m));
        rd_kafka_message_destroy(m);
        return false;
    }
    *ret = (struct ff_broker_record){
        .topic = topic_of(k, rd_kafka_topic_name(m->rkt)),
        .partition = m->partition,
        .offset = m->offset,
        .end = end,
        .timestamp_ms = -1,
        .message = m,
    };
    if (end)
        return true;
    rd_kafka_timestamp_type_t type;
    ret->timestamp_ms = rd_kafka_message_timestamp(m, &type);
    ret->key = ff_slice_of(m->key, m->key ? m->key_len : 0);
    ret->value = ff_slice_of(m->payload, m->payload ? m->len : 0);
    ret->deleted = m->payload == NULL;
    return true;
}

struct ff_slice ff_broker_writer(const struct ff_broker_record *r)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;
    if (rd_kafka_message_headers(r->message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_header_get_last(headers, "writer", &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR && value)
        return ff_slice_of(value, len);
    return (struct ff_slice){NULL, 0};
}

uint64_t ff_broker_record_hash(const struct ff_broker_record *r)
{
    uint64_t key = XXH3_64bits_withSeed(r->key.ptr, r->key.len, (uint64_t)r->timestamp_ms);
    return XXH3_64bits_withSeed(r->value.ptr, r->value.len, key);
}

void ff_broker_release(struct ff_broker_record *r)
{
    rd_kafka_message_destroy(r->message);
    r->message = NULL;
}

void ff_broker_poll(struct ff_broker *k, int timeout_ms)
{
    if (k->role == FF_BROKER_WRITER) {
        rd_kafka_poll(k->rk, timeout_ms);
        return;
    }
    rd_kafka_message_t *m = rd_kafka_consumer_poll(k->rk, timeout_ms);
    if (m) { /* errors of the group or a topic; records go to `data` */
        if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            note_error(k, m->err, m->rkt ? rd_kafka_topic_name(m->rkt) : "the group", rd_kafka_message_errstr(m));
        rd_kafka_message_destroy(m);
    }
}

/* ---- committing and writing ---------------------------------------------------------------------------------------
 */

enum ff_err ff_broker_commit(struct ff_broker *k, const struct ff_broker_place *places, size_t count, int timeout_ms)
{
    if (count == 0)
        return FF_OK;
    rd_kafka_topic_partition_list_t *list = ff_broker_list(k, places, count);
    rd_kafka_resp_err_t err;
    if (timeout_ms == 0) {
        err = rd_kafka_commit(k->rk, list, 1);
    } else {
        /* The answer goes to a queue of its own, because rd_kafka_commit() itself waits without a limit. */
        rd_kafka_queue_t *answer = rd_kafka_queue_new(k->rk);
        err = rd_kafka_commit_queue(k->rk, list, answer, NULL, NULL);
        rd_kafka_event_t *event = err ? NULL : rd_kafka_queue_poll(answer, timeout_ms);
        if (!err)
            err = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
        if (event)
            rd_kafka_event_destroy(event);
        rd_kafka_queue_destroy(answer);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR ? FF_OK : FF_ERR_UNAVAILABLE;
}

bool ff_broker_places_refused(struct ff_broker *k)
{
    bool refused = k->places_refused;
    k->places_refused = false;
    return refused;
}

/* librdkafka's signatures lack const where they only read. */
static void *unconst(const void *p)
{
    return (void *)(uintptr_t)p;
}

/* NULL: memory is short. */
static rd_kafka_headers_t *headers_of(const struct ff_kafka_header *headers, size_t count)
{
    rd_kafka_headers_t *list = rd_kafka_headers_new(count);
    for (size_t i = 0; list && i < count; i++)
        rd_kafka_header_add(list, headers[i].name, -1, headers[i].value.ptr, (ssize_t)headers[i].value.len);
    return list;
}

static enum ff_err not_queued(rd_kafka_resp_err_t err)
{
    switch ((int)err) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return FF_ERR_UNAVAILABLE;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return FF_ERR_TOO_LARGE;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return FF_ERR_NOT_FOUND;
    default:
        return ff_kafka_forbids(err) ? FF_ERR_PERMISSION : FF_ERR_DEFECT;
    }
}

/* The headers go as a list of ours, which stays ours when the record is not queued. Given one by one (VTYPE_HEADER)
 * they are freed twice when the topic is known not to take the record: librdkafka issue 4627, open in 2.0 and
 * later. */
enum ff_err ff_broker_send(struct ff_broker *k, const char *topic, int32_t partition, struct ff_slice key,
                           struct ff_slice value, int64_t timestamp_ms, const struct ff_kafka_header *headers,
                           size_t header_count, bool keep, void *token)
{
    rd_kafka_headers_t *list = header_count ? headers_of(headers, header_count) : NULL;
    if (header_count && !list)
        return FF_ERR_UNAVAILABLE;
    rd_kafka_resp_err_t err = rd_kafka_producev(
        k->rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition < 0 ? RD_KAFKA_PARTITION_UA : partition),
        RD_KAFKA_V_KEY(key.len ? key.ptr : NULL, key.len), RD_KAFKA_V_VALUE(unconst(value.ptr), value.len),
        RD_KAFKA_V_MSGFLAGS(keep ? 0 : RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_TIMESTAMP(timestamp_ms > 0 ? timestamp_ms : 0),
        RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_OPAQUE(token), RD_KAFKA_V_END);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return FF_OK;
    if (list)
        rd_kafka_headers_destroy(list);
    return not_queued(err);
}
