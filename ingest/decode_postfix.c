/* decode_postfix.c: Postfix log lines, bare or in a shipper's JSON, to events.
 *
 * A result line says who was refused, by whom and why, but not whose mail it was: sender, message id, size and the
 * number of attempts stand in earlier lines of the same queue id, and an expiry names no recipient at all. So lines
 * pass through a bounded joiner (postfix_joiner.h) on their way; everything else is stateless. What was joined never
 * enters the event id: after a restart the join may be incomplete, and the same line must still give the same id.
 *
 * Times: RFC 3164 has no year and no zone. The year comes from the options, else from the long queue id (which holds
 * the arrival time), else from the record or the clock. The zone is UTC, unless queue id plus delay, the event's own
 * time to the second, differs from the line's by whole quarters of an hour: then that is the zone.
 */
#include <stdlib.h>

#include "ingest/decode.h"
#include "ingest/log_envelope.h"
#include "ingest/postfix_joiner.h"
#include "ingest/postfix_line.h"
#include "ingest/postfix_reason.h"
#include "ingest/syslog_prefix.h"

/** Longest bare line, and message inside an envelope; Postfix itself cuts at 2000 bytes. */
#define LINE_MAX_BYTES (64u << 10)
/** Longest JSON line. */
#define ENVELOPE_MAX_BYTES (256u << 10)
#define ENVELOPE_NODES_MAX (64u << 10)
/* Unescaped text (at most the envelope), its repair to UTF-8 (thrice that), the joined texts and one reply. */
#define ARENA_BYTES (5u * ENVELOPE_MAX_BYTES + 2u * LINE_MAX_BYTES)

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

static void dead(const struct item *it, enum ff_dead reason, const char *message, const char *stage, size_t at)
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

static void ignored(const struct item *it, enum ff_ignored reason)
{
    it->sink->ignored(it->sink->ctx, reason);
}

/* --- text fields must be UTF-8 --- */

static bool is_ascii(struct ff_slice s)
{
    uint8_t any = 0;
    for (size_t i = 0; i < s.len; i++)
        any |= s.ptr[i];
    return any < 0x80;
}

/* Bytes of a valid sequence at p, else 0. */
static size_t utf8_length(struct ff_slice s, size_t p)
{
    for (size_t n = 1; n <= 4 && p + n <= s.len; n++)
        if (ff_slice_is_utf8(ff_slice_sub(s, p, p + n)))
            return n;
    return 0;
}

/* s with U+FFFD for each byte that belongs to no character; s itself when the arena is full (then it is emptied). */
static struct ff_slice repaired(struct ff_slice s, struct ff_arena *arena)
{
    uint8_t *out = ff_arena_bytes(arena, 3 * s.len);
    size_t len = 0;
    if (!out)
        return ff_slice_of(NULL, 0);
    for (size_t p = 0; p < s.len;) {
        size_t n = utf8_length(s, p);
        if (n)
            memcpy(out + len, s.ptr + p, n);
        else
            memcpy(out + len, "\xef\xbf\xbd", 3);
        len += n ? n : 3;
        p += n ? n : 1;
    }
    return ff_slice_of(out, len);
}

static struct ff_slice clean(struct postfix *d, struct ff_slice s, struct ff_event *ev)
{
    if (is_ascii(s) || ff_slice_is_utf8(s))
        return s;
    ev->flags |= FF_FLAG_LOSSY_UTF8;
    return repaired(s, &d->arena);
}

/* --- time --- */

#define ZONE_UNIT_US (900 * INT64_C(1000000))
#define ZONE_MAX_S (14 * 3600)
/* Queue id plus delay meets the line's second within this: both are cut, and the delay is rounded to two digits. */
#define ZONE_SLACK_US (2 * INT64_C(1000000))

/* Seconds the line's clock is ahead of `truth`, when that is whole quarters of an hour; else 0. */
static int32_t zone_between(int64_t line_us, int64_t truth_us)
{
    int64_t diff = line_us - truth_us;
    int64_t units = (diff + (diff >= 0 ? ZONE_UNIT_US / 2 : -ZONE_UNIT_US / 2)) / ZONE_UNIT_US;
    int64_t rest = diff - units * ZONE_UNIT_US;
    int64_t zone_s = units * (ZONE_UNIT_US / 1000000);
    if (rest < -ZONE_SLACK_US || rest > ZONE_SLACK_US || zone_s > ZONE_MAX_S || zone_s < -ZONE_MAX_S)
        return 0;
    return (int32_t)zone_s;
}

