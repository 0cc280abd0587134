/* kafka_feed.c: packed records at a given rate, and in between bounces of addresses nobody else knows.
 *
 *     kafka_feed BROKERS TOPIC EVENTS_PER_S SECONDS PLANTS_PER_S FIRST WARM_UP PAUSE
 *
 * Before the SECONDS come WARM_UP seconds of the same load, a half of its rate, with planted ones that are not told
 * about, and PAUSE seconds of nothing; the load goes on where that ended, so nothing of it is a repeat. The load is
 * generated events (seeded), produced in time with the clock. Each planted event says that plantedN (N from FIRST
 * on)@example.net does not exist; as it is handed to librdkafka (linger.ms=0) "N MONOTONIC_SECONDS" is printed, so
 * that whoever reads it can clock when the address is suppressed.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "ingest/generate/gen_format.h"

/* Then from the beginning again: to `suppress` those are repeats, which cost it little. */
#define LOAD_EVENTS_MAX 12000000

#define UNTOLD_FROM 500000 /* behind FIRST: numbers of those that are not told about */

static rd_kafka_topic_t *topic;
static rd_kafka_t *producer;

static void open_topic(const char *brokers, const char *name)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why) ||
        rd_kafka_conf_set(conf, "linger.ms", "0", why, sizeof why) ||
        rd_kafka_conf_set(conf, "socket.nagle.disable", "true", why, sizeof why) ||
        !(producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why)) ||
        !(topic = rd_kafka_topic_new(producer, name, NULL))) {
        fprintf(stderr, "kafka_feed: %s\n", why);
        exit(1);
    }
}

static void produce(struct ff_slice record)
{
    if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)record.ptr, record.len,
                         NULL, 0, NULL)) {
        fprintf(stderr, "kafka_feed: %s\n", rd_kafka_err2str(rd_kafka_last_error()));
        exit(1);
    }
    rd_kafka_poll(producer, 0);
}

static void plant(struct ff_batch_writer *w, unsigned number, bool tell)
{
    char address[64], text[160];
    uint8_t id[16] = "planted";
    struct timespec now;
    struct ff_slice record;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(address, sizeof address, "planted%u@example.net", number);
    snprintf(text, sizeof text, "550 5.1.1 <%s>: Recipient address rejected: User unknown", address);
    memcpy(id + 8, &number, sizeof number);
    const struct ff_event ev = {
        .kind = FF_KIND_BOUNCE,
        .origin = FF_ORIGIN_REMOTE_REPLY,
        .stage = FF_STAGE_RCPT_TO,
        .reply_code = 550,
        .enhanced_code = 5001001,
        .event_time_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
        .recipient = ff_slice_str(address),
        .tenant_id = FF_SLICE("acme"),
        .reply_text = ff_slice_str(text),
        .event_id = ff_slice_of(id, sizeof id),
    };
    ff_batch_begin(w, FF_SLICE("bench"), FF_SLICE("kafka_feed"));
    if (ff_batch_add_event(w, &ev) || ff_batch_close(w, &record))
        exit(1);
    if (tell) {
        printf("%u %.6f\n", number, bench_wall_s());
        fflush(stdout);
    }
    produce(record);
}

/* Load and planted bounces, each in time with the clock. Returns how many records of the load were sent, `sent`
 * included. */
static size_t feed(const struct bench_records *load, size_t sent, double rate, double plants, double seconds,
                   struct ff_batch_writer *w, unsigned *number, bool tell)
{
    double start = bench_wall_s(), passed;
    size_t before = sent;
    unsigned first = *number;
    while ((passed = bench_wall_s() - start) < seconds) {
        for (; (double)(sent - before) * GEN_PACKED_EVENTS < passed * rate; sent++)
            produce(load->records[sent % load->count]);
        for (; (double)(*number - first) < passed * plants; ++*number)
            plant(w, *number, tell);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    return sent;
}

int main(int argc, char **argv)
{
    struct bench_records load;
    if (argc < 9) {
        fprintf(stderr, "usage: kafka_feed BROKERS TOPIC EVENTS_PER_S SECONDS PLANTS_PER_S FIRST WARM_UP PAUSE\n");
        return 64;
    }
    double rate = atof(argv[3]), seconds = atof(argv[4]), plants = atof(argv[5]), warm_up = atof(argv[7]);
    double events = rate * seconds + rate / 2 * warm_up;
    struct ff_batch_writer *w = ff_batch_writer_new(FF_BATCH_EVENTS, 1);
    if (!w)
        return 70;
    bench_records_init(&load, (uint64_t)(events < LOAD_EVENTS_MAX ? events + 1 : LOAD_EVENTS_MAX), 1);
    open_topic(argv[1], argv[2]);
    unsigned first = (unsigned)strtoul(argv[6], NULL, 10), number = first, untold = first + UNTOLD_FROM;
    size_t warm = feed(&load, 0, rate / 2, plants, warm_up, w, &untold, false);
    nanosleep(&(struct timespec){atol(argv[8]), 0}, NULL);
    size_t sent = feed(&load, warm, rate, plants, seconds, w, &number, true);
    rd_kafka_flush(producer, 20000);
    fprintf(stderr, "%zu events, %u planted\n", (sent - warm) * GEN_PACKED_EVENTS, number - first);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    ff_batch_writer_free(w);
    bench_records_fini(&load);
    return 0;
}
