/* postfix_joiner.c: three fixed tables and a pool.
 *
 * Messages and deferred recipients are found by hash; messages also stand in a list by last use (whom to evict) and in
 * one list per partition by first line (from where a restart must read). Texts are chains of 64-byte pieces, so that
 * short senders do not pay for long reasons and nothing fragments. Entry 0 of each table means "none".
 *
 * The memory is taken with calloc and touched only when used: an idle decoder costs a few pages. A ring buffer that
 * overwrites its oldest texts was refused: mail that is deferred for days would always be the first to go, and it is
 * the mail whose expiry needs the recipients.
 */
#include "ingest/postfix_joiner.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define PIECE_BYTES 60
#define SOURCE_NONE UINT16_MAX

struct piece {
    uint32_t next;
    uint8_t bytes[PIECE_BYTES];
};

struct text {
    uint32_t first; /* piece */
    uint16_t len;
};

struct message {
    uint64_t key;
    int64_t first_offset; /* of its oldest line in its source */
    int64_t active_offset;
    uint32_t active_item;
    uint32_t hash_next;
    uint32_t older, newer;   /* by last use */
    uint32_t earlier, later; /* by first line, of one source */
    uint32_t rcpt_first, rcpt_last;
    struct text sender, message_id;
    uint32_t attempts, size;
    int32_t zone_s;
    uint16_t source;
    bool used, sender_known, lost_recipients;
};

struct recipient {
    uint64_t key;
    uint32_t hash_next;
    uint32_t previous, next; /* of one message */
    struct text text;        /* the five slices one after another */
    uint16_t len[4];         /* of the first four */
};

struct source {
    const char *name;
    int32_t partition;
    uint32_t earliest, latest; /* messages */
    int64_t offset;            /* of the newest record */
};

struct ff_joiner {
    uint32_t message_max, recipient_max, piece_max;
    uint32_t message_fresh, recipient_fresh, piece_fresh; /* never used so far; 1-based */
    uint32_t message_free, recipient_free, piece_free;    /* lists of what was given back */
    uint32_t message_mask, recipient_mask;
    uint32_t *message_heads, *recipient_heads;
    struct message *messages;
    struct recipient *recipients;
    struct piece *pieces;
    uint32_t oldest, newest;
    uint32_t source_count, source_last;
    struct source sources[FF_JOINER_SOURCES];
    struct ff_joiner_stats stats;
};

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

/* --- texts --- */

static void text_free(struct ff_joiner *j, struct text *t)
{
    uint32_t p = t->first;
    while (p) {
        uint32_t next = j->pieces[p].next;
        j->pieces[p].next = j->piece_free;
        j->piece_free = p;
        j->stats.pieces--;
        p = next;
    }
    *t = (struct text){0, 0};
}

static uint32_t pieces_left(const struct ff_joiner *j)
{
    return j->piece_max - j->stats.pieces;
}

static uint32_t piece_take(struct ff_joiner *j)
{
    uint32_t p = j->piece_free;
    if (p)
        j->piece_free = j->pieces[p].next;
    else
        p = j->piece_fresh++;
    j->stats.pieces++;
    j->pieces[p].next = 0;
    return p;
}

/* Appends bytes to a chain whose last piece is *last, filled up to *fill. The room was checked. */
static void text_append(struct ff_joiner *j, struct text *t, uint32_t *last, size_t *fill, struct ff_slice s)
{
    size_t done = 0;
    while (done < s.len) {
        if (*last == 0 || *fill == PIECE_BYTES) {
            uint32_t p = piece_take(j);
            if (*last)
                j->pieces[*last].next = p;
            else
                t->first = p;
            *last = p;
            *fill = 0;
        }
        size_t n = s.len - done < PIECE_BYTES - *fill ? s.len - done : PIECE_BYTES - *fill;
        memcpy(j->pieces[*last].bytes + *fill, s.ptr + done, n);
        *fill += n;
        done += n;
    }
    t->len = (uint16_t)(t->len + s.len);
}

/* A copy of the text in the arena; empty when the arena is full. */
static struct ff_slice text_get(const struct ff_joiner *j, struct text t, struct ff_arena *arena)
{
    uint8_t *out = ff_arena_bytes(arena, t.len);
    if (!out)
        return ff_slice_of(NULL, 0);
    size_t done = 0;
    for (uint32_t p = t.first; p && done < t.len; p = j->pieces[p].next) {
        size_t n = (size_t)t.len - done < PIECE_BYTES ? (size_t)t.len - done : PIECE_BYTES;
        memcpy(out + done, j->pieces[p].bytes, n);
        done += n;
    }
    return ff_slice_of(out, done);
}