/* Year of a line that has none; 0 when nothing helps. A message is in the queue for days, not for months, so its
 * arrival is a reference too: the line is at most 11 months behind it. */
static int infer_year(const struct postfix *d, const struct item *it, const struct ff_log_line *line,
                      int64_t arrival_us)
{
    int64_t reference = it->reference_us ? it->reference_us : it->record->timestamp_us;
    if (arrival_us)
        reference = arrival_us + INT64_C(330) * 86400 * 1000000;
    else if (reference == 0)
        reference = d->opts.now_us;
    return reference ? ff_syslog_year_before(line, reference) : 0;
}

/**
 * Time of the event.
 * @param delay_ms  UINT32_MAX: not known (no result line), then zone_s is taken as it is
 */
static bool event_time(const struct postfix *d, const struct item *it, const struct ff_log_line *line,
                       struct ff_slice queue_id, uint32_t delay_ms, int32_t *zone_s, struct ff_event *ev)
{
    int64_t arrival_us = 0;
    bool long_id = ff_postfix_queue_id_time(queue_id, &arrival_us);
    if (line->time == FF_LOG_TIME_FULL) {
        ev->event_time_us = line->time_us;
    } else if (line->time == FF_LOG_TIME_NO_YEAR) {
        int year = d->opts.year ? d->opts.year : infer_year(d, it, line, arrival_us);
        if (year == 0)
            return false;
        if (!d->opts.year)
            ev->flags |= FF_FLAG_YEAR_INFERRED;
        ev->event_time_us = ff_syslog_time_in_year(line, year, 0);
        if (long_id && delay_ms != UINT32_MAX)
            *zone_s = zone_between(ev->event_time_us, arrival_us + (int64_t)delay_ms * 1000);
        ev->event_time_us -= (int64_t)*zone_s * 1000000;
    } else if (it->record->timestamp_us) {
        ev->event_time_us = it->record->timestamp_us;
    } else if (long_id && delay_ms != UINT32_MAX) {
        ev->event_time_us = arrival_us + (int64_t)delay_ms * 1000;
    } else {
        return false;
    }
    if (delay_ms != UINT32_MAX) {
        ev->queued_time_us = ev->event_time_us - (int64_t)delay_ms * 1000;
        if (long_id && llabs(arrival_us - ev->queued_time_us) <= ZONE_SLACK_US)
            ev->queued_time_us = arrival_us;
    }
    return true;
}

/* --- events --- */

/* What all events of a line share. */
static void common_fields(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                          const struct ff_postfix_line *pl, struct ff_event *ev)
{
    struct ff_slice name = ff_postfix_syslog_name(line->tag);
    ev->message_id = pl->queue_id;
    ev->mta_node = clean(d, line->host, ev);
    ev->tenant_id = it->record->tenant.len ? it->record->tenant : d->opts.default_tenant;
    if (name.len && !ff_slice_eq(name, FF_SLICE("postfix"))) {
        ev->egress_source = clean(d, name, ev);
        if (d->opts.stream_of)
            ev->stream_id = d->opts.stream_of(d->opts.stream_ctx, name);
    }
}

static void joined_fields(struct postfix *d, const struct ff_joined *j, struct ff_event *ev)
{
    ev->mail_from = clean(d, j->sender, ev);
    ev->rfc_message_id = clean(d, j->message_id, ev);
    ev->attempt = j->attempts;
    ev->size_bytes = j->size;
}

static void remote_fields(struct postfix *d, struct ff_slice host, struct ff_slice address, struct ff_event *ev)
{
    if (host.len && host.ptr[host.len - 1] == '.')
        host.len--;
    ev->remote_host = clean(d, host, ev);
    ev->remote_ip = ff_slice_of(d->remote_ip, ff_ip_parse(address, d->remote_ip));
}

/* The id is made of the line alone: called before anything is joined. The delays tell two attempts within one second
 * apart, orig_to two aliases of one recipient. */
static void set_event_id(struct postfix *d, const struct ff_log_line *line, const struct ff_postfix_line *pl,
                         struct ff_event *ev)
{
    const struct ff_slice parts[] = {line->host, pl->queue_id, pl->delay, pl->delays, pl->orig_to};
    uint8_t salt[1024];
    size_t len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t n = parts[i].len < sizeof salt / 5 - 1 ? parts[i].len : sizeof salt / 5 - 1;
        if (n)
            memcpy(salt + len, parts[i].ptr, n);
        len += n;
        salt[len++] = 0x1f;
    }
    ff_event_content_id(ev, ff_slice_of(salt, len), d->event_id);
    ev->event_id = ff_slice_of(d->event_id, sizeof d->event_id);
}

