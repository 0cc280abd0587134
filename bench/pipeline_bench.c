/* pipeline_bench.c: the embedded pipeline: packed zstd records in memory -> decode -> classify every failure -> results
 * encoded per destination partition, as `ingest` does it; and the same with policy and store behind it. Floors:
 * decompression and walk of the same records alone. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "ingest/pipeline.h"
#include "proto/address.h"
#include "suppress/suppress.h"

#define EVENTS 100000
#define PARTITIONS 16

struct bench_run {
    struct bench_records in;
    struct ff_judge *judge;
    struct ff_pipeline *pipeline;
    struct ff_batch_packer *packer; /* NULL: results are not encoded */
    struct ff_batch_writer *results[PARTITIONS];
    bool failures_only;
    struct ff_suppressor *suppressor;
    char dir[64];
    uint64_t sum, packed_bytes;
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

static void close_batch(struct bench_run *b, struct ff_batch_writer *w)
{
    struct ff_slice packed;
    if (ff_batch_count(w) == 0)
        return;
    if (ff_batch_close(w, &packed))
        abort();
    b->packed_bytes += packed.len;
    b->sum += packed.len;
    ff_batch_begin(w, FF_SLICE("packed"), FF_SLICE("bench"));
}

static void encode_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct bench_run *b = ctx;
    uint8_t verdict[FF_VERDICT_BYTES_MAX], key[FF_ADDRESS_KEY_MAX];
    size_t n, len;
    (void)record;
    b->sum += v->category + v->suppress;
    if (b->failures_only && !ff_kind_is_failure(ev->kind))
        return;
    struct ff_slice k = ev->recipient;
    if (ff_address_key(ev->recipient, key, &len) == FF_OK)
        k = ff_slice_of(key, len);
    struct ff_batch_writer *w = b->results[ff_address_partition(ev->tenant_id, k, PARTITIONS)];
    n = v->category ? ff_verdict_encode(v, verdict) : 0;
    if (ff_batch_add_result(w, ev, ff_slice_of(verdict, n)))
        abort();
    if (ff_batch_content_bytes(w) > FF_BATCH_CONTENT_TARGET)
        close_batch(b, w);
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
    b->packed_bytes = 0;
    for (size_t i = 0; i < b->in.count; i++) {
        struct ff_record record = {.value = b->in.records[i], .position = {"bench", -1, (int64_t)i}};
        ff_pipeline_record(b->pipeline, &record);
        char message[256];
        /* about 10,000 events: what `run` writes every 50 ms at 200,000 events/s */
        if (b->suppressor && i % 20 == 19 && ff_suppressor_commit(b->suppressor, message, sizeof message))
            abort();
    }
    for (size_t i = 0; b->packer && i < PARTITIONS; i++)
        close_batch(b, b->results[i]);
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

/* One row: which results are published, and how they are packed. */
static void run_results(struct bench_run *b, const char *name, enum ff_batch_codec codec, bool failures_only, double floor_ns)
{
    struct bench_result bytes;
    char label[64];
    b->failures_only = failures_only;
    b->packer = ff_batch_packer_new(codec, 1);
    for (size_t i = 0; i < PARTITIONS; i++) {
        if (!b->packer || !(b->results[i] = ff_batch_writer_new_shared(FF_BATCH_RESULTS, b->packer)))
            exit(70);
        ff_batch_begin(b->results[i], FF_SLICE("packed"), FF_SLICE("bench"));
    }
    struct bench_result r = run_pipeline(b, name, NULL, encode_result);
    snprintf(label, sizeof label, "pipeline/%s", name);
    bench_print(label, "cpu_per_event", r, "ns", "zstd+walk alone", floor_ns);
    bytes.best_ns = bytes.median_ns = (double)b->packed_bytes / EVENTS;
    bench_print(label, "published", bytes, "bytes/event", NULL, 0);
    for (size_t i = 0; i < PARTITIONS; i++)
        ff_batch_writer_free(b->results[i]);
    ff_batch_packer_free(b->packer);
    b->packer = NULL;
}

int main(int argc, char **argv)
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
    bench_print("pipeline/zstd+walk", "cpu_per_event", floor, "ns", NULL, 0);
    static const struct {
        const char *name;
        enum ff_batch_codec codec;
        bool failures_only;
    } rows[] = {
        {"results-failures-zstd", FF_BATCH_ZSTD, true},
        {"results-all-lz4", FF_BATCH_LZ4, false},
        {"results-all-zstd", FF_BATCH_ZSTD, false},
    };
    const char *only = argc > 1 ? argv[1] : ""; /* a part of a row's name, to profile it alone */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strstr(rows[i].name, only))
            run_results(&b, rows[i].name, rows[i].codec, rows[i].failures_only, floor.best_ns);
    if (!strstr("embedded", only))
        return 0;
    struct bench_result embedded = run_pipeline(&b, "embedded", fresh_store, to_store);
    remove_store(&b);
    bench_print("pipeline/embedded", "cpu_per_event", embedded, "ns", "zstd+walk alone", floor.best_ns);
    struct bench_result rate = {1e9 / embedded.best_ns, 1e9 / embedded.median_ns};
    bench_print("pipeline/embedded", "events_per_core", rate, "1/s", NULL, 0);
    bench_records_fini(&b.in);
    ff_judge_free(b.judge);
    ff_rule_names_free(names);
    return 0;
}
