/* outbox.c: what must still be published, and the repair of what others published late.
 *
 * An entry is written in the same atomic write as the state it announces and is deleted when the broker has the record,
 * so a crash in between repeats a record and loses none. It names a key, not a record: what is published is derived when
 * it is handed out, so many changes of one key waiting for a slow broker are one record.
 *
 * A former owner that was frozen may write a stale record behind ours. Whoever owns the partition reads it back, sees
 * that it is not what the state derives, and publishes again. An entry that was not handed out yet will land behind any
 * record that was read by now, so it needs no second one; one that was handed out may have landed before it.
 */
#include "suppress/engine_int.h"

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
static bool make_outgoing(struct ff_suppressor *s, struct ff_slice entry, uint64_t sequence, const struct ff_row *row,
                          struct ff_wire_out *work, struct ff_outgoing *ret)
{
    struct ff_published before = {entry.ptr[0], entry.ptr[1], entry.ptr[2]}, now;
    struct ff_suppression sup;
    if (row->sequence != sequence || row->kind != FF_ROW_STATE || ff_key_state_decode(row->body, s->was) != FF_OK)
        return false;
    s->was->published_version = row->version;
    ff_derive(s->policy, s->was, &sup);
    if (sup.state == FF_STATE_NONE && before.state == FF_STATE_ACTIVE)
        withdraw(s->was, &before, &sup);
    now = ff_published_of(&sup);
    size_t from = work->used;
    ff_wire_put_raw(work, row->body.ptr, row->body.len);
    ff_key_state_put_version(row->version, work);
    ret->state = ff_slice_of(work->base + from, work->used - from);
    from = work->used;
    if (sup.state != FF_STATE_NONE)
        ff_suppression_encode(&sup, work);
    ret->suppression = ff_slice_of(work->base + from, work->used - from);
    ret->change = (struct ff_slice){NULL, 0};
    if (ret->suppression.len &&
        (now.state != before.state || now.reason != before.reason || now.category != before.category))
        ret->change = encode_change(ret->suppression, before.state, work);
    ret->key = ff_slice_sub(entry, FF_OUTBOX_HEADER, entry.len);
    ret->partition = row->partition;
    ret->sequence = sequence;
    return !work->full;
}

/* Hands out the entry under the cursor; a dead one is deleted instead. */
static bool hand_out(struct ff_suppressor *s, struct ff_slice entry, uint64_t sequence,
                     void (*each)(void *ctx, const struct ff_outgoing *out), void *ctx)
{
    uint8_t buf[FF_ROW_KEY_MAX], key_buf[9];
    struct ff_store_value v = {{NULL, 0}, NULL};
    struct ff_row row;
    struct ff_outgoing out;
    bool alive = false;
    /* State, suppression and change together are below one state's bound: a suppression holds one of its evidences. */
    struct ff_wire_out work = ff_wire_out(s->published, FF_KEY_STATE_BYTES_MAX);
    if (entry.len > FF_OUTBOX_HEADER &&
        ff_store_get(s->store, ff_row_key('S', ff_slice_sub(entry, FF_OUTBOX_HEADER, entry.len), buf), &v) == FF_OK &&
        ff_row_decode(v.bytes, &row) == FF_OK)
        alive = make_outgoing(s, entry, sequence, &row, &work, &out);
    if (alive)
        each(ctx, &out);
    else
        ff_store_delete(s->store, ff_outbox_key(sequence, key_buf));
    ff_store_release(&v);
    return alive;
}