/* --- lists of messages --- */

static void use_unlink(struct ff_joiner *j, uint32_t i)
{
    struct message *m = &j->messages[i];
    if (m->older)
        j->messages[m->older].newer = m->newer;
    else
        j->oldest = m->newer;
    if (m->newer)
        j->messages[m->newer].older = m->older;
    else
        j->newest = m->older;
    m->older = m->newer = 0;
}

static void use_append(struct ff_joiner *j, uint32_t i)
{
    struct message *m = &j->messages[i];
    m->older = j->newest;
    m->newer = 0;
    if (j->newest)
        j->messages[j->newest].newer = i;
    else
        j->oldest = i;
    j->newest = i;
}

static void source_unlink(struct ff_joiner *j, uint32_t i)
{
    struct message *m = &j->messages[i];
    if (m->source == SOURCE_NONE)
        return;
    struct source *s = &j->sources[m->source];
    if (m->earlier)
        j->messages[m->earlier].later = m->later;
    else
        s->earliest = m->later;
    if (m->later)
        j->messages[m->later].earlier = m->earlier;
    else
        s->latest = m->earlier;
    m->source = SOURCE_NONE;
}

static uint16_t source_find(struct ff_joiner *j, const char *name, int32_t partition, bool add)
{
    if (!name)
        return SOURCE_NONE;
    struct source *s = &j->sources[j->source_last];
    if (j->source_count && s->name == name && s->partition == partition)
        return (uint16_t)j->source_last;
    for (uint32_t i = 0; i < j->source_count; i++) {
        s = &j->sources[i];
        if (s->partition == partition && (s->name == name || strcmp(s->name, name) == 0)) {
            j->source_last = i;
            return (uint16_t)i;
        }
    }
    if (!add || j->source_count == FF_JOINER_SOURCES)
        return SOURCE_NONE;
    j->source_last = j->source_count++;
    j->sources[j->source_last] = (struct source){name, partition, 0, 0, -1};
    return (uint16_t)j->source_last;
}

static void source_append(struct ff_joiner *j, uint32_t i, const struct ff_joiner_at *at)
{
    struct message *m = &j->messages[i];
    m->first_offset = at->offset;
    m->source = source_find(j, at->name, at->partition, true);
    m->earlier = m->later = 0;
    if (m->source == SOURCE_NONE)
        return;
    struct source *s = &j->sources[m->source];
    /* a partition that is read again begins anew: its order must stay by offset, for needs_from() looks at the head */
    if (s->latest && j->messages[s->latest].first_offset > at->offset)
        m->first_offset = j->messages[s->latest].first_offset;
    m->earlier = s->latest;
    if (s->latest)
        j->messages[s->latest].later = i;
    else
        s->earliest = i;
    s->latest = i;
}

/* --- recipients --- */

static uint64_t recipient_key(uint64_t message_key, struct ff_slice recipient, struct ff_slice original)
{
    uint64_t seed = XXH3_64bits_withSeed(recipient.ptr, recipient.len, message_key);
    return original.len ? XXH3_64bits_withSeed(original.ptr, original.len, seed) : seed;
}

static uint32_t recipient_find(const struct ff_joiner *j, uint64_t key)
{
    uint32_t i = j->recipient_heads[(uint32_t)key & j->recipient_mask];
    while (i && j->recipients[i].key != key)
        i = j->recipients[i].hash_next;
    return i;
}

static void recipient_free(struct ff_joiner *j, struct message *m, uint32_t i)
{
    struct recipient *r = &j->recipients[i];
    uint32_t *link = &j->recipient_heads[(uint32_t)r->key & j->recipient_mask];
    while (*link != i)
        link = &j->recipients[*link].hash_next;
    *link = r->hash_next;
    if (r->previous)
        j->recipients[r->previous].next = r->next;
    else
        m->rcpt_first = r->next;
    if (r->next)
        j->recipients[r->next].previous = r->previous;
    else
        m->rcpt_last = r->previous;
    text_free(j, &r->text);
    r->hash_next = j->recipient_free;
    j->recipient_free = i;
    j->stats.recipients--;
}

