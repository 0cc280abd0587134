/* owner_int.h: `suppress`, the owner of partitions: what its files share.
 *
 *     owner.c    life: open, join, the loop, revocation, the end
 *     restore.c  mail.suppression-state.v1 and mail.suppressions.v1: restore on assignment, then keep comparing
 *     consume.c  mail.results.v1 and mail.suppression-commands.v1: into the store
 *     goal.c     --until-end
 *     places.c   where reading begins, and whether a topic is still the one of before
 *     publish.c  outbox -> Kafka, what may be committed to the group
 *     token.c    acknowledgements of what is under way
 *     letters.c  dead letters, commands that went astray
 *     surges.c   a provider that seems to have an outage
 *     metrics.c  what /metrics, /readyz and checks are told
 *
 * Invariant 1: an offset is committed to the group only when everything that came of the records before it is in the
 * topics. A machine that lost its disk therefore finds all it needs there.
 * Invariant 2: a state record is sent only after the suppression and the change it stands for were acknowledged. So
 * whoever restores a state may rely on its suppression having been published, though the two are in different topics.
 * Invariant 3: while a partition is owned, each record that somebody else wrote into it is merged, and what is
 * published is put right if need be (docs/decisions: repair instead of transactions).
 */
#ifndef FF_SUPPRESS_OWNER_INT_H
#define FF_SUPPRESS_OWNER_INT_H

#include <stdatomic.h>
#include <stdio.h>

#include "kafka/letter_log.h"
#include "proto/address.h"
#include "proto/batch.h"
#include "suppress/broker/broker.h"
#include "suppress/http/api.h"

/** Keys on their way to the broker; at the limit nothing more is read. */
#define FF_OWNER_INFLIGHT_MAX 32768
#define FF_OWNER_INFLIGHT_BYTES_MAX (48u << 20)
/** Groups of keys whose acknowledgements are told apart, per partition. */
#define FF_OWNER_WAVES 8
/** Records of one turn of the loop, and how long one may read: what it read is handed out afterwards. */
#define FF_OWNER_RECORDS_PER_TURN 256
#define FF_OWNER_TURN_MS 20
/** The broker's work is counted in requests, and librdkafka makes one for each partition of a topic. So of one
 * partition changes go out this far apart at least, and what follows them in other topics likewise; after a pause
 * each goes at once. What only adds evidence to a suppression that is published already has times on a grid, this
 * far apart (ff_owner_refreshes_time()), unless too much of it waits. */
#define FF_OWNER_CHANGES_MS 20
#define FF_OWNER_FOLLOW_MS 200
#define FF_OWNER_REFRESHES_MS 10000
#define FF_OWNER_REFRESHES_END_MS 1000 /* --until-end: nobody waits longer than that for the last of them */
/** When there was always more to read for so long, it is a backlog: then all of it counts, not the next change.
 * Evidence of one address that is merged before it is written and published is work that is not done. */
#define FF_OWNER_BEHIND_MS 200
/** When more than this wait, of all partitions, the partition with most does not wait for its time. */
#define FF_OWNER_REFRESHES_MAX 32768
/** Of one partition in a turn at least, and by this share of what waits. */
#define FF_OWNER_REFRESHES_PER_TURN 64
#define FF_OWNER_REFRESHES_TURNS 32
#define FF_OWNER_TAIL_PER_TURN 4096
/** How often what comes of the same records may be refused, and how far apart it is sent. */
#define FF_OWNER_REFUSALS_MAX 5
#define FF_OWNER_REFUSED_MS 1000
/** The same reason of the same topic is told so often. */
#define FF_OWNER_REFUSED_SAY_MS 10000
/** How far the topics were read back is stored so often: a restart reads so much of them again. */
#define FF_OWNER_TAIL_STORE_MS 1000
/** Somebody must see to an owner that had something to read and read nothing for so long: it is not ready. */
#define FF_OWNER_STALL_MS 30000
/** How long acknowledgements are waited for when partitions are taken away, and at the end. */
#define FF_OWNER_REVOKE_DRAIN_MS 2000
#define FF_OWNER_END_DRAIN_MS 5000
/** Hex digits of a process and its assignment; the header "writer" of what it publishes. */
#define FF_OWNER_WRITER_LEN 24

