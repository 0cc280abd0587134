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
#include "suppress/owner/owner_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/** A dead letter keeps at most this of a value and of a key: librdkafka's message.max.bytes is 1,000,000 unless set. A longer
 * value is cut to the second. */
#define DEAD_LETTER_BYTES_MAX (900u << 10)
#define DEAD_LETTER_CUT_BYTES (64u << 10)
#define DEAD_LETTER_KEY_MAX (16u << 10)

/* What was sent last of a key; all of it is sent before the next step is thought of. */
enum step { STEP_SUPPRESSION, STEP_CHANGE, STEP_STATE };

/* What waits for acknowledgements: a key of the outbox, or a dead letter or forwarded command (key_len 0). */
struct owner_token {
    struct owner_token *previous, *next; /* keys of this assignment whose state was not sent yet */
    uint64_t sequence;
    uint32_t epoch;
    int32_t partition;
    unsigned wave;
    uint8_t waiting; /* for so many acknowledgements */
    enum step step;
    bool failed, listed, timed_now; /* the last: its record's timestamp was left out */
    enum ff_topic source_topic;     /* key_len 0: of which record, of this partition */
    int64_t source_offset;
    size_t key_len, state_len, change_len, suppression_len, size;
    uint8_t bytes[]; /* key, state, change, suppression; sent from here, not from copies */
};

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
    int64_t now = ff_broker_now_ms();
    if (!o->uncommitted)
        return;
    if (o->draining || now - o->tails_ms >= FF_OWNER_TAIL_STORE_MS) {
        o->tails_ms = now;
        ff_owner_tail_store(o);
    }
    enum ff_err err = ff_suppressor_commit(o->store, why, sizeof why);
    if (err != FF_OK)
        ff_owner_fail(o, ff_err_exit_status(err), "%s", why);
    o->uncommitted = false;
}

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *to, struct ff_slice s)
{
    if (s.len)
        memcpy(to, s.ptr, s.len);
    return to + s.len;
}

/* What is in `out` but its slices does not count. */
static struct owner_token *token_new(struct owner *o, int32_t partition, const struct ff_outgoing *out)
{
    struct owner_part *part = &o->parts[partition];
    size_t size = sizeof(struct owner_token) + out->key.len + out->state.len + out->change.len + out->suppression.len;
    struct owner_token *t = malloc(size);
    if (!t) {
        ff_owner_fail(o, FF_EXIT_SOFTWARE, "memory is short");
        return NULL;
    }
    *t = (struct owner_token){.epoch = o->epoch,
                              .partition = partition,
                              .wave = part->open,
                              .key_len = out->key.len,
                              .state_len = out->state.len,
                              .change_len = out->change.len,
                              .suppression_len = out->suppression.len,
                              .size = size};
    put(put(put(put(t->bytes, out->key), out->state), out->change), out->suppression);
    o->inflight++;
    o->inflight_bytes += t->size;
    part->inflight++;
    part->waves[part->open % FF_OWNER_WAVES].waiting++;
    return t;
}

static void token_list(struct owner_part *part, struct owner_token *t)
{
    t->previous = part->last;
    *(part->last ? &part->last->next : &part->first) = t;
    part->last = t;
    t->listed = true;
}

static void token_unlist(struct owner_part *part, struct owner_token *t)
{
    if (!t->listed)
        return;
    *(t->previous ? &t->previous->next : &part->first) = t->next;
    *(t->next ? &t->next->previous : &part->last) = t->previous;
    t->listed = false;
}

static void token_done(struct owner *o, struct owner_token *t)
{
    struct owner_part *part = &o->parts[t->partition];
    token_unlist(part, t);
    o->inflight--;
    o->inflight_bytes -= t->size;
    if (t->epoch == o->epoch && (part->owned[0] || part->owned[1])) {
        part->inflight--;
        part->waves[t->wave % FF_OWNER_WAVES].waiting--;
        if (t->failed) {
            part->failed = true;
            part->reread |= t->key_len == 0;
        } else if (t->key_len) {
            ff_suppressor_sent(o->store, ff_slice_of(t->bytes, t->key_len), t->sequence);
            o->uncommitted = true;
        }
    }
    free(t);
}

/* Queues one record of a token; one of a key is sent from the token, which is there until the last is told about. The library's queue is larger than our limits, so "full" only comes with a queue the
 * user made smaller. What the outbox holds is then handed out again later (the store must not hear of acknowledgements
 * while it is handing out); for the rest there is no outbox, so it is waited for. */
