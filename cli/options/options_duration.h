/* options_duration.h: durations as people write them: "90s", "12h", "30d". */
#ifndef FF_CLI_OPTIONS_DURATION_H
#define FF_CLI_OPTIONS_DURATION_H

#include "proto/slice.h"

/** A number to 100000 and a unit: s, m, h, d or w. */
bool ff_duration_parse(const char *text, int64_t *ret_seconds);

#endif
