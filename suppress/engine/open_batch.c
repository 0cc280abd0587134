/* open_batch.c: the keys touched since the last commit, as they will be written, and what becomes of them then.
 *
 * Events of one burst hit the same keys again and again; they are merged here and cost the store one write. The batch
 * is bounded in keys and bytes. At a bound it writes itself: states merge, so a state that is ahead of its input's
 * offset costs a repetition, never a difference (suppress.h, ff_suppressor_result).
 */
#include "suppress/engine/engine_int.h"

#include <stdio.h>
#include <stdlib.h>

/* What the batch made of it is committed. */
static void settle(struct ff_suppressor *s, struct ff_entry *e)
{
    bool announced = e->announce != FF_ANNOUNCE_NONE && s->outbox;
    e->open = false;
    if (e->deleted || !(e->committed || e->changed)) {
        ff_outbox_leave(s, e);
        ff_entries_drop(&s->table, e);
        return;
    }
    e->committed = true;
    e->changed = false;
    e->announce = FF_ANNOUNCE_NONE;
    if (announced)
        ff_outbox_enter(s, e);
    e->before = e->now;
    if (e->lane == FF_LANE_NONE)
        ff_entries_leave(&s->table, e);
}

static void forget(struct ff_suppressor *s, struct ff_entry *e)
{
    ff_outbox_leave(s, e);
    ff_entries_drop(&s->table, e);
}

static void batch_end(struct ff_suppressor *s, void (*each)(struct ff_suppressor *s, struct ff_entry *e))
{
    for (size_t i = 0; i < s->entry_count; i++)
        each(s, s->entries[i]);
    for (size_t i = 0; i < s->offset_count; i++)
        free(s->offsets[i]);
    s->entry_count = s->entry_bytes = s->offset_count = s->offset_last = 0;
}

void ff_batch_clear(struct ff_suppressor *s)
{
    batch_end(s, forget);
}

enum ff_err ff_entry_set_body(struct ff_suppressor *s, struct ff_entry *e, struct ff_slice body)
{
    uint8_t *to = (uint8_t *)(uintptr_t)e->row.body.ptr;
    if (body.len > e->body_size) {
        size_t size = body.len + body.len / 2;
        uint8_t *grown = (uint8_t *)realloc(to, size);
        if (!grown)
            return FF_ERR_NOMEM;
        if (e->open)
            s->entry_bytes += size - e->body_size;
        e->body_size = size;
        to = grown;
    }
    if (body.len)
        memcpy(to, body.ptr, body.len);
    e->row.body = ff_slice_of(to, body.len);
    return FF_OK;
}

/* Fills a new entry from the store; *e is in no list yet. */
static enum ff_err load(struct ff_suppressor *s, struct ff_entry *e)
{
    uint8_t buf[FF_ROW_KEY_MAX];
    struct ff_store_value v = {{NULL, 0}, NULL};
    struct ff_suppression sup = {0};
    struct ff_row row = {0};
    enum ff_err err = ff_store_get(s->store, ff_row_key('S', ff_slice_of(e->key, e->key_len), buf), &v);
    if (err == FF_ERR_NOT_FOUND) {
        e->row.partition = -1;
        return FF_OK;
    }
    if (!err)
        err = ff_row_decode(v.bytes, &row);
    if (!err && row.kind == FF_ROW_STATE) {
        err = ff_key_state_decode(row.body, s->was);
        if (!err)
            ff_derive(s->policy, s->was, &sup);
    } else if (!err) {
        err = ff_suppression_decode(row.body, &sup);
    }
    if (!err) {
        struct ff_slice body = row.body;
        row.body = (struct ff_slice){NULL, 0};
        e->row = row;
        e->committed = true;
        e->before = e->now = ff_published_of(&sup);
        e->active = sup.state == FF_STATE_ACTIVE;
        err = ff_entry_set_body(s, e, body);
    } else {
        snprintf(s->error, sizeof(s->error),
                 err == FF_ERR_IO ? "the state cannot be read (is the disk well?)"
                                  : "a record of the state is damaged");
        err = FF_ERR_IO; /* when our own row does not decode: the disk, or another program */
    }
    ff_store_release(&v);
    return err;
}

