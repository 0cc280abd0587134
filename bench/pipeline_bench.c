/* pipeline_bench.c: the embedded pipeline: packed zstd records in memory -> decode -> classify every failure -> results
 * encoded, and the same with policy and store behind it. Floors: decompression and walk of the same records alone. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "ingest/pipeline.h"
#include "suppress/suppress.h"

#define EVENTS 100000

struct bench_run {
    struct bench_records in;
    struct ff_judge *judge;
    struct ff_pipeline *pipeline;
    struct ff_batch_writer *results;
    struct ff_suppressor *suppressor;
    char dir[64];
    uint64_t sum;
};

static uint64_t walk(void *ctx)
{
    struct bench_run *b = ctx;
    struct ff_err_at at;
    struct ff_slice item;
    struct ff_event ev;
    size_t offset;
    uint64_t sum = 0;
    for (size_t i = 0; i < b->in.count; i++) {
        if (ff_batch_open(b->in.reader, FF_BATCH_EVENTS, b->in.records[i], &at))
            abort();
        while (ff_batch_next(b->in.reader, &item, &offset) == FF_OK && ff_event_decode(item, &ev, &at) == FF_OK)
            sum += ev.reply_text.len;
    }
    return sum;
}

static void encode_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct bench_run *b = ctx;
    uint8_t verdict[FF_VERDICT_BYTES_MAX];
    (void)record;
    size_t n = ff_verdict_encode(v, verdict);
    if (ff_batch_add_result(b->results, ev, ff_slice_of(verdict, n)))
        abort();
    b->sum += v->category + v->suppress;
    if (ff_batch_content_bytes(b->results) > FF_BATCH_CONTENT_TARGET) {
        struct ff_slice packed;
        if (ff_batch_close(b->results, &packed))
            abort();
        b->sum += packed.len;
        ff_batch_begin(b->results, FF_SLICE("packed"), FF_SLICE("bench"));
    }
}

static void to_store(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct bench_run *b = ctx;
    (void)record;
    if (ff_suppressor_result(b->suppressor, ev, v, -1, (struct ff_slice){0}))
        abort();
    b->sum += v->category + v->suppress;
}

static void no_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx;
    (void)record;
    fprintf(stderr, "dead letter: %s\n", dead->message);
    abort();
}

static uint64_t pipeline(void *ctx)
{
    struct bench_run *b = ctx;
    b->sum = 0;
    if (b->results)
        ff_batch_begin(b->results, FF_SLICE("packed"), FF_SLICE("bench"));
    for (size_t i = 0; i < b->in.count; i++) {
        struct ff_record record = {.value = b->in.records[i], .position = {"bench", -1, (int64_t)i}};
        ff_pipeline_record(b->pipeline, &record);
        char message[256];
        /* about 10,000 events: what `run` writes every 50 ms at 200,000 events/s */
        if (b->suppressor && i % 20 == 19 && ff_suppressor_commit(b->suppressor, message, sizeof message))
            abort();
    }
    return b->sum;
}

static void remove_store(struct bench_run *b)
{
    char command[128];
    ff_suppressor_close(b->suppressor);
    b->suppressor = NULL;
    snprintf(command, sizeof command, "rm -rf %s", b->dir);
    if (system(command))
        exit(74);
}

/* Each run begins with an empty store: a replay would find everything known and cost less. */
static void fresh_store(void *ctx)
{
    struct bench_run *b = ctx;
    char message[256];
    if (b->suppressor)
        remove_store(b);
    strcpy(b->dir, "/tmp/fivefifty-bench-XXXXXX");
    if (!mkdtemp(b->dir))
        exit(73);
    const struct ff_suppressor_options opts = {.state_dir = b->dir, .create = true};
    if (ff_suppressor_open(&opts, &b->suppressor, message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        exit(73);
    }
}

static struct bench_result run_pipeline(struct bench_run *b, const char *name, void (*before)(void *),
                                        void (*result)(void *, const struct ff_event *, const struct ff_verdict *, const struct ff_record *))
{
    const struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    const struct ff_pipeline_sink sink = {b, result, no_dead};
    b->pipeline = ff_pipeline_new(&ff_decoder_packed, &opts, b->judge, &sink);
    if (!b->pipeline)
        exit(70);
    struct bench_result r = bench_measure(name, before, pipeline, b, EVENTS);
    struct ff_pipeline_counts counts;
    ff_pipeline_counts(b->pipeline, &counts);
    if (!ff_accounting_holds(&counts.accounting) || counts.accounting.events != (BENCH_RUNS + 1) * (uint64_t)EVENTS) {
        fprintf(stderr, "%s: the accounting does not hold\n", name);
        exit(1);
    }
    ff_pipeline_free(b->pipeline);
    return r;
}

int main(void)
{
    struct bench_run b = {0};
    char message[512];
    struct ff_ruleset *rules;
    if (ff_ruleset_load((struct ff_slice){0}, "built-in", &rules, message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        return 78;
    }
    struct ff_rule_names *names = ff_rule_names_new();
    struct ff_rulebook *book = names ? ff_rulebook_new(names, rules, NULL) : NULL;
    if (!book || !(b.judge = ff_judge_new(book)))
        return 70;
    ff_rulebook_drop(book);
    bench_print_machine();
    bench_records_init(&b.in, EVENTS, 1);
    struct bench_result floor = bench_measure("zstd+walk", NULL, walk, &b, EVENTS);
    b.results = ff_batch_writer_new(FF_BATCH_RESULTS, 1);
    struct bench_result packed = run_pipeline(&b, "classify", NULL, encode_result);
    ff_batch_writer_free(b.results);
    b.results = NULL;
    struct bench_result embedded = run_pipeline(&b, "embedded", fresh_store, to_store);
    remove_store(&b);
    bench_print("pipeline/zstd+walk", "cpu_per_event", floor, "ns", NULL, 0);
    bench_print("pipeline/results", "cpu_per_event", packed, "ns", "zstd+walk alone", floor.best_ns);
    bench_print("pipeline/embedded", "cpu_per_event", embedded, "ns", "zstd+walk alone", floor.best_ns);
    struct bench_result rate = {1e9 / embedded.best_ns, 1e9 / embedded.median_ns};
    bench_print("pipeline/embedded", "events_per_core", rate, "1/s", NULL, 0);
    bench_records_fini(&b.in);
    ff_judge_free(b.judge);
    ff_rule_names_free(names);
    return 0;
}