static const enum ff_kind kind_of_status[FF_POSTFIX_STATUS_COUNT] = {
    [FF_POSTFIX_SENT] = FF_KIND_DELIVERY,
    [FF_POSTFIX_DEFERRED] = FF_KIND_TRANSIENT_FAILURE,
    [FF_POSTFIX_BOUNCED] = FF_KIND_BOUNCE,
    [FF_POSTFIX_SOFTBOUNCE] = FF_KIND_TRANSIENT_FAILURE, /* soft_bounce = yes: the mail stays in the queue */
    [FF_POSTFIX_DELIVERABLE] = FF_KIND_PROBE,
    [FF_POSTFIX_UNDELIVERABLE] = FF_KIND_PROBE,
};

/* dsn= counts where the reply has no status of its own; X.0.0 then only means that. */
static uint32_t enhanced_code(const struct ff_postfix_line *pl, const struct ff_postfix_reply *reply)
{
    uint32_t code;
    if (reply->enhanced_code)
        return reply->enhanced_code;
    return ff_enhanced_parse(pl->dsn, &code) && code % 1000000 ? code : 0;
}

static void remember_outcome(struct postfix *d, const struct item *it, uint64_t key, const struct ff_event *ev,
                             const struct ff_postfix_line *pl)
{
    if (ev->kind == FF_KIND_DELIVERY || ev->kind == FF_KIND_BOUNCE) {
        ff_joiner_settled(d->joiner, key, pl->recipient, pl->orig_to);
    } else if (ev->kind == FF_KIND_TRANSIENT_FAILURE) {
        struct ff_joined_recipient r = {.recipient = pl->recipient, .original = pl->orig_to, .reason = pl->reason};
        ff_joiner_deferred(d->joiner, key, &it->at, &r);
    }
}

static void result_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                        const struct ff_postfix_line *pl)
{
    struct ff_event ev = {.kind = kind_of_status[pl->status]};
    struct ff_postfix_reply reply;
    struct ff_joined joined;
    struct ff_slice host = {0}, address = {0};
    int32_t zone_s = 0;
    uint32_t delay_ms = UINT32_MAX;
    uint64_t key = ff_joiner_key(line->host, pl->queue_id);
    if (pl->recipient.len == 0) {
        dead(it, FF_DEAD_MISSING_RECIPIENT, "the result is of an empty recipient", "decode", it->in_payload);
        return;
    }
    if (pl->status == FF_POSTFIX_SENT && ff_slice_eq(pl->relay, FF_SLICE("none"))) {
        ignored(it, FF_IGNORED_INTERNAL); /* discard(8): thrown away here, nobody was asked */
        return;
    }
    ff_joiner_get(d->joiner, key, &d->arena, &joined);
    if (!ff_postfix_delay_ms(pl->delay, &delay_ms))
        delay_ms = UINT32_MAX;
    if (!event_time(d, it, line, pl->queue_id, delay_ms, &zone_s, &ev)) {
        dead(it, FF_DEAD_BAD_TIME, "no time in the line, and nothing else that says it", "decode", 0);
        return;
    }
    common_fields(d, it, line, pl, &ev);
    ff_postfix_reason_parse(pl, &d->arena, &reply);
    if (reply.host.len == 0)
        ff_postfix_host_parse(pl->relay, &host, &address);
    remote_fields(d, reply.host.len ? reply.host : host, reply.host.len ? reply.address : address, &ev);
    ev.recipient = clean(d, pl->recipient, &ev);
    ev.original_recipient = clean(d, pl->orig_to, &ev);
    ev.reply_code = reply.reply_code;
    ev.enhanced_code = enhanced_code(pl, &reply);
    ev.reply_text = reply.text;
    ev.stage = reply.stage;
    ev.origin = reply.origin;
    ev.flags |= reply.flags;
    ev.delay_ms = delay_ms == UINT32_MAX ? 0 : delay_ms;
    set_event_id(d, line, pl, &ev);
    joined_fields(d, &joined, &ev);
    remember_outcome(d, it, key, &ev, pl);
    if (zone_s)
        ff_joiner_zone(d->joiner, key, zone_s);
    it->sink->event(it->sink->ctx, &ev, it->record);
}

