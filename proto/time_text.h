/* time_text.h: RFC 3339 times to and from microseconds since 1970-01-01 UTC, without the C library's time zone. */
#ifndef FF_PROTO_TIME_TEXT_H
#define FF_PROTO_TIME_TEXT_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Days from 1970-01-01 to a proleptic Gregorian date; month 1..12, day 1..31. */
int64_t ff_days_from_civil(int year, unsigned month, unsigned day);
void ff_civil_from_days(int64_t days, int *ret_year, unsigned *ret_month, unsigned *ret_day);

/** 9999-12-31T23:59:59.999999Z */
#define FF_TIME_MAX_US INT64_C(253402300799999999)

/** Is it the time of an event: behind 1970-01-01 (0 stands for "none") and before the year 10000? */
static inline bool ff_time_is_usable(int64_t us)
{
    return us > 0 && us <= FF_TIME_MAX_US;
}

/**
 * "2026-08-06T08:00:00.123456789+02:00": 'T' or a blank, any number of fraction digits (cut to microseconds), 'Z',
 * +hh:mm, +hhmm or, when `zone_optional`, nothing (then UTC). A second 60 counts as 59.
 * @param ret_used  bytes read; may be NULL, then all of s must be the time
 * @return false when s does not begin with (or is not) a time, or the year is outside 1970..9999
 */
FF_MUST_CHECK bool ff_time_parse(struct ff_slice s, bool zone_optional, int64_t *ret_us, size_t *ret_used);

/** "2026-08-06T08:00:00.123456Z" and a NUL into buf (at least 28 bytes); returns 27. Outside 1970..9999 it is clamped.
 */
size_t ff_time_format(int64_t us, char buf[28]);

#ifdef __cplusplus
}
#endif
#endif
