/* fixture.h: events and verdicts as short as a sentence, and throw-away state folders. */
#ifndef FF_SUPPRESS_FIXTURE_H
#define FF_SUPPRESS_FIXTURE_H

#include "suppress/suppress.h"

#define FIXTURE_EPOCH_US (INT64_C(1786003200) * 1000000) /* 2026-08-06T08:00:00Z */
#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)
#define FIXTURE_NO_CODE 1
#define FIXTURE_NOW_US (FIXTURE_EPOCH_US + 3650 * DAY_US) /* the clock of fixture_open() */

/** What a test wants to say about an event; everything else is that of a believable 550 5.1.1 from a remote server. */
struct fixture_event {
    const char *to, *tenant, *stream, *feedback;
    int64_t time_us, waited_us; /* waited_us: how long the mail was queued; 0: the event does not say */
    uint64_t id; /* of the event; 0: none */
    /* code FIXTURE_NO_CODE: none; action 0: that of the category */
    uint32_t kind, origin, code, flags, category, action;
    bool suppress;
    const char *text;
};

/** Storage behind the slices of one event. */
struct fixture_room {
    uint8_t id[16], feedback[64];
};
void fixture_make(const struct fixture_event *fe, struct fixture_room *room, struct ff_event *ret_ev, struct ff_verdict *ret_v);
/** Gives the event to the suppressor; FF_OK expected. */
enum ff_err fixture_feed(struct ff_suppressor *s, const struct fixture_event *fe, int32_t partition);

/** A new folder below $TMPDIR; the name lives until the next call. */
const char *fixture_folder(void);
void fixture_remove(const char *dir);
/** Opens, exits the test with a message when that does not work. */
struct ff_suppressor *fixture_open(const char *dir, bool outbox, bool trust_oob);
void fixture_commit(struct ff_suppressor *s);

/** Everything in the store, one line "key -> suppression bytes, state bytes" (hash) a key, as text to compare;
 * free() it. */
char *fixture_dump(struct ff_suppressor *s);
/** The export lines of active keys; free() it. */
char *fixture_export(struct ff_suppressor *s);

/** A small repeatable random generator (xorshift64*). */
struct fixture_random {
    uint64_t state;
};
uint64_t fixture_next(struct fixture_random *r);
static inline uint64_t fixture_below(struct fixture_random *r, uint64_t n)
{
    return fixture_next(r) % n;
}

#endif
