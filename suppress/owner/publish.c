/* publish.c: from the outbox to the topics, and what may be committed because of it.
 *
 * A key goes out in three steps: its suppression; when that is acknowledged its change, if it is one; then its state
 * (owner_int.h, invariant 2). Each partition has its own times for them (owner_int.h, FF_OWNER_CHANGES_MS and below):
 * only the first step of a change is in a hurry, the rest goes together in few requests. States are sent in the order
 * in which the keys were handed out, so that of two states of one key the newer one is the last of the topic.
 *
 * Acknowledgements are counted per partition in waves: a wave is closed when the outbox of the partition
 * has been handed out to the end, and carries the input positions of that moment. When a wave and all before it are
 * acknowledged, its positions are durable. Under a steady load the outbox is never empty of acknowledgements, so one
 * counter per partition would never let anything be committed; eight waves are enough, the ninth waits.
 */
#include "proto/clock.h"
#include "suppress/owner/token.h"

#include <stdlib.h>

bool ff_owner_is_full(const struct owner *o)
{
    return o->inflight >= FF_OWNER_INFLIGHT_MAX || o->inflight_bytes >= FF_OWNER_INFLIGHT_BYTES_MAX;
}

bool ff_owner_is_behind(const struct owner *o, int64_t now)
{
    return now - o->caught_up_ms > FF_OWNER_BEHIND_MS;
}

void ff_owner_store_commit(struct owner *o)
{
    char why[256];
    int64_t now = ff_steady_ms();
    if (!o->uncommitted)
        return;
    if (o->draining || now - o->tails_ms >= FF_OWNER_TAIL_STORE_MS) {
        o->tails_ms = now;
        ff_owner_tail_store(o);
    }
    enum ff_err err = ff_suppressor_commit(o->store, why, sizeof why);
    if (err != FF_OK)
        ff_owner_fail_store(o, err);
    o->uncommitted = false;
}

/* ---- what follows a suppression --------------------------------------------------------------------------------- */

static bool is_due(const struct owner *o, int64_t now, int64_t last, int64_t apart_ms)
{
    return o->draining || now - last >= apart_ms;
}

/* The next step of each key for which the one before is acknowledged. */
static void follow(struct owner *o, struct owner_part *part)
{
    bool states = true; /* all before it had their states sent */
    for (struct owner_token *t = part->first, *next; t; t = next) {
        next = t->next;
        if (t->waiting == 0 && t->step == STEP_SUPPRESSION && t->change_len)
            ff_owner_token_send_step(o, t, STEP_CHANGE);
        else if (t->waiting == 0 && states) {
            ff_owner_token_unlist(part, t);
            ff_owner_token_send_step(o, t, STEP_STATE);
            continue;
        }
        states = false;
    }
}

/* A failure: those that nobody will tell about end now; they are still in the outbox. */
static void give_up(struct owner *o, struct owner_part *part)
{
    for (struct owner_token *t = part->first, *next; t; t = next) {
        next = t->next;
        if (t->waiting > 0)
            continue;
        t->failed = true;
        ff_owner_token_done(o, t);
    }
}

void ff_owner_part_reset(struct owner *o, struct owner_part *part)
{
    give_up(o, part);
    while (part->first)
        ff_owner_token_unlist(part, part->first);
    *part = (struct owner_part){0};
    for (int i = 0; i < OWNER_INPUTS; i++)
        part->gap[i] = part->position[i] = part->durable[i] = part->committed[i] = FF_OFFSET_UNKNOWN;
}

/* ---- outbox ------------------------------------------------------------------------------------------------------ */

static void publish_one(void *ctx, const struct ff_outgoing *out)
{
    struct owner *o = ctx;
    struct owner_token *t = ff_owner_token_new(o, out->partition, out);
    if (!t)
        return;
    t->sequence = out->sequence;
    ff_owner_token_list(&o->parts[out->partition], t);
    atomic_fetch_add(&o->counters.published, 1);
    if (out->suppression.len)
        ff_owner_token_send_step(o, t, STEP_SUPPRESSION);
}

/* Positions of waves with a failure in them are not to be trusted. Keys are still in the outbox; what was no key can
 * only be had by reading again from what is durable, which changes nothing else. */
static void begin_again(struct owner *o, int32_t p)
{
    struct owner_part *part = &o->parts[p];
    memset(part->waves, 0, sizeof part->waves);
    part->oldest = part->open = 0;
    o->reread |= part->reread;
    for (int i = 0; i < OWNER_INPUTS && part->reread; i++)
        part->position[i] = part->durable[i] >= 0 ? part->durable[i] : part->committed[i];
    part->failed = part->reread = part->refused = false;
    part->dirty = part->moved = true;
    ff_suppressor_resend(o->store, p);
    atomic_fetch_add(&o->counters.retried, 1);
}

static int64_t refreshes_apart(const struct owner *o)
{
    return o->opts->until_end ? FF_OWNER_REFRESHES_END_MS : FF_OWNER_REFRESHES_MS;
}

/* When more waits than FF_OWNER_REFRESHES_MAX, the partition that has most of it does not wait for its time. */
static void shorten_the_wait(struct owner *o)
{
    int32_t next = -1;
    size_t all = 0, most = 0;
    for (int32_t p = 0; p < o->count; p++) {
        size_t waiting = ff_owner_owns(o, p) ? ff_suppressor_outbox_waiting(o->store, p) : 0;
        if (waiting == 0 || waiting == SIZE_MAX)
            continue;
        all += waiting;
        if (waiting > most) {
            most = waiting;
            next = p;
        }
    }
    if (all > FF_OWNER_REFRESHES_MAX)
        o->parts[next].refreshing = true;
}

