/* outbox.c: what must still be published, and the repair of what others published late.
 *
 * An entry is written in the same atomic write as the state it announces and is deleted when the broker has the record,
 * so a crash in between repeats a record and loses none. It names a key, not a record: what is published is derived
 * when it is handed out, so many changes of one key waiting for a slow broker are one record.
 *
 * What was committed since is also in memory, in lanes, so handing out reads the store only after a start or a resend.
 *
 * A former owner that was frozen may write a stale record behind ours. Whoever owns the partition reads it back, sees
 * that it is not what the state derives, and publishes again. An entry that was not handed out yet will land behind any
 * record that was read by now, so it needs no second one; one that was handed out may have landed before it.
 */
#include "suppress/engine/engine_int.h"

static uint32_t partition_slot(int32_t partition)
{
    return (uint32_t)(partition + 1);
}

/* ---- handing out ----------------------------------------------------------------------------------------------- */

static struct ff_slice encode_change(struct ff_slice suppression, uint32_t before_state, struct ff_wire_out *work)
{
    size_t from = work->used;
    ff_wire_put_message(work, 1, suppression);
    ff_wire_put_uint(work, 2, before_state);
    return work->full ? (struct ff_slice){NULL, 0} : ff_slice_of(work->base + from, work->used - from);
}

/* A key that was published as active and is supported by nothing any more (the policy changed, or older days fell off
 * the end of a full track) must not stay so in the compacted topic. */
static void withdraw(const struct ff_key_state *ks, const struct ff_published *before, struct ff_suppression *ret)
{
    ret->tenant_id = ks->tenant_id;
    ret->stream_scope = ks->stream_scope;
    ret->address = ret->address_key = ks->address_key;
    ret->state = FF_STATE_RELEASED;
    ret->reason = before->reason;
    ret->version = ks->published_version;
}

/* False: there is nothing behind this entry any more. */
static bool make_outgoing(struct ff_suppressor *s, struct ff_slice key, struct ff_published before,
                          const struct ff_row *row, struct ff_outgoing *ret)
{
    struct ff_published now;
    struct ff_suppression sup;
    /* State, suppression and change together are below one state's bound: a suppression holds one of its evidences. */
    struct ff_wire_out work = ff_wire_out(s->published, FF_KEY_STATE_BYTES_MAX);
    if (row->kind != FF_ROW_STATE || ff_key_state_decode(row->body, s->was) != FF_OK)
        return false;
    s->was->published_version = row->version;
    ff_derive(s->policy, s->was, &sup);
    if (sup.state == FF_STATE_NONE && before.state == FF_STATE_ACTIVE)
        withdraw(s->was, &before, &sup);
    now = ff_published_of(&sup);
    ff_wire_put_raw(&work, row->body.ptr, row->body.len);
    ff_key_state_put_version(row->version, &work);
    ret->state = ff_slice_of(work.base, work.used);
    size_t from = work.used;
    if (sup.state != FF_STATE_NONE)
        ff_suppression_encode(&sup, &work);
    ret->suppression = ff_slice_of(work.base + from, work.used - from);
    ret->change = (struct ff_slice){NULL, 0};
    if (ret->suppression.len && !ff_published_same(now, before))
        ret->change = encode_change(ret->suppression, before.state, &work);
    ret->key = key;
    ret->partition = row->partition;
    ret->sequence = row->sequence;
    return !work.full;
}

