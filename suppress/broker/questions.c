/* questions.c: what brokers are asked: which topics and partitions there are, where they begin and end, how far the
 * group has come, which cluster it is. */
#include <xxhash.h>

#include "kafka/topic_settings.h"
#include "proto/clock.h"
#include "suppress/broker/broker_handle.h"

/** A metadata request is given this long before it is tried again. */
#define KAFKA_METADATA_MS 3000
#define KAFKA_WATCH_MS 1000
#define KAFKA_AGAIN_MS 100

/* Asked by a reader's handle of its own: `k` may be a writer's (ff_kafka_topic_is_hidden()). */
static bool is_hidden(const struct ff_broker *k, const char *name)
{
    struct ff_broker *reader = NULL;
    char why[256];
    if (ff_broker_open(k->opts, FF_BROKER_READER, NULL, &reader, why, sizeof why) != FF_OK)
        return false;
    bool hidden = ff_kafka_topic_is_hidden(reader->rk, name, KAFKA_METADATA_MS);
    ff_broker_close(reader, KAFKA_METADATA_MS);
    return hidden;
}

/* Why not, as far as the error callback was told: it is called here. */
static enum ff_err no_answer(struct ff_broker *k, rd_kafka_resp_err_t err, char *message, size_t size)
{
    ff_broker_poll(k, 0);
    if (ff_kafka_trouble_is_refusal(&k->trouble)) {
        snprintf(message, size, FF_KAFKA_REFUSED, k->opts->brokers, k->trouble.why);
        return FF_ERR_PERMISSION;
    }
    snprintf(message, size, "%s", k->trouble.why[0] ? k->trouble.why : rd_kafka_err2str(err));
    return FF_ERR_UNAVAILABLE;
}

static enum ff_err partitions_count(struct ff_broker *k, const enum ff_topic *topics, size_t count, int32_t *ret_counts,
                                    char *message, size_t size)
{
    const rd_kafka_metadata_t *meta;
    rd_kafka_resp_err_t err = rd_kafka_metadata(k->rk, 1, NULL, &meta, KAFKA_METADATA_MS);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return no_answer(k, err, message, size);
    ff_broker_answered(k);
    enum ff_err ret = FF_OK;
    for (size_t i = 0; i < count; i++) {
        const char *name = k->names[topics[i]];
        ret_counts[i] = ff_kafka_partitions(meta, name);
        if (ret_counts[i] > 0 || ret != FF_OK)
            continue;
        ret = is_hidden(k, name) ? FF_ERR_PERMISSION : FF_ERR_NOT_FOUND;
        snprintf(message, size,
                 ret == FF_ERR_NOT_FOUND ? "%s" : "no permission for topic %s (allow this user to read or write there)",
                 name);
    }
    rd_kafka_metadata_destroy(meta);
    return ret;
}

enum ff_err ff_broker_partitions(struct ff_broker *k, const enum ff_topic *topics, size_t count, int timeout_ms,
                                 const volatile sig_atomic_t *stop, int32_t *ret_counts, char *ret_message, size_t size)
{
    int64_t until = ff_steady_ms() + timeout_ms;
    for (;;) {
        enum ff_err err = partitions_count(k, topics, count, ret_counts, ret_message, size);
        if (err != FF_ERR_UNAVAILABLE || ff_steady_ms() >= until || (stop && *stop)) {
            k->complaint[0] = '\0';
            return err;
        }
        ff_broker_poll(k, KAFKA_AGAIN_MS); /* the library may have failed at once */
    }
}

int ff_broker_no_partitions(enum ff_err err, const char *brokers, const char *answer, char *ret_message, size_t size)
{
    if (err == FF_ERR_NOT_FOUND)
        snprintf(ret_message, size,
                 "topic %s is not there (is --topic-prefix right? fivefifty topics create makes what is missing)",
                 answer);
    else if (err == FF_ERR_PERMISSION)
        snprintf(ret_message, size, "%s", answer);
    else
        snprintf(ret_message, size, "no Kafka broker at %s: %s (check --brokers, and whether it runs)", brokers,
                 answer);
    return err == FF_ERR_NOT_FOUND ? FF_EXIT_CONFIG : ff_err_exit_status(err);
}

