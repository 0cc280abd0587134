/* places.c: where reading begins in each topic of our partitions, and whether it is still the topic of before.
 *
 * Of inputs the group's word counts, which is about the topic as it is: Kafka forgets it with the topic. Of what is
 * restored from the store's word counts. When another topic is in the place of the one that the store knows
 * (broker/place_check.c), it is read from its beginning, and what we know is published into it again.
 */
#include "suppress/owner/owner_int.h"

#include <stdio.h>
#include <stdlib.h>

/** Partitions are counted so often; a look at what was fetched costs nothing. */
#define COUNT_MS 10000

enum { TOPICS = OWNER_INPUTS + OWNER_TAILS };
static const enum ff_topic topics[TOPICS] = {FF_TOPIC_RESULTS, FF_TOPIC_COMMANDS, FF_TOPIC_STATE,
                                             FF_TOPIC_SUPPRESSIONS};

static struct ff_slice input_name(const struct owner *o, enum ff_topic topic, int32_t partition, char buf[300])
{
    return ff_slice_of(buf, (size_t)snprintf(buf, 300, "%s/%d", ff_broker_topic_name(o->group, topic), partition));
}

/* ---- start of a partition ---------------------------------------------------------------------------------------- */

/* Partitions of a topic that is another one than before. */
struct others {
    int32_t first, count;
};

/* One line for a topic: they are all of them, mostly. */
static void say_others(const struct owner *o, const struct others others[TOPICS])
{
    for (int i = 0; i < TOPICS; i++) {
        const char *topic = ff_broker_topic_name(o->tail, topics[i]);
        if (others[i].count == 1)
            ff_owner_say(o,
                         "%s/%d is not what it was (made anew, or of another cluster): reading it from its beginning%s",
                         topic, others[i].first, i < OWNER_INPUTS ? "" : " and publishing again what it lacks");
        else if (others[i].count > 1)
            ff_owner_say(o,
                         "%s: %d partitions are not what they were (made anew, or of another cluster): reading them "
                         "from their beginning%s",
                         topic, others[i].count, i < OWNER_INPUTS ? "" : " and publishing again what they lack");
    }
}

/* The group's word; without one what the local store knows; else the beginning. */
static int64_t input_start(struct owner *o, const struct ff_place_check *c, int64_t committed, bool *ret_other)
{
    int64_t at = committed >= 0 ? committed : c->known.next;
    *ret_other = c->fate == FF_PLACE_OTHER || at > c->end;
    if (*ret_other)
        return c->begin;
    if (at >= 0 && at < c->begin) {
        atomic_fetch_add(&o->counters.gaps, 1);
        ff_owner_say(o, "%s/%d: records %lld to %lld were deleted by retention before anybody read them",
                     ff_broker_topic_name(o->tail, c->topic), c->partition, (long long)at, (long long)c->begin - 1);
    }
    return at < c->begin ? c->begin : at;
}

/* Returns whether it is of another topic than before, as set_tail() does. */
static bool set_input(struct owner *o, const struct ff_place_check *c, int i, int64_t committed)
{
    struct owner_part *part = &o->parts[c->partition];
    bool other;
    part->position[i] = input_start(o, c, committed, &other);
    part->committed[i] = committed;
    part->end[i] = c->end;
    part->seen[i] = c->fate == FF_PLACE_OTHER ? (struct ff_input_place){.seen_at = -1} : c->known;
    part->seen[i].cluster = o->cluster;
    return other;
}

static bool set_tail(struct owner *o, const struct ff_place_check *c, int t, enum ff_again *again)
{
    struct owner_part *part = &o->parts[c->partition];
    bool anew = c->fate == FF_PLACE_OTHER || c->fate == FF_PLACE_GONE;
    int64_t at = anew ? -1 : c->known.next;
    if (c->fate == FF_PLACE_OTHER) {
        enum ff_again need = t == OWNER_STATE ? FF_AGAIN_ALL : FF_AGAIN_SUPPRESSIONS;
        again[c->partition] = need > again[c->partition] ? need : again[c->partition];
    }
    part->tail_seen[t] = anew ? (struct ff_input_place){.seen_at = -1} : c->known;
    part->tail_seen[t].cluster = o->cluster;
    part->tail[t] = part->tail_stored[t] = at;
    part->tail_goal[t] = c->end;
    part->tail_ended[t] = c->end == 0 || at >= c->end;
    return c->fate == FF_PLACE_OTHER;
}