static void token_send(struct owner *o, struct owner_token *t, const char *topic, int32_t partition,
                       struct ff_slice key, struct ff_slice value, int64_t timestamp_ms,
                       const struct ff_kafka_header *headers, size_t count)
{
    enum ff_err err;
    while ((err = ff_broker_send(o->writer, topic, partition, key, value, timestamp_ms, headers, count,
                                 t->key_len > 0, t)) == FF_ERR_UNAVAILABLE) {
        if (t->key_len || *o->opts->stop)
            break;
        ff_broker_poll(o->writer, 10);
    }
    if (err == FF_OK) {
        t->waiting++;
        return;
    }
    t->failed = true;
    if (err == FF_ERR_TOO_LARGE)
        ff_owner_fail(o, FF_EXIT_CONFIG, "a record of %zu bytes for %s is over message.max.bytes (raise it with -X)",
                      value.len, topic);
}

/* Where our own records of this assignment are, so that reading them back need not parse their headers. Of a request
 * that was repeated librdkafka does not know the offsets and counts up from a negative one: what is not behind all the
 * others is left to the headers. */
static void note_own(struct owner *o, const struct owner_token *t, int64_t offset)
{
    struct owner_part *part = &o->parts[t->partition];
    int i = t->step == STEP_STATE ? OWNER_STATE : OWNER_PUBLISHED;
    if (t->epoch != o->epoch || t->key_len == 0 || t->step == STEP_CHANGE || offset < part->own_to[i] ||
        offset < part->tail_goal[i])
        return;
    if (offset != part->own_to[i])
        part->own_from[i] = offset;
    part->own_to[i] = offset + 1;
}

static void token_told(struct owner *o, struct owner_token *t, bool ok)
{
    t->waiting--;
    t->failed |= !ok;
    /* What belonged to an earlier assignment ends here: its new owner writes the state. */
    if (t->waiting == 0 && (t->failed || t->epoch != o->epoch || t->key_len == 0 || t->step == STEP_STATE))
        token_done(o, t);
}

/* What the broker refused, and why, with what it came of: of a key only the partition is known. */
static void describe(const struct owner *o, const struct owner_token *t, const struct ff_broker_delivery *d, char *ret, size_t size)
{
    int n = snprintf(ret, size, "%s: %s: ", d->topic, d->why);
    if (t->key_len)
        snprintf(ret + n, size - (size_t)n, "what comes of partition %d", t->partition);
    else
        snprintf(ret + n, size - (size_t)n, "what comes of %s/%d offset %" PRId64, ff_broker_topic_name(o->group, t->source_topic),
                 t->partition, t->source_offset);
}

/* What the broker refused is sent again, a dead letter with a time that its topic takes; but not for ever. */
static void refused(struct owner *o, const struct owner_token *t, const struct ff_broker_delivery *d)
{
    struct owner_part *part = &o->parts[t->partition];
    char text[2 * FF_TOPIC_NAME_SIZE + 200];
    if (t->epoch != o->epoch || d->fate == FF_BROKER_DROPPED || part->refused)
        return;
    describe(o, t, d, text, sizeof text);
    if (d->fate == FF_BROKER_FORBIDDEN) {
        ff_owner_fail(o, FF_EXIT_NOPERM, "%s (no permission: allow this user to write there)", text);
    } else if (d->fate == FF_BROKER_BAD_TIME && t->key_len == 0 && !t->timed_now) {
        if (!o->letters_now)
            ff_owner_say(o, "%s (from now on with the time of sending; the record's is in a header)", text);
        o->letters_now = true;
    } else if (++part->refusals < FF_OWNER_REFUSALS_MAX) {
        part->refused = true;
        part->again_ms = ff_broker_now_ms() + FF_OWNER_REFUSED_MS;
        ff_owner_say(o, "%s (trying again)", text);
    } else {
        ff_owner_fail(o, FF_EXIT_CONFIG, "%s was refused %d times (change the settings of that topic, or move the group past the record)",
                      text, FF_OWNER_REFUSALS_MAX);
    }
}

void ff_owner_delivered(void *ctx, void *token, const struct ff_broker_delivery *d)
{
    if (d->fate == FF_BROKER_TAKEN)
        note_own(ctx, token, d->offset);
    else
        refused(ctx, token, d);
    token_told(ctx, token, d->fate == FF_BROKER_TAKEN);
}

static struct ff_slice token_value(const struct owner_token *t, enum step step)
{
    const uint8_t *state = t->bytes + t->key_len, *change = state + t->state_len, *suppression = change + t->change_len;
    return step == STEP_STATE    ? ff_slice_of(state, t->state_len)
           : step == STEP_CHANGE ? ff_slice_of(change, t->change_len)
                                 : ff_slice_of(suppression, t->suppression_len);
}

/* Keeps the token while it is being sent. */
static void token_send_step(struct owner *o, struct owner_token *t, enum step step)
{
    static const enum ff_topic topics[] = {FF_TOPIC_SUPPRESSIONS, FF_TOPIC_CHANGES, FF_TOPIC_STATE};
    struct ff_kafka_header writer = {"writer", ff_slice_of(o->writer_id, FF_OWNER_WRITER_LEN)};
    t->step = step;
    t->waiting++;
    token_send(o, t, ff_broker_topic_name(o->writer, topics[step]), t->partition, ff_slice_of(t->bytes, t->key_len),
               token_value(t, step), -1, &writer, 1);
    token_told(o, t, true);
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
            token_send_step(o, t, STEP_CHANGE);
        else if (t->waiting == 0 && states) {
            token_unlist(part, t);
            token_send_step(o, t, STEP_STATE);
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
        token_done(o, t);
    }
}

