/* own_event.c: see own_event.h. */
#include "ingest/own/own_event.h"

#include "proto/address.h"
#include "proto/field_numbers.h"
#include "proto/time_text.h"

void ff_own_events_init(struct ff_own_events *o, const struct ff_decode_options *opts, enum ff_dead kindless)
{
    o->opts = *opts;
    o->kindless = kindless;
}

void ff_own_dead(const struct ff_own_item *item, enum ff_dead reason, const char *message)
{
    struct ff_dead_letter letter = {.reason = reason,
                                    .message = message,
                                    .stage = "decode",
                                    .payload = item->bytes,
                                    .byte_offset = item->offset,
                                    .item_index = item->index};
    if (reason == FF_DEAD_TOO_LARGE && letter.payload.len > FF_DEAD_PAYLOAD_MAX) {
        letter.full_bytes = letter.payload.len;
        letter.payload = ff_slice_sub(letter.payload, 0, FF_DEAD_PAYLOAD_MAX);
    }
    item->sink->dead(item->sink->ctx, &letter, item->record);
}

/* Copies the event's own bytes and what was added behind them. */
static bool append(struct ff_arena *arena, struct ff_event *ev, const struct ff_event *before)
{
    uint8_t added[64 + 2 * FF_TENANT_BYTES_MAX];
    struct ff_wire_out tail = ff_wire_out(added, sizeof added);
    if (before->tenant_id.len == 0)
        ff_wire_put_bytes(&tail, FF_EVENT_FIELD_TENANT_ID, ev->tenant_id);
    if (before->event_id.len == 0)
        ff_wire_put_bytes(&tail, FF_EVENT_FIELD_EVENT_ID, ev->event_id);
    if (before->stream_id.len == 0)
        ff_wire_put_bytes(&tail, FF_EVENT_FIELD_STREAM_ID, ev->stream_id);
    size_t size = ev->encoded.len + tail.used;
    uint8_t *mem = tail.full || size > FF_EVENT_BYTES_MAX ? NULL : ff_arena_bytes(arena, size);
    if (!mem)
        return false;
    memcpy(mem, ev->encoded.ptr, ev->encoded.len);
    memcpy(mem + ev->encoded.len, added, tail.used);
    ev->encoded = ff_slice_of(mem, size);
    return true;
}

/** false: the event is larger than one may be, or the arena is full. */
static bool complete(const struct ff_own_events *o, const struct ff_record *record, struct ff_arena *arena,
                     struct ff_event *ev)
{
    struct ff_event before = {.tenant_id = ev->tenant_id, .event_id = ev->event_id, .stream_id = ev->stream_id};
    bool changed = false;
    if (ev->tenant_id.len == 0) {
        ev->tenant_id = ff_decode_tenant(&o->opts, record, ev->mail_from);
        changed = ev->tenant_id.len > 0;
    }
    if (ev->stream_id.len == 0 && ev->egress_pool.len && o->opts.stream_of) {
        ev->stream_id = o->opts.stream_of(o->opts.stream_ctx, ev->egress_pool);
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

/* A delivery that is only counted names nobody: 3 % of what a packed event costs. */
static bool is_of_bad_tenant(const struct ff_own_events *o, const struct ff_event *ev)
{
    return !(o->opts.deliveries_counted && ev->kind == FF_KIND_DELIVERY) && !ff_event_tenant_is_valid(ev);
}

void ff_own_event(const struct ff_own_events *o, const struct ff_own_item *item, struct ff_arena *arena,
                  struct ff_event *ev)
{
    if (ev->kind == FF_KIND_UNSPECIFIED)
        ff_own_dead(item, o->kindless, "the event has no kind");
    else if (ev->kind == FF_KIND_RECEPTION)
        item->sink->ignored(item->sink->ctx, FF_IGNORED_RECEPTION);
    else if (ev->recipient.len == 0 && ev->kind != FF_KIND_FEEDBACK)
        ff_own_dead(item, FF_DEAD_MISSING_RECIPIENT, "the event names no recipient");
    else if (is_of_bad_tenant(o, ev))
        ff_own_dead(item, FF_DEAD_BAD_TENANT, FF_BAD_TENANT_MESSAGE);
    else if (!ff_time_is_usable(ev->event_time_us))
        ff_own_dead(item, FF_DEAD_BAD_TIME, "the event has no time, or one outside 1970..9999");
    else if (ff_event_size_max(ev) > FF_EVENT_BYTES_MAX || !complete(o, item->record, arena, ev))
        ff_own_dead(item, FF_DEAD_TOO_LARGE, "the event is larger than one may be");
    else
        item->sink->event(item->sink->ctx, ev, item->record);
}
