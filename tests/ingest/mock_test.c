/* Faults a healthy broker never shows, injected by librdkafka's mock cluster: nothing may be lost, nothing may end the
 * run. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "ingest/formats/formats.h"
#include "ingest/service/ingest.h"
#include "proto/batch.h"
#include "tests/patience.h"
#include "tests/test.h"

#define EVENTS 300
/* So much that the results of a partition do not fit into one record. */
#define REPLY_BYTES 8000
#define BROKER 1 /* the only one */
#define API_PRODUCE 0
#define API_OFFSET_COMMIT 8

static rd_kafka_t *cluster_handle;
static rd_kafka_mock_cluster_t *cluster;
static volatile sig_atomic_t stop;

static rd_kafka_t *client(rd_kafka_type_t type)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), why, sizeof why);
    rd_kafka_conf_set(conf, "group.id", "reader", why, sizeof why);
    rd_kafka_conf_set(conf, "enable.partition.eof", "true", why, sizeof why);
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk) {
        printf("%s\n", why);
        exit(1);
    }
    return rk;
}

static void start_cluster(void)
{
    char why[256];
    cluster_handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    cluster = rd_kafka_mock_cluster_new(cluster_handle, 1);
    rd_kafka_mock_topic_create(cluster, "mail.raw.json.v1", 2, 1);
    rd_kafka_mock_topic_create(cluster, "mail.raw.json.dlq.v1", 1, 1);
    rd_kafka_mock_topic_create(cluster, "mail.results.v1", 3, 1);
}

static void stop_cluster(void)
{
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(cluster_handle);
}

static void feed(void)
{
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER);
    static char words[REPLY_BYTES + 1];
    memset(words, 'x', REPLY_BYTES);
    for (int i = 0; i < EVENTS; i++) {
        char text[160 + REPLY_BYTES];
        int n = snprintf(text, sizeof text,
                         "{\"kind\":\"bounce\",\"event_time\":\"2026-08-06T08:00:00Z\",\"recipient\":\"u%d@example."
                         "net\",\"reply_code\":550,\"reply_text\":\"%s\"}",
                         i, words);
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("mail.raw.json.v1"), RD_KAFKA_V_PARTITION(i % 2),
                          RD_KAFKA_V_VALUE(text, (size_t)n), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    }
    rd_kafka_flush(rk, 10000);
    rd_kafka_destroy(rk);
}

/* Marks the recipients of one packed record; how many results it holds. */
static unsigned mark(struct ff_batch_reader *reader, const rd_kafka_message_t *msg, bool *seen)
{
    struct ff_err_at at;
    struct ff_slice item;
    size_t offset;
    unsigned n = 0;
    size_t content = 0;
    if (ff_batch_open(reader, FF_BATCH_RESULTS, ff_slice_of(msg->payload, msg->len), &at) != FF_OK)
        return 0;
    while (ff_batch_next(reader, &item, &offset) == FF_OK) {
        content += item.len;
        size_t u = ff_slice_find(item, 0, FF_SLICE("@example.net"));
        size_t digit = u, place = 1, number = 0;
        if (u == SIZE_MAX)
            continue;
        for (; digit > 0 && item.ptr[digit - 1] >= '0' && item.ptr[digit - 1] <= '9'; digit--, place *= 10)
            number += (size_t)(item.ptr[digit - 1] - '0') * place;
        if (number < EVENTS)
            seen[number] = true;
        n++;
    }
    CHECK(content < FF_BATCH_CONTENT_TARGET + 2 * REPLY_BYTES, "%zu bytes in one record", content);
    return n;
}

/* Distinct events in the results; *ret_total counts repetitions too. */
static unsigned found(unsigned *ret_total)
{
    bool seen[EVENTS] = {false};
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER);
    struct ff_batch_reader *reader = ff_batch_reader_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(3);
    for (int32_t p = 0; p < 3; p++)
        rd_kafka_topic_partition_list_add(list, "mail.results.v1", p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    *ret_total = 0;
    for (int ends = 0; ends < 3;) {
        rd_kafka_message_t *msg = rd_kafka_consumer_poll(rk, patience_s() * 1000);
        if (!msg)
            break;
        if (msg->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            ends++;
        else if (msg->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            *ret_total += mark(reader, msg, seen);
        rd_kafka_message_destroy(msg);
    }
    ff_batch_reader_free(reader);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    unsigned n = 0;
    for (size_t i = 0; i < EVENTS; i++)
        n += seen[i];
    return n;
}

static int ingest(void)
{
    const struct ff_ingest_from from = {"mail.raw.json.v1", ff_decoder_find(FF_SLICE("json"))};
    /* One request at a time: a broker refuses a batch whose predecessor it refused (its sequence number is too
     * high), the mock cluster takes it; then librdkafka believes the predecessor to be there, too, and does not
     * send it again. */
    const struct ff_kafka_property quick[] = {
        {"session.timeout.ms", "6000"}, {"retry.backoff.ms", "20"}, {"max.in.flight", "1"}};
    const struct ff_ingest_options opts = {
        .brokers = rd_kafka_mock_cluster_bootstraps(cluster),
        .group = "ingest",
        .topic_prefix = "mail.",
        .from = &from,
        .from_count = 1,
        .properties = quick,
        .property_count = sizeof quick / sizeof *quick,
        .workers = 1,
        .until_end = true,
        .decode = {.default_tenant = FF_SLICE("default")},
        .stop = &stop,
    };
    return ff_ingest_run(&opts);
}

static const struct {
    const char *name;
    int16_t api;
    rd_kafka_resp_err_t err;
    size_t times;
} faults[] = {
    {"no fault", API_PRODUCE, RD_KAFKA_RESP_ERR_NO_ERROR, 0},
    {"the leader of the results moves while they are produced", API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
     3},
    {"too few replicas are in sync for a while", API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 3},
    {"the producer's sequence is lost, which is fatal: a new producer reads it all again", API_PRODUCE,
     RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1},
    {"the broker refuses a batch for a reason nobody foresaw", API_PRODUCE, RD_KAFKA_RESP_ERR_INVALID_MSG, 1},
    {"commits fail while the coordinator moves", API_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_NOT_COORDINATOR_FOR_GROUP, 2},
    {"commits fail while the group rebalances", API_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, 2},
};

/* That the cluster has not answered yet. */
static size_t faults_left(int16_t api)
{
    size_t left = 0;
    CHECK_INT(rd_kafka_mock_broker_error_stack_cnt(cluster, BROKER, api, &left), RD_KAFKA_RESP_ERR_NO_ERROR);
    return left;
}

int main(void)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        unsigned total;
        CASE(faults[i].name);
        start_cluster();
        feed();
        for (size_t j = 0; j < faults[i].times; j++)
            rd_kafka_mock_broker_push_request_error_rtts(cluster, BROKER, faults[i].api, 1, faults[i].err, 0);
        CHECK_INT(faults_left(faults[i].api), faults[i].times);
        CHECK_INT(ingest(), FF_EXIT_OK);
        CHECK_INT(faults_left(faults[i].api), 0);
        CHECK_INT(found(&total), EVENTS);
        printf("%-90s %u results for %d events\n", faults[i].name, total, EVENTS);
        stop_cluster();
    }
    return test_end();
}
