/* import_time.h: times as lists of other services write them. */
#ifndef FF_CLI_IMPORT_TIME_H
#define FF_CLI_IMPORT_TIME_H

#include "proto/slice.h"

/** What may be written, for messages. */
#define FF_IMPORT_TIMES "2026-01-31, 2026-01-31 10:00:00, 31.01.2026, RFC 3339, RFC 2822, or seconds since 1970"

/**
 * Microseconds since 1970, of any of the above; Unix times may be in seconds (9 or 10 digits), milli- (to 13) or
 * microseconds (to 16). Without a zone it is UTC. Dates with slashes are understood when the year comes first: whether
 * 01/02 is in January nobody can tell.
 * @return false: it is none, or outside 1970..9999
 */
FF_MUST_CHECK bool ff_import_time_parse(struct ff_slice s, int64_t *ret_us);

#endif