static size_t list_ours(struct owner *o, struct ff_place_check *checks, struct ff_broker_place *committed)
{
    char name[300];
    size_t n = 0;
    for (int32_t p = 0; p < o->count; p++)
        for (int i = 0; i < TOPICS && ff_owner_owns(o, p); i++) {
            struct ff_slice input = i < OWNER_INPUTS ? input_name(o, topics[i], p, name)
                                                     : ff_owner_tail_name(o, i - OWNER_INPUTS, p, name);
            if (i < OWNER_INPUTS)
                committed[n / TOPICS * OWNER_INPUTS + (size_t)i] =
                    (struct ff_broker_place){topics[i], p, FF_OFFSET_UNKNOWN};
            checks[n++] = (struct ff_place_check){
                .topic = topics[i], .partition = p, .known = ff_suppressor_place(o->store, input)};
        }
    return n;
}

/* A topic that forgets would lose suppressions in silence, days later. `text` is of what must be so (`setting` NULL: it
 * may not be seen). */
static void on_wrong_policy(void *ctx, const char *topic, const char *setting, const char *text)
{
    struct owner *o = ctx;
    if (setting)
        ff_owner_fail(o, FF_EXIT_CONFIG,
                      "%s: %s, or suppressions are lost (was it made by fivefifty topics create? alter its "
                      "configuration; fivefifty topics check)",
                      topic, text);
    else if (!o->policy_hidden)
        ff_owner_say(o, "%s: %s: cannot see whether its cleanup.policy is compact (allow this user DescribeConfigs)",
                     topic, text);
    o->policy_hidden |= !setting;
}

/* The group is asked first, so that everything published for the records before its word is within what is restored. */
static void find(struct owner *o, struct ff_place_check *checks, struct ff_broker_place *committed,
                 enum ff_again *again)
{
    size_t n = list_ours(o, checks, committed);
    bool other = false;
    struct others others[TOPICS] = {{0}};
    o->cluster = ff_broker_cluster(o->tail, FF_OWNER_ANSWER_MS);
    if (!o->cluster ||
        ff_broker_committed(o->group, committed, n / TOPICS * OWNER_INPUTS, FF_OWNER_ANSWER_MS) != FF_OK ||
        ff_places_check(o->tail, o->cluster, checks, n, FF_OWNER_ANSWER_MS) != FF_OK ||
        ff_broker_policies_check(o->writer, topics + OWNER_INPUTS, OWNER_TAILS, FF_OWNER_ANSWER_MS, on_wrong_policy,
                                 o) != FF_OK ||
        o->status != FF_EXIT_OK)
        return;
    for (size_t k = 0; k < n; k++) {
        int i = (int)(k % TOPICS);
        bool is_other = i < OWNER_INPUTS
                            ? set_input(o, &checks[k], i, committed[k / TOPICS * OWNER_INPUTS + (size_t)i].offset)
                            : set_tail(o, &checks[k], i - OWNER_INPUTS, again);
        if (is_other && others[i].count++ == 0)
            others[i].first = checks[k].partition;
    }
    say_others(o, others);
    for (int32_t p = 0; p < o->count; p++)
        other |= again[p] != FF_AGAIN_NOTHING;
    enum ff_err err = other ? ff_suppressor_announce(o->store, again, o->count) : FF_OK;
    if (err != FF_OK) {
        ff_owner_fail_store(o, err);
        return;
    }
    o->assignment_new = false;
    ff_owner_restore_begin(o);
}

void ff_owner_places_find(struct owner *o)
{
    size_t most = (size_t)o->count * TOPICS;
    struct ff_place_check *checks = calloc(most, sizeof *checks);
    struct ff_broker_place *committed = calloc(most, sizeof *committed);
    enum ff_again *again = calloc((size_t)o->count, sizeof *again);
    if (checks && committed && again)
        find(o, checks, committed, again);
    else
        ff_owner_fail(o, FF_EXIT_OSERR, "memory is short");
    free(checks);
    free(committed);
    free(again);
}

/* ---- while running ----------------------------------------------------------------------------------------------- */

void ff_owner_fail_count(struct owner *o, enum ff_topic topic, int32_t count)
{
    ff_owner_fail(o, FF_EXIT_CONFIG,
                  "%s has %d partitions now, there were %d: addresses belong to other partitions than before "
                  "(docs/kafka.md, \"Another number of partitions\")",
                  ff_broker_topic_name(o->tail, topic), count, o->count);
}

