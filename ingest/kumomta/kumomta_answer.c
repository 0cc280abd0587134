/* kumomta_answer.c: see kumomta_answer.h. */
#include "ingest/kumomta/kumomta_answer.h"
#include "ingest/kumomta/kumomta_debug.h"
#include "ingest/kumomta/kumomta_names.h"
#include "ingest/kumomta/kumomta_values.h"
#include "proto/address.h"

/* Most recipients of one record, and most bytes that their events repeat (recipients times what stands around the
 * list); with more it is a dead letter `too_large`. Each event is hashed, classified and written out whole: this
 * product is what one hostile record can make us do. */
#define RECIPIENTS_MAX 10000u
#define REPEATED_MAX (256u << 20)

void ff_kumomta_dead_at(struct ff_kumomta *k, enum ff_dead reason, const char *message, size_t offset)
{
    struct ff_dead_letter dead = {
        .reason = reason,
        .message = message,
        .stage = "decode",
        .payload = ff_kumomta_mask(&k->arena, k->item),
        .byte_offset = (size_t)(k->item.ptr - k->record->value.ptr) + offset,
        .item_index = k->item_index,
    };
    k->sink->dead(k->sink->ctx, &dead, k->record);
}

void ff_kumomta_dead(struct ff_kumomta *k, enum ff_dead reason, const char *message)
{
    ff_kumomta_dead_at(k, reason, message, 0);
}

void ff_kumomta_emit(struct ff_kumomta *k, struct ff_event *ev, struct ff_slice recipient)
{
    ev->recipient = recipient;
    if (k->counted) {
        k->sink->event(k->sink->ctx, ev, k->record);
        return;
    }
    if (!ev->tenant_id.len)
        ev->tenant_id = ff_decode_tenant(&k->opts, k->record, ev->mail_from);
    if (!ff_event_tenant_is_valid(ev)) {
        ff_kumomta_dead(k, FF_DEAD_BAD_TENANT, FF_BAD_TENANT_MESSAGE);
        return;
    }
    int64_t time = ev->event_time_us;
    /* Copies of one OOB event in the segment file and in a hook differ by a millisecond: its time is no identity. */
    if (ev->kind == FF_KIND_OOB)
        ev->event_time_us = 0;
    ff_event_content_id(ev, (struct ff_slice){NULL, 0}, k->event_id);
    ev->event_time_us = time;
    ev->event_id = ff_slice_of(k->event_id, sizeof k->event_id);
    k->sink->event(k->sink->ctx, ev, k->record);
}

/** Is the list longer than anybody sends, or its record too long to be repeated for each of them? */
static bool is_too_long(const struct ff_kumomta *k, uint32_t list)
{
    uint64_t count = 0, around = k->item.len - ff_json_text(k->doc, list).len;
    for (uint32_t n = ff_json_first(list); n < k->doc->nodes[list].next; n = k->doc->nodes[n].next)
        count++;
    return count > RECIPIENTS_MAX || count * around > REPEATED_MAX;
}

bool ff_kumomta_emit_each(struct ff_kumomta *k, struct ff_event *ev, uint32_t node,
                          uint32_t (*flags_of)(struct ff_slice))
{
    if (node == FF_JSON_NONE)
        return false;
    uint32_t n = node, end = k->doc->nodes[node].next, bad = 0, flags = ev->flags;
    bool list = ff_json_type(k->doc, node) == FF_JSON_ARRAY;
    if (list) {
        n = ff_json_first(node);
        if (is_too_long(k, node)) {
            ff_kumomta_dead(k, FF_DEAD_TOO_LARGE, "too many recipients for the size of the record");
            return true;
        }
    }
    bool any = n < end;
    for (; n < end; n = k->doc->nodes[n].next) {
        struct ff_slice address = ff_kumomta_unbracket(ff_kumomta_text(k, n));
        ev->flags = flags | (flags_of ? flags_of(address) : 0u);
        if (address.len)
            ff_kumomta_emit(k, ev, address);
        else
            bad++;
    }
    if (bad && !list)
        return false;
    /* one for all of them: each carries the whole item */
    if (bad)
        ff_kumomta_dead(k, FF_DEAD_MISSING_RECIPIENT, "empty recipients in the list");
    return any;
}