enum owner_phase {
    OWNER_IDLE,              /* owns nothing, or the positions are not known yet */
    OWNER_RESTORE_STATE,     /* reading mail.suppression-state.v1 */
    OWNER_RESTORE_PUBLISHED, /* and mail.suppressions.v1 */
    OWNER_RUNNING,
    OWNER_PHASES,
};

/** An answer of the broker that the loop waits for. */
#define FF_OWNER_ANSWER_MS 3000

/* One of the two topics a partition is consumed from (results, commands) or restored from (state, suppressions). */
enum { OWNER_RESULTS, OWNER_COMMANDS, OWNER_INPUTS };
enum { OWNER_STATE, OWNER_PUBLISHED, OWNER_TAILS };

struct owner_wave {
    uint32_t waiting;                /* keys that are not acknowledged yet */
    int64_t positions[OWNER_INPUTS]; /* may be committed once these and all earlier waves are */
};

struct owner_token; /* token.h */

struct owner_part {
    bool owned[OWNER_INPUTS];
    bool dirty;                      /* the outbox may hold keys to be handed out */
    bool refused;                    /* and the broker said so */
    uint8_t refusals;                /* how often, since something was last taken */
    int64_t again_ms;                /* not before */
    bool failed;                     /* something was not taken: hand out everything again when nothing is under way */
    bool reread;                     /* it was a dead letter or a forwarded command: read the input again too */
    int64_t position[OWNER_INPUTS];  /* next to be read; what is in the store or its open batch */
    int64_t end[OWNER_INPUTS];       /* of the topic, as the broker said last */
    bool fresh[OWNER_INPUTS];        /* nothing was read since the position was named to Kafka */
    int64_t gap[OWNER_INPUTS];       /* the first record seen instead of it, when it was asked for */
    int64_t durable[OWNER_INPUTS];   /* everything before is published */
    int64_t committed[OWNER_INPUTS]; /* what the group was last told */
    struct ff_input_place seen[OWNER_INPUTS], tail_seen[OWNER_TAILS]; /* .next is set where they are stored */
    int64_t tail[OWNER_TAILS];
    int64_t tail_stored[OWNER_TAILS];
    bool tail_fresh[OWNER_TAILS];   /* as fresh[] */
    int64_t tail_goal[OWNER_TAILS]; /* the ends when the partition was given to us */
    bool tail_ended[OWNER_TAILS];
    int64_t own_from[OWNER_TAILS], own_to[OWNER_TAILS]; /* the last of our own records, without a gap: acknowledged */
    uint32_t inflight;                           /* of this assignment */
    struct owner_token *first, *last;            /* keys on their way, in the order in which they were handed out */
    int64_t changes_ms, follow_ms, refreshes_ms; /* when they last went out */
    bool refreshing;                             /* and are going out, a part in each turn */
    unsigned oldest, open;                       /* waves: numbers modulo FF_OWNER_WAVES; `open` takes new keys */
    bool moved;                                  /* positions changed since the open wave was last closed */
    struct owner_wave waves[FF_OWNER_WAVES];
};

struct owner_counters { /* read by the thread that answers /metrics */
    atomic_uint_fast64_t records, results, commands, dead_letters, published, repaired, unreadable, retried, rebalances,
        lost, gaps;
    atomic_uint_fast64_t inflight, owned, partitions, lag[OWNER_INPUTS], restore_left;
    atomic_uint phase; /* enum owner_phase */
    atomic_bool ready, up, lag_known;
    atomic_bool stalled;         /* nothing is read although there is something */
    _Atomic int64_t answered_ms; /* ff_broker_answered_ms(), the latest; 0: none did yet */
};