static size_t refreshes_per_turn(const struct owner *o, size_t waiting, size_t room, int64_t now)
{
    size_t share = ff_owner_refreshes_share(waiting);
    return o->draining || waiting == SIZE_MAX || share > room || ff_owner_is_behind(o, now) ? room : share;
}

/* What stands in an open batch is in no outbox yet. Forgetting it would let the positions behind it be committed though
 * nothing of it was published: seen once in five runs, when a turn read a full load. */
static void hand_out(struct owner *o, int32_t p, int64_t now)
{
    struct owner_part *part = &o->parts[p];
    size_t room = FF_OWNER_INFLIGHT_MAX - o->inflight, waiting = ff_suppressor_outbox_waiting(o->store, p);
    int changes_ms = ff_owner_is_behind(o, now) ? FF_OWNER_FOLLOW_MS : FF_OWNER_CHANGES_MS;
    part->refreshing |= is_due(o, now, part->refreshes_ms, refreshes_apart(o));
    if (part->refreshing && !o->uncommitted) {
        (void)ff_suppressor_outbox(o->store, p, refreshes_per_turn(o, waiting, room, now), publish_one, o);
        part->refreshing = ff_suppressor_outbox_waiting(o->store, p) > 0;
        if (!part->refreshing)
            part->refreshes_ms = ff_owner_refreshes_time(now, refreshes_apart(o), p, o->count);
    } else if (is_due(o, now, part->changes_ms, changes_ms) &&
               ff_suppressor_outbox_changes(o->store, p, room, publish_one, o)) {
        part->changes_ms = now;
    }
    part->dirty = o->uncommitted || ff_suppressor_outbox_waiting(o->store, p) > 0;
}

void ff_owner_publish(struct owner *o)
{
    int64_t now = ff_steady_ms();
    if (o->phase != OWNER_RUNNING)
        return;
    shorten_the_wait(o);
    for (int32_t p = 0; p < o->count && o->status == FF_EXIT_OK; p++) {
        struct owner_part *part = &o->parts[p];
        if (part->failed)
            give_up(o, part);
        if (part->failed && part->inflight == 0 && now >= part->again_ms)
            begin_again(o, p);
        if (!ff_owner_owns(o, p) || part->failed)
            continue;
        if (part->dirty && !ff_owner_is_full(o))
            hand_out(o, p, now);
        bool many = o->inflight > FF_OWNER_INFLIGHT_MAX / 2;
        if (part->first && is_due(o, now, part->follow_ms, many ? FF_OWNER_CHANGES_MS : FF_OWNER_FOLLOW_MS)) {
            part->follow_ms = now;
            follow(o, part);
        }
    }
    atomic_store(&o->counters.inflight, o->inflight);
}

void ff_owner_settle(struct owner *o)
{
    for (int32_t p = 0; p < o->count; p++) {
        struct owner_part *part = &o->parts[p];
        if (!ff_owner_owns(o, p) || part->failed)
            continue;
        /* Everything read so far is in the store and handed out: the wave can be closed. */
        if (part->moved && !part->dirty && !o->uncommitted && part->open - part->oldest < FF_OWNER_WAVES - 1) {
            memcpy(part->waves[part->open % FF_OWNER_WAVES].positions, part->position, sizeof part->position);
            part->open++;
            part->moved = false;
        }
        for (; part->oldest != part->open && part->waves[part->oldest % FF_OWNER_WAVES].waiting == 0; part->oldest++) {
            const int64_t *positions = part->waves[part->oldest % FF_OWNER_WAVES].positions;
            if (memcmp(part->durable, positions, sizeof part->durable) != 0)
                part->refusals = 0;
            memcpy(part->durable, positions, sizeof part->durable);
        }
    }
}

/* Which places the group did not take is not worth knowing: it is told all of them again. Without that, those of before
 * a quiet night were never committed, and --until-end waited for them for ever. */
static void forget_what_was_refused(struct owner *o)
{
    if (!ff_broker_places_refused(o->group))
        return;
    for (int32_t p = 0; p < o->count; p++)
        for (int i = 0; i < OWNER_INPUTS; i++)
            if (o->parts[p].durable[i] >= 0)
                o->parts[p].committed[i] = FF_OFFSET_UNKNOWN;
}

bool ff_owner_group_commit(struct owner *o, int timeout_ms)
{
    static const enum ff_topic topics[OWNER_INPUTS] = {FF_TOPIC_RESULTS, FF_TOPIC_COMMANDS};
    struct ff_broker_place *places = calloc((size_t)o->count * OWNER_INPUTS, sizeof *places);
    size_t n = 0;
    if (!places)
        return false;
    forget_what_was_refused(o);
    for (int32_t p = 0; p < o->count; p++)
        for (int i = 0; i < OWNER_INPUTS; i++)
            if (o->parts[p].owned[i] && o->parts[p].durable[i] >= 0 &&
                o->parts[p].durable[i] != o->parts[p].committed[i])
                places[n++] = (struct ff_broker_place){topics[i], p, o->parts[p].durable[i]};
    bool ok = ff_broker_commit(o->group, places, n, timeout_ms) == FF_OK;
    for (size_t i = 0; ok && i < n; i++)
        o->parts[places[i].partition].committed[places[i].topic == FF_TOPIC_COMMANDS] = places[i].offset;
    free(places);
    return ok;
}

bool ff_owner_is_clean(const struct owner *o)
{
    if (o->uncommitted || o->phase != OWNER_RUNNING)
        return false;
    for (int32_t p = 0; p < o->count; p++) {
        const struct owner_part *part = &o->parts[p];
        if (ff_owner_owns(o, p) && (part->dirty || part->failed || part->moved || part->oldest != part->open ||
                                    part->waves[part->open % FF_OWNER_WAVES].waiting > 0))
            return false;
    }
    return true;
}