/* Hands out the entry under the cursor; a dead one is deleted instead. */
static bool hand_out(struct ff_suppressor *s, struct ff_slice entry, uint64_t sequence, ff_outgoing_fn *each, void *ctx)
{
    uint8_t buf[FF_ROW_KEY_MAX], key_buf[9];
    struct ff_store_value v = {{NULL, 0}, NULL};
    struct ff_row row;
    struct ff_outgoing out;
    bool alive = false;
    struct ff_slice key = ff_slice_sub(entry, FF_OUTBOX_HEADER, entry.len);
    if (entry.len > FF_OUTBOX_HEADER && ff_store_get(s->store, ff_row_key('S', key, buf), &v) == FF_OK &&
        ff_row_decode(v.bytes, &row) == FF_OK && row.sequence == sequence)
        alive = make_outgoing(s, key, (struct ff_published){entry.ptr[0], entry.ptr[1], entry.ptr[2]}, &row, &out);
    if (alive)
        each(ctx, &out);
    else
        ff_store_delete(s->store, ff_outbox_key(sequence, key_buf));
    ff_store_release(&v);
    return alive;
}

/* Of one partition, or (partition < 0) of all. */
static size_t hand_out_stored(struct ff_suppressor *s, int32_t partition, size_t max, ff_outgoing_fn *each, void *ctx)
{
    uint8_t buf[9], prefix_buf[9];
    size_t n = 0;
    uint32_t slot = partition < 0 ? 0 : partition_slot(partition);
    uint64_t first = (uint64_t)slot << FF_SEQUENCE_BITS;
    struct ff_slice from = ff_outbox_key(first > s->lanes[slot].handed ? first : s->lanes[slot].handed + 1, buf);
    /* Rows of one partition, not of the next: those were mostly sent and deleted, and walking over what is left of them
     * was most of what an owner did. */
    struct ff_slice prefix = ff_slice_sub(ff_outbox_key(first, prefix_buf), 0, partition < 0 ? 1 : 3);
    struct ff_store_cursor *c = max ? ff_store_cursor_new(s->store, prefix, from) : NULL;
    while (c && n < max && ff_store_cursor_valid(c)) {
        struct ff_slice k = ff_store_cursor_key(c);
        if (k.len != 9)
            break;
        uint64_t sequence = ff_get_be64(k.ptr + 1);
        uint64_t at = sequence >> FF_SEQUENCE_BITS;
        if (at > FF_PARTITION_MAX + 1)
            break;
        struct ff_lanes *lanes = &s->lanes[at];
        if (lanes->in_memory || sequence <= lanes->handed) { /* of another partition, handed out before */
            uint64_t to = lanes->in_memory ? (at + 1) << FF_SEQUENCE_BITS : lanes->handed + 1;
            ff_store_cursor_seek(c, ff_outbox_key(to, buf));
            continue;
        }
        lanes->handed = sequence;
        n += hand_out(s, ff_store_cursor_value(c), sequence, each, ctx);
        ff_store_cursor_next(c);
    }
    bool ended = c && n < max;
    /* An unreadable outbox shows at the next commit, which fails on the same disk. */
    (void)!ff_store_cursor_free(c);
    for (uint32_t i = slot; ended && i <= (partition < 0 ? FF_PARTITION_MAX + 1 : slot); i++)
        s->lanes[i].in_memory = true;
    return n;
}

/* ---- lanes ------------------------------------------------------------------------------------------------------ */

bool ff_published_same(struct ff_published a, struct ff_published b)
{
    return a.state == b.state && a.reason == b.reason && a.category == b.category;
}

void ff_outbox_leave(struct ff_suppressor *s, struct ff_entry *e)
{
    if (e->lane == FF_LANE_NONE)
        return;
    ff_entry_list_remove(&s->lanes[e->lane_of].lists[e->lane], e);
    e->lane = FF_LANE_NONE;
    s->lanes[e->lane_of].count--;
    s->lanes_count--;
}

/* The store has it all. What is on its way goes out twice, which costs a record. */
static void clear_lanes(struct ff_suppressor *s, struct ff_lanes *lanes)
{
    for (int i = FF_LANE_CHANGES; i < FF_LANE_COUNT; i++)
        for (struct ff_entry *e; (e = lanes->lists[i].first);) {
            ff_outbox_leave(s, e);
            if (!e->open)
                ff_entries_leave(&s->table, e);
        }
    lanes->in_memory = false;
    lanes->handed = 0;
}