/* One expiration for each recipient that was last heard of as deferred: the line itself names none. */
static void expired_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                         const struct ff_postfix_line *pl)
{
    static const char lead[] = "expired, returned to sender; last result: ";
    uint64_t key = ff_joiner_key(line->host, pl->queue_id);
    struct ff_joined joined;
    struct ff_joined_recipient r;
    ff_joiner_get(d->joiner, key, &d->arena, &joined);
    bool lost = ff_joiner_lost_recipients(d->joiner, key);
    unsigned found = 0;
    size_t mark = d->arena.used;
    struct ff_event base = {.kind = FF_KIND_EXPIRATION, .origin = FF_ORIGIN_LOCAL_QUEUE, .stage = FF_STAGE_QUEUE};
    int32_t zone_s = joined.zone_s;
    if (!event_time(d, it, line, pl->queue_id, UINT32_MAX, &zone_s, &base)) {
        dead(it, FF_DEAD_BAD_TIME, "no time in the line, and nothing else that says it", "decode", 0);
        return;
    }
    common_fields(d, it, line, pl, &base);
    for (; ff_joiner_take_deferred(d->joiner, key, &d->arena, &r); found++, d->arena.used = mark) {
        struct ff_event ev = base;
        struct ff_postfix_line copy = *pl;
        copy.orig_to = r.original;
        ev.recipient = clean(d, r.recipient, &ev);
        ev.original_recipient = clean(d, r.original, &ev);
        set_event_id(d, line, &copy, &ev);
        joined_fields(d, &joined, &ev);
        ev.mail_from = clean(d, pl->sender, &ev);
        uint8_t *text = ff_arena_bytes(&d->arena, sizeof lead - 1 + r.reason.len);
        if (text) {
            memcpy(text, lead, sizeof lead - 1);
            if (r.reason.len)
                memcpy(text + sizeof lead - 1, r.reason.ptr, r.reason.len);
            ev.reply_text = ff_slice_of(text, sizeof lead - 1 + r.reason.len);
        }
        it->sink->event(it->sink->ctx, &ev, it->record);
    }
    if (found == 0 || lost)
        dead(it, FF_DEAD_MISSING_RECIPIENT, "a message expired whose deferred recipients are not known (any more)",
             "join", it->in_payload);
}

/* --- lines that are no results --- */

static bool is_process(struct ff_slice tag, const char *const *names)
{
    struct ff_slice p = ff_postfix_process(tag);
    for (; *names; names++)
        if (ff_slice_eq(p, ff_slice_str(*names)))
            return true;
    return false;
}

/* Lines without a form of their own, by the program that wrote them. */
static enum ff_ignored ignored_by_program(struct ff_slice tag)
{
    static const char *const inbound[] = {"smtpd",    "postscreen", "anvil", "dnsblog",
                                          "tlsproxy", "submission", "smtps", NULL};
    static const char *const senders[] = {"smtp", "lmtp", "local", "virtual", "pipe", "error", "retry", "relay", NULL};
    if (is_process(tag, inbound))
        return FF_IGNORED_INBOUND;
    return is_process(tag, senders) ? FF_IGNORED_NO_RESULT : FF_IGNORED_INTERNAL;
}

static void context_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                         const struct ff_postfix_line *pl)
{
    uint64_t key = pl->queue_id.len ? ff_joiner_key(line->host, pl->queue_id) : 0;
    switch (pl->kind) {
    case FF_POSTFIX_ACTIVE:
        ff_joiner_active(d->joiner, key, &it->at, pl->sender, pl->size);
        ignored(it, FF_IGNORED_CONTEXT);
        break;
    case FF_POSTFIX_MESSAGE_ID:
        ff_joiner_message_id(d->joiner, key, &it->at, pl->message_id);
        ignored(it, FF_IGNORED_CONTEXT);
        break;
    case FF_POSTFIX_BEGIN:
        ff_joiner_begin(d->joiner, key, &it->at);
        ignored(it, FF_IGNORED_CONTEXT);
        break;
    case FF_POSTFIX_CONTEXT:
        ignored(it, FF_IGNORED_CONTEXT);
        break;
    case FF_POSTFIX_REMOVED:
        ff_joiner_removed(d->joiner, key);
        ignored(it, FF_IGNORED_INTERNAL);
        break;
    case FF_POSTFIX_NEXT_HOST:
        ignored(it, FF_IGNORED_NEXT_HOST);
        break;
    case FF_POSTFIX_INBOUND:
        ignored(it, FF_IGNORED_INBOUND);
        break;
    case FF_POSTFIX_HOUSEKEEPING:
        ignored(it, FF_IGNORED_INTERNAL);
        break;
    default:
        ignored(it, ignored_by_program(line->tag));
        break;
    }
}

