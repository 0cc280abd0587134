/* postfix_joiner.c: what each line teaches about its message, and what is asked when the message's result comes. */
#include "ingest/postfix/postfix_joiner.h"

#include <stdlib.h>

#include "ingest/postfix/postfix_joiner_tables.h"
#include "ingest/postfix/postfix_joiner_texts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint32_t power_of_two_over(uint32_t n)
{
    uint32_t p = 16;
    while (p < n && p < (1u << 30))
        p *= 2;
    return p;
}

struct ff_joiner *ff_joiner_new(const struct ff_joiner_limits *limits)
{
    struct ff_joiner *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->message_max = limits && limits->messages ? limits->messages : FF_JOINER_MESSAGES;
    j->recipient_max = limits && limits->recipients ? limits->recipients : FF_JOINER_RECIPIENTS;
    j->piece_max = limits && limits->pieces ? limits->pieces : FF_JOINER_PIECES;
    j->message_mask = power_of_two_over(j->message_max) - 1;
    j->recipient_mask = power_of_two_over(j->recipient_max) - 1;
    j->message_heads = calloc((size_t)j->message_mask + 1, sizeof *j->message_heads);
    j->recipient_heads = calloc((size_t)j->recipient_mask + 1, sizeof *j->recipient_heads);
    j->messages = calloc((size_t)j->message_max + 1, sizeof *j->messages);
    j->recipients = calloc((size_t)j->recipient_max + 1, sizeof *j->recipients);
    j->pieces = calloc((size_t)j->piece_max + 1, sizeof *j->pieces);
    j->message_fresh = j->recipient_fresh = j->piece_fresh = 1;
    if (!j->message_heads || !j->recipient_heads || !j->messages || !j->recipients || !j->pieces) {
        ff_joiner_free(j);
        return NULL;
    }
    return j;
}

void ff_joiner_free(struct ff_joiner *j)
{
    if (!j)
        return;
    free(j->message_heads);
    free(j->recipient_heads);
    free(j->messages);
    free(j->recipients);
    free(j->pieces);
    free(j);
}

uint64_t ff_joiner_key(struct ff_slice host, struct ff_slice queue_id)
{
    return XXH3_64bits_withSeed(queue_id.ptr, queue_id.len, XXH3_64bits(host.ptr, host.len));
}

static uint64_t recipient_key(uint64_t message_key, struct ff_slice recipient, struct ff_slice original)
{
    uint64_t seed = XXH3_64bits_withSeed(recipient.ptr, recipient.len, message_key);
    return original.len ? XXH3_64bits_withSeed(original.ptr, original.len, seed) : seed;
}

static struct ff_slice at_most(struct ff_slice s, size_t max)
{
    return ff_slice_sub(s, 0, max);
}

static void message_text(struct ff_joiner *j, uint32_t i, struct text *t, struct ff_slice s)
{
    ff_joiner_text_free(j, t);
    s = at_most(s, FF_JOINER_TEXT_MAX);
    if (s.len == 0 || !ff_joiner_make_room(j, s.len, i))
        return;
    uint32_t last = 0;
    size_t fill = 0;
    ff_joiner_text_append(j, t, &last, &fill, s);
}

void ff_joiner_begin(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at)
{
    uint32_t i = ff_joiner_message_find(j, key);
    if (i)
        ff_joiner_message_free(j, i);
    ff_joiner_message_touch(j, key, at);
}

void ff_joiner_message_id(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at, struct ff_slice id)
{
    uint32_t i = ff_joiner_message_find(j, key);
    /* a notification has no client= line: an id that has been through an attempt is a short one, used again */
    if (i && j->messages[i].attempts && j->messages[i].message_id.len)
        ff_joiner_message_free(j, i);
    i = ff_joiner_message_touch(j, key, at);
    message_text(j, i, &j->messages[i].message_id, id);
}

void ff_joiner_active(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at, struct ff_slice sender,
                      uint32_t size)
{
    uint32_t i = ff_joiner_message_touch(j, key, at);
    struct message *m = &j->messages[i];
    bool seen = at->offset < m->active_offset || (at->offset == m->active_offset && at->item <= m->active_item);
    if (seen && m->source != SOURCE_NONE && m->source == ff_joiner_source_find(j, at->name, at->partition, false))
        return;
    m->active_offset = at->offset;
    m->active_item = at->item;
    m->attempts++;
    m->size = size;
    if (m->sender_known)
        return;
    m->sender_known = true;
    message_text(j, i, &m->sender, sender);
}

void ff_joiner_zone(struct ff_joiner *j, uint64_t key, int32_t zone_s)
{
    uint32_t i = ff_joiner_message_find(j, key);
    if (i)
        j->messages[i].zone_s = zone_s;
}

