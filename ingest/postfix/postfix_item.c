/* postfix_item.c: see postfix_item.h. */
#include "ingest/postfix/postfix_item.h"

void ff_postfix_dead(const struct item *it, enum ff_dead reason, const char *message, const char *stage, size_t at)
{
    struct ff_dead_letter d = {.reason = reason,
                               .message = message,
                               .stage = stage,
                               .payload = it->payload,
                               .byte_offset = it->offset + at,
                               .item_index = it->index};
    if (at > it->payload.len)
        d.byte_offset = it->offset; /* counted in unescaped or repaired text */
    if (d.payload.len > FF_DEAD_PAYLOAD_MAX) {
        d.full_bytes = d.payload.len;
        d.payload.len = FF_DEAD_PAYLOAD_MAX;
    }
    it->sink->dead(it->sink->ctx, &d, it->record);
}
