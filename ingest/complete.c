/* complete.c: see complete.h. */
#include "ingest/complete.h"

#define FIELD_TENANT_ID 4
#define FIELD_EVENT_ID 16
#define FIELD_STREAM_ID 18

void ff_complete_init(struct ff_complete *c, const struct ff_decode_options *opts)
{
    struct ff_slice tenant = ff_slice_sub(opts->default_tenant, 0, FF_TENANT_BYTES_MAX);
    c->opts = *opts;
    if (tenant.len)
        memcpy(c->tenant, tenant.ptr, tenant.len);
    c->opts.default_tenant = ff_slice_of(c->tenant, tenant.len);
}

static struct ff_slice tenant_of(const struct ff_complete *c, const struct ff_record *record)
{
    bool usable = record->tenant.len && record->tenant.len <= FF_TENANT_BYTES_MAX && ff_slice_is_utf8(record->tenant);
    return usable ? record->tenant : c->opts.default_tenant;
}

/* Copies the event's own bytes and what was added behind them. */
static bool append(struct ff_arena *arena, struct ff_event *ev, const struct ff_event *before)
{
    uint8_t added[64 + 2 * FF_TENANT_BYTES_MAX];
    struct ff_wire_out tail = ff_wire_out(added, sizeof added);
    if (before->tenant_id.len == 0)
        ff_wire_put_bytes(&tail, FIELD_TENANT_ID, ev->tenant_id);
    if (before->event_id.len == 0)
        ff_wire_put_bytes(&tail, FIELD_EVENT_ID, ev->event_id);
    if (before->stream_id.len == 0)
        ff_wire_put_bytes(&tail, FIELD_STREAM_ID, ev->stream_id);
    size_t size = ev->encoded.len + tail.used;
    uint8_t *mem = tail.full || size > FF_EVENT_BYTES_MAX ? NULL : ff_arena_bytes(arena, size);
    if (!mem)
        return false;
    memcpy(mem, ev->encoded.ptr, ev->encoded.len);
    memcpy(mem + ev->encoded.len, added, tail.used);
    ev->encoded = ff_slice_of(mem, size);
    return true;
}

bool ff_complete_event(const struct ff_complete *c, const struct ff_record *record, struct ff_arena *arena,
                       struct ff_event *ev)
{
    struct ff_event before = {.tenant_id = ev->tenant_id, .event_id = ev->event_id, .stream_id = ev->stream_id};
    bool changed = false;
    if (ev->tenant_id.len == 0) {
        ev->tenant_id = tenant_of(c, record);
        changed = ev->tenant_id.len > 0;
    }
    if (ev->stream_id.len == 0 && ev->egress_pool.len && c->opts.stream_of) {
        ev->stream_id = ff_slice_sub(c->opts.stream_of(c->opts.stream_ctx, ev->egress_pool), 0, FF_TENANT_BYTES_MAX);
        changed |= ev->stream_id.len > 0;
    }
    if (ev->event_id.len == 0) {
        uint8_t *id = ff_arena_bytes(arena, 16);
        if (!id)
            return false;
        ff_event_content_id(ev, (struct ff_slice){0}, id);
        ev->event_id = ff_slice_of(id, 16);
        changed = true;
    }
    return !changed || ev->encoded.len == 0 || append(arena, ev, &before);
}
