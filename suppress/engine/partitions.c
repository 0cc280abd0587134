/* partitions.c: what concerns all rows of a partition: a read replica's passes, and a topic that is not the one of
 * before. */
#include "suppress/engine/engine_int.h"

/* ---- read replica ----------------------------------------------------------------------------------------------- */

enum ff_err ff_suppressor_replicate(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value,
                                    int32_t partition, uint64_t pass)
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
    bool comparable = !e->deleted && e->row.body.len && e->row.sequence == pass && e->row.partition == partition;
    if (value.len && comparable && sup.version < e->row.version)
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
    e->row.sequence = pass;
    e->row.version = sup.version;
    return ff_entry_set_body(s, e, value);
}

/* ---- walks ------------------------------------------------------------------------------------------------------ */

struct walk {
    int32_t count;
    const uint64_t *passes;
    const enum ff_again *again;
};

/* Calls `each` for every committed row of a partition, and commits what that did. */
static enum ff_err walk_partitions(struct ff_suppressor *s, const struct walk *w,
                                   enum ff_err (*each)(struct ff_suppressor *s, const struct walk *w,
                                                       struct ff_slice key, const struct ff_row *row))
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
        if (!err && row.partition >= 0)
            err = each(s, w, ff_slice_sub(k, 1, k.len), &row);
    }
    enum ff_err walk = ff_store_cursor_free(c);
    if (!err)
        err = walk;
    return err ? err : ff_batch_write(s);
}

static enum ff_err sweep_row(struct ff_suppressor *s, const struct walk *w, struct ff_slice key,
                             const struct ff_row *row)
{
    struct ff_entry *e;
    if (row->kind != FF_ROW_REPLICA || (row->partition < w->count && row->sequence == w->passes[row->partition]))
        return FF_OK;
    enum ff_err err = ff_batch_entry(s, key, &e);
    if (err)
        return err;
    if (e->active)
        atomic_fetch_sub_explicit(&s->active, 1, memory_order_relaxed);
    e->active = false;
    e->changed = e->deleted = true;
    return FF_OK;
}

enum ff_err ff_suppressor_sweep(struct ff_suppressor *s, const uint64_t *passes, int32_t count)
{
    return walk_partitions(s, &(struct walk){.count = count, .passes = passes}, sweep_row);
}

static enum ff_err announce_row(struct ff_suppressor *s, const struct walk *w, struct ff_slice key,
                                const struct ff_row *row)
{
    static const enum ff_urgency urgencies[] = {FF_ANNOUNCE_NONE, FF_ANNOUNCE_VERIFY, FF_ANNOUNCE_FULL};
    enum ff_urgency announce = row->partition < w->count ? urgencies[w->again[row->partition]] : FF_ANNOUNCE_NONE;
    struct ff_entry *e;
    if (row->kind != FF_ROW_STATE || announce == FF_ANNOUNCE_NONE)
        return FF_OK;
    enum ff_err err = ff_batch_entry(s, key, &e);
    if (err || (announce == FF_ANNOUNCE_VERIFY && e->now.state == FF_STATE_NONE) || e->announce >= announce)
        return err;
    e->announce = announce;
    e->changed = true;
    return FF_OK;
}

enum ff_err ff_suppressor_announce(struct ff_suppressor *s, const enum ff_again *again, int32_t count)
{
    return walk_partitions(s, &(struct walk){.count = count, .again = again}, announce_row);
}