/* --- messages --- */

static uint32_t message_find(const struct ff_joiner *j, uint64_t key)
{
    uint32_t i = j->message_heads[(uint32_t)key & j->message_mask];
    while (i && j->messages[i].key != key)
        i = j->messages[i].hash_next;
    return i;
}

/* Forgets all that was learned; the message stays in its lists. */
static void message_clear(struct ff_joiner *j, struct message *m)
{
    while (m->rcpt_first)
        recipient_free(j, m, m->rcpt_first);
    text_free(j, &m->sender);
    text_free(j, &m->message_id);
    m->attempts = m->size = 0;
    m->zone_s = 0;
    m->sender_known = m->lost_recipients = false;
    m->active_offset = -1;
    m->active_item = 0;
}

static void message_free(struct ff_joiner *j, uint32_t i)
{
    struct message *m = &j->messages[i];
    message_clear(j, m);
    use_unlink(j, i);
    source_unlink(j, i);
    uint32_t *link = &j->message_heads[(uint32_t)m->key & j->message_mask];
    while (*link != i)
        link = &j->messages[*link].hash_next;
    *link = m->hash_next;
    m->used = false;
    m->hash_next = j->message_free;
    j->message_free = i;
    j->stats.messages--;
}

/* Gives up the message that was silent for longest, but not `keep`. false: there is no other. */
static bool evict(struct ff_joiner *j, uint32_t keep)
{
    uint32_t i = j->oldest;
    if (i == keep && i)
        i = j->messages[i].newer;
    if (!i)
        return false;
    message_free(j, i);
    j->stats.evicted++;
    return true;
}

/* The message, made when it is not there; the newest in use afterwards. */
static uint32_t message_touch(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at)
{
    uint32_t i = message_find(j, key);
    if (i) {
        if (i != j->newest) {
            use_unlink(j, i);
            use_append(j, i);
        }
        return i;
    }
    if (!j->message_free && j->message_fresh > j->message_max)
        evict(j, 0);
    i = j->message_free;
    if (i)
        j->message_free = j->messages[i].hash_next;
    else
        i = j->message_fresh++;
    struct message *m = &j->messages[i];
    memset(m, 0, sizeof *m);
    m->key = key;
    m->used = true;
    m->active_offset = -1;
    uint32_t *head = &j->message_heads[(uint32_t)key & j->message_mask];
    m->hash_next = *head;
    *head = i;
    use_append(j, i);
    source_append(j, i, at);
    j->stats.messages++;
    return i;
}

static bool make_room(struct ff_joiner *j, size_t bytes, uint32_t keep)
{
    size_t need = bytes / PIECE_BYTES + 1;
    while (pieces_left(j) < need)
        if (!evict(j, keep))
            return false;
    return true;
}

static struct ff_slice at_most(struct ff_slice s, size_t max)
{
    return ff_slice_sub(s, 0, max);
}

static void message_text(struct ff_joiner *j, uint32_t i, struct text *t, struct ff_slice s)
{
    text_free(j, t);
    s = at_most(s, FF_JOINER_TEXT_MAX);
    if (s.len == 0 || !make_room(j, s.len, i))
        return;
    uint32_t last = 0;
    size_t fill = 0;
    text_append(j, t, &last, &fill, s);
}

void ff_joiner_begin(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at)
{
    uint32_t i = message_find(j, key);
    if (i)
        message_free(j, i);
    message_touch(j, key, at);
}

void ff_joiner_message_id(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at, struct ff_slice id)
{
    uint32_t i = message_find(j, key);
    /* a notification has no client= line: an id that has been through an attempt is a short one, used again */
    if (i && j->messages[i].attempts && j->messages[i].message_id.len)
        message_free(j, i);
    i = message_touch(j, key, at);
    message_text(j, i, &j->messages[i].message_id, id);
}

void ff_joiner_active(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at, struct ff_slice sender,
                      uint32_t size)
{
    uint32_t i = message_touch(j, key, at);
    struct message *m = &j->messages[i];
    bool seen = at->offset < m->active_offset || (at->offset == m->active_offset && at->item <= m->active_item);
    if (seen && m->source != SOURCE_NONE && m->source == source_find(j, at->name, at->partition, false))
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
    uint32_t i = message_find(j, key);
    if (i)
        j->messages[i].zone_s = zone_s;
}

