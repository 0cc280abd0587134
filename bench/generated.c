/* generated.c: see generated.h. */
#include "bench/generated.h"
#include "ingest/generate/gen_text.h"

#include <stdio.h>
#include <stdlib.h>

static struct gen_plan *plan_new(uint64_t events)
{
    const struct gen_options o = {events, BENCH_SEED, events / 5 + 1, GEN_START_DEFAULT_US, GEN_DAYS_DEFAULT};
    struct gen_plan *plan = gen_plan_new(&o);
    if (!plan)
        exit(70);
    return plan;
}

static void keep(struct bench_records *r, struct ff_batch_writer *w)
{
    struct ff_slice s;
    if (ff_batch_close(w, &s))
        exit(70);
    uint8_t *copy = malloc(s.len);
    r->records = realloc(r->records, (r->count + 1) * sizeof *r->records);
    if (!copy || !r->records)
        exit(70);
    memcpy(copy, s.ptr, s.len);
    r->records[r->count++] = ff_slice_of(copy, s.len);
    r->bytes += s.len;
}

void bench_records_init(struct bench_records *ret, uint64_t events, int zstd_level)
{
    struct gen_plan *plan = plan_new(events);
    struct ff_batch_writer *w = ff_batch_writer_new(FF_BATCH_EVENTS, zstd_level);
    struct gen_event g;
    struct gen_text text;
    struct ff_event ev;
    *ret = (struct bench_records){.reader = ff_batch_reader_new()};
    if (!w || !ret->reader)
        exit(70);
    while (gen_plan_next(plan, &g)) {
        gen_event_fill(plan, &g, &text, &ev);
        if (ff_batch_add_event(w, &ev))
            exit(70);
        if (ff_batch_count(w) == GEN_PACKED_EVENTS) {
            keep(ret, w);
            ff_batch_begin(w, FF_SLICE("generated"), FF_SLICE("fivefifty"));
        }
    }
    if (ff_batch_count(w))
        keep(ret, w);
    ff_batch_writer_free(w);
    gen_plan_free(plan);
}

static void free_const(const uint8_t *p)
{
    free((void *)(uintptr_t)p);
}

void bench_records_fini(struct bench_records *r)
{
    for (size_t i = 0; i < r->count; i++)
        free_const(r->records[i].ptr);
    free(r->records);
    ff_batch_reader_free(r->reader);
}

void bench_lines_init(struct bench_lines *ret, enum gen_format format, uint64_t events)
{
    struct gen_plan *plan = plan_new(events);
    struct gen_event g;
    *ret = (struct bench_lines){0};
    FILE *f = open_memstream(&ret->text, &ret->size);
    struct gen_writer *w = f ? gen_writer_new(format, plan, f) : NULL;
    if (!w)
        exit(70);
    while (gen_plan_next(plan, &g)) {
        if (gen_write(w, &g))
            exit(70);
    }
    if (gen_writer_finish(w) || fclose(f))
        exit(70);
    gen_writer_free(w);
    gen_plan_free(plan);
    struct ff_slice all = ff_slice_of(ret->text, ret->size);
    for (size_t from = 0; from < all.len;) {
        size_t end = ff_slice_chr(all, from, '\n');
        if (ret->count % 4096 == 0)
            ret->lines = realloc(ret->lines, (ret->count + 4096) * sizeof *ret->lines);
        if (!ret->lines)
            exit(70);
        ret->lines[ret->count++] = ff_slice_sub(all, from, end);
        from = end == SIZE_MAX ? all.len : end + 1;
    }
}

void bench_lines_fini(struct bench_lines *l)
{
    free(l->lines);
    free(l->text);
}