bool ff_joiner_get(struct ff_joiner *j, uint64_t key, struct ff_arena *arena, struct ff_joined *ret)
{
    uint32_t i = ff_joiner_message_find(j, key);
    *ret = (struct ff_joined){.zone_s = FF_ZONE_UNKNOWN};
    if (!i)
        return false;
    const struct message *m = &j->messages[i];
    ret->sender = ff_joiner_text_get(j, m->sender, arena);
    ret->message_id = ff_joiner_text_get(j, m->message_id, arena);
    ret->sender_known = m->sender_known;
    ret->attempts = m->attempts;
    ret->size = m->size;
    ret->zone_s = m->zone_s;
    return true;
}

void ff_joiner_deferred(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at,
                        const struct ff_joined_recipient *r)
{
    uint32_t i = ff_joiner_message_touch(j, key, at);
    struct message *m = &j->messages[i];
    uint64_t rcpt_key = recipient_key(key, r->recipient, r->original);
    uint32_t n = ff_joiner_recipient_find(j, rcpt_key);
    if (n)
        ff_joiner_recipient_free(j, m, n);
    const struct ff_slice parts[5] = {r->recipient, r->original, at_most(r->host, 255), at_most(r->address, 107),
                                      at_most(r->reason, FF_JOINER_REASON_MAX)};
    size_t bytes = 0;
    for (unsigned k = 0; k < 5; k++)
        bytes += parts[k].len;
    bool fits = parts[0].len <= FF_JOINER_TEXT_MAX && parts[1].len <= FF_JOINER_TEXT_MAX;
    while (fits && !j->recipient_free && j->recipient_fresh > j->recipient_max)
        fits = ff_joiner_evict(j, i);
    if (!fits || !ff_joiner_make_room(j, bytes, i)) {
        m->lost_recipients = true;
        j->stats.recipients_dropped++;
        return;
    }
    struct recipient *e = ff_joiner_recipient_add(j, m, rcpt_key);
    uint32_t last = 0;
    size_t fill = 0;
    for (unsigned k = 0; k < 5; k++) {
        ff_joiner_text_append(j, &e->text, &last, &fill, parts[k]);
        if (k < 4)
            e->len[k] = (uint16_t)parts[k].len;
    }
}

void ff_joiner_settled(struct ff_joiner *j, uint64_t key, struct ff_slice recipient, struct ff_slice original)
{
    uint32_t i = ff_joiner_message_find(j, key);
    if (!i || !j->messages[i].rcpt_first)
        return;
    uint32_t n = ff_joiner_recipient_find(j, recipient_key(key, recipient, original));
    if (n)
        ff_joiner_recipient_free(j, &j->messages[i], n);
}

bool ff_joiner_take_deferred(struct ff_joiner *j, uint64_t key, struct ff_arena *arena, struct ff_joined_recipient *ret)
{
    uint32_t i = ff_joiner_message_find(j, key);
    if (!i || !j->messages[i].rcpt_first)
        return false;
    struct message *m = &j->messages[i];
    const struct recipient *r = &j->recipients[m->rcpt_first];
    struct ff_slice all = ff_joiner_text_get(j, r->text, arena);
    struct ff_slice *parts[4] = {&ret->recipient, &ret->original, &ret->host, &ret->address};
    size_t at = 0;
    for (unsigned k = 0; k < 4; k++) {
        *parts[k] = ff_slice_sub(all, at, at + r->len[k]);
        at += r->len[k];
    }
    ret->reason = ff_slice_sub(all, at, all.len);
    ff_joiner_recipient_free(j, m, m->rcpt_first);
    return true;
}

bool ff_joiner_lost_recipients(struct ff_joiner *j, uint64_t key)
{
    uint32_t i = ff_joiner_message_find(j, key);
    return i && j->messages[i].lost_recipients;
}

void ff_joiner_removed(struct ff_joiner *j, uint64_t key)
{
    uint32_t i = ff_joiner_message_find(j, key);
    if (i)
        ff_joiner_message_free(j, i);
}

void ff_joiner_seen(struct ff_joiner *j, const struct ff_joiner_at *at)
{
    uint16_t s = ff_joiner_source_find(j, at->name, at->partition, true);
    if (s == SOURCE_NONE)
        return;
    struct source *source = &j->sources[s];
    /* A followed file was rotated: its lines are numbered anew, and none of them was seen before. (An input that is
     * given twice has two names, a partition that is read again is no file.) */
    bool another_file = at->partition < 0 && source->name == at->name && at->offset < source->offset;
    while (another_file && source->earliest)
        ff_joiner_source_unlink(j, source->earliest);
    source->offset = at->offset;
}

int64_t ff_joiner_needs_from(const struct ff_joiner *j, const char *name, int32_t partition)
{
    for (uint32_t i = 0; i < j->source_count; i++) {
        const struct source *s = &j->sources[i];
        if (s->partition != partition || (s->name != name && strcmp(s->name, name) != 0))
            continue;
        if (!s->earliest)
            return INT64_MAX;
        int64_t first = j->messages[s->earliest].first_offset, bound = s->offset - FF_JOINER_HOLD_RECORDS;
        return first > bound ? first : bound;
    }
    return INT64_MAX;
}

void ff_joiner_stats(const struct ff_joiner *j, struct ff_joiner_stats *ret)
{
    *ret = j->stats;
}
