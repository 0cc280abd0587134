/* postfix_int.h: what the sources of the Postfix decoder share.
 *
 * decode_postfix.c cuts a record into lines, takes envelope and prefix off and answers for what is no result;
 * postfix_event.c makes events of results and expiries, postfix_time.c says when they happened, postfix_utf8.c repairs
 * text. The grammars (postfix_line.h, postfix_reason.h) and the joiner (postfix_joiner.h) know nothing of these.
 */
#ifndef FF_INGEST_POSTFIX_INT_H
#define FF_INGEST_POSTFIX_INT_H

#include "ingest/decode/decode.h"
#include "ingest/postfix/syslog_prefix.h"
#include "ingest/postfix/postfix_joiner.h"
#include "ingest/postfix/postfix_line.h"
#include "proto/json.h"

struct postfix {
    struct ff_decode_options opts;
    struct ff_joiner *joiner;
    struct ff_json_doc *doc;
    struct ff_arena arena;
    uint8_t event_id[16], remote_ip[16];
};

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

/* decode_postfix.c */
/** @param at  offset in the payload of what is wrong */
void ff_postfix_dead(const struct item *it, enum ff_dead reason, const char *message, const char *stage, size_t at);

/* postfix_event.c */
/** Answers for the result of one attempt. */
void ff_postfix_result_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                            const struct ff_postfix_line *pl);
/** One expiration for each recipient that was last heard of as deferred: the line itself names none. */
void ff_postfix_expired_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                             const struct ff_postfix_line *pl);

/* postfix_time.c */
/**
 * Time of the event, and when its message was queued.
 * @param delay_ms  UINT32_MAX: not known (no result line), then zone_s is taken as it is
 * @return false: nothing says it, or the year has no such day
 */
bool ff_postfix_event_time(const struct postfix *d, const struct item *it, const struct ff_log_line *line,
                           struct ff_slice queue_id, uint32_t delay_ms, int32_t *zone_s, struct ff_event *ev);

/** Why ff_postfix_event_time() gave none: the message of the dead letter. */
const char *ff_postfix_no_time(const struct ff_log_line *line);

/* postfix_utf8.c */
/** s with U+FFFD for each byte that belongs to no character; empty when the arena is full. */
struct ff_slice ff_postfix_repaired(struct ff_slice s, struct ff_arena *arena);

#endif
