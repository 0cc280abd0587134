/* source_kafka.c: the consumer of one worker: batches of records, assignments, commits.
 *
 * Traps of librdkafka 2.0.2 that shape this file:
 * - A rebalance inside a batch call leaves the records that were already gathered without an owner. So the callback
 * only notes the news; the worker takes them after the call, when everything it holds belongs to the old assignment,
 * and no record of the new one can have been fetched, because assigning is what starts fetching.
 * - Commits carry explicit offsets that the worker has seen acknowledged; librdkafka's own offset store is off.
 * - Pause, resume and seek are never used (they may skip records in batch calls).
 * - A fetcher that finds the prefetch queue full sleeps up to a second, and nothing that is taken from the queue wakes
 * it (2.2 has a property against that). So either the limit is above what a worker does in a second, 256 MB that never
 * come into a cache again, or somebody wakes it: see wake_fetchers().
 * - Cooperative assignors and KIP-848 have had errors up to recent releases; eager range assignment has not.
 */
#include <stdlib.h>
#include <strings.h>

#include "ingest/service/ingest_int.h"
#include "proto/clock.h"

#define QUEUE_BACKOFF_SINCE 0x020200ff
#define QUEUE_LIMIT "queued.max.messages.kbytes"
/* With fetchers that cannot be woken. */
#define QUEUE_KBYTES_ASLEEP "262144"
/* Fetchers are woken each time a part of the limit was taken: a small one, or the queue would run empty meanwhile.
 * What a record weighs besides its bytes brings wakings, too, when the number of tiny records is at its limit. */
#define WAKE_PART 8
#define WAKE_RECORD_BYTES 64

static const struct ff_kafka_setting consumer_settings[] = {
    /* A member learns from a heartbeat that another one came or went. With 3000, the default, all of them stood
     * still for up to three seconds at each start with several workers. */
    {"heartbeat.interval.ms", "1000", 0},
    {"fetch.max.bytes", "2097152", 0}, /* near the L2 cache; 50 MB, the default, doubles the cost of a record */
    {"fetch.message.max.bytes", "1048576", 0},
    /* Small answers cost both sides a request: 64 KiB at least were 0.88 of the rate of log records in a backlog.
     * No more than one partition gives at once, or each answer would wait. */
    {"fetch.min.bytes", "1000000", 0},
    {"fetch.wait.max.ms", "10", 0}, /* a lone record waits for fetch.min.bytes this long */
    {"queued.min.messages", "1000000", 0},
    /* Half of a usual L3 cache, so that records are still in it when they are taken; and their memory is used again. */
    {QUEUE_LIMIT, "16384", 0},
    {"fetch.queue.backoff.ms", "10", QUEUE_BACKOFF_SINCE},
    {"receive.message.max.bytes", "268435456", 0},
    /* So late a new partition of a topic is read; five minutes, the default, are a backlog that no lag shows. */
    {"topic.metadata.refresh.interval.ms", "30000", 0},
    {"client.id", "fivefifty-ingest", 0},
    {NULL, NULL, 0},
};

static const char *property(const struct ff_ingest_options *o, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < o->property_count; i++)
        if (strcmp(o->properties[i].name, name) == 0)
            value = o->properties[i].value;
    return value;
}

/* What wake_fetchers() says: the credentials that are in force, or any when there are none to be used. false: they
 * are not known here (Kerberos, OAuth), so that nothing may be said. */
static bool wake_words(const struct ff_ingest_options *o, const char **ret_user, const char **ret_password)
{
    const char *protocol = property(o, "security.protocol");
    *ret_user = property(o, "sasl.username");
    *ret_password = property(o, "sasl.password");
    if (*ret_user && *ret_password)
        return true;
    *ret_user = *ret_password = "";
    return !protocol || strncasecmp(protocol, "sasl", 4) != 0;
}

/* Bytes between two wakings; SIZE_MAX: never, as nobody has to or nobody can. */
static size_t wake_bytes(struct ff_consumer *s, const rd_kafka_conf_t *conf)
{
    char limit[24] = "";
    size_t size = sizeof limit;
    if (rd_kafka_version() >= QUEUE_BACKOFF_SINCE || !wake_words(s->run->opts, &s->user, &s->password) ||
        rd_kafka_conf_get(conf, QUEUE_LIMIT, limit, &size) != RD_KAFKA_CONF_OK)
        return SIZE_MAX;
    return (size_t)strtoull(limit, NULL, 10) * 1024 / WAKE_PART;
}

