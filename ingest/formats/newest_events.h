/* newest_events.h: of which time the newest event is that was read, by input format: what /metrics tells of shippers
 * that are behind, which no lag in Kafka shows, because what they have not sent is in no topic.
 */
#ifndef FF_INGEST_NEWEST_EVENTS_H
#define FF_INGEST_NEWEST_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include "ingest/formats/formats.h"

/** An event further ahead of the clock does not count: one host with a wrong clock or zone would hide for hours that
 * all others are behind. */
#define FF_NEWEST_AHEAD_US INT64_C(60000000)

/** Zero to begin with; then nothing counts until the clock is read. */
struct ff_newest_events {
    int64_t us[FF_FORMATS]; /* since 1970, in the order of ff_decoders; 0: none was read */
    int64_t not_after_us;
};

/** Reads the clock, for the events of the next second or so. */
void ff_newest_clock(struct ff_newest_events *n);
/** Called for every event. @param format  its place in ff_decoders  @param event_time_us  0: unknown, and ignored */
static inline void ff_newest_note(struct ff_newest_events *n, size_t format, int64_t event_time_us)
{
    if (event_time_us > n->us[format] && event_time_us <= n->not_after_us)
        n->us[format] = event_time_us;
}
/** The newer of both. */
void ff_newest_merge(struct ff_newest_events *a, const struct ff_newest_events *b);
/** The family `name`, without "fivefifty_"; no sample for a format of which nothing was read. */
void ff_newest_metric(FILE *f, const char *name, const struct ff_newest_events *n);

#endif
