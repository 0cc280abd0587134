/* bench.h: the harness every benchmark uses.
 *
 * A measured function does the whole work once and returns a checksum; the harness runs it once to warm up, then
 * at least BENCH_RUNS times, and aborts when a checksum differs: work that vanished or went wrong is no result. Time
 * is CPU time of the whole process (a store's background threads count), because these machines are shared; the best
 * run is quoted, the median beside it. Results are JSON lines:
 *
 *   {"bench":"packed/walk","metric":"cpu_per_event","value":61.2,"median":63.0,"unit":"ns","floor":"protobuf-c unpack",
 *    "floor_value":301.5,"ratio":0.203,"allocations":0.000}
 *
 * `ratio` is value / floor_value, both taken in the same run of the same program. `allocations` counts what our own
 * objects and static libraries ask for (the programs are linked with --wrap), not what shared libraries do inside.
 */
#ifndef FF_BENCH_H
#define FF_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* At least so many runs, and for short work so many more, within a second of CPU: where neighbours come and go, the
 * best of many short runs is near what the machine can do, and the best of a few long ones is not. */
#define BENCH_RUNS 11
#define BENCH_RUNS_MAX 2000
#define BENCH_SPENT_NS 1000000000u

struct bench_result {
    double best_ns, median_ns; /* CPU per item */
    double allocations;        /* calls of malloc, calloc and realloc per item, in the measured runs */
    bool measured;             /* by bench_measure(): allocations were counted, and are printed */
};

/** Runs `work` and divides by `items`. Exits with a message when two runs give different checksums.
 * @param before  called ahead of each run, outside the measured time; may be NULL */
struct bench_result bench_measure(const char *name, void (*before)(void *ctx), uint64_t (*work)(void *ctx), void *ctx,
                                  uint64_t items);

/** The same for two works that take turns, run by run, so that a neighbour who comes or goes meets both. `work` and its
 * floor each have their own checksum. */
struct bench_result bench_measure_beside(const char *name, uint64_t (*floor)(void *ctx), uint64_t (*work)(void *ctx),
                                         void *ctx, uint64_t items, struct bench_result *ret_floor);

/** One JSON line. @param floor  what it is held against; NULL: nothing (floor_value is not used) */
void bench_print(const char *name, const char *metric, struct bench_result r, const char *unit, const char *floor,
                 double floor_value);

/** First line of every benchmark: processor, compiler, flags, date of the build. */
void bench_print_machine(void);


/** CPU time of the whole process in nanoseconds. */
uint64_t bench_cpu_ns(void);

/** Monotonic, in seconds. */
double bench_wall_s(void);

#endif
