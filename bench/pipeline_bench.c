/* pipeline_bench.c: the embedded pipeline: packed zstd records in memory -> decode -> classify every failure -> results
 * encoded per destination partition, as `ingest` does it; and the same with policy and store behind it. Floors:
 * decompression and walk of the same records alone, and the same with the compression of what comes out. */
#include <lz4.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "ingest/generate/gen_format.h"
#include "ingest/own/decode_own.h"
#include "ingest/pipeline/pipeline.h"
#include "proto/address.h"
#include "suppress/suppress.h"

/* Of each worker: about what it takes in a cycle, so that batches are as full as `ingest` makes them. */
#define EVENTS 100000
#define PARTITIONS 16

/* What results hold before they are compressed, one after the other. */
#define CONTENTS_MAX 1024
struct bench_contents {
    struct ff_slice content[CONTENTS_MAX];
    size_t count;
    enum ff_batch_codec codec;
};

struct bench_run {
    struct bench_records in;
    struct bench_contents *contents;
    bool keep; /* results, in `contents` */
    struct ff_judge *judge;
    struct ff_pipeline *pipeline;
    struct ff_batch_packer *packer; /* NULL: results are not encoded */
    struct ff_batch_writer *results[PARTITIONS];
    bool failures_only;
    bool owner; /* the store keeps an outbox, which is handed out after each record as `suppress` does it */
    struct bench_sent *sent;
    size_t sent_count;
    struct ff_suppressor *suppressor;
    char dir[64];
    uint64_t runs; /* of the pipeline that is open */
    uint64_t sum, packed_bytes;
    uint64_t verdicts; /* the part of `sum` that does not depend on how results are grouped into records */
};

/* A key that was handed out and waits for its acknowledgement. */
struct bench_sent {
    uint64_t sequence;
    size_t key_len;
    uint8_t key[1024];
};
#define SENT_MAX 4096

#define WORKERS 2
struct bench_pool {
    struct bench_run worker[WORKERS];
    double best_wall_s;
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

static uint64_t compress(const struct bench_contents *c)
{
    static uint8_t out[ZSTD_COMPRESSBOUND(2 * FF_BATCH_CONTENT_TARGET)];
    static ZSTD_CCtx *cctx;
    uint64_t sum = 0;
    if (!cctx && !(cctx = ZSTD_createCCtx()))
        abort();
    for (size_t i = 0; i < c->count; i++) {
        struct ff_slice s = c->content[i];
        sum += c->codec == FF_BATCH_ZSTD
                   ? ZSTD_compressCCtx(cctx, out, sizeof out, s.ptr, s.len, 1)
                   : (size_t)LZ4_compress_default((const char *)s.ptr, (char *)out, (int)s.len, (int)sizeof out);
    }
    return sum;
}

static uint64_t walk_and_compress(void *ctx)
{
    struct bench_run *b = ctx;
    return walk(b) + compress(b->contents);
}

static void keep_content(struct bench_contents *c, struct ff_slice raw)
{
    uint8_t *copy = malloc(raw.len);
    if (!copy || c->count == CONTENTS_MAX)
        abort();
    memcpy(copy, raw.ptr + 1, raw.len - 1); /* without its version byte */
    c->content[c->count++] = ff_slice_of(copy, raw.len - 1);
}

static void close_batch(struct bench_run *b, struct ff_batch_writer *w)
{
    struct ff_slice packed;
    if (ff_batch_count(w) == 0)
        return;
    if (ff_batch_close(w, &packed))
        abort();
    if (b->keep)
        keep_content(b->contents, packed);
    b->packed_bytes += packed.len;
    b->sum += packed.len;
    ff_batch_begin(w, FF_SLICE("packed"), FF_SLICE("bench"));
}

static void encode_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v,
                          const struct ff_record *record)
{
    struct bench_run *b = ctx;
    uint8_t verdict[FF_VERDICT_BYTES_MAX], key[FF_ADDRESS_KEY_MAX];
    size_t n, len;
    (void)record;
    b->verdicts += v->category + v->suppress;
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
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    int32_t partition = -1;
    (void)record;
    if (b->owner && !ff_kind_is_failure(ev->kind))
        return;
    if (b->owner && ff_address_key(ev->recipient, key, &len) == FF_OK)
        partition = (int32_t)ff_address_partition(ev->tenant_id, ff_slice_of(key, len), PARTITIONS);
    if (ff_suppressor_result(b->suppressor, ev, v, partition))
        abort();
    b->verdicts += v->category + v->suppress;
}

static void no_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx;
    (void)record;
    fprintf(stderr, "dead letter: %s\n", dead->message);
    abort();
}

static void commit(struct bench_run *b)
{
    char message[256];
    if (ff_suppressor_commit(b->suppressor, message, sizeof message))
        abort();
}

static void keep_sent(void *ctx, const struct ff_outgoing *out)
{
    struct bench_run *b = ctx;
    struct bench_sent *s = &b->sent[b->sent_count++];
    if (b->sent_count > SENT_MAX || out->key.len > sizeof s->key)
        abort();
    *s = (struct bench_sent){.sequence = out->sequence, .key_len = out->key.len};
    memcpy(s->key, out->key.ptr, out->key.len);
    b->sum += out->suppression.len + out->state.len + out->change.len;
}