enum ff_err ff_broker_partitions_now(struct ff_broker *k, const enum ff_topic *topics, size_t count,
                                     int32_t *ret_counts)
{
    const rd_kafka_metadata_t *meta;
    if (rd_kafka_metadata(k->rk, 0, NULL, &meta, KAFKA_WATCH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return FF_ERR_UNAVAILABLE;
    for (size_t i = 0; i < count; i++)
        ret_counts[i] = ff_kafka_partitions(meta, k->names[topics[i]]);
    rd_kafka_metadata_destroy(meta);
    ff_broker_answered(k);
    return FF_OK;
}

/* The other settings are for `topics check`. */
static const struct ff_topic_setting *policy_of(enum ff_topic topic, struct ff_topic_setting ret[2])
{
    const struct ff_topic_setting *s = ff_topic_info(topic)->settings;
    while (s->name && strcmp(s->name, "cleanup.policy") != 0)
        s++;
    ret[0] = *s;
    ret[1] = (struct ff_topic_setting){NULL, NULL, FF_SETTING_INITIAL};
    return ret;
}

enum ff_err ff_broker_policies_check(struct ff_broker *k, const enum ff_topic *topics, size_t count, int timeout_ms,
                                     ff_broker_wrong_fn *each, void *ctx)
{
    struct ff_kafka_topic asked[FF_TOPIC_COUNT];
    struct ff_topic_setting policies[FF_TOPIC_COUNT][2];
    char why[FF_KAFKA_TEXT_MAX];
    for (size_t i = 0; i < count; i++)
        asked[i] = (struct ff_kafka_topic){k->names[topics[i]], policy_of(topics[i], policies[i])};
    return ff_kafka_topic_settings(k->rk, asked, count, timeout_ms, each, ctx, why, sizeof why);
}

uint64_t ff_broker_cluster(struct ff_broker *k, int timeout_ms)
{
    char *id = rd_kafka_clusterid(k->rk, timeout_ms);
    if (!id)
        return 0;
    uint64_t hash = XXH3_64bits(id, strlen(id)) | 1;
    rd_kafka_mem_free(k->rk, id);
    return hash;
}

rd_kafka_topic_partition_list_t *ff_broker_list(const struct ff_broker *k, const struct ff_broker_place *places,
                                                size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count + 1);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, k->names[places[i].topic], places[i].partition)->offset =
            places[i].offset;
    return list;
}

/* Offsets in the order of `places`; FF_ERR_UNAVAILABLE when one is in error. */
static enum ff_err list_offsets(struct ff_broker *k, rd_kafka_topic_partition_list_t *list,
                                struct ff_broker_place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_topic_partition_t *e =
            rd_kafka_topic_partition_list_find(list, k->names[places[i].topic], places[i].partition);
        if (!e || e->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return FF_ERR_UNAVAILABLE;
        places[i].offset = e->offset;
    }
    ff_broker_answered(k);
    return FF_OK;
}

/* ListOffsets takes -1 for "behind the last record" and -2 for "the first one". */
static enum ff_err list_bounds(struct ff_broker *k, struct ff_broker_place *places, size_t count, int64_t which,
                               int timeout_ms)
{
    if (count == 0)
        return FF_OK;
    rd_kafka_topic_partition_list_t *list = ff_broker_list(k, places, count);
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = which;
    enum ff_err err = FF_ERR_UNAVAILABLE;
    if (rd_kafka_offsets_for_times(k->rk, list, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR)
        err = list_offsets(k, list, places, count);
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

enum ff_err ff_broker_ends(struct ff_broker *k, struct ff_broker_place *places, size_t count, int timeout_ms)
{
    return list_bounds(k, places, count, RD_KAFKA_OFFSET_END, timeout_ms);
}

enum ff_err ff_broker_begins(struct ff_broker *k, struct ff_broker_place *places, size_t count, int timeout_ms)
{
    return list_bounds(k, places, count, RD_KAFKA_OFFSET_BEGINNING, timeout_ms);
}

int64_t ff_broker_end_seen(struct ff_broker *k, enum ff_topic topic, int32_t partition)
{
    int64_t low, high;
    if (rd_kafka_get_watermark_offsets(k->rk, k->names[topic], partition, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0)
        return FF_OFFSET_UNKNOWN;
    return high;
}

enum ff_err ff_broker_committed(struct ff_broker *k, struct ff_broker_place *places, size_t count, int timeout_ms)
{
    if (count == 0)
        return FF_OK;
    rd_kafka_topic_partition_list_t *list = ff_broker_list(k, places, count);
    enum ff_err err = FF_ERR_UNAVAILABLE;
    if (rd_kafka_committed(k->rk, list, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR)
        err = list_offsets(k, list, places, count);
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}