/* librdkafka's only call that wakes its fetchers and changes nothing: the credentials that are in force, once more. */
static void wake_fetchers(struct ff_consumer *s)
{
    rd_kafka_error_t *err = rd_kafka_sasl_set_credentials(s->consumer, s->user, s->password);
    if (err)
        rd_kafka_error_destroy(err);
}

struct consumer_settings {
    struct ff_kafka_setting list[sizeof consumer_settings / sizeof *consumer_settings];
};

static struct consumer_settings settings_of(const struct ff_ingest_options *o)
{
    struct consumer_settings all;
    const char *user, *password;
    memcpy(all.list, consumer_settings, sizeof consumer_settings);
    if (rd_kafka_version() >= QUEUE_BACKOFF_SINCE || wake_words(o, &user, &password))
        return all;
    for (struct ff_kafka_setting *p = all.list; p->name; p++)
        if (strcmp(p->name, QUEUE_LIMIT) == 0)
            p->value = QUEUE_KBYTES_ASLEEP;
    return all;
}

int ff_consumer_say_settings(const struct ff_ingest_run *run)
{
    const struct ff_ingest_options *o = run->opts;
    const struct consumer_settings settings = settings_of(o);
    const struct ff_kafka_setting *const tables[] = {ff_kafka_settings_consumer, settings.list, ff_kafka_settings_all,
                                                     NULL};
    return ff_kafka_say_settings(run->voice, "each consumer", tables, o->properties, o->property_count);
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct ff_consumer *s = opaque;
    if (s->closing || (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)) {
        rd_kafka_assign(rk, NULL);
        s->partition_count = 0;
        return;
    }
    if (s->news_list)
        rd_kafka_topic_partition_list_destroy(s->news_list);
    s->news_list = rd_kafka_topic_partition_list_copy(list);
    s->news = err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? FF_NEWS_ASSIGN
              : rd_kafka_assignment_lost(rk)              ? FF_NEWS_LOST
                                                          : FF_NEWS_REVOKE;
}