size_t ff_suppressor_outbox(struct ff_suppressor *s, int32_t partition, size_t max,
                            void (*each)(void *ctx, const struct ff_outgoing *out), void *ctx)
{
    uint8_t buf[9], prefix_buf[9];
    size_t n = 0;
    uint32_t slot = partition < 0 ? 0 : partition_slot(partition);
    uint64_t first = (uint64_t)slot << FF_SEQUENCE_BITS;
    struct ff_slice from = ff_outbox_key(first > s->handed[slot] ? first : s->handed[slot] + 1, buf);
    /* Rows of one partition, not of the next: those were mostly sent and deleted, and walking over what is left of them
     * was most of what an owner did. */
    struct ff_slice prefix = ff_slice_sub(ff_outbox_key(first, prefix_buf), 0, partition < 0 ? 1 : 3);
    struct ff_store_cursor *c = max ? ff_store_cursor_new(s->store, prefix, from) : NULL;
    while (c && n < max && ff_store_cursor_valid(c)) {
        struct ff_slice k = ff_store_cursor_key(c);
        if (k.len != 9)
            break;
        uint64_t sequence = ff_get_be64(k.ptr + 1);
        uint32_t at = (uint32_t)(sequence >> FF_SEQUENCE_BITS);
        if (at > FF_PARTITION_MAX + 1)
            break;
        if (sequence <= s->handed[at]) { /* of another partition, handed out before */
            ff_store_cursor_seek(c, ff_outbox_key(s->handed[at] + 1, buf));
            continue;
        }
        s->handed[at] = sequence;
        n += hand_out(s, ff_store_cursor_value(c), sequence, each, ctx);
        ff_store_cursor_next(c);
    }
    /* An unreadable outbox shows at the next commit, which fails on the same disk. */
    (void)!ff_store_cursor_free(c);
    return n;
}

void ff_suppressor_sent(struct ff_suppressor *s, struct ff_slice key, uint64_t sequence)
{
    uint8_t buf[9];
    (void)key;
    ff_store_delete(s->store, ff_outbox_key(sequence, buf));
}

void ff_suppressor_resend(struct ff_suppressor *s, int32_t partition)
{
    /* Entries that were sent must be gone before they could be taken for waiting ones; a failure shows at the next commit. */
    (void)!ff_batch_write(s);
    if (partition >= 0)
        s->handed[partition_slot(partition)] = 0;
    else
        memset(s->handed, 0, (FF_PARTITION_MAX + 2) * sizeof(s->handed[0]));
}

/* ---- repair ---------------------------------------------------------------------------------------------------- */

/* Will the key be published after this moment anyway? */
static enum ff_err is_waiting(struct ff_suppressor *s, const struct ff_entry *e, bool *ret)
{
    uint8_t buf[9];
    struct ff_store_value v = {{NULL, 0}, NULL};
    *ret = e->announce == FF_ANNOUNCE_FULL;
    if (*ret || !e->row.sequence || e->row.sequence <= s->handed[e->row.sequence >> FF_SEQUENCE_BITS])
        return FF_OK;
    enum ff_err err = ff_store_get(s->store, ff_outbox_key(e->row.sequence, buf), &v);
    *ret = err == FF_OK;
    ff_store_release(&v);
    return err == FF_ERR_NOT_FOUND ? FF_OK : err;
}