void ff_outbox_enter(struct ff_suppressor *s, struct ff_entry *e)
{
    uint32_t at = (uint32_t)(e->row.sequence >> FF_SEQUENCE_BITS);
    struct ff_lanes *lanes = &s->lanes[at];
    struct ff_published seen = e->handed_sequence ? e->handed : e->outbox.before;
    enum ff_lane lane = ff_published_same(e->now, seen) ? FF_LANE_REFRESHES : FF_LANE_CHANGES;
    if (e->lane_of == at && (e->lane == FF_LANE_CHANGES || e->lane == lane))
        return; /* keeps its place */
    ff_outbox_leave(s, e);
    if (s->lanes_count == FF_LANES_MAX)
        clear_lanes(s, lanes);
    if (!lanes->in_memory)
        return;
    e->lane = lane;
    e->lane_of = at;
    ff_entry_list_append(&lanes->lists[lane], e);
    lanes->count++;
    s->lanes_count++;
}

static size_t hand_out_lane(struct ff_suppressor *s, struct ff_entry_list *l, size_t max, ff_outgoing_fn *each,
                            void *ctx)
{
    uint8_t buf[9];
    struct ff_outgoing out;
    size_t n = 0;
    for (struct ff_entry *e = l->first, *next; e && n < max; e = next) {
        next = e->next;
        if (e->changed) /* ahead of what is committed: after the next commit */
            continue;
        ff_outbox_leave(s, e);
        if (make_outgoing(s, ff_slice_of(e->key, e->key_len), e->outbox.before, &e->row, &out)) {
            e->handed = e->now;
            e->handed_sequence = e->row.sequence;
            each(ctx, &out);
            n++;
        } else {
            ff_store_delete(s->store, ff_outbox_key(e->row.sequence, buf));
            e->outbox.waits = false;
        }
        if (!e->open)
            ff_entries_leave(&s->table, e);
    }
    return n;
}

static size_t hand_out_lanes(struct ff_suppressor *s, uint32_t slot, enum ff_lane last, size_t max,
                             ff_outgoing_fn *each, void *ctx)
{
    size_t n = 0;
    for (int i = FF_LANE_CHANGES; i <= (int)last; i++)
        n += hand_out_lane(s, &s->lanes[slot].lists[i], max - n, each, ctx);
    return n;
}

size_t ff_suppressor_outbox(struct ff_suppressor *s, int32_t partition, size_t max, ff_outgoing_fn *each, void *ctx)
{
    size_t n = 0;
    uint32_t slot = partition < 0 ? 0 : partition_slot(partition), last = partition < 0 ? FF_PARTITION_MAX + 1 : slot;
    for (uint32_t i = slot; i <= last; i++)
        n += hand_out_lanes(s, i, FF_LANE_REFRESHES, max - n, each, ctx);
    if (n < max && (partition < 0 || !s->lanes[slot].in_memory))
        n += hand_out_stored(s, partition, max - n, each, ctx);
    return n;
}

size_t ff_suppressor_outbox_changes(struct ff_suppressor *s, int32_t partition, size_t max, ff_outgoing_fn *each,
                                    void *ctx)
{
    return hand_out_lanes(s, partition_slot(partition), FF_LANE_CHANGES, max, each, ctx);
}

size_t ff_suppressor_outbox_waiting(const struct ff_suppressor *s, int32_t partition)
{
    const struct ff_lanes *lanes = &s->lanes[partition_slot(partition)];
    return lanes->in_memory ? lanes->count : SIZE_MAX;
}

void ff_suppressor_sent(struct ff_suppressor *s, struct ff_slice key, uint64_t sequence)
{
    uint8_t buf[9];
    struct ff_entry *e = ff_entries_find(&s->table, key);
    ff_store_delete(s->store, ff_outbox_key(sequence, buf));
    if (e && e->row.sequence == sequence)
        e->outbox = (struct ff_outbox_row){.known = true};
    if (e && e->handed_sequence == sequence) {
        e->outbox.before = e->handed; /* of the next one, if it waits already: no second change of the same */
        e->handed_sequence = 0;
    }
}