static int subscribe(struct ff_consumer *s)
{
    const struct ff_ingest_options *o = s->run->opts;
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new((int)o->from_count);
    for (size_t i = 0; i < o->from_count; i++)
        rd_kafka_topic_partition_list_add(topics, o->from[i].topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(s->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return ff_kafka_say(s->voice, FF_EXIT_CONFIG, "cannot subscribe: %s", rd_kafka_err2str(err));
    return FF_EXIT_OK;
}

int ff_consumer_open(struct ff_consumer *s, struct ff_ingest_run *run)
{
    const struct ff_ingest_options *o = run->opts;
    char why[FF_KAFKA_TEXT_MAX];
    memset(s, 0, sizeof *s);
    s->voice = run->voice;
    s->run = run;
    ff_ingest_topics_seen(run, s->made);
    const struct consumer_settings settings = settings_of(o);
    const struct ff_kafka_setting *const tables[] = {ff_kafka_settings_consumer, settings.list, ff_kafka_settings_all,
                                                     NULL};
    const struct ff_kafka_access access = ff_ingest_access(o);
    rd_kafka_conf_t *conf = ff_kafka_voice_conf(s->voice, &access, tables, s);
    if (!conf)
        return FF_EXIT_CONFIG;
    if (rd_kafka_conf_set(conf, "group.id", o->group, why, sizeof why) != RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(conf);
        return ff_kafka_say(s->voice, FF_EXIT_CONFIG, "--group %s: %s", o->group, why);
    }
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    s->wake_bytes = wake_bytes(s, conf);
    s->consumer = ff_kafka_voice_new(s->voice, RD_KAFKA_CONSUMER, conf);
    if (!s->consumer)
        return FF_EXIT_CONFIG;
    rd_kafka_poll_set_consumer(s->consumer);
    s->queue = rd_kafka_queue_get_consumer(s->consumer);
    s->answers = rd_kafka_queue_new(s->consumer);
    return subscribe(s);
}

static void forget_partitions(struct ff_consumer *s)
{
    free(s->partitions);
    s->partitions = NULL;
    s->partition_count = 0;
    for (size_t i = 0; i < FF_FROM_MAX; i++) {
        free(s->slots[i]);
        s->slots[i] = NULL;
        s->slots_size[i] = 0;
    }
}

void ff_consumer_close(struct ff_consumer *s)
{
    if (!s->consumer)
        return;
    s->closing = true;
    rd_kafka_queue_destroy(s->queue);
    rd_kafka_consumer_close(s->consumer);
    rd_kafka_queue_destroy(s->answers);
    rd_kafka_destroy(s->consumer);
    s->consumer = NULL;
    if (s->news_list)
        rd_kafka_topic_partition_list_destroy(s->news_list);
    s->news_list = NULL;
    forget_partitions(s);
}

size_t ff_consumer_from(const struct ff_consumer *s, const rd_kafka_message_t *msg)
{
    const char *name = msg->rkt ? rd_kafka_topic_name(msg->rkt) : "";
    for (size_t i = 0; i < s->run->opts->from_count; i++)
        if (strcmp(s->run->opts->from[i].topic, name) == 0)
            return i;
    return SIZE_MAX;
}

struct ff_partition *ff_consumer_partition(const struct ff_consumer *s, size_t from, int32_t number)
{
    if (number < 0 || number >= s->slots_size[from] || s->slots[from][number] == 0)
        return NULL;
    return &s->partitions[s->slots[from][number] - 1];
}

static enum ff_err add_partition(struct ff_consumer *s, const rd_kafka_topic_partition_t *tp)
{
    size_t from = 0;
    while (from < s->run->opts->from_count && strcmp(s->run->opts->from[from].topic, tp->topic) != 0)
        from++;
    if (from == s->run->opts->from_count)
        return FF_OK;
    if (tp->partition >= s->slots_size[from]) {
        size_t size = (size_t)tp->partition + 1;
        int32_t *slots = realloc(s->slots[from], size * sizeof *slots);
        if (!slots)
            return FF_ERR_NOMEM;
        memset(slots + s->slots_size[from], 0, (size - (size_t)s->slots_size[from]) * sizeof *slots);
        s->slots[from] = slots;
        s->slots_size[from] = (int32_t)size;
    }
    s->partitions[s->partition_count] = (struct ff_partition){.from = from,
                                                              .number = tp->partition,
                                                              .consumed = -1,
                                                              .done = -1,
                                                              .sent = -1,
                                                              .committed = -1,
                                                              .positioned = -1};
    s->slots[from][tp->partition] = (int32_t)++s->partition_count;
    return FF_OK;
}

enum ff_err ff_consumer_assign(struct ff_consumer *s)
{
    forget_partitions(s);
    s->news = FF_NEWS_NONE;
    s->commit_busy = false;
    s->partitions = calloc((size_t)s->news_list->cnt + 1, sizeof *s->partitions);
    enum ff_err err = s->partitions ? FF_OK : FF_ERR_NOMEM;
    for (int i = 0; i < s->news_list->cnt && err == FF_OK; i++) {
        s->news_list->elems[i].offset = RD_KAFKA_OFFSET_INVALID; /* what the group has committed */
        err = add_partition(s, &s->news_list->elems[i]);
    }
    for (size_t i = 0; i < s->partition_count; i++)
        if (ff_ingest_topic_is_other(s->run, s->partitions[i].from, s->made))
            rd_kafka_topic_partition_list_find(s->news_list, s->run->opts->from[s->partitions[i].from].topic,
                                               s->partitions[i].number)
                ->offset = RD_KAFKA_OFFSET_BEGINNING;
    ff_ingest_topics_seen(s->run, s->made);
    if (err == FF_OK)
        rd_kafka_assign(s->consumer, s->news_list);
    return err;
}

void ff_consumer_unassign(struct ff_consumer *s)
{
    s->news = FF_NEWS_NONE;
    forget_partitions(s);
    rd_kafka_assign(s->consumer, NULL);
}

/* What a message that is no record says. */
static void take_error(struct ff_consumer *s, const rd_kafka_message_t *msg)
{
    const char *why = rd_kafka_message_errstr(msg);
    size_t from = ff_consumer_from(s, msg);
    const char *topic = from == SIZE_MAX ? s->run->opts->group : s->run->opts->from[from].topic;
    switch ((int)msg->err) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        s->exit_status = ff_kafka_say(s->voice, FF_EXIT_NOPERM, "%s: %s (allow this user to read it)", topic, why);
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        break; /* topic_watch.c says whether it is gone, and for how long */
    case RD_KAFKA_RESP_ERR__FATAL:
        ff_kafka_say(s->voice, 0, "consumer: %s (starting it anew)", why);
        s->restart = true;
        break;
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: /* the group went on without us; the next call joins again */
        ff_kafka_say(s->voice, 0, "this process was away too long and left the group (joining again)");
        break;
    default:
        ff_kafka_say(s->voice, 0, "%s: %s", topic, why);
    }
}

size_t ff_consumer_read(struct ff_consumer *s, rd_kafka_message_t **ret_msgs, size_t max, int wait_ms, int company_ms)
{
    /* A batch call waits until its array is full, whatever it holds: the first record would wait the whole time. */
    ssize_t n = wait_ms > 0 ? rd_kafka_consume_batch_queue(s->queue, wait_ms, ret_msgs, 1) : 0;
    size_t kept = 0;
    if ((wait_ms == 0 || n == 1) && s->news == FF_NEWS_NONE) {
        ssize_t more = rd_kafka_consume_batch_queue(s->queue, company_ms, ret_msgs + n, max - (size_t)n);
        n += more > 0 ? more : 0;
    }
    for (ssize_t i = 0; i < n; i++) {
        s->taken_bytes += ret_msgs[i]->key_len + ret_msgs[i]->len + WAKE_RECORD_BYTES;
        if (ret_msgs[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR || ret_msgs[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ret_msgs[kept++] = ret_msgs[i];
            continue;
        }
        take_error(s, ret_msgs[i]);
        rd_kafka_message_destroy(ret_msgs[i]);
    }
    if (kept > 0)
        ff_kafka_works(s->voice);
    if (s->taken_bytes >= s->wake_bytes) {
        s->taken_bytes = 0;
        wake_fetchers(s);
    }
    return kept;
}

static void note_committed(struct ff_consumer *s, struct ff_partition *p, int64_t offset)
{
    atomic_store(&s->run->committed_us, ff_now_us());
    p->committed = offset;
}

/* The answer to the commit under way. */
static void take_answer(struct ff_consumer *s, rd_kafka_event_t *ev)
{
    rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(ev);
    s->commit_busy = false;
    for (int i = 0; list && i < list->cnt; i++) {
        for (size_t f = 0; f < s->run->opts->from_count; f++) {
            if (strcmp(s->run->opts->from[f].topic, list->elems[i].topic) != 0)
                continue;
            struct ff_partition *p = ff_consumer_partition(s, f, list->elems[i].partition);
            if (!p)
                continue;
            if (err == RD_KAFKA_RESP_ERR_NO_ERROR && list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR)
                note_committed(s, p, list->elems[i].offset);
            else
                p->sent = p->committed; /* the next commit says it again */
        }
    }
}

static void wait_answer(struct ff_consumer *s, int wait_ms)
{
    rd_kafka_event_t *ev = rd_kafka_queue_poll(s->answers, wait_ms);
    if (!ev)
        return;
    if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_OFFSET_COMMIT)
        take_answer(s, ev);
    rd_kafka_event_destroy(ev);
}

static void send_commit(struct ff_consumer *s)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)s->partition_count + 1);
    for (size_t i = 0; i < s->partition_count; i++) {
        struct ff_partition *p = &s->partitions[i];
        if (p->done <= p->sent || !ff_ingest_may_commit(s->run, p->from, s->made))
            continue;
        rd_kafka_topic_partition_list_add(list, s->run->opts->from[p->from].topic, p->number)->offset = p->done;
        p->sent = p->done;
    }
    if (list->cnt > 0 && rd_kafka_commit_queue(s->consumer, list, s->answers, NULL, NULL) == RD_KAFKA_RESP_ERR_NO_ERROR)
        s->commit_busy = true;
    rd_kafka_topic_partition_list_destroy(list);
}

void ff_consumer_commit(struct ff_consumer *s, bool wait)
{
    int64_t now = ff_steady_us(), deadline = now + (int64_t)FF_COMMIT_WAIT_MS * 1000;
    if (s->commit_busy)
        wait_answer(s, 0);
    if (!wait) {
        if (!s->commit_busy && now - s->commit_at_us >= FF_COMMIT_INTERVAL_US) {
            s->commit_at_us = now;
            send_commit(s);
        }
        return;
    }
    while (s->commit_busy && ff_steady_us() < deadline)
        wait_answer(s, 50);
    if (!s->commit_busy)
        send_commit(s);
    while (s->commit_busy && ff_steady_us() < deadline)
        wait_answer(s, 50);
}
