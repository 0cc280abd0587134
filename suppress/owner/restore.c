/* restore.c: what others published into our partitions, before we start and for as long as we own them.
 *
 * Restore: first all of mail.suppression-state.v1 from where the local store last read it (a store that knows nothing
 * reads from the beginning), then mail.suppressions.v1 likewise; every record is merged or compared, not only the last
 * of its key, because the last one may be the late write of a former owner. Afterwards both go on being read, so that a
 * former owner that wakes up and writes is put right within moments.
 *
 * Records with our own writer id (process and assignment) are what we sent and are skipped: comparing a key's older
 * records with its present state would publish it once more for each. Records we wrote under an earlier assignment are
 * compared: somebody else may have written in between.
 *
 * A record in a partition that its key does not belong to ends the process: nothing here puts that right.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/clock.h"
#include "suppress/owner/owner_int.h"

/** What goes on, a restore or records that are none of ours, is said this far apart. */
#define SAY_MS 30000

static const enum ff_topic tail_topics[OWNER_TAILS] = {FF_TOPIC_STATE, FF_TOPIC_SUPPRESSIONS};

struct ff_slice ff_owner_tail_name(const struct owner *o, int tail, int32_t p, char buf[300])
{
    int n = snprintf(buf, 300, "restore/%s/%d", ff_broker_topic_name(o->tail, tail_topics[tail]), p);
    return ff_slice_of(buf, (size_t)n);
}

/* Reads the first `tails` topics of all our partitions from where they stand. */
static void tail_from_positions(struct owner *o, int tails)
{
    struct ff_broker_place *places = calloc((size_t)o->count * OWNER_TAILS, sizeof *places);
    size_t n = 0;
    if (!places) {
        ff_owner_fail(o, FF_EXIT_OSERR, "memory is short");
        return;
    }
    for (int32_t p = 0; p < o->count; p++)
        for (int t = 0; t < tails && ff_owner_owns(o, p); t++) {
            int64_t from = o->parts[p].tail[t];
            o->parts[p].tail_fresh[t] = true;
            places[n++] = (struct ff_broker_place){tail_topics[t], p, from >= 0 ? from : FF_OFFSET_BEGINNING};
        }
    if (ff_broker_read_from(o->tail, places, n) != FF_OK)
        ff_owner_fail(o, FF_EXIT_SOFTWARE, "librdkafka refuses to read our partitions");
    free(places);
}

/* By offsets: of a compacted topic most of them hold no record any more. */
static uint64_t restore_left(const struct owner *o)
{
    uint64_t left = 0;
    for (int32_t p = 0; p < o->count; p++)
        for (int t = 0; t < OWNER_TAILS && ff_owner_owns(o, p); t++) {
            const struct owner_part *part = &o->parts[p];
            int64_t from = part->tail[t] > 0 ? part->tail[t] : 0;
            left += !part->tail_ended[t] && part->tail_goal[t] > from ? (uint64_t)(part->tail_goal[t] - from) : 0;
        }
    return left;
}

void ff_owner_restore_begin(struct owner *o)
{
    ff_owner_enter(o, OWNER_RESTORE_STATE);
    o->restored = 0;
    o->restore_ms = o->restore_said_ms = ff_steady_ms();
    uint64_t left = restore_left(o);
    atomic_store(&o->counters.restore_left, left);
    if (atomic_load(&o->counters.owned) > 0)
        ff_owner_say(o, "restoring %" PRIuFAST64 " partitions: at most %" PRIu64 " records of %s and %s to be read",
                     atomic_load(&o->counters.owned), left, ff_broker_topic_name(o->tail, FF_TOPIC_STATE),
                     ff_broker_topic_name(o->tail, FF_TOPIC_SUPPRESSIONS));
    tail_from_positions(o, 1);
}

void ff_owner_restore_watch(struct owner *o, int64_t now)
{
    bool restoring = o->phase == OWNER_RESTORE_STATE || o->phase == OWNER_RESTORE_PUBLISHED;
    uint64_t left = restoring ? restore_left(o) : 0;
    atomic_store(&o->counters.restore_left, left);
    if (!restoring || now - o->restore_said_ms < SAY_MS)
        return;
    o->restore_said_ms = now;
    ff_owner_say(o, "restoring: %" PRIu64 " records read, at most %" PRIu64 " left", o->restored, left);
}

static void restore_end(struct owner *o)
{
    atomic_store(&o->counters.restore_left, 0);
    if (atomic_load(&o->counters.owned) > 0)
        ff_owner_say(o, "restored: %" PRIu64 " records read in %.1f s; running", o->restored,
                     (double)(ff_steady_ms() - o->restore_ms) / 1000);
}

void ff_owner_tail_store(struct owner *o)
{
    char name[300];
    for (int32_t p = 0; p < o->count; p++)
        for (int t = 0; t < OWNER_TAILS && ff_owner_owns(o, p); t++) {
            struct owner_part *part = &o->parts[p];
            if (part->tail[t] == part->tail_stored[t])
                continue;
            part->tail_seen[t].next = part->tail[t];
            ff_suppressor_set_place(o->store, ff_owner_tail_name(o, t, p, name), &part->tail_seen[t]);
            part->tail_stored[t] = part->tail[t];
        }
}

