/* discard.c: the floor under every Kafka client here: librdkafka reads the topic and each record is thrown away.
 *
 *   discard BROKER GROUP TOPIC RECORDS      ends when RECORDS have come; prints how many bytes they were
 *
 * The settings are those of `fivefifty ingest` (ingest/source_kafka.c), so that the difference to it is our own work and
 * not a better tuned client. Only the value's length is looked at.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 4096
#define SILENCE_MS 30000 /* nothing at all for so long is a broken run */

static rd_kafka_t *client(const char *broker, const char *group)
{
    const char *const settings[][2] = {
        {"bootstrap.servers", broker},      {"group.id", group},
        {"enable.auto.commit", "false"},    {"auto.offset.reset", "earliest"},
        {"fetch.max.bytes", "4194304"},     {"fetch.message.max.bytes", "1048576"},
        {"fetch.min.bytes", "65536"},       {"fetch.wait.max.ms", "50"},
        {"queued.min.messages", "1000000"}, {"queued.max.messages.kbytes", "262144"},
    };
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) != RD_KAFKA_CONF_OK) {
            fprintf(stderr, "discard: %s\n", why);
            exit(78);
        }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!rk) {
        fprintf(stderr, "discard: %s\n", why);
        exit(78);
    }
    rd_kafka_poll_set_consumer(rk);
    return rk;
}

int main(int argc, char **argv)
{
    static rd_kafka_message_t *batch[BATCH];
    if (argc != 5) {
        fprintf(stderr, "usage: discard BROKER GROUP TOPIC RECORDS\n");
        return 64;
    }
    unsigned long long want = strtoull(argv[4], NULL, 10), records = 0, bytes = 0;
    rd_kafka_t *rk = client(argv[1], argv[2]);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, argv[3], RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    for (int silent_ms = 0; records < want && silent_ms < SILENCE_MS;) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, 50, batch, BATCH);
        silent_ms = n > 0 ? 0 : silent_ms + 50;
        for (ssize_t i = 0; i < n; i++) {
            if (batch[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                records++;
                bytes += batch[i]->len;
            }
            rd_kafka_message_destroy(batch[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    printf("%llu records %llu bytes\n", records, bytes);
    return records == want ? 0 : 70;
}