struct owner {
    const struct ff_suppress_options *opts;
    struct ff_suppressor *store;
    struct ff_broker *group, *tail, *writer;
    struct ff_batch_reader *batch;
    struct owner_part *parts;
    int32_t count;
    enum owner_phase phase;
    bool joined;         /* the group has given us something, be it nothing */
    bool assignment_new; /* positions have to be asked for */
    bool policy_hidden;  /* it was told that the settings of our topics cannot be seen */
    uint64_t cluster;    /* ff_broker_cluster() */
    uint32_t epoch;      /* counts assignments */
    uint64_t identity;   /* of this process */
    char writer_id[FF_OWNER_WRITER_LEN + 1];
    size_t inflight, inflight_bytes; /* of all assignments */
    bool uncommitted;                /* the store has an open batch */
    bool went_back;                  /* a topic in use has offsets below our place: it is another one */
    bool reread;                     /* the group handle must be told the positions again */
    bool draining;                   /* nothing waits for its time */
    bool away;                       /* that no broker answers was said */
    int64_t asked_ms;                /* when they were last asked whether they are back */
    bool letters_now;                /* a topic refused the timestamp of a dead letter: they get that of now */
    char refused_what[FF_TOPIC_NAME_SIZE + 200]; /* topic and reason of what was refused and told last */
    int64_t refused_said_ms;         /* when that was */
    int64_t caught_up_ms;            /* when there was nothing more to read, the last time */
    uint64_t watched_records;        /* how many had been read at the last look */
    int64_t moved_ms;                /* when there was nothing to read, or some of it was read, the last time */
    int64_t counted_ms;              /* when the partitions were counted, the last time */
    int64_t unreadable_ms;           /* when that was last said of a record */
    int64_t tails_ms;                /* when the store was last told how far the topics were read back */
    int64_t restore_ms, restore_said_ms; /* when the restore began, and when how far it is was last said */
    uint64_t restored;               /* records it read */
    uint64_t surges_told;            /* how many of the store's */
    int status;                      /* FF_EXIT_OK until something cannot go on */
    struct owner_counters counters;
    struct ff_letter_log letters;
};

/** What it does from now on, also for /metrics, so that they never say the one and the other. */
static inline void ff_owner_enter(struct owner *o, enum owner_phase phase)
{
    o->phase = phase;
    atomic_store(&o->counters.phase, (unsigned)phase);
}