/* One line, its prefix taken off. `header`: it had a time and a tag of its own, or came in an envelope. */
static void decode_message(struct postfix *d, struct item *it, const struct ff_log_line *line, bool header)
{
    struct ff_postfix_line pl;
    bool ours = ff_postfix_tag(line->tag);
    if (line->message.len > LINE_MAX_BYTES) {
        dead(it, FF_DEAD_TOO_LARGE, "a log line over 64 KiB", "decode", 0);
        return;
    }
    ff_postfix_line_parse(line->message, &pl);
    switch (pl.kind) {
    case FF_POSTFIX_RESULT:
        result_line(d, it, line, &pl);
        return;
    case FF_POSTFIX_EXPIRED:
        expired_line(d, it, line, &pl);
        return;
    case FF_POSTFIX_BROKEN:
        dead(it, FF_DEAD_POSTFIX_GRAMMAR, pl.broken, "decode", it->in_payload + pl.broken_at);
        return;
    case FF_POSTFIX_ACTIVE: /* these have a form that no other program writes; APP-NAME may have been cut */
    case FF_POSTFIX_MESSAGE_ID:
        context_line(d, it, line, &pl);
        return;
    default:
        break;
    }
    if (ours)
        context_line(d, it, line, &pl);
    else if (header)
        ignored(it, FF_IGNORED_OTHER_PROGRAM);
    else
        dead(it, FF_DEAD_SYSLOG_PREFIX, "neither a syslog line nor a line of Postfix", "decode", 0);
}

/* --- records --- */

static void decode_text(struct postfix *d, struct item *it)
{
    struct ff_log_line line;
    bool header = ff_syslog_prefix_parse(it->payload, &line);
    if (line.message.len)
        it->in_payload = (size_t)(line.message.ptr - it->payload.ptr);
    decode_message(d, it, &line, header);
}

static void decode_envelope(struct postfix *d, struct item *it, uint32_t node)
{
    struct ff_log_line line;
    if (!ff_log_envelope_read(d->doc, node, &d->arena, &line, &it->reference_us)) {
        dead(it, FF_DEAD_JSON_SHAPE, "no log line in this JSON", "decode", 0);
        return;
    }
    /* an unescaped message, or one of repaired text, is not in the record: then only its whole can be pointed at */
    uintptr_t message = (uintptr_t)line.message.ptr, record = (uintptr_t)it->record->value.ptr;
    bool inside = message >= record && message < record + it->record->value.len;
    it->in_payload = inside ? (size_t)(line.message.ptr - it->payload.ptr) : FF_RECORD_BYTES_MAX;
    if (line.message.len == 0)
        ignored(it, FF_IGNORED_NO_RESULT);
    else
        decode_message(d, it, &line, true);
}

/* Parses the payload; bytes that are not UTF-8 (rsyslog copies what a server said) are repaired first. */
static enum ff_err parse_json(struct postfix *d, const struct item *it, struct ff_err_at *at)
{
    enum ff_err err = ff_json_parse(d->doc, it->payload, at);
    if (err == FF_ERR_SYNTAX && !is_ascii(it->payload) && !ff_slice_is_utf8(it->payload)) {
        struct ff_slice text = repaired(it->payload, &d->arena);
        if (text.len)
            err = ff_json_parse(d->doc, text, at);
    }
    return err;
}

