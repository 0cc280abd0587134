/* token.c: what is under way to the broker, what the broker said of it, and what follows for its wave (token.h). */
#include "suppress/owner/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/clock.h"

static uint8_t *put(uint8_t *to, struct ff_slice s)
{
    if (s.len)
        memcpy(to, s.ptr, s.len);
    return to + s.len;
}

struct owner_token *ff_owner_token_new(struct owner *o, int32_t partition, const struct ff_outgoing *out)
{
    struct owner_part *part = &o->parts[partition];
    size_t size = sizeof(struct owner_token) + out->key.len + out->state.len + out->change.len + out->suppression.len;
    struct owner_token *t = malloc(size);
    if (!t) {
        ff_owner_fail(o, FF_EXIT_OSERR, "memory is short");
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

void ff_owner_token_list(struct owner_part *part, struct owner_token *t)
{
    t->previous = part->last;
    *(part->last ? &part->last->next : &part->first) = t;
    part->last = t;
    t->listed = true;
}

void ff_owner_token_unlist(struct owner_part *part, struct owner_token *t)
{
    if (!t->listed)
        return;
    *(t->previous ? &t->previous->next : &part->first) = t->next;
    *(t->next ? &t->next->previous : &part->last) = t->previous;
    t->listed = false;
}

void ff_owner_token_done(struct owner *o, struct owner_token *t)
{
    struct owner_part *part = &o->parts[t->partition];
    ff_owner_token_unlist(part, t);
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

/* The library's queue is larger than our limits, so "full" only comes with a queue the user made smaller. What the
 * outbox holds is then handed out again later (the store must not hear of acknowledgements while it is handing
 * out); for the rest there is no outbox, so it is waited for. */
void ff_owner_token_send(struct owner *o, struct owner_token *t, const char *topic, int32_t partition,
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
    else if (err == FF_ERR_PERMISSION)
        ff_owner_fail(o, FF_EXIT_NOPERM, "%s: no permission (allow this user to write there)", topic);
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

void ff_owner_token_told(struct owner *o, struct owner_token *t, bool ok)
{
    t->waiting--;
    t->failed |= !ok;
    /* What belonged to an earlier assignment ends here: its new owner writes the state. */
    if (t->waiting == 0 && (t->failed || t->epoch != o->epoch || t->key_len == 0 || t->step == STEP_STATE))
        ff_owner_token_done(o, t);
}

/* What the broker refused, and why, with what it came of: of a key only the partition is known. */
static void describe(const struct owner *o, const struct owner_token *t, const struct ff_broker_delivery *d, char *ret,
                     size_t size)
{
    int n = snprintf(ret, size, "%s: %s: ", d->topic, d->why);
    if (t->key_len)
        snprintf(ret + n, size - (size_t)n, "what comes of partition %d", t->partition);
    else
        snprintf(ret + n, size - (size_t)n, "what comes of %s/%d offset %" PRId64,
                 ff_broker_topic_name(o->group, t->source_topic), t->partition, t->source_offset);
}

/* Of a topic that is away, what comes of each partition is refused, each for the same reason. */
static bool is_news(struct owner *o, const struct ff_broker_delivery *d)
{
    char what[sizeof o->refused_what];
    int64_t now = ff_steady_ms();
    snprintf(what, sizeof what, "%s: %s", d->topic, d->why);
    bool news = !o->refused_said_ms || now - o->refused_said_ms >= FF_OWNER_REFUSED_SAY_MS ||
                strcmp(what, o->refused_what) != 0;
    if (news) {
        o->refused_said_ms = now;
        memcpy(o->refused_what, what, sizeof what);
    }
    return news;
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
        part->again_ms = ff_steady_ms() + FF_OWNER_REFUSED_MS;
        if (is_news(o, d))
            ff_owner_say(o, "%s (trying again; told once in %d s)", text, FF_OWNER_REFUSED_SAY_MS / 1000);
    } else {
        ff_owner_fail(o, FF_EXIT_CONFIG,
                      "%s was refused %d times (change the settings of that topic, or move the group past the record)",
                      text, FF_OWNER_REFUSALS_MAX);
    }
}

void ff_owner_delivered(void *ctx, void *token, const struct ff_broker_delivery *d)
{
    if (d->fate == FF_BROKER_TAKEN)
        note_own(ctx, token, d->offset);
    else
        refused(ctx, token, d);
    ff_owner_token_told(ctx, token, d->fate == FF_BROKER_TAKEN);
}

static struct ff_slice token_value(const struct owner_token *t, enum owner_step step)
{
    const uint8_t *state = t->bytes + t->key_len, *change = state + t->state_len, *suppression = change + t->change_len;
    return step == STEP_STATE    ? ff_slice_of(state, t->state_len)
           : step == STEP_CHANGE ? ff_slice_of(change, t->change_len)
                                 : ff_slice_of(suppression, t->suppression_len);
}

void ff_owner_token_send_step(struct owner *o, struct owner_token *t, enum owner_step step)
{
    static const enum ff_topic topics[] = {FF_TOPIC_SUPPRESSIONS, FF_TOPIC_CHANGES, FF_TOPIC_STATE};
    struct ff_kafka_header writer = {"writer", ff_slice_of(o->writer_id, FF_OWNER_WRITER_LEN)};
    t->step = step;
    t->waiting++;
    ff_owner_token_send(o, t, ff_broker_topic_name(o->writer, topics[step]), t->partition,
                        ff_slice_of(t->bytes, t->key_len), token_value(t, step), -1, &writer, 1);
    ff_owner_token_told(o, t, true);
}
