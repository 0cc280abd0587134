/* decode_postfix.c: Postfix log lines, bare or in a shipper's JSON, to events.
 *
 * A result line says who was refused, by whom and why, but not whose mail it was: sender, message id, size and the
 * number of attempts stand in earlier lines of the same queue id, and an expiry names no recipient at all. So lines
 * pass through a bounded joiner (postfix_joiner.h) on their way; everything else is stateless. What was joined never
 * enters the event id: after a restart the join may be incomplete, and the same line must still give the same id.
 */
#include <stdlib.h>

#include "ingest/postfix/decode_postfix.h"
#include "ingest/postfix/log_envelope.h"
#include "ingest/postfix/postfix_event.h"
#include "ingest/postfix/postfix_utf8.h"

/** Longest bare line, and message inside an envelope; Postfix itself cuts at 2000 bytes. */
#define LINE_MAX_BYTES (64u << 10)
/** Longest JSON line. */
#define ENVELOPE_MAX_BYTES (256u << 10)
#define ENVELOPE_NODES_MAX (64u << 10)
/* Unescaped text (at most the envelope), its repair to UTF-8 (thrice that), the joined texts and one reply. */
#define ARENA_BYTES (5u * ENVELOPE_MAX_BYTES + 2u * LINE_MAX_BYTES)

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
        ff_postfix_dead(it, FF_DEAD_TOO_LARGE, "a log line over 64 KiB", "decode", 0);
        return;
    }
    ff_postfix_line_parse(line->message, &pl);
    switch (pl.kind) {
    case FF_POSTFIX_RESULT:
        ff_postfix_result_line(d, it, line, &pl);
        return;
    case FF_POSTFIX_EXPIRED:
        ff_postfix_expired_line(d, it, line, &pl);
        return;
    case FF_POSTFIX_BROKEN:
        ff_postfix_dead(it, FF_DEAD_POSTFIX_GRAMMAR, pl.broken, "decode", it->in_payload + pl.broken_at);
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
        ff_postfix_dead(it, FF_DEAD_SYSLOG_PREFIX, "neither a syslog line nor a line of Postfix", "decode", 0);
}

/* --- records --- */

static void decode_text(struct postfix *d, struct item *it)
{
    struct ff_log_line line;
    bool header = ff_syslog_prefix_parse(it->payload, &line);
    if (line.message.len)
        it->in_payload = (size_t)(line.message.ptr - it->payload.ptr);
    if (line.time == FF_LOG_TIME_NO_YEAR)
        it->reference_us = line.time_us; /* of the container runtime */
    decode_message(d, it, &line, header);
}

static void decode_envelope(struct postfix *d, struct item *it, uint32_t node)
{
    struct ff_log_line line;
    if (!ff_log_envelope_read(d->doc, node, &d->arena, &line, &it->reference_us)) {
        ff_postfix_dead(it, FF_DEAD_JSON_SHAPE, "no log line in this JSON", "decode", 0);
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
    if (err == FF_ERR_SYNTAX && !ff_slice_is_utf8(it->payload)) {
        struct ff_slice text = ff_postfix_repaired(it->payload, &d->arena);
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
        ff_postfix_dead(it, FF_DEAD_TOO_LARGE, "a JSON envelope over 256 KiB", "decode", 0);
        return 1;
    }
    enum ff_err err = parse_json(d, it, &at);
    if (err != FF_OK) {
        ff_postfix_dead(it, err == FF_ERR_TOO_LARGE ? FF_DEAD_TOO_LARGE : FF_DEAD_JSON_SYNTAX,
                        at.msg ? at.msg : "no JSON", "decode", at.offset_bytes);
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
        ff_postfix_dead(it, FF_DEAD_JSON_SHAPE, "an empty array", "decode", 0);
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
        ff_postfix_dead(it, FF_DEAD_TOO_LARGE, "a log line over 64 KiB", "decode", 0);
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