/* Never by the handle that watches our own records: its connection answers when a fetch of up to 100 ms is over,
 * and that long nothing would be suppressed. */
static void count_partitions(struct owner *o)
{
    int32_t counts[OWNER_INPUTS];
    if (ff_broker_partitions_now(o->group, topics, OWNER_INPUTS, counts) == FF_OK)
        for (int i = 0; i < OWNER_INPUTS; i++)
            if (counts[i] > 0 && counts[i] != o->count)
                ff_owner_fail_count(o, topics[i], counts[i]);
    if (o->writer && ff_broker_partitions_now(o->writer, topics + OWNER_INPUTS, OWNER_TAILS, counts) == FF_OK)
        for (int t = 0; t < OWNER_TAILS; t++)
            if (counts[t] > 0 && counts[t] != o->count)
                ff_owner_fail_count(o, topics[OWNER_INPUTS + t], counts[t]);
}

/* Between our places and the ends, as far as those are known. */
static void measure_lag(struct owner *o)
{
    uint64_t lag[OWNER_INPUTS] = {0};
    for (int32_t p = 0; p < o->count; p++) {
        struct owner_part *part = &o->parts[p];
        for (int i = 0; i < OWNER_INPUTS && ff_owner_owns(o, p); i++) {
            int64_t seen = ff_broker_end_seen(o->group, topics[i], p), end = seen > part->end[i] ? seen : part->end[i];
            int64_t from = part->position[i] > 0 ? part->position[i] : 0;
            lag[i] += end > from ? (uint64_t)(end - from) : 0;
        }
    }
    for (int i = 0; i < OWNER_INPUTS; i++)
        atomic_store(&o->counters.lag[i], lag[i]);
    atomic_store(&o->counters.lag_known, o->phase != OWNER_IDLE);
}

/* A topic that is gone and there again may not be fetched from for a while, so that nothing is seen of it: now and
 * then the broker is asked. */
static bool is_beyond(struct owner *o, bool ask)
{
    size_t most = (size_t)o->count * TOPICS, n = 0;
    struct ff_broker_place *places = calloc(most, sizeof *places);
    int64_t *ends = calloc(most, sizeof *ends);
    bool beyond = false;
    for (int32_t p = 0; places && ends && p < o->count; p++) {
        const struct owner_part *part = &o->parts[p];
        for (int i = 0; i < TOPICS && ff_owner_owns(o, p) && !beyond; i++) {
            struct ff_broker_place place = {topics[i], p,
                                            i < OWNER_INPUTS ? part->position[i] : part->tail[i - OWNER_INPUTS]};
            beyond = !ask && ff_place_is_beyond(i < OWNER_INPUTS ? o->group : o->tail, o->tail, &place);
            places[n++] = place;
        }
    }
    if (ask && places && ends)
        beyond = ff_places_are_beyond(o->group, places, n, ends);
    for (size_t k = 0; ask && k < n; k++)
        if (k % TOPICS < OWNER_INPUTS && ends[k] > o->parts[places[k].partition].end[k % TOPICS])
            o->parts[places[k].partition].end[k % TOPICS] = ends[k];
    free(places);
    free(ends);
    return beyond;
}

/* There is something to read, and nothing of it was read for a while. */
static void notice_stall(struct owner *o, int64_t now)
{
    uint64_t records = atomic_load(&o->counters.records);
    bool behind = false;
    for (int i = 0; i < OWNER_INPUTS; i++)
        behind |= atomic_load(&o->counters.lag[i]) > 0;
    if (!behind || records != o->watched_records || o->phase != OWNER_RUNNING)
        o->moved_ms = now;
    o->watched_records = records;
    atomic_store(&o->counters.stalled, now - o->moved_ms >= FF_OWNER_STALL_MS);
}

bool ff_owner_places_watch(struct owner *o, int64_t now)
{
    bool ask = now - o->counted_ms >= COUNT_MS;
    measure_lag(o);
    notice_stall(o, now);
    ff_owner_restore_watch(o, now);
    if (o->phase != OWNER_RUNNING)
        return false;
    if (ask) {
        o->counted_ms = now;
        count_partitions(o);
    }
    return o->status == FF_EXIT_OK && (o->went_back || is_beyond(o, ask));
}