/* An envelope, or an array of envelopes, each of which is an item. Returns the number of items. */
static int64_t decode_json(struct postfix *d, struct item *it)
{
    struct ff_err_at at = {0};
    if (it->payload.len > ENVELOPE_MAX_BYTES) {
        dead(it, FF_DEAD_TOO_LARGE, "a JSON envelope over 256 KiB", "decode", 0);
        return 1;
    }
    enum ff_err err = parse_json(d, it, &at);
    if (err != FF_OK) {
        dead(it, err == FF_ERR_TOO_LARGE ? FF_DEAD_TOO_LARGE : FF_DEAD_JSON_SYNTAX, at.msg ? at.msg : "no JSON",
             "decode", at.offset_bytes);
        return 1;
    }
    if (ff_json_type(d->doc, 0) != FF_JSON_ARRAY) {
        decode_envelope(d, it, 0);
        return 1;
    }
    int64_t count = 0;
    uint32_t end = d->doc->nodes[0].next;
    size_t mark = d->arena.used, offset = it->offset;
    for (uint32_t n = ff_json_first(0); n < end; n = d->doc->nodes[n].next, count++) {
        struct item element = *it;
        d->arena.used = mark;
        element.payload = ff_json_text(d->doc, n);
        if (d->doc->text.ptr == it->payload.ptr) /* else repaired: offsets there mean nothing */
            element.offset = offset + d->doc->nodes[n].start;
        element.index = (it->index < 0 ? 0 : it->index) + count;
        element.at.item = (uint32_t)element.index;
        decode_envelope(d, &element, n);
    }
    if (count == 0) {
        dead(it, FF_DEAD_JSON_SHAPE, "an empty array", "decode", 0);
        return 1;
    }
    return count;
}

static int64_t decode_line(struct postfix *d, struct item *it)
{
    ff_arena_reset(&d->arena);
    if (it->payload.ptr[0] == '{' || it->payload.ptr[0] == '[')
        return decode_json(d, it);
    if (it->payload.len > LINE_MAX_BYTES)
        dead(it, FF_DEAD_TOO_LARGE, "a log line over 64 KiB", "decode", 0);
    else
        decode_text(d, it);
    return 1;
}

static void postfix_decode(void *self, const struct ff_record *record, const struct ff_decode_sink *sink)
{
    struct postfix *d = self;
    struct item it = {.record = record, .sink = sink, .payload = record->value, .index = -1};
    it.at = (struct ff_joiner_at){record->position.name, record->position.partition, record->position.offset, 0};
    if (record->full_bytes) {
        struct ff_dead_letter letter = {.reason = FF_DEAD_TOO_LARGE,
                                        .message = "a line over the limit for records",
                                        .stage = "decode",
                                        .payload = ff_slice_sub(record->value, 0, FF_DEAD_PAYLOAD_MAX),
                                        .item_index = -1,
                                        .full_bytes = record->full_bytes};
        sink->dead(sink->ctx, &letter, record);
        return;
    }
    ff_joiner_seen(d->joiner, &it.at);
    struct ff_slice rest = record->value;
    bool single =
        ff_slice_chr(ff_slice_trim(rest), 0, '\n') == SIZE_MAX; /* then a dead letter is the record as a whole */
    int64_t index = 0;
    for (size_t from = 0; from < rest.len;) {
        size_t end = ff_slice_chr(rest, from, '\n');
        if (end == SIZE_MAX)
            end = rest.len;
        struct ff_slice line = ff_slice_trim(ff_slice_sub(rest, from, end));
        if (from == 0 && ff_slice_starts(line, FF_SLICE("\xef\xbb\xbf")))
            line = ff_slice_trim(ff_slice_sub(line, 3, line.len));
        if (line.len) {
            it.payload = line;
            it.offset = (size_t)(line.ptr - rest.ptr);
            it.in_payload = 0;
            it.reference_us = 0;
            it.index = single ? -1 : index;
            it.at.item = (uint32_t)index;
            index += decode_line(d, &it);
        }
        from = end + 1;
    }
}

static void postfix_free(void *self)
{
    struct postfix *d = self;
    if (!d)
        return;
    ff_joiner_free(d->joiner);
    ff_json_doc_free(d->doc);
    free(d->arena.base);
    free(d);
}

static void *postfix_new(const struct ff_decode_options *opts)
{
    struct postfix *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->opts = *opts;
    d->joiner = ff_joiner_new(NULL);
    d->doc = ff_json_doc_new(ENVELOPE_NODES_MAX);
    ff_arena_init(&d->arena, malloc(ARENA_BYTES), ARENA_BYTES);
    if (!d->joiner || !d->doc || !d->arena.base) {
        postfix_free(d);
        return NULL;
    }
    return d;
}

static int64_t postfix_needs_from(void *self, const char *name, int32_t partition)
{
    const struct postfix *d = self;
    return ff_joiner_needs_from(d->joiner, name, partition);
}

const struct ff_decoder_ops ff_decoder_postfix = {
    .name = "postfix",
    .summary = "Postfix log lines: syslog files, or in the JSON envelopes of log shippers",
    .framing = FF_FRAMING_LINES,
    .new_ = postfix_new,
    .decode = postfix_decode,
    .needs_from = postfix_needs_from,
    .free_ = postfix_free,
};
