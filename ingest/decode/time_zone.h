/* time_zone.h: from the local time that a log writes to UTC. */
#ifndef FF_INGEST_TIME_ZONE_H
#define FF_INGEST_TIME_ZONE_H

#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a zone is ahead of UTC, and since when; begins as zeros, which is UTC. */
struct ff_time_zone {
    struct ff_zone_span {
        int64_t since_us; /* UTC; the first span holds before it, too */
        int32_t ahead_s;
    } *spans;
    size_t count;
};

/**
 * @param name  "+02:00", "-0330", "UTC", or a name of the zone database ("Europe/Berlin"), which is read into a table,
 * so that
 *              nothing asks the C library for it afterwards
 * @return FF_OK; FF_ERR_SYNTAX: no offset and no name; FF_ERR_NOT_FOUND: the database of this host has no such zone;
 *         FF_ERR_NOMEM
 * To be called before the process has a second thread: the C library can tell a zone only by the environment (TZ),
 * which is as before when this returns. About 2 ms for a name.
 */
FF_MUST_CHECK enum ff_err ff_time_zone_load(struct ff_time_zone *zone, const char *name);
void ff_time_zone_fini(struct ff_time_zone *zone);

/** @param local_us  the time as the log writes it, counted as if it were UTC
 *  @return UTC. Of an hour that comes twice (autumn), the first; an hour that does not exist (spring) is read by
 *  the clock behind it. */
int64_t ff_time_zone_utc(const struct ff_time_zone *zone, int64_t local_us);

#ifdef __cplusplus
}
#endif
#endif
