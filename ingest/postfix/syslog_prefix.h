/* syslog_prefix.h: what stands before the message of a log line: time, host, program, in all the shapes syslog has. */
#ifndef FF_INGEST_SYSLOG_PREFIX_H
#define FF_INGEST_SYSLOG_PREFIX_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ff_log_time {
    FF_LOG_TIME_NONE,
    FF_LOG_TIME_FULL,    /* time_us is UTC */
    FF_LOG_TIME_NO_ZONE, /* RFC 3339 without its zone: time_us as if it were UTC */
    FF_LOG_TIME_NO_YEAR, /* RFC 3164: month, day and us_of_day in a zone that is not said */
};

/** One log line, taken apart; slices point into the line. What the line does not say is empty. */
struct ff_log_line {
    struct ff_slice host;
    struct ff_slice tag;     /* program with its path ("postfix/smtp"), without [pid] and colon */
    struct ff_slice message; /* without blanks at both ends */
    enum ff_log_time time;
    int64_t time_us;   /* FULL, NO_ZONE; NO_YEAR: when a container runtime wrote the line, 0 when none did */
    int64_t us_of_day;
    uint8_t month, day; /* 1-based */
};

/**
 * Takes the prefix off a line: an optional container-runtime prefix (CRI: time, stream, F or P), an optional <PRI>,
 * then RFC 5424 (`1 TIME HOST APP PROCID MSGID SD [BOM]MSG`), or an RFC 3339 or RFC 3164 time, an optional host, and
 * `tag[pid]:`. A tag cut short (RSYSLOG_ForwardFormat keeps 32 characters) may lack its pid or colon.
 * @return true when the line has a time and a tag. false: what was found is set all the same; `message` is what follows
 * a tag of the form `a/b[pid]:`, or the whole line.
 */
bool ff_syslog_prefix_parse(struct ff_slice line, struct ff_log_line *ret);

/** "2026-08-06T08:00:05[.123][Z]", as ff_time_parse() has it; sets time and time_us. */
bool ff_syslog_rfc3339_time(struct ff_slice s, struct ff_log_line *ret, size_t *ret_used);

/** "Aug  6 08:00:05[.123]" at the start of s; sets time, month, day and us_of_day. Bytes read; 0: no such time. */
size_t ff_syslog_rfc3164_time(struct ff_slice s, struct ff_log_line *ret);

/** `postfix/smtp[123]:` -> `postfix/smtp`. */
struct ff_slice ff_syslog_tag_path(struct ff_slice tag);

/** Microseconds since 1970 of a line without year, in `year` and UTC plus `zone_s` seconds. The year has that day
 * (ff_syslog_day_exists()). */
int64_t ff_syslog_time_in_year(const struct ff_log_line *line, int year, int64_t zone_s);

/** false: 30 February, or the 29th of a year that has none. */
bool ff_syslog_day_exists(const struct ff_log_line *line, int year);

/** The latest year that has the line's day and puts it at or before reference + 1 day; 0: no year has such a day.
 * For 29 February that may be eight years back, for every other day it is one at most. */
int ff_syslog_year_before(const struct ff_log_line *line, int64_t reference_us);

#ifdef __cplusplus
}
#endif
#endif
