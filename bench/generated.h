/* generated.h: seeded input for benchmarks, from the product's own generator. */
#ifndef FF_BENCH_GENERATED_H
#define FF_BENCH_GENERATED_H

#include "ingest/generate/gen_format.h"
#include "proto/batch.h"

#define BENCH_SEED 550

/** Packed records of GEN_PACKED_EVENTS events each. */
struct bench_records {
    struct ff_slice *records;
    size_t count;
    struct ff_batch_reader *reader;
    uint64_t bytes;
};

/** @param zstd_level  0: uncompressed records. Exits when memory is short. */
void bench_records_init(struct bench_records *ret, uint64_t events, int zstd_level);
void bench_records_fini(struct bench_records *r);

/** A generated file in memory, in a text format; `lines` are its lines without LF. Exits when memory is short. */
struct bench_lines {
    char *text;
    size_t size, count;
    struct ff_slice *lines;
};
void bench_lines_init(struct bench_lines *ret, enum gen_format format, uint64_t events);
void bench_lines_fini(struct bench_lines *l);

#endif
