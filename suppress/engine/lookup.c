/* lookup.c: reads beside the writer: is this address suppressed, what is known of it, and all of them in order.
 *
 * Only what was committed is seen. A look-up costs three gets, nearly all of which end at a Bloom filter; what is
 * found is derived there and then, so the store holds nothing that could disagree with the state.
 */
#include <stdlib.h>

#include "suppress/engine/engine_int.h"

struct ff_lookup {
    struct ff_suppressor *s;
    struct ff_store_value value;  /* what the last answer points into */
    struct ff_key_state state;
    uint8_t suppression[FF_KEY_STATE_BYTES_MAX];
};

struct ff_lookup *ff_lookup_new(struct ff_suppressor *s)
{
    struct ff_lookup *l = (struct ff_lookup *)malloc(sizeof(*l));
    if (!l)
        return NULL;
    l->s = s;
    l->value = (struct ff_store_value){{NULL, 0}, NULL};
    return l;
}

void ff_lookup_free(struct ff_lookup *l)
{
    if (!l)
        return;
    ff_store_release(&l->value);
    free(l);
}

/* FF_STATE_NONE in *ret when the row derives nothing. */
static enum ff_err derive_row(struct ff_lookup *l, const struct ff_row *row, struct ff_suppression *ret)
{
    if (row->kind == FF_ROW_REPLICA)
        return ff_suppression_decode(row->body, ret) == FF_OK ? FF_OK : FF_ERR_IO;
    if (ff_key_state_decode(row->body, &l->state) != FF_OK)
        return FF_ERR_IO; /* we wrote it: the disk */
    l->state.published_version = row->version;
    ff_derive(l->s->policy, &l->state, ret);
    return FF_OK;
}

static enum ff_err check_key(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice scope,
                             struct ff_slice address_key, int64_t now_us, bool *ret_hit, struct ff_suppression *ret)
{
    uint8_t key[FF_KEY_BYTES_MAX], buf[FF_ROW_KEY_MAX];
    size_t len;
    struct ff_row row;
    *ret_hit = false;
    if (ff_key_make(tenant, scope, address_key, key, &len) != FF_OK)
        return FF_OK; /* no such name can have been stored */
    ff_store_release(&l->value);
    enum ff_err err = ff_store_get(l->s->store, ff_row_key('S', ff_slice_of(key, len), buf), &l->value);
    if (err == FF_ERR_NOT_FOUND)
        return FF_OK;
    if (err || ff_row_decode(l->value.bytes, &row) != FF_OK)
        return FF_ERR_IO;
    err = derive_row(l, &row, ret);
    *ret_hit = !err && ff_suppression_applies(ret, now_us);
    return err;
}

enum ff_err ff_lookup_check(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice stream,
                            struct ff_slice address, int64_t now_us, bool *ret_suppressed, struct ff_suppression *ret)
{
    uint8_t address_key[FF_ADDRESS_KEY_MAX];
    size_t len;
    struct ff_suppression found;
    const struct ff_slice all = FF_SLICE(FF_SCOPE_ALL);
    enum ff_err err = ff_address_key(address, address_key, &len);
    if (err)
        return err;
    if (!tenant.len)
        tenant = l->s->default_tenant;
    const struct {
        struct ff_slice tenant, scope;
    } order[] = {{tenant, stream}, {tenant, all}, {all, all}};
    bool hit = false;
    for (size_t i = stream.len ? 0 : 1; i < 3 && !hit; i++) {
        err = check_key(l, order[i].tenant, order[i].scope, ff_slice_of(address_key, len), now_us, &hit, &found);
        if (err)
            return err;
    }
    *ret_suppressed = hit;
    if (hit)
        *ret = found;
    return FF_OK;
}

typedef bool each_fn(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state);

