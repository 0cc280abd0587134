/* member_test.c: what a member of the group is told of its partitions, with librdkafka's mock cluster. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "proto/topics.h"
#include "suppress/broker/broker.h"
#include "tests/patience.h"
#include "tests/test.h"

#define PARTITIONS 3

/* Our libraries' calls (the linker's --wrap); librdkafka's go their own way. */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
static bool memory_is_short;

void *__wrap_calloc(size_t n, size_t size)
{
    return memory_is_short ? NULL : __real_calloc(n, size);
}

static struct {
    unsigned calls;
    bool named;
    size_t count;
} told;

static void on_assigned(void *ctx, const struct ff_broker_place *places, size_t count)
{
    (void)ctx;
    told.calls++;
    told.named = places != NULL;
    told.count = count;
}

static void on_revoked(void *ctx, bool lost)
{
    (void)ctx, (void)lost;
}

static void join(const char *brokers, bool shortage)
{
    static const enum ff_topic topics[] = {FF_TOPIC_RESULTS, FF_TOPIC_COMMANDS};
    char why[FF_BROKER_ANSWER_MAX];
    struct ff_broker *k = NULL;
    const struct ff_broker_callbacks callbacks = {.assigned = on_assigned, .revoked = on_revoked};
    const struct ff_suppress_options opts = {.brokers = brokers, .group = shortage ? "short" : "well"};
    told.calls = 0;
    CHECK_INT(ff_broker_open(&opts, FF_BROKER_MEMBER, &callbacks, &k, why, sizeof why), FF_OK);
    CHECK_INT(ff_broker_join(k, topics, 2), FF_OK);
    memory_is_short = shortage;
    for (struct patience p = patience(); told.calls == 0 && patience_lasts(&p);)
        ff_broker_poll(k, 100);
    memory_is_short = false;
    CHECK_INT(told.calls, 1);
    CHECK_INT(told.named, !shortage);
    CHECK_INT(told.count, 2 * PARTITIONS);
    ff_broker_close(k, 2000);
}

int main(void)
{
    char name[FF_TOPIC_NAME_SIZE], why[FF_BROKER_ANSWER_MAX];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, 1);
    for (unsigned t = FF_TOPIC_RESULTS; t <= FF_TOPIC_COMMANDS; t++)
        if (ff_topic_name(name, FF_TOPIC_PREFIX_DEFAULT, (enum ff_topic)t, NULL))
            rd_kafka_mock_topic_create(cluster, name, PARTITIONS, 1);
    CASE("a member is told which partitions are its own");
    join(rd_kafka_mock_cluster_bootstraps(cluster), false);
    CASE("a member without the memory to name them is told so, and how many they are");
    join(rd_kafka_mock_cluster_bootstraps(cluster), true);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
    return test_end();
}
