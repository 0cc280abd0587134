/* Whether a record has headers is seen without asking librdkafka: the answers are the same, whatever the value's length
 * and codec are and whatever stands beside it. On librdkafka's mock cluster, which hands back what was produced. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "ingest/service/ingest_int.h"
#include "tests/patience.h"
#include "tests/test.h"

#define TOPIC "records"

/* Around the lengths whose varint has one, two and three bytes, and some of log records. */
static const size_t lengths[] = {0, 1, 2, 31, 32, 62, 63, 64, 65, 127, 128, 129, 912, 1047, 4096, 8190, 8191, 8192, 8193, 60000};
#define LENGTHS (sizeof lengths / sizeof *lengths)

enum { NONE, SOME, OTHERS, KINDS };
static const char *const kinds[KINDS] = {"no headers", "the three headers", "headers of somebody else"};

static rd_kafka_t *client(rd_kafka_mock_cluster_t *cluster, rd_kafka_type_t type, const char *codec)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), why, sizeof why);
    rd_kafka_conf_set(conf, "group.id", "reader", why, sizeof why);
    rd_kafka_conf_set(conf, "linger.ms", "100", why, sizeof why);
    rd_kafka_conf_set(conf, "compression.codec", codec, why, sizeof why);
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk) {
        printf("%s\n", why);
        exit(1);
    }
    return rk;
}

static rd_kafka_headers_t *headers_of(unsigned kind)
{
    if (kind == NONE)
        return NULL;
    rd_kafka_headers_t *h = rd_kafka_headers_new(3);
    rd_kafka_header_add(h, kind == SOME ? "tenant-id" : "a", -1, "acme", -1);
    rd_kafka_header_add(h, kind == SOME ? "source-format" : "b", -1, "json", -1);
    rd_kafka_header_add(h, kind == SOME ? "content-encoding" : "c", -1, "zstd", -1);
    return h;
}

static void produce(rd_kafka_mock_cluster_t *cluster, const char *codec, int byte)
{
    rd_kafka_t *rk = client(cluster, RD_KAFKA_PRODUCER, codec);
    static char value[60000];
    memset(value, byte, sizeof value);
    for (size_t i = 0; i < LENGTHS * KINDS; i++) {
        rd_kafka_headers_t *h = headers_of((unsigned)(i % KINDS));
        rd_kafka_resp_err_t err = rd_kafka_producev(
            rk, RD_KAFKA_V_TOPIC(TOPIC), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(value, lengths[i / KINDS]),
            RD_KAFKA_V_KEY("key", i & 1 ? 3 : 0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(h),
            RD_KAFKA_V_END);
        CHECK_INT(err, RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    CHECK_INT(rd_kafka_flush(rk, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(rk);
}

static void check(const rd_kafka_message_t *msg, size_t i, const char *codec, int byte)
{
    char name[120];
    bool some = i % KINDS == SOME;
    snprintf(name, sizeof name, "%s, %zu bytes of 0x%02x, codec %s", kinds[i % KINDS], lengths[i / KINDS], (unsigned)byte, codec);
    CASE(name);
    CHECK_INT(msg->len, lengths[i / KINDS]);
    struct ff_record_headers h = ff_record_headers(msg);
    CHECK_SLICE(h.tenant, some ? "acme" : "");
    CHECK_SLICE(h.format, some ? "json" : "");
    CHECK_SLICE(h.encoding, some ? "zstd" : "");
}

static void consume(rd_kafka_mock_cluster_t *cluster, const char *codec, int byte)
{
    rd_kafka_t *rk = client(cluster, RD_KAFKA_CONSUMER, "none");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, TOPIC, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    size_t i = 0;
    while (i < LENGTHS * KINDS) {
        rd_kafka_message_t *msg = rd_kafka_consumer_poll(rk, patience_s() * 1000);
        if (!msg)
            break;
        if (!msg->err)
            check(msg, i++, codec, byte);
        rd_kafka_message_destroy(msg);
    }
    CHECK_INT(i, LENGTHS * KINDS);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
}

int main(void)
{
    static const char *const codecs[] = {"none", "lz4", "zstd"};
    char why[256];
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    for (size_t i = 0; i < 2 * (sizeof codecs / sizeof *codecs); i++) {
        rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(handle, 1);
        rd_kafka_mock_topic_create(cluster, TOPIC, 1, 1);
        produce(cluster, codecs[i / 2], i % 2 ? 0 : '{');
        consume(cluster, codecs[i / 2], i % 2 ? 0 : '{');
        rd_kafka_mock_cluster_destroy(cluster);
    }
    rd_kafka_destroy(handle);
    return test_end();
}
