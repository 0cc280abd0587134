/* replica_int.h: `serve`, the read replica: what its files share.
 *
 *     replica.c  life: folder, HTTP, the loop, a disk that is full
 *     copy.c     the copy: where reading begins, taking records, passes
 *
 * A pass is one reading of a partition from its beginning. When the topic is not the one of before, a new pass begins:
 * what the old one left goes on being answered with until the new one is complete, and is then swept away. Until a
 * first one was complete there is no answer to any check.
 */
#ifndef FF_SUPPRESS_REPLICA_INT_H
#define FF_SUPPRESS_REPLICA_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "suppress/broker/broker.h"
#include "suppress/http/api.h"

struct replica_part {
    struct ff_input_place place;
    int64_t stored; /* place.next as the store knows it */
    uint64_t pass;
    bool caught_up; /* the end was seen */
    bool fresh;     /* nothing was read since the place was named to Kafka */
    bool sweep;     /* rows of earlier passes are still there */
};

struct replica {
    const struct ff_suppress_options *opts;
    struct ff_suppressor *store;
    struct ff_broker *reader;
    struct replica_part *parts;
    int32_t count;
    uint64_t cluster;
    bool placed; /* the topic is being read, from places that are about it */
    bool uncommitted, broken; /* broken: nothing can be written; the committed copy can be read */
    bool away;        /* no broker answered */
    int64_t asked_ms; /* when they were last asked whether they are back */
    int64_t sweep_ms;         /* not before this time */
    int64_t placed_ms, watched_ms, counted_ms, complained_ms; /* when it was done last */
    atomic_bool ready, up, lag_known;
    /* a copy was complete, and committed, in this run or an earlier one: the answer to every check is known */
    atomic_bool whole;
    atomic_uint_fast64_t records, unreadable, lag;
    _Atomic int64_t contact_ms; /* ff_broker_answered_ms() */
    pthread_mutex_t why_mutex;
    char why[FF_API_WHY_MAX]; /* it is not ready */
};

/** A line on stderr; returns the status. */
int ff_replica_say(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The same, but not more often than every 30 s. */
void ff_replica_complain(struct replica *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** What keeps the copy from being ready, for /readyz, until something else does or nothing. */
void ff_replica_lacks(struct replica *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The number of partitions of an earlier run, all places, and whether its copy was whole; false: nothing is known.
 * Also FF_ERR_NOMEM as *ret_err. */
bool ff_replica_load(struct replica *r, enum ff_err *ret_err);
/** Finds out where to read and begins to; nothing changes when the broker does not answer or has no such topic:
 * r->placed.
 * @return the exit status, FF_EXIT_OK also when it must be tried again */
int ff_replica_place(struct replica *r);
/** Looks now and then whether the topic is still the one of which the places are; r->placed = false when not. */
void ff_replica_watch(struct replica *r, int64_t now);
/** FF_ERR_IO and the like end the loop; records that are none of ours are no error. */
enum ff_err ff_replica_take(struct replica *r, const struct ff_broker_record *rec);
/** Writes copy and places, and with them, that the copy is whole when it is complete for the first time. */
enum ff_err ff_replica_commit(struct replica *r, char *ret_message, size_t size);
/** Deletes what a new pass did not find, when it is complete and may be. */
enum ff_err ff_replica_sweep(struct replica *r, int64_t now, char *ret_message, size_t size);
/** All that was published when reading began has been read, and nothing of an earlier pass is left. */
bool ff_replica_is_complete(const struct replica *r);

#endif
