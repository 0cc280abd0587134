/* postfix_joiner_tables.c: three fixed tables, of messages, recipients and sources.
 *
 * Messages and deferred recipients are found by hash; messages also stand in a list by last use (whom to evict) and in
 * one list per partition by first line (from where a restart must read).
 */
#include "ingest/postfix/postfix_joiner_tables.h"

#include "ingest/postfix/postfix_joiner_texts.h"

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

void ff_joiner_source_unlink(struct ff_joiner *j, uint32_t i)
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

uint16_t ff_joiner_source_find(struct ff_joiner *j, const char *name, int32_t partition, bool add)
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
    if (!add)
        return SOURCE_NONE;
    uint32_t free_source = j->source_count;
    if (free_source == FF_JOINER_SOURCES) /* a file that was left long ago holds nothing back */
        for (free_source = 0; free_source < FF_JOINER_SOURCES && j->sources[free_source].earliest;)
            free_source++;
    if (free_source == FF_JOINER_SOURCES)
        return SOURCE_NONE;
    if (free_source == j->source_count)
        j->source_count++;
    j->source_last = free_source;
    j->sources[j->source_last] = (struct source){name, partition, 0, 0, -1};
    return (uint16_t)j->source_last;
}

static void source_append(struct ff_joiner *j, uint32_t i, const struct ff_joiner_at *at)
{
    struct message *m = &j->messages[i];
    m->first_offset = at->offset;
    m->source = ff_joiner_source_find(j, at->name, at->partition, true);
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

uint32_t ff_joiner_recipient_find(const struct ff_joiner *j, uint64_t key)
{
    uint32_t i = j->recipient_heads[(uint32_t)key & j->recipient_mask];
    while (i && j->recipients[i].key != key)
        i = j->recipients[i].hash_next;
    return i;
}

struct recipient *ff_joiner_recipient_add(struct ff_joiner *j, struct message *m, uint64_t key)
{
    uint32_t n = j->recipient_free;
    if (n)
        j->recipient_free = j->recipients[n].hash_next;
    else
        n = j->recipient_fresh++;
    struct recipient *e = &j->recipients[n];
    uint32_t *head = &j->recipient_heads[(uint32_t)key & j->recipient_mask];
    *e = (struct recipient){.key = key, .hash_next = *head, .previous = m->rcpt_last};
    *head = n;
    if (m->rcpt_last)
        j->recipients[m->rcpt_last].next = n;
    else
        m->rcpt_first = n;
    m->rcpt_last = n;
    j->stats.recipients++;
    return e;
}

void ff_joiner_recipient_free(struct ff_joiner *j, struct message *m, uint32_t i)
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
    ff_joiner_text_free(j, &r->text);
    r->hash_next = j->recipient_free;
    j->recipient_free = i;
    j->stats.recipients--;
}

/* --- messages --- */

uint32_t ff_joiner_message_find(const struct ff_joiner *j, uint64_t key)
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
        ff_joiner_recipient_free(j, m, m->rcpt_first);
    ff_joiner_text_free(j, &m->sender);
    ff_joiner_text_free(j, &m->message_id);
    m->attempts = m->size = 0;
    m->zone_s = FF_ZONE_UNKNOWN;
    m->sender_known = m->lost_recipients = false;
    m->active_offset = -1;
    m->active_item = 0;
}

void ff_joiner_message_free(struct ff_joiner *j, uint32_t i)
{
    struct message *m = &j->messages[i];
    message_clear(j, m);
    use_unlink(j, i);
    ff_joiner_source_unlink(j, i);
    uint32_t *link = &j->message_heads[(uint32_t)m->key & j->message_mask];
    while (*link != i)
        link = &j->messages[*link].hash_next;
    *link = m->hash_next;
    m->used = false;
    m->hash_next = j->message_free;
    j->message_free = i;
    j->stats.messages--;
}

bool ff_joiner_evict(struct ff_joiner *j, uint32_t keep)
{
    uint32_t i = j->oldest;
    if (i == keep && i)
        i = j->messages[i].newer;
    if (!i)
        return false;
    ff_joiner_message_free(j, i);
    j->stats.evicted++;
    return true;
}

uint32_t ff_joiner_message_touch(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at)
{
    uint32_t i = ff_joiner_message_find(j, key);
    if (i) {
        if (i != j->newest) {
            use_unlink(j, i);
            use_append(j, i);
        }
        return i;
    }
    if (!j->message_free && j->message_fresh > j->message_max)
        ff_joiner_evict(j, 0);
    i = j->message_free;
    if (i)
        j->message_free = j->messages[i].hash_next;
    else
        i = j->message_fresh++;
    struct message *m = &j->messages[i];
    memset(m, 0, sizeof *m);
    m->zone_s = FF_ZONE_UNKNOWN;
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

static uint32_t pieces_left(const struct ff_joiner *j)
{
    return j->piece_max - j->stats.pieces;
}

bool ff_joiner_make_room(struct ff_joiner *j, size_t bytes, uint32_t keep)
{
    size_t need = bytes / PIECE_BYTES + 1;
    while (pieces_left(j) < need)
        if (!ff_joiner_evict(j, keep))
            return false;
    return true;
}