/* A turn of an owner whose broker answers at once: write, hand out, forget what was acknowledged with the next
 * write. */
static void owner_turn(struct bench_run *b)
{
    commit(b);
    b->sent_count = 0;
    for (int32_t p = 0; p < PARTITIONS; p++)
        (void)ff_suppressor_outbox(b->suppressor, p, SENT_MAX - b->sent_count, keep_sent, b);
    for (size_t i = 0; i < b->sent_count; i++)
        ff_suppressor_sent(b->suppressor, ff_slice_of(b->sent[i].key, b->sent[i].key_len), b->sent[i].sequence);
}

static uint64_t pipeline(void *ctx)
{
    struct bench_run *b = ctx;
    b->runs++;
    b->sum = 0;
    b->verdicts = 0;
    b->packed_bytes = 0;
    for (size_t i = 0; i < b->in.count; i++) {
        struct ff_record record = {.value = b->in.records[i], .position = {"bench", -1, (int64_t)i}};
        ff_pipeline_record(b->pipeline, &record);
        if (b->owner)
            owner_turn(b);
        /* about 10,000 events: what `run` writes every 50 ms at 200,000 events/s */
        else if (b->suppressor && i % 20 == 19)
            commit(b);
    }
    for (size_t i = 0; b->packer && i < PARTITIONS; i++)
        close_batch(b, b->results[i]);
    return b->sum + b->verdicts;
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
    const struct ff_suppressor_options opts = {.state_dir = b->dir, .create = true, .outbox = b->owner};
    if (ff_suppressor_open(&opts, &b->suppressor, message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        exit(73);
    }
}

static void pipeline_open(struct bench_run *b, void (*result)(void *, const struct ff_event *,
                                                              const struct ff_verdict *, const struct ff_record *))
{
    const struct ff_decode_options opts = {.default_tenant = FF_SLICE("default"),
                                           .deliveries_counted = b->failures_only};
    const struct ff_pipeline_sink sink = {b, result, no_dead};
    b->runs = 0;
    b->pipeline = ff_pipeline_new(&ff_decoder_packed, &opts, b->judge, &sink);
    if (!b->pipeline)
        exit(70);
}

/* @param events  what it must have seen in each of its runs */
static void pipeline_close(struct bench_run *b, const char *name, uint64_t events)
{
    struct ff_pipeline_counts counts;
    ff_pipeline_counts(b->pipeline, &counts);
    if (!ff_accounting_holds(&counts.accounting) || counts.accounting.events != b->runs * events) {
        fprintf(stderr, "%s: the accounting does not hold\n", name);
        exit(1);
    }
    ff_pipeline_free(b->pipeline);
}

static void results_open(struct bench_run *b, enum ff_batch_codec codec, bool failures_only)
{
    b->failures_only = failures_only;
    b->packer = ff_batch_packer_new(codec, FF_BATCH_ZSTD_QUICK);
    for (size_t i = 0; i < PARTITIONS; i++) {
        if (!b->packer || !(b->results[i] = ff_batch_writer_new_shared(FF_BATCH_RESULTS, b->packer)))
            exit(70);
        ff_batch_begin(b->results[i], FF_SLICE("packed"), FF_SLICE("bench"));
    }
    pipeline_open(b, encode_result);
}

static void results_close(struct bench_run *b, const char *name, uint64_t events)
{
    pipeline_close(b, name, events);
    for (size_t i = 0; i < PARTITIONS; i++)
        ff_batch_writer_free(b->results[i]);
    ff_batch_packer_free(b->packer);
    b->packer = NULL;
}

static void collect_contents(struct bench_run *b, const char *name, bool failures_only)
{
    results_open(b, FF_BATCH_RAW, failures_only);
    b->keep = true;
    pipeline(b);
    b->keep = false;
    results_close(b, name, EVENTS);
}

/* One row: which results are published, and how they are packed; once beside each floor. */
static void run_results(struct bench_run *b, const char *name, enum ff_batch_codec codec, bool failures_only)
{
    struct bench_result bytes = {0}, floor, r;
    struct bench_contents contents = {.codec = codec};
    char label[64];
    b->contents = &contents;
    collect_contents(b, name, failures_only);
    results_open(b, codec, failures_only);
    snprintf(label, sizeof label, "pipeline/%s", name);
    r = bench_measure_beside(name, walk, pipeline, b, EVENTS, &floor);
    bench_print(label, "cpu_per_event", r, "ns", "zstd+walk alone", floor.best_ns);
    r = bench_measure_beside(name, walk_and_compress, pipeline, b, EVENTS, &floor);
    bench_print(label, "cpu_against_packing", r, "ns", "zstd+walk+compression at level 1 alone", floor.best_ns);
    bytes.best_ns = bytes.median_ns = (double)b->packed_bytes / EVENTS;
    bench_print(label, "published", bytes, "bytes/event", NULL, 0);
    results_close(b, name, EVENTS);
    for (size_t i = 0; i < contents.count; i++)
        free((void *)(uintptr_t)contents.content[i].ptr);
}

static void *worker_thread(void *arg)
{
    pipeline(arg);
    return NULL;
}

static void *walk_thread(void *arg)
{
    struct bench_run *b = arg;
    b->sum = walk(b);
    return NULL;
}

static void all_at_once(struct bench_pool *pool, void *(*thread)(void *))
{
    pthread_t threads[WORKERS];
    for (size_t i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i], NULL, thread, &pool->worker[i]))
            exit(71);
    for (size_t i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
}