void ff_suppressor_resend(struct ff_suppressor *s, int32_t partition)
{
    /* Entries that were sent must be gone before they could be taken for waiting ones; a failure shows at the next
     * commit. */
    (void)!ff_batch_write(s);
    uint32_t slot = partition < 0 ? 0 : partition_slot(partition), last = partition < 0 ? FF_PARTITION_MAX + 1 : slot;
    for (uint32_t i = slot; i <= last; i++)
        clear_lanes(s, &s->lanes[i]);
}

/* ---- repair ---------------------------------------------------------------------------------------------------- */

enum ff_err ff_outbox_look(struct ff_suppressor *s, struct ff_entry *e)
{
    uint8_t buf[9];
    struct ff_store_value v = {{NULL, 0}, NULL};
    if (e->outbox.known)
        return FF_OK;
    enum ff_err err =
        e->row.sequence ? ff_store_get(s->store, ff_outbox_key(e->row.sequence, buf), &v) : FF_ERR_NOT_FOUND;
    if (err && err != FF_ERR_NOT_FOUND)
        return err;
    e->outbox = (struct ff_outbox_row){.known = true};
    if (!err && v.bytes.len > FF_OUTBOX_HEADER)
        e->outbox = (struct ff_outbox_row){true,
                                           true,
                                           {v.bytes.ptr[0], v.bytes.ptr[1], v.bytes.ptr[2]},
                                           v.bytes.ptr[3] == FF_ANNOUNCE_FULL ? FF_ANNOUNCE_FULL : FF_ANNOUNCE_VERIFY};
    ff_store_release(&v);
    return FF_OK;
}

/* How urgently will the key be published after this moment anyway? */
static enum ff_err waits_as(struct ff_suppressor *s, struct ff_entry *e, enum ff_urgency *ret)
{
    const struct ff_lanes *lanes = &s->lanes[e->row.sequence >> FF_SEQUENCE_BITS];
    *ret = e->announce;
    if (*ret == FF_ANNOUNCE_FULL || !e->row.sequence ||
        (lanes->in_memory ? e->lane == FF_LANE_NONE : e->row.sequence <= lanes->handed))
        return FF_OK;
    enum ff_err err = ff_outbox_look(s, e);
    if (!err && e->outbox.waits && e->outbox.urgency > *ret)
        *ret = e->outbox.urgency;
    return err;
}

static enum ff_err queue_again(struct ff_suppressor *s, struct ff_entry *e, enum ff_urgency announce)
{
    enum ff_urgency waits;
    enum ff_err err = waits_as(s, e, &waits);
    if (!err && waits < announce) {
        e->announce = announce;
        e->changed = true;
    }
    return err;
}

static void continue_from(struct ff_entry *e, uint64_t version, int32_t partition)
{
    if (version > e->row.version) {
        e->row.version = version;
        e->row.partition = partition;
        e->changed = true;
    }
}

enum ff_err ff_suppressor_merge_state(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value,
                                      int32_t partition)
{
    struct ff_entry *e;
    struct ff_slice tenant, scope, address_key;
    bool changed;
    if (!value.len)
        return FF_OK;
    if (partition < -1 || partition > FF_PARTITION_MAX)
        return FF_ERR_RANGE;
    enum ff_err err = ff_key_state_decode(value, s->delta);
    if (err)
        return err;
    if (!ff_key_split(key, &tenant, &scope, &address_key) || !ff_slice_eq(tenant, s->delta->tenant_id) ||
        !ff_slice_eq(scope, s->delta->stream_scope) || !ff_slice_eq(address_key, s->delta->address_key))
        return FF_ERR_SYNTAX;
    err = ff_batch_merge(s, key, partition, FF_ANNOUNCE_VERIFY, &e, &changed);
    if (err)
        return err;
    continue_from(e, s->delta->published_version, partition);
    struct ff_wire_out theirs = ff_wire_out(s->published, FF_KEY_STATE_BYTES_MAX);
    ff_key_state_encode(s->delta, &theirs);
    if (!theirs.full && ff_slice_eq(ff_wire_done(&theirs), e->row.body))
        return FF_OK;
    return queue_again(s, e, FF_ANNOUNCE_FULL);
}