/** A line on stderr, and the end of the loop with this exit status. */
void ff_owner_fail(struct owner *o, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** Is it about the store, not about what was given to it? */
bool ff_owner_is_fatal(enum ff_err err);
/** The end of the loop because of such an error. */
void ff_owner_fail_store(struct owner *o, enum ff_err err);
void ff_owner_say(const struct owner *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool ff_owner_owns(const struct owner *o, int32_t partition);

/**
 * Partitions take turns: the times of each are on a grid of its own. With times counted from when it last had one, all
 * had theirs at once after a pause and from then on: seen as two seconds of every eight in which `suppress` took twice
 * its CPU.
 * @return the last time of the partition, not after now_ms; the next is apart_ms later
 */
static inline int64_t ff_owner_refreshes_time(int64_t now_ms, int64_t apart_ms, int32_t partition, int32_t count)
{
    return now_ms - (now_ms + apart_ms * partition / count) % apart_ms;
}

/** How many of so many go out in one turn: few, since changes of other partitions wait meanwhile, but the more of
 * them the more: 100,000 are through in 155 turns. */
static inline size_t ff_owner_refreshes_share(size_t waiting)
{
    size_t share = waiting / FF_OWNER_REFRESHES_TURNS;
    return share > FF_OWNER_REFRESHES_PER_TURN ? share : FF_OWNER_REFRESHES_PER_TURN;
}

/* surges.c */

/** Says which providers suddenly have several times their share of what is suppressed, each once. */
void ff_owner_tell_surges(struct owner *o);

/* places.c */
/** Where to begin in each of our partitions; then the restore begins. When the broker does not say, the assignment
 * stays new: try again. */
void ff_owner_places_find(struct owner *o);
/** Looks now and then whether the topics are still the ones of which the places are. True: they are not, and the
 * places must be found again. Ends the loop when the number of partitions is another. */
FF_MUST_CHECK bool ff_owner_places_watch(struct owner *o, int64_t now);
/** Ends the loop: so many partitions of a topic are not what there was at start. */
void ff_owner_fail_count(struct owner *o, enum ff_topic topic, int32_t count);

/* restore.c */
/** From the places that were found. */
void ff_owner_restore_begin(struct owner *o);
/** Counts what a restore has still to read; says so now and then. */
void ff_owner_restore_watch(struct owner *o, int64_t now);
/** By which the store knows a tail; `buf` has 300 bytes. */
struct ff_slice ff_owner_tail_name(const struct owner *o, int tail, int32_t partition, char buf[300]);
/** Reads what is there; moves on to the next phase when the ends were reached. Returns how many records. */
size_t ff_owner_tail(struct owner *o, int timeout_ms);
/** Tells the store how far the topics were read, with the next commit. */
void ff_owner_tail_store(struct owner *o);

/* goal.c */
struct ff_owner_goal {
    struct ff_broker_place *inputs, *asked;
    size_t count;
};
/** false: the loop ends. ff_owner_goal_end() in either case. */
FF_MUST_CHECK bool ff_owner_goal_begin(struct owner *o, struct ff_owner_goal *goal);
bool ff_owner_goal_reached(struct owner *o, struct ff_owner_goal *goal);
void ff_owner_goal_end(struct ff_owner_goal *goal);

/* consume.c */
/** Reads up to FF_OWNER_RECORDS_PER_TURN records; the first is waited for. Returns how many. */
size_t ff_owner_consume(struct owner *o, int timeout_ms);

/* publish.c */
bool ff_owner_is_full(const struct owner *o);
/** Writes the open batch of the store. */
void ff_owner_store_commit(struct owner *o);
/** Hands out what the store wants published. */
void ff_owner_publish(struct owner *o);
/** Closes waves that are complete; remembers what may be committed. */
void ff_owner_settle(struct owner *o);
/** Tells the group; timeout_ms 0: does not wait. */
FF_MUST_CHECK bool ff_owner_group_commit(struct owner *o, int timeout_ms);
/** Is a backlog being read? */
bool ff_owner_is_behind(const struct owner *o, int64_t now);
/** Nothing to be published, nothing under way, nothing to be committed. */
bool ff_owner_is_clean(const struct owner *o);
/** Forgets what was under way for an earlier assignment; acknowledgements that still come count for nothing. */
void ff_owner_part_reset(struct owner *o, struct owner_part *part);

/* letters.c */
/** A record that could not be read, to a dead-letter topic; counted into the open wave of its partition. */
void ff_owner_dead_letter(struct owner *o, const struct ff_broker_record *r, struct ff_slice value, const char *reason,
                          const char *message, size_t byte_offset, int64_t item_index);
/** Lines about dead letters that are due; `all`: about all that were not told. */
void ff_owner_tell_letters(struct owner *o, bool all);
/** A command that came by the wrong partition, to the right one. */
void ff_owner_forward(struct owner *o, const struct ff_broker_record *r, int32_t partition);

/* metrics.c: from the thread that answers HTTP; ctx is the owner */
void ff_owner_metrics(void *ctx, FILE *f);
bool ff_owner_is_ready(void *ctx, char ret_why[FF_API_WHY_MAX]);
bool ff_owner_is_restored(void *ctx);
/** Does the state hold the answer to every check? */
bool ff_owner_is_whole(void *ctx);

/* token.c */
/** ff_broker_callbacks.delivered */
void ff_owner_delivered(void *ctx, void *token, const struct ff_broker_delivery *d);

#endif
