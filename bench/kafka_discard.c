/* kafka_discard.c: a librdkafka consumer that throws every record away: the floor of everything that reads from Kafka.
 *
 *     kafka_discard BROKERS TOPIC RECORDS [NAME=VALUE]...
 *
 * One consumer, the batch call, and the settings that `ingest` prints at start (bench/kafka_bench.py and
 * bench/peers/run hand them over), so that the difference to it is our own work and not a better tuned client. Reads
 * all partitions from the beginning without a group and prints what RECORDS of them cost, once the first has come.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 4096
#define POLL_MS 50
#define WAKE_BYTES (2u << 20)
#define SILENCE_MS 30000 /* nothing at all for so long is a broken run */

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "kafka_discard: %s: %s\n", what, why);
    exit(1);
}

static rd_kafka_t *consumer_new(const char *brokers, int count, char **settings)
{
    char why[512], name[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why) ||
        rd_kafka_conf_set(conf, "group.id", "kafka_discard", why, sizeof why))
        die(brokers, why);
    for (int i = 0; i < count; i++) {
        const char *value = strchr(settings[i], '=');
        if (!value)
            die(settings[i], "not NAME=VALUE");
        snprintf(name, sizeof name, "%.*s", (int)(value - settings[i]), settings[i]);
        if (rd_kafka_conf_set(conf, name, value + 1, why, sizeof why))
            die(name, why);
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!rk)
        die("librdkafka", why);
    rd_kafka_poll_set_consumer(rk);
    return rk;
}

static void assign_all(rd_kafka_t *rk, const char *topic)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, t, &md, 20000);
    if (err || md->topics[0].partition_cnt == 0)
        die(topic, err ? rd_kafka_err2str(err) : "no such topic");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(md->topics[0].partition_cnt);
    for (int i = 0; i < md->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(t);
}

int main(int argc, char **argv)
{
    static rd_kafka_message_t *msgs[BATCH];
    if (argc < 4)
        die("usage", "kafka_discard BROKERS TOPIC RECORDS [NAME=VALUE]...");
    unsigned long long want = strtoull(argv[3], NULL, 10), records = 0, bytes = 0, woken_at = 0;
    rd_kafka_t *rk = consumer_new(argv[1], argc - 4, argv + 4);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), from = 0;
    int silent_ms = 0;
    assign_all(rk, argv[2]);
    while (records < want) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, POLL_MS, msgs, BATCH);
        if (n > 0 && from == 0)
            from = seconds(CLOCK_MONOTONIC);
        silent_ms = n > 0 ? 0 : silent_ms + POLL_MS;
        if (silent_ms > SILENCE_MS)
            die(argv[2], "no more records come");
        for (ssize_t i = 0; i < n; i++) {
            if (msgs[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                records++;
                bytes += msgs[i]->len;
            } else if (msgs[i]->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                die(argv[2], rd_kafka_message_errstr(msgs[i]));
            }
            rd_kafka_message_destroy(msgs[i]);
        }
        if (bytes - woken_at >= WAKE_BYTES) { /* as ingest does, and why: ingest/service/source_kafka.c */
            woken_at = bytes;
            rd_kafka_sasl_set_credentials(rk, "", "");
        }
    }
    printf("{\"records\":%llu,\"bytes\":%llu,\"cpu_s\":%.3f,\"wall_s\":%.3f}\n", records, bytes,
           seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - from);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return 0;
}
