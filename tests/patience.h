/* patience.h: how long the tests wait for what must happen: patience.py in C, with the same words on why. */
#ifndef FF_TESTS_PATIENCE_H
#define FF_TESTS_PATIENCE_H

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/** The limit that a hang runs into, times FF_TEST_SLOW. */
static inline int patience_s(void)
{
    const char *slow = getenv("FF_TEST_SLOW");
    double factor = slow && *slow ? strtod(slow, NULL) : 1;
    return (int)(180 * factor);
}

static inline double patience_now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/** For loops that wait: `for (struct patience p = patience(); !done() && patience_lasts(&p);)`; each turn rests 10
 * ms. */
struct patience {
    double end_s;
};

static inline struct patience patience(void)
{
    return (struct patience){patience_now_s() + patience_s()};
}

static inline bool patience_lasts(const struct patience *p)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return patience_now_s() < p->end_s;
}

#endif
