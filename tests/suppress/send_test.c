/* What ff_broker_send() says of topics that take nothing, and how long an operator's commands wait, with the faults
 * of librdkafka's mock cluster. The sanitizer build holds that headers are freed once in each case. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "proto/topics.h"
#include "suppress/broker/broker.h"
#include "tests/patience.h"
#include "tests/test.h"

#define PARTITIONS 2

static unsigned delivered_count;

static void on_delivered(void *ctx, void *token, const struct ff_broker_delivery *d)
{
    (void)ctx, (void)token, (void)d;
    delivered_count++;
}

/* Sends until the answer is `want`: what the broker says of its topics arrives in the background. */
static void check_sent(struct ff_broker *k, int32_t partition, size_t value_len, enum ff_err want)
{
    static const uint8_t value[4096] = "value";
    const struct ff_kafka_header headers[] = {{"writer", FF_SLICE("one")}, {"more", FF_SLICE("")}};
    const char *topic = ff_broker_topic_name(k, FF_TOPIC_STATE);
    enum ff_err err = FF_OK;
    unsigned sent = 0;
    struct patience p = patience();
    do {
        err = ff_broker_send(k, topic, partition, FF_SLICE("key"), ff_slice_of(value, value_len), -1, headers, 2, false, NULL);
        sent += err == FF_OK;
        if (err == want)
            break;
        ff_broker_poll(k, 100);
    } while (patience_lasts(&p));
    CHECK_INT(err, want);
    p = patience();
    while (delivered_count < sent && patience_lasts(&p))
        ff_broker_poll(k, 100);
    CHECK_INT(delivered_count, sent);
}

static const struct {
    const char *name;
    int32_t partition;
    size_t value_len;
    rd_kafka_resp_err_t topic_error;
    enum ff_err want;
} cases[] = {
    {"a topic that takes it", 1, 10, RD_KAFKA_RESP_ERR_NO_ERROR, FF_OK},
    {"a partition that is not there", PARTITIONS, 10, RD_KAFKA_RESP_ERR_NO_ERROR, FF_ERR_NOT_FOUND},
    {"a topic that this user may not write to", 1, 10, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, FF_ERR_PERMISSION},
    {"a topic that is not there", 1, 10, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, FF_ERR_NOT_FOUND},
    {"more than a record may hold", 1, 4096, RD_KAFKA_RESP_ERR_NO_ERROR, FF_ERR_TOO_LARGE},
};

/* message.max.bytes makes the largest case too large; the rest makes answers about topics arrive soon. */
static const struct ff_kafka_property properties[] = {{"message.max.bytes", "2000"},
                                                      {"topic.metadata.propagation.max.ms", "0"},
                                                      {"topic.metadata.refresh.fast.interval.ms", "20"}};

static void run_case(size_t i)
{
    char name[FF_TOPIC_NAME_SIZE], why[FF_BROKER_ANSWER_MAX];
    struct ff_broker *k = NULL;
    const struct ff_broker_callbacks callbacks = {.delivered = on_delivered};
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, 1);
    CHECK_INT(ff_topic_name(name, "mail.", FF_TOPIC_STATE, NULL), true);
    rd_kafka_mock_topic_create(cluster, name, cases[i].topic_error ? 0 : PARTITIONS, 1);
    rd_kafka_mock_topic_set_error(cluster, name, cases[i].topic_error);
    const struct ff_suppress_options opts = {.brokers = rd_kafka_mock_cluster_bootstraps(cluster),
                                             .properties = properties,
                                             .property_count = sizeof properties / sizeof *properties};
    CHECK_INT(ff_broker_open(&opts, FF_BROKER_WRITER, &callbacks, &k, why, sizeof why), FF_OK);
    delivered_count = 0;
    check_sent(k, cases[i].partition, cases[i].value_len, cases[i].want);
    ff_broker_close(k, 2000);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
}

/* The queue has room for two, and the broker acknowledges nothing: when told to stop, nothing waits for it. */
static void check_stopped(void)
{
    static const struct ff_kafka_property small[] = {{"queue.buffering.max.messages", "2"}};
    static volatile sig_atomic_t stop = 1;
    char name[FF_TOPIC_NAME_SIZE], why[FF_SERVICE_MESSAGE_MAX];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, 1);
    CHECK_INT(ff_topic_name(name, "mail.", FF_TOPIC_COMMANDS, NULL), true);
    rd_kafka_mock_topic_create(cluster, name, PARTITIONS, 1);
    const rd_kafka_resp_err_t again[] = {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                         RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS};
    for (int i = 0; i < 1000; i++)
        rd_kafka_mock_push_request_errors_array(cluster, 0 /* Produce */, sizeof again / sizeof *again, again);
    const struct ff_suppress_options opts = {
        .brokers = rd_kafka_mock_cluster_bootstraps(cluster), .properties = small, .property_count = 1, .stop = &stop};
    struct ff_command commands[5];
    for (size_t i = 0; i < 5; i++)
        commands[i] = (struct ff_command){.verb = FF_VERB_ADD, .time_us = 1, .address = FF_SLICE("a@example.net")};
    CHECK_INT(ff_commands_send(&opts, commands, 5, why, sizeof why), FF_EXIT_TEMPFAIL);
    CHECK_STR(why, "interrupted: the broker took 0 of 5 commands (the same ones may be sent again: a command counts once)");
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        run_case(i);
    }
    CASE("commands that do not fit into the queue are given up when the program is told to stop");
    check_stopped();
    return test_end();
}
