/* clock.h: the clock that nobody sets: for how long something takes. */
#ifndef FF_CLI_CLOCK_H
#define FF_CLI_CLOCK_H

#include <stdint.h>

/** CLOCK_MONOTONIC. */
int64_t ff_clock_ms(void);

#endif
