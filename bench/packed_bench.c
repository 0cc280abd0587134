/* packed_bench.c: a packed record decompressed and walked, beside protobuf-c's unpack of the same bytes and beside
 * zstd alone: the floor nobody can go below. */
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "event.pb-c.h"
#include "proto/batch.h"

#define EVENTS 20000

static uint64_t walk(void *ctx)
{
    const struct bench_records *in = ctx;
    struct ff_err_at at;
    struct ff_slice item;
    struct ff_event ev;
    size_t offset;
    uint64_t sum = 0;
    for (size_t i = 0; i < in->count; i++) {
        if (ff_batch_open(in->reader, FF_BATCH_EVENTS, in->records[i], &at))
            abort();
        while (ff_batch_next(in->reader, &item, &offset) == FF_OK) {
            if (ff_event_decode(item, &ev, &at))
                abort();
            sum += ev.recipient.len + ev.reply_text.len + ev.reply_code + (uint64_t)ev.event_time_us;
        }
    }
    return sum;
}

static uint64_t unpack_protobuf_c(void *ctx)
{
    const struct bench_records *in = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < in->count; i++) {
        Fivefifty__V1__EventBatch *b =
            fivefifty__v1__event_batch__unpack(NULL, in->records[i].len - 1, in->records[i].ptr + 1);
        if (!b)
            abort();
        for (size_t k = 0; k < b->n_events; k++)
            sum += strlen(b->events[k]->recipient) + b->events[k]->reply_text.len + b->events[k]->reply_code +
                   (uint64_t)b->events[k]->event_time_us;
        fivefifty__v1__event_batch__free_unpacked(b, NULL);
    }
    return sum;
}

static uint64_t decompress(void *ctx)
{
    static uint8_t out[FF_BATCH_CONTENT_MAX];
    static ZSTD_DCtx *dctx;
    const struct bench_records *in = ctx;
    uint64_t sum = 0;
    if (!dctx)
        dctx = ZSTD_createDCtx();
    for (size_t i = 0; i < in->count; i++)
        sum += ZSTD_decompressDCtx(dctx, out, sizeof out, in->records[i].ptr + 1, in->records[i].len - 1);
    return sum;
}

int main(void)
{
    struct bench_records raw, packed;
    bench_print_machine();
    bench_records_init(&raw, EVENTS, 0);
    bench_records_init(&packed, EVENTS, 1);
    struct bench_result peer = bench_measure("protobuf-c", NULL, unpack_protobuf_c, &raw, EVENTS);
    struct bench_result own = bench_measure("walk", NULL, walk, &raw, EVENTS);
    struct bench_result zstd = bench_measure("zstd", NULL, decompress, &packed, EVENTS);
    struct bench_result both = bench_measure("zstd+walk", NULL, walk, &packed, EVENTS);
    bench_print("packed/protobuf-c", "cpu_per_event", peer, "ns", NULL, 0);
    bench_print("packed/walk", "cpu_per_event", own, "ns", "protobuf-c unpack", peer.best_ns);
    bench_print("packed/zstd", "cpu_per_event", zstd, "ns", NULL, 0);
    bench_print("packed/zstd+walk", "cpu_per_event", both, "ns", "zstd alone", zstd.best_ns);
    bench_records_fini(&raw);
    bench_records_fini(&packed);
    return 0;
}