static enum ff_err queue_again(struct ff_suppressor *s, struct ff_entry *e, enum ff_urgency announce)
{
    bool waiting;
    enum ff_err err = is_waiting(s, e, &waiting);
    if (!err && !waiting) {
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

enum ff_err ff_suppressor_merge_state(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value, int32_t partition)
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
    struct ff_store_value v = {{NULL, 0}, NULL};
    if (e->announce == FF_ANNOUNCE_VERIFY)
        e->announce = FF_ANNOUNCE_NONE;
    if (!e->row.sequence)
        return FF_OK;
    struct ff_slice k = ff_outbox_key(e->row.sequence, buf);
    enum ff_err err = ff_store_get(s->store, k, &v);
    if (!err && v.bytes.len > FF_OUTBOX_HEADER && v.bytes.ptr[3] == FF_ANNOUNCE_VERIFY)
        ff_store_delete(s->store, k);
    ff_store_release(&v);
    return err == FF_ERR_NOT_FOUND ? FF_OK : err;
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

enum ff_err ff_suppressor_check_published(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value,
                                          int32_t partition)
{
    struct ff_entry *e;
    struct ff_slice tenant, scope, address_key;
    struct ff_suppression theirs = {0}, ours;
    if (!ff_key_split(key, &tenant, &scope, &address_key))
        return FF_ERR_SYNTAX;
    enum ff_err err = ff_suppression_decode(value, &theirs);
    if (!err)
        err = ff_batch_entry(s, key, &e);
    if (err || !e->row.body.len || e->row.kind != FF_ROW_STATE)
        return err;
    err = ff_key_state_decode(e->row.body, s->was);
    if (err)
        return err;
    ff_derive(s->policy, s->was, &ours);
    struct ff_published seen = ff_published_of(&theirs);
    uint64_t version = theirs.version; /* comparing clears it */
    continue_from(e, version, partition);
    /* A tombstone may follow a release, and a release stands for what nothing supports any more. */
    bool gone = ours.state != FF_STATE_ACTIVE && (!value.len || (!ours.state && theirs.state != FF_STATE_ACTIVE));
    if (gone || ff_slice_eq(encode_content(&theirs, s->encoded), encode_content(&ours, s->published)))
        /* Right words under an old number: a replica, which keeps the highest version, must not be left with another
         * one. During a restore the newer record follows and takes this back. */
        return version < e->row.version && !gone ? queue_again(s, e, FF_ANNOUNCE_VERIFY) : verified(s, e);
    if (e->announce == FF_ANNOUNCE_NONE)
        e->before = seen;
    return queue_again(s, e, FF_ANNOUNCE_FULL);
}

/* ---- replica and partitions ------------------------------------------------------------------------------------ */

enum ff_err ff_suppressor_replicate(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value, int32_t partition)
{
    struct ff_entry *e;
    struct ff_slice tenant, scope, address_key;
    struct ff_suppression sup = {0};
    if (!ff_key_split(key, &tenant, &scope, &address_key))
        return FF_ERR_SYNTAX;
    if (partition < -1 || partition > FF_PARTITION_MAX)
        return FF_ERR_RANGE;
    enum ff_err err = ff_suppression_decode(value, &sup);
    if (!err)
        err = ff_batch_entry(s, key, &e);
    if (err)
        return err;
    if (e->row.kind != FF_ROW_REPLICA && e->row.body.len)
        return FF_ERR_CONFIG;
    if (value.len && !e->deleted && e->row.body.len && sup.version < e->row.version)
        return FF_OK;
    if (value.len || e->committed)
        e->changed = true;
    bool active = value.len && sup.state == FF_STATE_ACTIVE;
    if (active != e->active)
        atomic_fetch_add_explicit(&s->active, active ? 1 : -1, memory_order_relaxed);
    e->active = active;
    e->deleted = value.len == 0;
    e->row.kind = FF_ROW_REPLICA;
    e->row.partition = partition;
    e->row.version = sup.version;
    return ff_entry_set_body(s, e, value);
}

static enum ff_err drop_row(struct ff_suppressor *s, struct ff_slice key, const struct ff_row *row)
{
    struct ff_entry *e;
    uint8_t buf[9];
    enum ff_err err = ff_batch_entry(s, key, &e);
    if (err)
        return err;
    if (row->sequence)
        ff_store_delete(s->store, ff_outbox_key(row->sequence, buf));
    if (e->active)
        atomic_fetch_sub_explicit(&s->active, 1, memory_order_relaxed);
    e->active = false;
    e->changed = e->deleted = true;
    return FF_OK;
}

enum ff_err ff_suppressor_drop_partition(struct ff_suppressor *s, int32_t partition)
{
    struct ff_row row;
    enum ff_err err = ff_batch_write(s);
    if (err)
        return err;
    struct ff_store_cursor *c = ff_store_cursor_new(s->store, FF_SLICE("S"), (struct ff_slice){NULL, 0});
    if (!c)
        return FF_ERR_NOMEM;
    for (; !err && ff_store_cursor_valid(c); ff_store_cursor_next(c)) {
        struct ff_slice k = ff_store_cursor_key(c);
        err = ff_row_decode(ff_store_cursor_value(c), &row);
        if (!err && row.partition == partition)
            err = drop_row(s, ff_slice_sub(k, 1, k.len), &row);
    }
    enum ff_err walk = ff_store_cursor_free(c);
    if (!err)
        err = walk;
    return err ? err : ff_batch_write(s);
}