bool ff_joiner_get(struct ff_joiner *j, uint64_t key, struct ff_arena *arena, struct ff_joined *ret)
{
    uint32_t i = message_find(j, key);
    memset(ret, 0, sizeof *ret);
    if (!i)
        return false;
    const struct message *m = &j->messages[i];
    ret->sender = text_get(j, m->sender, arena);
    ret->message_id = text_get(j, m->message_id, arena);
    ret->sender_known = m->sender_known;
    ret->attempts = m->attempts;
    ret->size = m->size;
    ret->zone_s = m->zone_s;
    return true;
}

void ff_joiner_deferred(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at,
                        const struct ff_joined_recipient *r)
{
    uint32_t i = message_touch(j, key, at);
    struct message *m = &j->messages[i];
    uint64_t rcpt_key = recipient_key(key, r->recipient, r->original);
    uint32_t n = recipient_find(j, rcpt_key);
    if (n)
        recipient_free(j, m, n);
    const struct ff_slice parts[5] = {r->recipient, r->original, at_most(r->host, 255), at_most(r->address, 107),
                                      at_most(r->reason, FF_JOINER_REASON_MAX)};
    size_t bytes = 0;
    for (unsigned k = 0; k < 5; k++)
        bytes += parts[k].len;
    bool fits = parts[0].len <= FF_JOINER_TEXT_MAX && parts[1].len <= FF_JOINER_TEXT_MAX;
    while (fits && !j->recipient_free && j->recipient_fresh > j->recipient_max)
        fits = evict(j, i);
    if (!fits || !make_room(j, bytes, i)) {
        m->lost_recipients = true;
        j->stats.recipients_dropped++;
        return;
    }
    n = j->recipient_free;
    if (n)
        j->recipient_free = j->recipients[n].hash_next;
    else
        n = j->recipient_fresh++;
    struct recipient *e = &j->recipients[n];
    uint32_t *head = &j->recipient_heads[(uint32_t)rcpt_key & j->recipient_mask];
    *e = (struct recipient){.key = rcpt_key, .hash_next = *head, .previous = m->rcpt_last};
    *head = n;
    if (m->rcpt_last)
        j->recipients[m->rcpt_last].next = n;
    else
        m->rcpt_first = n;
    m->rcpt_last = n;
    uint32_t last = 0;
    size_t fill = 0;
    for (unsigned k = 0; k < 5; k++) {
        text_append(j, &e->text, &last, &fill, parts[k]);
        if (k < 4)
            e->len[k] = (uint16_t)parts[k].len;
    }
    j->stats.recipients++;
}

void ff_joiner_settled(struct ff_joiner *j, uint64_t key, struct ff_slice recipient, struct ff_slice original)
{
    uint32_t i = message_find(j, key);
    if (!i || !j->messages[i].rcpt_first)
        return;
    uint32_t n = recipient_find(j, recipient_key(key, recipient, original));
    if (n)
        recipient_free(j, &j->messages[i], n);
}

bool ff_joiner_take_deferred(struct ff_joiner *j, uint64_t key, struct ff_arena *arena, struct ff_joined_recipient *ret)
{
    uint32_t i = message_find(j, key);
    if (!i || !j->messages[i].rcpt_first)
        return false;
    struct message *m = &j->messages[i];
    const struct recipient *r = &j->recipients[m->rcpt_first];
    struct ff_slice all = text_get(j, r->text, arena);
    struct ff_slice *parts[4] = {&ret->recipient, &ret->original, &ret->host, &ret->address};
    size_t at = 0;
    for (unsigned k = 0; k < 4; k++) {
        *parts[k] = ff_slice_sub(all, at, at + r->len[k]);
        at += r->len[k];
    }
    ret->reason = ff_slice_sub(all, at, all.len);
    recipient_free(j, m, m->rcpt_first);
    return true;
}

bool ff_joiner_lost_recipients(struct ff_joiner *j, uint64_t key)
{
    uint32_t i = message_find(j, key);
    return i && j->messages[i].lost_recipients;
}

void ff_joiner_removed(struct ff_joiner *j, uint64_t key)
{
    uint32_t i = message_find(j, key);
    if (i)
        message_free(j, i);
}

void ff_joiner_seen(struct ff_joiner *j, const struct ff_joiner_at *at)
{
    uint16_t s = source_find(j, at->name, at->partition, true);
    if (s != SOURCE_NONE)
        j->sources[s].offset = at->offset;
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
