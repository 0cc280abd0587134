/* clock.h: what time it is, and how long something takes.
 *
 * Steady clocks count from some point on and nobody sets them: for waits, deadlines and rates, never to be written
 * down. The other is the time of day, in microseconds since 1970-01-01 UTC: for what is kept and shown. It may jump.
 */
#ifndef FF_PROTO_CLOCK_H
#define FF_PROTO_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t ff_clock_ns(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t ff_steady_ns(void)
{
    return ff_clock_ns(CLOCK_MONOTONIC);
}

static inline int64_t ff_steady_us(void)
{
    return ff_steady_ns() / 1000;
}

static inline int64_t ff_steady_ms(void)
{
    return ff_steady_ns() / 1000000;
}

static inline int64_t ff_now_us(void)
{
    return ff_clock_ns(CLOCK_REALTIME) / 1000;
}

/** Of the tick before, up to 4 ms ago: costs neither a system call nor a look at the hardware (5 ns instead of 20 and,
 * where the hardware's clock is not to be trusted, hundreds). */
static inline int64_t ff_now_coarse_us(void)
{
    return ff_clock_ns(CLOCK_REALTIME_COARSE) / 1000;
}

#endif
