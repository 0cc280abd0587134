/* copy.c: the copy of mail.suppressions.v1 in the local store (replica_int.h). The places are in the same write, so a
 * restart goes on where it was.
 */
#include "proto/clock.h"
#include "suppress/replica/replica_int.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MS 3000
#define WATCH_MS 1000
#define COUNT_MS 10000
/** After the topic was made anew its owners publish it again; until they should be through, what was known holds,
 * so that nobody mails dead addresses meanwhile. */
#define SWEEP_MS 30000

static const enum ff_topic suppressions = FF_TOPIC_SUPPRESSIONS;

/* Room for "serve/", a topic, the number of a partition and what it is of it. */
#define ROW_NAME_MAX (FF_TOPIC_NAME_SIZE + 32)

/* Of a partition, or (-1) of the topic. */
static struct ff_slice row_name(const struct replica *r, int32_t partition, const char *what, char buf[ROW_NAME_MAX])
{
    const char *topic = ff_broker_topic_name(r->reader, suppressions);
    int n = partition < 0 ? snprintf(buf, ROW_NAME_MAX, "serve/%s%s", topic, what)
                          : snprintf(buf, ROW_NAME_MAX, "serve/%s/%d%s", topic, partition, what);
    return ff_slice_of(buf, (size_t)n);
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

static void load_part(struct replica *r, int32_t p)
{
    char name[ROW_NAME_MAX];
    struct replica_part *part = &r->parts[p];
    int64_t pass = ff_suppressor_offset(r->store, row_name(r, p, "/pass", name));
    part->place = ff_suppressor_place(r->store, row_name(r, p, "", name));
    part->stored = part->place.next;
    part->pass = pass > 0 ? (uint64_t)pass >> 1 : 0;
    part->sweep = pass > 0 && (pass & 1);
}

static enum ff_err set_count(struct replica *r, int32_t count)
{
    struct replica_part *parts = calloc((size_t)count, sizeof *parts);
    if (!parts)
        return FF_ERR_NOMEM;
    free(r->parts);
    r->parts = parts;
    r->count = count;
    for (int32_t p = 0; p < count; p++)
        load_part(r, p);
    return FF_OK;
}

bool ff_replica_load(struct replica *r, enum ff_err *ret_err)
{
    char name[ROW_NAME_MAX];
    int64_t known = ff_suppressor_offset(r->store, row_name(r, -1, "", name));
    *ret_err = known > 0 && known <= INT32_MAX ? set_count(r, (int32_t)known) : FF_OK;
    atomic_store(&r->whole, ff_suppressor_offset(r->store, row_name(r, -1, "/whole", name)) > 0);
    return *ret_err == FF_OK && r->count > 0;
}

static void store_pass(struct replica *r, int32_t p)
{
    char name[ROW_NAME_MAX];
    const struct replica_part *part = &r->parts[p];
    ff_suppressor_set_offset(r->store, row_name(r, p, "/pass", name), (int64_t)(part->pass << 1 | part->sweep));
    r->uncommitted = true;
}

/* From the beginning, beside what is there. */
static void begin_pass(struct replica *r, const struct ff_place_check *c)
{
    struct replica_part *part = &r->parts[c->partition];
    bool other = c->fate == FF_PLACE_OTHER;
    part->pass++;
    part->sweep = true;
    part->caught_up = false;
    part->place = (struct ff_input_place){.next = -1, .seen_at = -1};
    store_pass(r, c->partition);
    int64_t when = ff_steady_ms() + (other ? SWEEP_MS : 0);
    r->sweep_ms = when > r->sweep_ms ? when : r->sweep_ms;
}

/* One line: they are all of them, mostly. */
static void say_others(struct replica *r, const struct ff_place_check *checks)
{
    const char *topic = ff_broker_topic_name(r->reader, suppressions);
    int32_t first = 0, count = 0;
    for (int32_t p = r->count - 1; p >= 0; p--)
        if (checks[p].fate == FF_PLACE_OTHER) {
            first = p;
            count++;
        }
    if (count == 1)
        ff_replica_say(0, "%s/%d is not what it was (made anew, or of another cluster): reading it from its beginning",
                       topic, first);
    else if (count > 1)
        ff_replica_say(0,
                       "%s: %d partitions are not what they were (made anew, or of another cluster): reading them from "
                       "their beginning",
                       topic, count);
}

static enum ff_err begin_reading(struct replica *r)
{
    struct ff_place_check *checks = calloc((size_t)r->count, sizeof *checks);
    struct ff_broker_place *places = calloc((size_t)r->count, sizeof *places);
    enum ff_err err = checks && places ? FF_OK : FF_ERR_NOMEM;
    for (int32_t p = 0; p < r->count && err == FF_OK; p++)
        checks[p] = (struct ff_place_check){.topic = suppressions, .partition = p, .known = r->parts[p].place};
    if (err == FF_OK)
        err = ff_places_check(r->reader, r->cluster, checks, (size_t)r->count, ANSWER_MS);
    if (err == FF_OK)
        say_others(r, checks);
    for (int32_t p = 0; p < r->count && err == FF_OK; p++) {
        struct replica_part *part = &r->parts[p];
        if (checks[p].fate == FF_PLACE_OTHER || checks[p].fate == FF_PLACE_GONE)
            begin_pass(r, &checks[p]);
        part->place.cluster = r->cluster;
        part->fresh = true;
        part->caught_up = checks[p].end == 0 || part->place.next >= checks[p].end;
        places[p] =
            (struct ff_broker_place){suppressions, p, part->place.next >= 0 ? part->place.next : FF_OFFSET_BEGINNING};
    }
    if (err == FF_OK)
        err = ff_broker_read_from(r->reader, places, (size_t)r->count);
    free(checks);
    free(places);
    return err;
}

int ff_replica_place(struct replica *r)
{
    char why[FF_BROKER_ANSWER_MAX], name[ROW_NAME_MAX];
    int32_t count = 0;
    enum ff_err err = ff_broker_partitions(r->reader, &suppressions, 1, 0, r->opts->stop, &count, why, sizeof why);
    if (err != FF_OK) {
        char text[FF_BROKER_ANSWER_MAX];
        (void)ff_broker_no_partitions(err, r->opts->brokers, why, text, sizeof text);
        r->away |= err == FF_ERR_UNAVAILABLE;
        ff_replica_complain(r, "%s; answering from what was known", text);
        ff_replica_lacks(r, "%s", text);
    }
    if (err != FF_OK || !(r->cluster = ff_broker_cluster(r->reader, ANSWER_MS)))
        return FF_EXIT_OK;
    ff_replica_lacks(r, "asking the brokers where to begin");
    if (r->count > 0 && count != r->count)
        ff_replica_say(0, "%s has %d partitions now, there were %d", ff_broker_topic_name(r->reader, suppressions),
                       count, r->count);
    err = count == r->count ? FF_OK : set_count(r, count);
    ff_suppressor_set_offset(r->store, row_name(r, -1, "", name), count);
    r->uncommitted = true;
    if (err == FF_OK)
        err = begin_reading(r);
    r->placed = err == FF_OK;
    if (r->placed && !atomic_load(&r->whole))
        ff_replica_say(0, "reading %s; checks get 503 until that was read to its end once",
                       ff_broker_topic_name(r->reader, suppressions));
    return err == FF_ERR_NOMEM ? ff_replica_say(FF_EXIT_OSERR, "memory is short") : FF_EXIT_OK;
}

/* A topic that is gone and there again may not be fetched from for minutes (librdkafka 2.0): now and then the
 * broker is asked. */
static bool is_beyond(struct replica *r, bool ask)
{
    struct ff_broker_place *places = calloc((size_t)r->count, sizeof *places);
    bool beyond = false;
    for (int32_t p = 0; places && p < r->count; p++) {
        places[p] = (struct ff_broker_place){suppressions, p, r->parts[p].place.next};
        beyond |= !ask && !beyond && ff_place_is_beyond(r->reader, r->reader, &places[p]);
    }
    if (ask && places)
        beyond = ff_places_are_beyond(r->reader, places, (size_t)r->count, NULL);
    free(places);
    return beyond;
}

void ff_replica_watch(struct replica *r, int64_t now)
{
    int32_t count = r->count;
    if (!r->placed || now - r->watched_ms < WATCH_MS)
        return;
    bool ask = now - r->counted_ms >= COUNT_MS;
    r->watched_ms = now;
    if (ask) {
        r->counted_ms = now;
        (void)!ff_broker_partitions_now(r->reader, &suppressions, 1, &count);
    }
    r->placed = count == r->count && !is_beyond(r, ask);
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

enum ff_err ff_replica_take(struct replica *r, const struct ff_broker_record *rec)
{
    if (rec->topic != suppressions || rec->partition >= r->count)
        return FF_OK;
    struct replica_part *part = &r->parts[rec->partition];
    if (rec->offset < part->place.next) { /* left over from an earlier assignment, or the topic was made anew */
        r->placed &= part->fresh;
        return FF_OK;
    }
    part->fresh = false;
    if (rec->end) {
        part->caught_up = true;
        part->place.next = rec->offset;
        return FF_OK;
    }
    enum ff_err err = ff_suppressor_replicate(r->store, rec->key, rec->value, rec->partition, part->pass);
    ff_place_saw(&part->place, r->cluster, rec);
    r->uncommitted = true;
    atomic_fetch_add_explicit(&r->records, 1, memory_order_relaxed);
    bool environment = err == FF_ERR_IO || err == FF_ERR_NOMEM || err == FF_ERR_DEFECT || err == FF_ERR_CONFIG;
    if (environment || err == FF_OK)
        return err;
    uint64_t n = atomic_fetch_add_explicit(&r->unreadable, 1, memory_order_relaxed) + 1;
    ff_replica_complain(
        r, "%s/%d/%lld: none of ours (%s), ignored; %llu such record%s so far: see who else may write there",
        ff_broker_topic_name(r->reader, suppressions), rec->partition, (long long)rec->offset, ff_err_name(err),
        (unsigned long long)n, n == 1 ? "" : "s");
    return FF_OK;
}

bool ff_replica_is_complete(const struct replica *r)
{
    bool all = r->placed;
    for (int32_t p = 0; p < r->count; p++)
        all &= r->parts[p].caught_up && !r->parts[p].sweep;
    return all;
}

enum ff_err ff_replica_commit(struct replica *r, char *why, size_t size)
{
    char name[ROW_NAME_MAX];
    bool whole = !atomic_load(&r->whole) && ff_replica_is_complete(r);
    for (int32_t p = 0; p < r->count; p++)
        if (r->parts[p].place.next != r->parts[p].stored) {
            ff_suppressor_set_place(r->store, row_name(r, p, "", name), &r->parts[p].place);
            r->parts[p].stored = r->parts[p].place.next;
        }
    if (whole)
        ff_suppressor_set_offset(r->store, row_name(r, -1, "/whole", name), 1);
    r->uncommitted = false;
    enum ff_err err = ff_suppressor_commit(r->store, why, size);
    if (err == FF_OK && whole) {
        atomic_store(&r->whole, true);
        ff_replica_say(0, "the copy is complete; checks are answered from now on");
    }
    return err;
}

/* A topic without a single record says rather that somebody deleted it than that nobody is suppressed. */
static bool may_sweep(struct replica *r, int64_t now)
{
    bool any = false, caught_up = r->placed, records = false;
    for (int32_t p = 0; p < r->count; p++) {
        any |= r->parts[p].sweep;
        caught_up &= r->parts[p].caught_up;
        records |= r->parts[p].place.next > 0;
    }
    if (any && caught_up && !records)
        ff_replica_complain(r, "%s is empty (was it made anew?); answering from what was known",
                            ff_broker_topic_name(r->reader, suppressions));
    return any && caught_up && records && now >= r->sweep_ms;
}

enum ff_err ff_replica_sweep(struct replica *r, int64_t now, char *why, size_t size)
{
    if (!may_sweep(r, now))
        return FF_OK;
    uint64_t *passes = calloc((size_t)r->count, sizeof *passes);
    enum ff_err err = passes ? ff_replica_commit(r, why, size) : FF_ERR_NOMEM;
    for (int32_t p = 0; p < r->count && err == FF_OK; p++)
        passes[p] = r->parts[p].pass;
    if (err == FF_OK)
        err = ff_suppressor_sweep(r->store, passes, r->count);
    for (int32_t p = 0; p < r->count && err == FF_OK; p++)
        if (r->parts[p].sweep) {
            r->parts[p].sweep = false;
            store_pass(r, p);
        }
    free(passes);
    return err == FF_OK ? ff_replica_commit(r, why, size) : err;
}
