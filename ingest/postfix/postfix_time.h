/* postfix_time.h: when what a line tells of happened. */
#ifndef FF_INGEST_POSTFIX_TIME_H
#define FF_INGEST_POSTFIX_TIME_H

#include "ingest/postfix/postfix_item.h"
#include "ingest/postfix/syslog_prefix.h"

/**
 * Time of the event, and when its message was queued.
 * @param delay_ms  UINT32_MAX: not known (no result line), then zone_s is taken as it is
 * @param zone_s    of a time that says none: seconds ahead of UTC as measured, FF_ZONE_UNKNOWN: not (then opts->zone
 * counts)
 * @return false: nothing says it, or the year has no such day
 */
bool ff_postfix_event_time(const struct ff_decode_options *opts, const struct item *it, const struct ff_log_line *line,
                           struct ff_slice queue_id, uint32_t delay_ms, int32_t *zone_s, struct ff_event *ev);

/** Why ff_postfix_event_time() gave none: the message of the dead letter. */
const char *ff_postfix_no_time(const struct ff_log_line *line);

#endif