enum ff_err ff_batch_entry(struct ff_suppressor *s, struct ff_slice key, struct ff_entry **ret)
{
    enum ff_err err;
    struct ff_entry *e = ff_entries_find(&s->table, key);
    if (e && e->open) {
        *ret = e;
        return FF_OK;
    }
    if (s->failed)
        return FF_ERR_IO;
    if (s->entry_count == FF_SUPPRESS_BATCH_KEYS || s->entry_bytes > FF_SUPPRESS_BATCH_BYTES) {
        err = ff_batch_write(s);
        if (err)
            return err;
        e = ff_entries_find(&s->table, key);
    }
    if (e) {
        ff_entries_use(&s->table, e);
    } else {
        e = ff_entries_add(&s->table, key);
        err = e ? load(s, e) : FF_ERR_NOMEM;
        if (err) {
            if (e)
                ff_entries_drop(&s->table, e);
            return err;
        }
    }
    e->open = true;
    s->entry_bytes += ff_entry_bytes(e);
    s->entries[s->entry_count++] = e;
    *ret = e;
    return FF_OK;
}

/* What is restored from the changelog is active, but was not added here. */
static void count_transition(struct ff_suppressor *s, struct ff_entry *e, bool active, bool ours)
{
    if (e->active == active)
        return;
    e->active = active;
    atomic_fetch_add_explicit(&s->active, active ? 1 : -1, memory_order_relaxed);
    if (ours)
        atomic_fetch_add_explicit(active ? &s->added : &s->released, 1, memory_order_relaxed);
}

enum ff_err ff_batch_merge(struct ff_suppressor *s, struct ff_slice key, int32_t partition, enum ff_urgency announce,
                           struct ff_entry **ret_entry, bool *ret_changed)
{
    struct ff_suppression now;
    struct ff_entry *e;
    enum ff_err err = ff_batch_entry(s, key, &e);
    if (err)
        return err;
    if (e->row.kind != FF_ROW_STATE) {
        snprintf(s->error, sizeof(s->error),
                 "this state folder is a read replica's (give `serve` a folder of its own)");
        return FF_ERR_CONFIG;
    }
    if (e->row.body.len)
        err = ff_key_state_decode(e->row.body, s->was);
    else
        ff_key_state_init(s->was, s->delta->tenant_id, s->delta->stream_scope, s->delta->address_key);
    if (!err)
        err = ff_key_state_merge(s->was, s->delta, s->merged);
    if (err)
        return err;
    struct ff_wire_out out = ff_wire_out(s->encoded, FF_KEY_STATE_BYTES_MAX);
    ff_key_state_encode(s->merged, &out);
    if (out.full)
        return FF_ERR_TOO_LARGE;
    *ret_entry = e;
    *ret_changed = !ff_slice_eq(e->row.body, ff_wire_done(&out));
    if (!*ret_changed)
        return FF_OK;
    ff_derive(s->policy, s->merged, &now);
    err = ff_entry_set_body(s, e, ff_wire_done(&out));
    if (err)
        return err;
    e->now = ff_published_of(&now);
    count_transition(s, e, now.state == FF_STATE_ACTIVE, announce == FF_ANNOUNCE_FULL);
    e->row.partition = partition;
    e->changed = true;
    if (announce > e->announce && (announce == FF_ANNOUNCE_FULL || now.state != FF_STATE_NONE))
        e->announce = announce;
    return FF_OK;
}

/* ---- write ----------------------------------------------------------------------------------------------------- */

/* Can the row that waits stand for this write, too? It names the key, and nothing of it is on its way yet. */
static bool still_waits(const struct ff_entry *e)
{
    return e->outbox.waits && e->outbox.urgency >= e->announce && e->lane != FF_LANE_NONE &&
           e->lane_of == e->row.sequence >> FF_SEQUENCE_BITS && e->lane_of == (uint32_t)(e->row.partition + 1);
}

/* One outbox row per key. One that was handed out, or said less, is replaced, and what it knew to be published
 * before is carried over, so that a change that nobody saw is not lost. */
static enum ff_err write_outbox(struct ff_suppressor *s, struct ff_entry *e)
{
    uint8_t old_key[9], new_key[9], value[FF_OUTBOX_HEADER + FF_KEY_BYTES_MAX];
    struct ff_outbox_row row = {true, true, e->before, e->announce};
    enum ff_err err = ff_outbox_look(s, e);
    if (err)
        return err;
    /* What may be there already keeps its number: with another one it would not be found to be there. */
    if (e->announce == FF_ANNOUNCE_FULL)
        e->row.version++;
    if (still_waits(e))
        return FF_OK;
    if (e->outbox.waits) {
        row.before = e->outbox.before;
        if (e->outbox.urgency == FF_ANNOUNCE_FULL)
            row.urgency = FF_ANNOUNCE_FULL;
        ff_store_delete(s->store, ff_outbox_key(e->row.sequence, old_key));
    }
    e->outbox = row;
    e->row.sequence = (uint64_t)(e->row.partition + 1) << FF_SEQUENCE_BITS | s->counter++;
    value[0] = (uint8_t)row.before.state;
    value[1] = (uint8_t)row.before.reason;
    value[2] = (uint8_t)row.before.category; /* categories are published numbers below 256 */
    value[3] = (uint8_t)row.urgency;
    memcpy(value + FF_OUTBOX_HEADER, e->key, e->key_len);
    ff_store_put(s->store, ff_outbox_key(e->row.sequence, new_key), ff_slice_of(value, FF_OUTBOX_HEADER + e->key_len));
    return FF_OK;
}