/* Taken back: the record that was in doubt is there. */
static enum ff_err verified(struct ff_suppressor *s, struct ff_entry *e)
{
    uint8_t buf[9];
    if (e->announce == FF_ANNOUNCE_VERIFY)
        e->announce = FF_ANNOUNCE_NONE;
    enum ff_err err = ff_outbox_look(s, e);
    if (!err && e->outbox.waits && e->outbox.urgency == FF_ANNOUNCE_VERIFY) {
        ff_store_delete(s->store, ff_outbox_key(e->row.sequence, buf));
        ff_outbox_leave(s, e);
        e->outbox.waits = false;
    }
    return err;
}

static struct ff_slice encode_content(struct ff_suppression *sup, uint8_t *room)
{
    struct ff_wire_out out = ff_wire_out(room, FF_KEY_STATE_BYTES_MAX);
    sup->version = 0;
    sup->updated_us = 0;
    if (sup->state != FF_STATE_NONE)
        ff_suppression_encode(sup, &out);
    return ff_wire_done(&out);
}

/* Clears version and time of theirs. */
static enum ff_err compare_published(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value,
                                     struct ff_suppression *theirs, int32_t partition)
{
    struct ff_entry *e;
    struct ff_suppression ours;
    enum ff_err err = ff_batch_entry(s, key, &e);
    if (err || !e->row.body.len || e->row.kind != FF_ROW_STATE)
        return err;
    err = ff_key_state_decode(e->row.body, s->was);
    if (err)
        return err;
    ff_derive(s->policy, s->was, &ours);
    struct ff_published seen = ff_published_of(theirs);
    uint64_t version = theirs->version; /* comparing clears it */
    continue_from(e, version, partition);
    /* A tombstone may follow a release, and a release stands for what nothing supports any more. */
    bool gone = ours.state != FF_STATE_ACTIVE && (!value.len || (!ours.state && theirs->state != FF_STATE_ACTIVE));
    if (gone || ff_slice_eq(encode_content(theirs, s->encoded), encode_content(&ours, s->published)))
        /* Right words under an old number: a replica, which keeps the highest version, must not be left with another
         * one. During a restore the newer record follows and takes this back. */
        return version < e->row.version && !gone ? queue_again(s, e, FF_ANNOUNCE_VERIFY) : verified(s, e);
    if (e->announce == FF_ANNOUNCE_NONE)
        e->before = seen;
    continue_from(e, version + 1, partition);
    /* An older record of the key, mostly: what follows decides. An owner that restored everything published each
     * key that had two records once more, because the first of them is not what the last one says. */
    return queue_again(s, e, FF_ANNOUNCE_VERIFY);
}

enum ff_err ff_suppressor_check_published(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value,
                                          int32_t partition)
{
    struct ff_slice tenant, scope, address_key;
    struct ff_suppression theirs = {0};
    if (!ff_key_split(key, &tenant, &scope, &address_key))
        return FF_ERR_SYNTAX;
    enum ff_err wrong = ff_suppression_decode(value, &theirs);
    /* Compaction keeps the last record of a key, so what cannot be read must not be that: as if it said nothing. */
    if (wrong)
        theirs = (struct ff_suppression){0};
    enum ff_err err = compare_published(s, key, value, &theirs, partition);
    return err ? err : wrong;
}
