/* kumomta_bench.c: KumoMTA's JSON log records to events, beside the same bytes only parsed to the JSON tape: a
 * ratio under one means that whole events cost less than parsing. A second row is held against a pass for UTF-8,
 * the real floor. One mail's worth of records (a tenth are failures) and the one record of about 1 KB that other
 * tools were measured with. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "ingest/kumomta/decode_kumomta.h"
#include "proto/json.h"

#define EVENTS 1000 /* about 1 MB: what a consumer has fetched is in the cache */

struct input {
    const struct ff_slice *lines;
    size_t count;
    void *decoder;
    struct ff_json_doc *doc;
};

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    (void)record;
    *(uint64_t *)ctx += ev->recipient.len + ev->reply_text.len + ev->reply_code + (uint64_t)ev->event_time_us;
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    *(uint64_t *)ctx += (uint64_t)reason;
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx, (void)record;
    fprintf(stderr, "kumomta_bench: a dead letter: %s\n", dead->message);
    abort();
}

static uint64_t decode(void *ctx)
{
    const struct input *in = ctx;
    uint64_t sum = 0;
    struct ff_decode_sink sink = {&sum, on_event, on_ignored, on_dead};
    struct ff_record record = {.position = {"bench", 0, 0}};
    for (size_t i = 0; i < in->count; i++) {
        record.value = in->lines[i];
        ff_decoder_kumomta.decode(in->decoder, &record, &sink);
    }
    return sum;
}

static uint64_t pass(void *ctx)
{
    const struct input *in = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < in->count; i++)
        sum += ff_slice_is_utf8(in->lines[i]) * in->lines[i].len;
    return sum;
}

static uint64_t parse(void *ctx)
{
    const struct input *in = ctx;
    struct ff_err_at at;
    uint64_t sum = 0;
    for (size_t i = 0; i < in->count; i++) {
        if (ff_json_parse(in->doc, in->lines[i], &at))
            abort();
        sum += in->doc->count;
    }
    return sum;
}

static void measure(const char *name, const struct ff_slice *lines, size_t count, uint64_t bytes)
{
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    struct input in = {lines, count, ff_decoder_kumomta.new_(&opts), ff_json_doc_new(FF_JSON_NODES_MAX)};
    char label[64];
    if (!in.decoder || !in.doc)
        abort();
    struct bench_result bytes_only = bench_measure("pass", NULL, pass, &in, count);
    struct bench_result floor, own = bench_measure_beside(name, parse, decode, &in, count, &floor);
    snprintf(label, sizeof label, "kumomta/%s", name);
    bench_print(label, "cpu_per_record", own, "ns", "JSON parse alone", floor.best_ns);
    bench_print(label, "cpu_beside_bytes", own, "ns", "a pass over the bytes", bytes_only.best_ns);
    double per_record = (double)bytes / (double)count;
    struct bench_result speed = {.best_ns = per_record / own.best_ns, .median_ns = per_record / own.median_ns};
    bench_print(label, "bytes_per_cpu", speed, "GB/s", NULL, 0);
    struct bench_result size = {.best_ns = per_record, .median_ns = per_record};
    bench_print(label, "record_size", size, "bytes", NULL, 0);
    ff_json_doc_free(in.doc);
    ff_decoder_kumomta.free_(in.decoder);
}

/* About 1 KB, as a log with the operator's usual meta and headers has it. */
static const char bounce_1k[] =
    "{\"type\":\"Bounce\",\"id\":\"7b1f0c2e91aa11f0a3c502420a000004\",\"sender\":\"b+c42.m9001@rp.example.com\","
    "\"recipient\":\"nobody@mail.example.net\",\"queue\":\"spring24:acme@mail.example.net\","
    "\"site\":\"src-a03->(mx1|mx2|mx3).mail.example.net@smtp_client\",\"size\":48213,\"response\":{\"code\":550,"
    "\"enhanced_code\":{\"class\":5,\"subject\":1,\"detail\":1},\"content\":\"The account you tried to reach does not "
    "exist: https://help.example.net/nosuchuser\",\"command\":\"RCPT TO:<nobody@mail.example.net>\\r\\n\"},"
    "\"peer_address\":{\"name\":\"mx1.mail.example.net.\",\"addr\":\"203.0.113.25\",\"is_secure\":false},"
    "\"timestamp\":1786003200,\"event_time\":\"2026-08-06T08:00:00.123456789Z\",\"created\":1786003195,"
    "\"created_time\":\"2026-08-06T07:59:55.001234567Z\",\"num_attempts\":0,"
    "\"bounce_classification\":\"InvalidRecipient\","
    "\"egress_pool\":\"pool-a\",\"egress_source\":\"src-a03\",\"source_address\":{\"address\":\"198.51.100.7:41822\"},"
    "\"feedback_report\":null,\"meta\":{\"tenant\":\"acme\",\"stream\":\"bulk\",\"list_id\":7},\"headers\":{},"
    "\"delivery_protocol\":\"ESMTP\",\"reception_protocol\":\"ESMTP\","
    "\"nodeid\":\"557f3ad4-2c8c-11ee-976e-782d7e12e173\"}";

int main(void)
{
    static struct ff_slice same[EVENTS];
    struct bench_lines generated;
    bench_print_machine();
    for (size_t i = 0; i < EVENTS; i++)
        same[i] = ff_slice_of(bounce_1k, sizeof bounce_1k - 1);
    measure("bounce_1k", same, EVENTS, (sizeof bounce_1k - 1) * (uint64_t)EVENTS);
    bench_lines_init(&generated, GEN_KUMOMTA, EVENTS);
    uint64_t bytes = 0;
    for (size_t i = 0; i < generated.count; i++)
        bytes += generated.lines[i].len;
    measure("generated", generated.lines, generated.count, bytes);
    bench_lines_fini(&generated);
    return 0;
}