/* All workers at once, as `ingest --workers 2` does it: nothing is shared but the records and the rules. */
static uint64_t pool_run(void *ctx)
{
    struct bench_pool *pool = ctx;
    uint64_t verdicts = 0;
    double from = bench_wall_s();
    all_at_once(pool, worker_thread);
    for (size_t i = 0; i < WORKERS; i++)
        verdicts += pool->worker[i].verdicts;
    double took = bench_wall_s() - from;
    if (pool->best_wall_s == 0 || took < pool->best_wall_s)
        pool->best_wall_s = took;
    return verdicts;
}

static uint64_t pool_walk(void *ctx)
{
    struct bench_pool *pool = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < WORKERS; i++)
        sum += walk(&pool->worker[i]);
    return sum;
}

/* The same with as many threads as there are workers. Two virtual cores that share a real one make everything
 * dearer when both are busy, the floor, too; what remains beside this one is what the workers share without need. */
static uint64_t pool_walk_at_once(void *ctx)
{
    struct bench_pool *pool = ctx;
    uint64_t sum = 0;
    all_at_once(pool, walk_thread);
    for (size_t i = 0; i < WORKERS; i++)
        sum += pool->worker[i].sum;
    return sum;
}

/* Each worker has a copy of the records, as nobody reads another's partitions. `one` has run them alone: each must
 * come to the same verdicts. */
static void run_workers(const struct bench_run *one, struct ff_rulebook *book)
{
    static const char name[] = "workers-2-failures-zstd";
    struct bench_pool pool = {0};
    struct bench_result floor;
    for (size_t i = 0; i < WORKERS; i++) {
        struct bench_run *b = &pool.worker[i];
        bench_records_init(&b->in, EVENTS, 1);
        if (!(b->judge = ff_judge_new(book)))
            exit(70);
        results_open(b, FF_BATCH_ZSTD, true);
    }
    struct bench_result at_once;
    struct bench_result r = bench_measure_beside(name, pool_walk, pool_run, &pool, WORKERS * EVENTS, &floor);
    struct bench_result again =
        bench_measure_beside(name, pool_walk_at_once, pool_run, &pool, WORKERS * EVENTS, &at_once);
    for (size_t i = 0; i < WORKERS; i++) {
        struct bench_run *b = &pool.worker[i];
        if (b->verdicts != one->verdicts) {
            fprintf(stderr, "%s: a worker beside another comes to other verdicts than alone\n", name);
            exit(1);
        }
        results_close(b, name, EVENTS);
        bench_records_fini(&b->in);
        ff_judge_free(b->judge);
    }
    bench_print("pipeline/workers-2-failures-zstd", "cpu_per_event", r, "ns", "zstd+walk alone", floor.best_ns);
    bench_print("pipeline/workers-2-failures-zstd", "cpu_at_once", again, "ns", "zstd+walk, two at once",
                at_once.best_ns);
    struct bench_result rate = {.best_ns = WORKERS * EVENTS / pool.best_wall_s,
                                .median_ns = WORKERS * EVENTS / pool.best_wall_s};
    bench_print("pipeline/workers-2-failures-zstd", "wall_rate", rate, "events/s", NULL, 0);
}

/* One row: policy and store behind the pipeline. */
static void run_store(struct bench_run *b, const char *name, bool owner, struct bench_result floor)
{
    char label[64];
    snprintf(label, sizeof label, "pipeline/%s", name);
    b->owner = owner;
    pipeline_open(b, to_store);
    struct bench_result r = bench_measure(name, fresh_store, pipeline, b, EVENTS);
    pipeline_close(b, name, EVENTS);
    remove_store(b);
    bench_print(label, "cpu_per_event", r, "ns", "zstd+walk alone", floor.best_ns);
    struct bench_result rate = {.best_ns = 1e9 / r.best_ns, .median_ns = 1e9 / r.median_ns};
    bench_print(label, "events_per_core", rate, "1/s", NULL, 0);
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
            run_results(&b, rows[i].name, rows[i].codec, rows[i].failures_only);
    if (strstr("workers-2-failures-zstd", only) && b.verdicts)
        run_workers(&b, book);
    ff_rulebook_drop(book);
    if (strstr("embedded", only))
        run_store(&b, "embedded", false, floor);
    if (strstr("owner", only) && (b.sent = malloc(SENT_MAX * sizeof *b.sent)))
        run_store(&b, "owner", true, floor);
    free(b.sent);
    bench_records_fini(&b.in);
    ff_judge_free(b.judge);
    ff_rule_names_free(names);
    return 0;
}
