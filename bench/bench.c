/* bench.c: see bench.h. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/allocations.h"

uint64_t bench_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double bench_wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/** Runs of one work: each one's CPU per item, and the allocations of all. */
struct series {
    double ns[BENCH_RUNS_MAX];
    size_t runs;
    uint64_t want, allocations; /* the checksum of the first run */
};

static void run_once(struct series *s, const char *name, uint64_t (*work)(void *ctx), void *ctx, uint64_t items)
{
    uint64_t allocated = allocations_count(), t = bench_cpu_ns();
    uint64_t sum = work(ctx);
    t = bench_cpu_ns() - t;
    s->allocations += allocations_count() - allocated;
    s->ns[s->runs++] = (double)t / (double)items;
    if (sum != s->want) {
        fprintf(stderr, "%s: run %zu gave another result (%016llx, not %016llx)\n", name, s->runs,
                (unsigned long long)sum, (unsigned long long)s->want);
        exit(1);
    }
}

static bool goes_on(const struct series *s, uint64_t since)
{
    return s->runs < BENCH_RUNS || (s->runs < BENCH_RUNS_MAX && bench_cpu_ns() - since < BENCH_SPENT_NS);
}

static struct bench_result result_of(struct series *s, uint64_t items)
{
    qsort(s->ns, s->runs, sizeof s->ns[0], by_value);
    return (struct bench_result){s->ns[0], s->ns[s->runs / 2],
                                 (double)s->allocations / (double)s->runs / (double)items, true};
}

struct bench_result bench_measure(const char *name, void (*before)(void *ctx), uint64_t (*work)(void *ctx), void *ctx,
                                  uint64_t items)
{
    static struct series s;
    if (before)
        before(ctx);
    s = (struct series){.want = work(ctx)};
    for (uint64_t start = bench_cpu_ns(); goes_on(&s, start);) {
        if (before)
            before(ctx);
        run_once(&s, name, work, ctx, items);
    }
    return result_of(&s, items);
}

struct bench_result bench_measure_beside(const char *name, uint64_t (*floor)(void *ctx), uint64_t (*work)(void *ctx),
                                         void *ctx, uint64_t items, struct bench_result *ret_floor)
{
    static struct series least, own;
    least = (struct series){.want = floor(ctx)};
    own = (struct series){.want = work(ctx)};
    for (uint64_t start = bench_cpu_ns(); goes_on(&own, start);) {
        run_once(&least, name, floor, ctx, items);
        run_once(&own, name, work, ctx, items);
    }
    *ret_floor = result_of(&least, items);
    return result_of(&own, items);
}

void bench_print(const char *name, const char *metric, struct bench_result r, const char *unit, const char *floor,
                 double floor_value)
{
    printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"value\":%.2f,\"median\":%.2f,\"unit\":\"%s\"", name, metric,
           r.best_ns, r.median_ns, unit);
    if (floor && floor_value > 0)
        printf(",\"floor\":\"%s\",\"floor_value\":%.1f,\"ratio\":%.3f", floor, floor_value, r.best_ns / floor_value);
    if (r.measured)
        printf(",\"allocations\":%.3f", r.allocations);
    printf("}\n");
    fflush(stdout);
}

void bench_print_machine(void)
{
    char cpu[256] = "unknown", line[512];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon) {
            line[strcspn(line, "\n")] = 0;
            snprintf(cpu, sizeof cpu, "%.200s", colon + 2);
            break;
        }
    }
    if (f)
        fclose(f);
    printf("{\"machine\":\"%s\",\"compiler\":\"%s\",\"runs\":%d,\"optimised\":%s}\n", cpu, __VERSION__, BENCH_RUNS,
#ifdef __OPTIMIZE__
           "true"
#else
           "false"
#endif
    );
}
