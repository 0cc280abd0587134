/* bench.c: see bench.h. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static double timed(const char *name, int run, uint64_t (*work)(void *ctx), void *ctx, uint64_t items, uint64_t want)
{
    uint64_t t = bench_cpu_ns();
    uint64_t sum = work(ctx);
    double ns = (double)(bench_cpu_ns() - t) / (double)items;
    if (sum != want) {
        fprintf(stderr, "%s: run %d gave another result (%016llx, not %016llx)\n", name, run, (unsigned long long)sum,
                (unsigned long long)want);
        exit(1);
    }
    return ns;
}

static struct bench_result best_and_median(double ns[BENCH_RUNS])
{
    qsort(ns, BENCH_RUNS, sizeof ns[0], by_value);
    return (struct bench_result){ns[0], ns[BENCH_RUNS / 2]};
}

struct bench_result bench_measure(const char *name, void (*before)(void *ctx), uint64_t (*work)(void *ctx), void *ctx,
                                  uint64_t items)
{
    double ns[BENCH_RUNS];
    if (before)
        before(ctx);
    uint64_t want = work(ctx);
    for (int i = 0; i < BENCH_RUNS; i++) {
        if (before)
            before(ctx);
        ns[i] = timed(name, i, work, ctx, items, want);
    }
    return best_and_median(ns);
}

struct bench_result bench_measure_beside(const char *name, uint64_t (*floor)(void *ctx), uint64_t (*work)(void *ctx),
                                         void *ctx, uint64_t items, struct bench_result *ret_floor)
{
    double floor_ns[BENCH_RUNS], ns[BENCH_RUNS];
    uint64_t want_floor = floor(ctx), want = work(ctx);
    for (int i = 0; i < BENCH_RUNS; i++) {
        floor_ns[i] = timed(name, i, floor, ctx, items, want_floor);
        ns[i] = timed(name, i, work, ctx, items, want);
    }
    *ret_floor = best_and_median(floor_ns);
    return best_and_median(ns);
}

void bench_print(const char *name, const char *metric, struct bench_result r, const char *unit, const char *floor,
                 double floor_value)
{
    printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"value\":%.1f,\"median\":%.1f,\"unit\":\"%s\"", name, metric,
           r.best_ns, r.median_ns, unit);
    if (floor && floor_value > 0)
        printf(",\"floor\":\"%s\",\"floor_value\":%.1f,\"ratio\":%.3f", floor, floor_value, r.best_ns / floor_value);
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