void ff_owner_part_reset(struct owner *o, struct owner_part *part)
{
    give_up(o, part);
    while (part->first)
        token_unlist(part, part->first);
    *part = (struct owner_part){0};
    for (int i = 0; i < OWNER_INPUTS; i++)
        part->gap[i] = part->position[i] = part->durable[i] = part->committed[i] = FF_OFFSET_UNKNOWN;
}

/* ---- outbox ------------------------------------------------------------------------------------------------------ */

static void publish_one(void *ctx, const struct ff_outgoing *out)
{
    struct owner *o = ctx;
    struct owner_token *t = token_new(o, out->partition, out);
    if (!t)
        return;
    t->sequence = out->sequence;
    token_list(&o->parts[out->partition], t);
    atomic_fetch_add(&o->counters.published, 1);
    if (out->suppression.len)
        token_send_step(o, t, STEP_SUPPRESSION);
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
    int64_t now = ff_broker_now_ms();
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

bool ff_owner_group_commit(struct owner *o, int timeout_ms)
{
    static const enum ff_topic topics[OWNER_INPUTS] = {FF_TOPIC_RESULTS, FF_TOPIC_COMMANDS};
    struct ff_broker_place *places = calloc((size_t)o->count * OWNER_INPUTS, sizeof *places);
    size_t n = 0;
    if (!places)
        return false;
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

/* ---- dead letters and commands that went astray -------------------------------------------------------------------
 */

/* Hands over what came of a record but is no key, counted into the open wave of its partition. */
static void send_letter(struct owner *o, const struct ff_broker_record *r, enum ff_topic topic, int32_t partition, struct ff_slice key,
                        struct ff_slice value, const struct ff_kafka_header *headers, size_t count)
{
    struct owner_token *t = token_new(o, r->partition, &(struct ff_outgoing){0});
    if (!t)
        return;
    t->waiting = 1;
    t->source_topic = r->topic;
    t->source_offset = r->offset;
    t->timed_now = o->letters_now;
    token_send(o, t, ff_broker_topic_name(o->writer, topic), partition, key, value, t->timed_now ? -1 : r->timestamp_ms, headers, count);
    token_told(o, t, true);
}

void ff_owner_dead_letter(struct owner *o, const struct ff_broker_record *r, struct ff_slice value, const char *reason,
                          const char *message, size_t byte_offset, int64_t item_index)
{
    struct ff_slice key = r->key;
    struct ff_kafka_letter_headers says;
    ff_kafka_letter_headers(
        &(struct ff_kafka_letter){
            .reason = reason,
            .message = message ? message : reason,
            .stage = "decode",
            .format = r->topic == FF_TOPIC_COMMANDS ? "command" : "packed",
            .byte_offset = byte_offset,
            .item_index = item_index,
            .full_bytes = value.len > DEAD_LETTER_BYTES_MAX ? ff_kafka_letter_cut(&value, DEAD_LETTER_CUT_BYTES) : 0,
            .full_key_bytes = ff_kafka_letter_cut(&key, DEAD_LETTER_KEY_MAX),
            .source_topic = ff_broker_topic_name(o->writer, r->topic),
            .source_partition = r->partition,
            .source_offset = r->offset,
            .source_timestamp_ms = r->timestamp_ms,
        },
        &says);
    if (o->letters_now)
        says.list[says.count++] = (struct ff_kafka_header){FF_LETTER_TIMESTAMP, FF_SLICE(FF_LETTER_TIMESTAMP_REFUSED)};
    enum ff_topic topic = r->topic == FF_TOPIC_COMMANDS ? FF_TOPIC_COMMANDS_DLQ : FF_TOPIC_RESULTS_DLQ;
    atomic_fetch_add(&o->counters.dead_letters, 1);
    send_letter(o, r, topic, -1, key, value, says.list, says.count);
}

void ff_owner_forward(struct owner *o, const struct ff_broker_record *r, int32_t partition)
{
    struct ff_slice key = r->key;
    if (r->value.len > DEAD_LETTER_BYTES_MAX) {
        ff_owner_dead_letter(o, r, r->value, "too_large", "a command of another partition, too large to be forwarded", 0, -1);
        return;
    }
    if (key.len > DEAD_LETTER_KEY_MAX) /* no key of ours; nobody reads it */
        key = (struct ff_slice){0};
    send_letter(o, r, FF_TOPIC_COMMANDS, partition, key, r->value, NULL, 0);
}