static bool tails_ended(const struct owner *o, int tail)
{
    for (int32_t p = 0; p < o->count; p++)
        if (ff_owner_owns(o, p) && !o->parts[p].tail_ended[tail])
            return false;
    return true;
}

static bool is_own(const struct owner *o, const struct owner_part *part, int t, const struct ff_broker_record *r)
{
    return (r->offset >= part->own_from[t] && r->offset < part->own_to[t]) ||
           ff_slice_eq(ff_broker_writer(r), ff_slice_of(o->writer_id, FF_OWNER_WRITER_LEN));
}

/* Whoever writes one mostly writes many. */
static void unreadable(struct owner *o, const struct ff_broker_record *r, enum ff_err err)
{
    int64_t now = ff_steady_ms();
    uint64_t n = atomic_fetch_add(&o->counters.unreadable, 1) + 1;
    if (o->unreadable_ms && now - o->unreadable_ms < SAY_MS)
        return;
    o->unreadable_ms = now;
    ff_owner_say(o,
                 "%s/%d/%lld: none of ours (%s), %" PRIu64
                 " such record%s so far; what stood in its place is published again: see who else may write there",
                 ff_broker_topic_name(o->tail, r->topic), r->partition, (long long)r->offset, ff_err_name(err), n,
                 n == 1 ? "" : "s");
}

/* One of ours that belongs to another partition: the topics had another number of them when it was written. Then there
 * are two places for an address, what is ordered or learned reaches one of them, and readers believe either. */
static bool is_misplaced(const struct owner *o, const struct ff_broker_record *r)
{
    int32_t home = r->end || !r->value.len ? -1 : ff_key_partition(r->key, o->count);
    return home >= 0 && home != r->partition && ff_broker_writer(r).len == FF_OWNER_WRITER_LEN;
}

static void tail_take(struct owner *o, const struct ff_broker_record *r)
{
    struct owner_part *part = &o->parts[r->partition];
    int t = r->topic == FF_TOPIC_STATE ? OWNER_STATE : OWNER_PUBLISHED;
    if (r->offset < part->tail[t]) { /* left over from an earlier assignment, or the topic was made anew */
        o->went_back |= !part->tail_fresh[t];
        return;
    }
    part->tail_fresh[t] = false;
    if (is_misplaced(o, r)) { /* not read, so that the next start finds it again */
        ff_owner_fail(o, FF_EXIT_CONFIG,
                      "%s/%d offset %lld: belongs to another of %d partitions: there was another number of them when "
                      "it was written (docs/kafka.md, \"Another number of partitions\")",
                      ff_broker_topic_name(o->tail, r->topic), r->partition, (long long)r->offset, o->count);
        return;
    }
    if (r->end) {
        part->tail[t] = r->offset;
        part->tail_ended[t] = true;
        return;
    }
    ff_place_saw(&part->tail_seen[t], o->cluster, r);
    part->tail[t] = r->offset + 1;
    part->tail_ended[t] |= part->tail[t] >= part->tail_goal[t];
    o->restored += o->phase != OWNER_RUNNING;
    if (is_own(o, part, t, r))
        return;
    enum ff_err err = t == OWNER_STATE ? ff_suppressor_merge_state(o->store, r->key, r->value, r->partition)
                                       : ff_suppressor_check_published(o->store, r->key, r->value, r->partition);
    o->uncommitted = true;
    part->dirty = true;
    if (o->phase == OWNER_RUNNING)
        atomic_fetch_add(&o->counters.repaired, 1);
    if (ff_owner_is_fatal(err))
        ff_owner_fail_store(o, err);
    else if (err != FF_OK)
        unreadable(o, r, err);
}

/* The next phase begins when all of our partitions were read to their ends. */
static void restore_advance(struct owner *o)
{
    if (o->phase == OWNER_RESTORE_STATE && tails_ended(o, OWNER_STATE)) {
        ff_owner_enter(o, OWNER_RESTORE_PUBLISHED);
        tail_from_positions(o, OWNER_TAILS);
    } else if (o->phase == OWNER_RESTORE_PUBLISHED && tails_ended(o, OWNER_PUBLISHED)) {
        ff_owner_store_commit(o);
        restore_end(o);
        ff_owner_enter(o, OWNER_RUNNING);
        o->reread = true;
        for (int32_t p = 0; p < o->count; p++) {
            ff_suppressor_resend(o->store, p); /* also what an earlier assignment did not get out */
            o->parts[p].dirty = o->parts[p].moved = ff_owner_owns(o, p);
        }
    }
}

size_t ff_owner_tail(struct owner *o, int timeout_ms)
{
    size_t n = 0;
    struct ff_broker_record r;
    if (o->phase == OWNER_IDLE)
        return 0;
    while (n < FF_OWNER_TAIL_PER_TURN && o->status == FF_EXIT_OK && ff_broker_read(o->tail, n ? 0 : timeout_ms, &r)) {
        if ((r.topic == FF_TOPIC_STATE || r.topic == FF_TOPIC_SUPPRESSIONS) && r.partition < o->count &&
            ff_owner_owns(o, r.partition))
            tail_take(o, &r);
        ff_broker_release(&r);
        n++;
    }
    restore_advance(o);
    return n;
}
