/* postfix_item.h: one line on its way through the Postfix decoder, and the answers that are no event. */
#ifndef FF_INGEST_POSTFIX_ITEM_H
#define FF_INGEST_POSTFIX_ITEM_H

#include "ingest/decode/decode.h"
#include "ingest/postfix/postfix_joiner_limits.h"

/* One line on its way through. */
struct item {
    const struct ff_record *record;
    const struct ff_decode_sink *sink;
    struct ff_slice payload; /* what a dead letter would hold */
    int64_t index;
    size_t offset;        /* of the payload in the record */
    size_t in_payload;    /* of the message in the payload, as far as it can be said */
    int64_t reference_us; /* for the year; 0: none */
    struct ff_joiner_at at;
};

static inline void ignored(const struct item *it, enum ff_ignored reason)
{
    it->sink->ignored(it->sink->ctx, reason);
}

/** @param at  offset in the payload of what is wrong */
void ff_postfix_dead(const struct item *it, enum ff_dead reason, const char *message, const char *stage, size_t at);

#endif
