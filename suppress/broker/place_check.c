/* place_check.c: is a topic still the one of which a place is known?
 *
 * A folder outlives its topics: they are deleted and made anew, or the brokers' address is that of another cluster. A
 * place of before then means nothing, and reading from there would leave out records and say nothing. librdkafka 2.0
 * tells no ids of topics, so the last record that was read is looked for where it was: its time, key and value are
 * compared.
 *
 * What this cannot see: a topic made anew beneath a running process that was longer than its place before it was
 * fetched again.
 */
#include "proto/clock.h"
#include "suppress/broker/broker.h"

#include <stdlib.h>

#define ASK_MS 1000

void ff_place_saw(struct ff_input_place *place, uint64_t cluster, const struct ff_broker_record *r)
{
    place->next = r->offset + 1;
    place->seen_at = r->offset;
    place->seen = ff_broker_record_hash(r);
    place->cluster = cluster;
}

bool ff_places_are_beyond(struct ff_broker *asked, const struct ff_broker_place *places, size_t count,
                          int64_t *ret_ends)
{
    struct ff_broker_place *ends = calloc(count + 1, sizeof *ends);
    bool beyond = false;
    if (!ends)
        return false;
    memcpy(ends, places, count * sizeof *ends);
    bool ok = ff_broker_ends(asked, ends, count, ASK_MS) == FF_OK;
    for (size_t i = 0; i < count && ok; i++) {
        beyond |= places[i].offset > ends[i].offset;
        if (ret_ends)
            ret_ends[i] = ends[i].offset;
    }
    free(ends);
    return beyond;
}

/* What was seen may be of an earlier assignment. */
bool ff_place_is_beyond(struct ff_broker *seen, struct ff_broker *asked, const struct ff_broker_place *place)
{
    int64_t end = ff_broker_end_seen(seen, place->topic, place->partition);
    return end >= 0 && place->offset > end && ff_places_are_beyond(asked, place, 1, NULL);
}

static enum ff_err find_bounds(struct ff_broker *reader, struct ff_place_check *checks, size_t count, int timeout_ms)
{
    struct ff_broker_place *places = calloc(2 * count + 1, sizeof *places), *ends = places + count;
    if (!places)
        return FF_ERR_UNAVAILABLE;
    for (size_t i = 0; i < count; i++)
        places[i] = ends[i] = (struct ff_broker_place){checks[i].topic, checks[i].partition, 0};
    enum ff_err err = ff_broker_begins(reader, places, count, timeout_ms);
    if (err == FF_OK)
        err = ff_broker_ends(reader, ends, count, timeout_ms);
    for (size_t i = 0; i < count && err == FF_OK; i++) {
        checks[i].begin = places[i].offset;
        checks[i].end = ends[i].offset;
    }
    free(places);
    return err;
}

/* False: only the record can tell. */
static bool decide(struct ff_place_check *c, uint64_t cluster)
{
    const struct ff_input_place *known = &c->known;
    if (known->next < 0)
        c->fate = FF_PLACE_UNKNOWN;
    else if ((known->cluster && known->cluster != cluster) || known->next > c->end || known->seen_at >= c->end)
        c->fate = FF_PLACE_OTHER;
    else if (known->seen_at < 0)
        c->fate = FF_PLACE_UNKNOWN;
    else if (known->seen_at < c->begin)
        c->fate = FF_PLACE_GONE;
    else
        return false;
    return true;
}

static void compare(struct ff_place_check *checks, size_t count, const struct ff_broker_record *r, bool *open)
{
    for (size_t i = 0; i < count; i++) {
        struct ff_place_check *c = &checks[i];
        if (!open[i] || c->topic != r->topic || c->partition != r->partition)
            continue;
        open[i] = false;
        if (r->offset > c->known.seen_at)
            c->fate = FF_PLACE_GONE;
        else if (r->end || r->offset < c->known.seen_at || ff_broker_record_hash(r) != c->known.seen)
            c->fate = FF_PLACE_OTHER;
        else
            c->fate = FF_PLACE_SAME;
        return;
    }
}

/* What does not come within the time counts as gone: then more is read than need be. */
static enum ff_err look_at_records(struct ff_broker *reader, struct ff_place_check *checks, size_t count, bool *open,
                                   int timeout_ms)
{
    struct ff_broker_place *places = calloc(count + 1, sizeof *places);
    struct ff_broker_record r;
    size_t n = 0, left;
    if (!places)
        return FF_ERR_UNAVAILABLE;
    for (size_t i = 0; i < count; i++)
        if (open[i])
            places[n++] = (struct ff_broker_place){checks[i].topic, checks[i].partition, checks[i].known.seen_at};
    enum ff_err err = n ? ff_broker_read_from(reader, places, n) : FF_OK;
    free(places);
    int64_t until = ff_steady_ms() + timeout_ms;
    for (left = n; err == FF_OK && left > 0 && ff_steady_ms() < until;) {
        ff_broker_poll(reader, 0);
        if (!ff_broker_read(reader, 50, &r))
            continue;
        compare(checks, count, &r, open);
        ff_broker_release(&r);
        left = 0;
        for (size_t i = 0; i < count; i++)
            left += open[i];
    }
    for (size_t i = 0; i < count; i++)
        if (open[i])
            checks[i].fate = FF_PLACE_GONE;
    if (err == FF_OK && n)
        err = ff_broker_read_from(reader, NULL, 0);
    return err == FF_OK ? FF_OK : FF_ERR_UNAVAILABLE;
}

enum ff_err ff_places_check(struct ff_broker *reader, uint64_t cluster, struct ff_place_check *checks, size_t count,
                            int timeout_ms)
{
    bool *open = calloc(count + 1, sizeof *open);
    if (!open)
        return FF_ERR_UNAVAILABLE;
    enum ff_err err = find_bounds(reader, checks, count, timeout_ms);
    for (size_t i = 0; i < count && err == FF_OK; i++)
        open[i] = !decide(&checks[i], cluster);
    if (err == FF_OK)
        err = look_at_records(reader, checks, count, open, timeout_ms);
    free(open);
    return err;
}