static void write_index(struct ff_suppressor *s, const struct ff_entry *e)
{
    struct ff_slice tenant, scope, address_key;
    uint8_t buf[FF_ROW_KEY_MAX];
    if (!ff_key_split(ff_slice_of(e->key, e->key_len), &tenant, &scope, &address_key) ||
        ff_slice_eq(scope, FF_SLICE(FF_SCOPE_ALL)))
        return;
    struct ff_slice k = ff_index_prefix(tenant, address_key, buf);
    memcpy(buf + k.len, scope.ptr, scope.len);
    k.len += scope.len;
    if (e->deleted)
        ff_store_delete(s->store, k);
    else if (!e->committed)
        ff_store_put(s->store, k, FF_SLICE(""));
}

static enum ff_err write_entry(struct ff_suppressor *s, struct ff_entry *e)
{
    uint8_t key[FF_ROW_KEY_MAX];
    struct ff_slice row_key = ff_row_key('S', ff_slice_of(e->key, e->key_len), key);
    write_index(s, e);
    if (e->deleted) {
        ff_store_delete(s->store, row_key);
        return FF_OK;
    }
    if (e->announce && s->outbox) {
        enum ff_err err = write_outbox(s, e);
        if (err)
            return err;
    }
    /* The header goes before the body in the work space, which is larger than any body by far. */
    struct ff_wire_out out = ff_wire_out(s->encoded, FF_KEY_STATE_BYTES_MAX);
    ff_wire_put_varint(&out, e->row.kind);
    ff_wire_put_varint(&out, (uint64_t)(e->row.partition + 1));
    ff_wire_put_varint(&out, e->row.sequence);
    ff_wire_put_varint(&out, e->row.version);
    ff_wire_put_raw(&out, e->row.body.ptr, e->row.body.len);
    if (out.full)
        return FF_ERR_TOO_LARGE;
    ff_store_put(s->store, row_key, ff_wire_done(&out));
    return FF_OK;
}

static void write_meta(struct ff_suppressor *s)
{
    uint8_t value[8];
    ff_put_be64((uint64_t)atomic_load_explicit(&s->active, memory_order_relaxed), value);
    ff_store_put(s->store, FF_SLICE("Mactive"), ff_slice_of(value, 8));
    ff_put_be64(s->counter, value);
    ff_store_put(s->store, FF_SLICE("Msequence"), ff_slice_of(value, 8));
}

static void write_offsets(struct ff_suppressor *s)
{
    for (size_t i = 0; i < s->offset_count; i++) {
        uint8_t key[1 + 4096], value[FF_INPUT_PLACE_BYTES];
        const struct ff_input_offset *o = s->offsets[i];
        key[0] = 'F';
        memcpy(key + 1, o->input, o->len);
        if (o->forgotten)
            ff_store_delete(s->store, ff_slice_of(key, 1 + o->len));
        else
            ff_store_put(s->store, ff_slice_of(key, 1 + o->len),
                         ff_slice_of(value, ff_input_place_encode(&o->place, value)));
    }
}

enum ff_err ff_batch_write(struct ff_suppressor *s)
{
    enum ff_err err = FF_OK;
    size_t written = 0;
    if (s->failed)
        return FF_ERR_IO;
    for (size_t i = 0; i < s->entry_count && !err; i++) {
        if (!s->entries[i]->changed)
            continue;
        err = write_entry(s, s->entries[i]);
        written++;
    }
    if (!err) {
        if (written)
            write_meta(s);
        write_offsets(s);
        ff_folder_mark(s);
        err = ff_store_commit(s->store, s->error, sizeof(s->error));
    } else if (!s->error[0]) {
        snprintf(s->error, sizeof(s->error), "the state cannot be read back: %s", ff_err_name(err));
    }
    s->failed = err != FF_OK;
    batch_end(s, err ? forget : settle);
    return err;
}