static enum ff_err show_row(struct ff_lookup *l, struct ff_slice key, struct ff_slice value, each_fn *each, void *ctx,
                            bool *ret_go_on)
{
    struct ff_row row;
    struct ff_suppression sup;
    if (ff_row_decode(value, &row) != FF_OK)
        return FF_ERR_IO;
    enum ff_err err = derive_row(l, &row, &sup);
    if (err)
        return err;
    struct ff_wire_out out = ff_wire_out(l->suppression, sizeof(l->suppression));
    if (sup.state != FF_STATE_NONE)
        ff_suppression_encode(&sup, &out);
    struct ff_slice state = row.kind == FF_ROW_STATE ? row.body : (struct ff_slice){NULL, 0};
    *ret_go_on = each(ctx, key, ff_wire_done(&out), state);
    return FF_OK;
}

enum ff_err ff_lookup_scan(struct ff_lookup *l, struct ff_slice tenant, each_fn *each, void *ctx)
{
    uint8_t buf[FF_ROW_KEY_MAX];
    if (tenant.len > FF_TENANT_BYTES_MAX)
        return FF_OK;
    struct ff_slice prefix = ff_row_key('S', tenant, buf);
    if (tenant.len)
        buf[prefix.len++] = FF_KEY_SEPARATOR;
    struct ff_store_cursor *c = ff_store_cursor_new(l->s->store, prefix, (struct ff_slice){NULL, 0});
    if (!c)
        return FF_ERR_NOMEM;
    enum ff_err err = FF_OK;
    for (bool go_on = true; go_on && !err && ff_store_cursor_valid(c); ff_store_cursor_next(c)) {
        struct ff_slice k = ff_store_cursor_key(c);
        err = show_row(l, ff_slice_sub(k, 1, k.len), ff_store_cursor_value(c), each, ctx, &go_on);
    }
    enum ff_err walk = ff_store_cursor_free(c);
    return err ? err : walk;
}

static enum ff_err show_key(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice scope,
                            struct ff_slice address_key, each_fn *each, void *ctx, bool *ret_go_on)
{
    uint8_t key[FF_KEY_BYTES_MAX], buf[FF_ROW_KEY_MAX];
    size_t len;
    if (ff_key_make(tenant, scope, address_key, key, &len) != FF_OK)
        return FF_OK;
    ff_store_release(&l->value);
    enum ff_err err = ff_store_get(l->s->store, ff_row_key('S', ff_slice_of(key, len), buf), &l->value);
    if (!err)
        err = show_row(l, ff_slice_of(key, len), l->value.bytes, each, ctx, ret_go_on);
    return err == FF_ERR_NOT_FOUND ? FF_OK : err;
}

enum ff_err ff_lookup_explain(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice address, each_fn *each,
                              void *ctx)
{
    uint8_t address_key[FF_ADDRESS_KEY_MAX], buf[FF_ROW_KEY_MAX];
    size_t len;
    bool go_on = true;
    const struct ff_slice all = FF_SLICE(FF_SCOPE_ALL);
    enum ff_err err = ff_address_key(address, address_key, &len);
    if (err)
        return err;
    if (!tenant.len)
        tenant = l->s->default_tenant;
    if (tenant.len > FF_TENANT_BYTES_MAX)
        return FF_OK;
    struct ff_slice ak = ff_slice_of(address_key, len), prefix = ff_index_prefix(tenant, ak, buf);
    struct ff_store_cursor *c = ff_store_cursor_new(l->s->store, prefix, (struct ff_slice){NULL, 0});
    if (!c)
        return FF_ERR_NOMEM;
    err = show_key(l, tenant, all, ak, each, ctx, &go_on);
    for (; go_on && !err && ff_store_cursor_valid(c); ff_store_cursor_next(c)) {
        struct ff_slice k = ff_store_cursor_key(c);
        err = show_key(l, tenant, ff_slice_sub(k, prefix.len, k.len), ak, each, ctx, &go_on);
    }
    enum ff_err walk = ff_store_cursor_free(c);
    if (!err && !walk && go_on && !ff_slice_eq(tenant, all))
        err = show_key(l, all, all, ak, each, ctx, &go_on);
    return err ? err : walk;
}
