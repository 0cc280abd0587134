/* postfix_time.c: when it happened, which a log line says only in part.
 *
 * RFC 3164 has no year and no zone; RFC 3339 is also written without its zone. The year comes from the options, else
 * from the long queue id (which holds the arrival time), else from what was written around the line, the record or the
 * clock: each time anew, since a year that was right when a run began is wrong after New Year. Queue id plus delay, the
 * event's own time to the second, measure the zone where they differ from the line's time by whole quarters of an hour;
 * else it is what the user says, else UTC.
 */
#include <stdlib.h>

#include "ingest/postfix/postfix_line.h"
#include "ingest/postfix/postfix_time.h"
#include "proto/clock.h"

#define ZONE_UNIT_US (900 * INT64_C(1000000))
#define ZONE_MAX_S (14 * 3600)
/* Queue id plus delay meets the line's second within this: both are cut, and the delay is rounded to two digits. */
#define ZONE_SLACK_US (2 * INT64_C(1000000))

/* Seconds the line's clock is ahead of `truth`, when that is whole quarters of an hour; else FF_ZONE_UNKNOWN. */
static int32_t zone_between(int64_t line_us, int64_t truth_us)
{
    int64_t diff = line_us - truth_us;
    int64_t units = (diff + (diff >= 0 ? ZONE_UNIT_US / 2 : -ZONE_UNIT_US / 2)) / ZONE_UNIT_US;
    int64_t rest = diff - units * ZONE_UNIT_US;
    int64_t zone_s = units * (ZONE_UNIT_US / 1000000);
    if (rest < -ZONE_SLACK_US || rest > ZONE_SLACK_US || zone_s > ZONE_MAX_S || zone_s < -ZONE_MAX_S)
        return FF_ZONE_UNKNOWN;
    return (int32_t)zone_s;
}

/* What the log's clock showed, as UTC. @param truth_us  what that was by another clock; 0: nobody knows */
static int64_t utc_of(const struct ff_decode_options *opts, int64_t local_us, int64_t truth_us, int32_t *zone_s)
{
    if (truth_us)
        *zone_s = zone_between(local_us, truth_us);
    if (*zone_s != FF_ZONE_UNKNOWN)
        return local_us - (int64_t)*zone_s * 1000000;
    return opts->zone ? ff_time_zone_utc(opts->zone, local_us) : local_us;
}

#define DAY_US (INT64_C(86400) * 1000000)

/* A message is in the queue for days, not for months: the line is at most 11 months behind its arrival, and not
 * before it. */
static int year_after(const struct ff_log_line *line, int64_t arrival_us)
{
    int64_t latest = arrival_us + 330 * DAY_US;
    int year = ff_syslog_year_before(line, latest);
    return year && ff_syslog_time_in_year(line, year, 0) > latest - 366 * DAY_US ? year : 0;
}

/* Year of a line that has none; 0 when no year has such a day. */
static int infer_year(const struct ff_decode_options *opts, const struct item *it, const struct ff_log_line *line,
                      int64_t arrival_us)
{
    int64_t reference = it->reference_us ? it->reference_us : it->record->timestamp_us;
    if (arrival_us)
        return year_after(line, arrival_us);
    if (reference == 0)
        reference = opts->now_us ? opts->now_us : ff_now_coarse_us();
    return ff_syslog_year_before(line, reference);
}

const char *ff_postfix_no_time(const struct ff_log_line *line)
{
    return line->time == FF_LOG_TIME_NO_YEAR ? "a date that the year does not have"
                                             : "no time in the line, and nothing else that says it";
}

bool ff_postfix_event_time(const struct ff_decode_options *opts, const struct item *it, const struct ff_log_line *line,
                           struct ff_slice queue_id, uint32_t delay_ms, int32_t *zone_s, struct ff_event *ev)
{
    int64_t arrival_us = 0;
    bool long_id = ff_postfix_queue_id_time(queue_id, &arrival_us);
    int64_t truth_us = long_id && delay_ms != UINT32_MAX ? arrival_us + (int64_t)delay_ms * 1000 : 0;
    if (line->time == FF_LOG_TIME_FULL) {
        ev->event_time_us = line->time_us;
    } else if (line->time == FF_LOG_TIME_NO_ZONE) {
        ev->event_time_us = utc_of(opts, line->time_us, truth_us, zone_s);
    } else if (line->time == FF_LOG_TIME_NO_YEAR) {
        int year = opts->year ? opts->year : infer_year(opts, it, line, arrival_us);
        if (year == 0 || !ff_syslog_day_exists(line, year))
            return false;
        if (!opts->year)
            ev->flags |= FF_FLAG_YEAR_INFERRED;
        ev->event_time_us = utc_of(opts, ff_syslog_time_in_year(line, year, 0), truth_us, zone_s);
    } else if (it->record->timestamp_us) {
        ev->event_time_us = it->record->timestamp_us;
    } else if (truth_us) {
        ev->event_time_us = truth_us;
    } else {
        return false;
    }
    if (delay_ms != UINT32_MAX) {
        ev->queued_time_us = ev->event_time_us - (int64_t)delay_ms * 1000;
        if (long_id && llabs(arrival_us - ev->queued_time_us) <= ZONE_SLACK_US)
            ev->queued_time_us = arrival_us;
    }
    return true;
}
