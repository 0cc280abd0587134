/* decode_kumomta.c: KumoMTA's JSON log records (log hooks in Kafka, lines of a segment file) to events.
 *
 * A value may be one object, several lines of them, or, from a batch hook, an array of them; `recipient` may itself
 * be an array. Everything that comes out is counted where it is answered: a recipient of an object is one item, an
 * object that gives no event is one, a line or element that is no object is one. A broken element dies alone, a line
 * that is no JSON takes nothing with it but itself.
 *
 * Strings are slices of the record; escaped ones, encoded sub-messages and masked copies live in an arena that is
 * reset for each item. Both the arena and the tape are sized for the largest record once, at the start: pages that
 * are never touched cost nothing, and there is no allocation per record. A DOM library would allocate thousands of
 * times a second for fields that nobody reads.
 */
#include <stdlib.h>

#include "ingest/kumomta/decode_kumomta.h"
#include "ingest/kumomta/kumomta_answer.h"
#include "ingest/kumomta/kumomta_debug.h"
#include "ingest/kumomta/kumomta_event.h"
#include "ingest/kumomta/kumomta_fields.h"
#include "ingest/kumomta/kumomta_walk.h"

/* Bytes for the unescaped strings, encoded sub-messages and masked copies of one item. An item's strings unescape to
 * less than its own length; the reply text may be copied twice more (debug text, mask); the rest is small. */
#define ARENA_BYTES (3u * FF_RECORD_BYTES_MAX + (64u << 10))

static void kumomta_free(void *self)
{
    struct ff_kumomta *k = self;
    if (!k)
        return;
    ff_json_doc_free(k->doc);
    free(k->memory);
    free(k);
}

/** The fastest walk that runs here. */
static ff_kumomta_walk_fn *choose_walk(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
        return ff_kumomta_walk_avx2;
#endif
    return ff_kumomta_walk_base;
}

static void *kumomta_new(const struct ff_decode_options *opts)
{
    struct ff_kumomta *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->opts = *opts;
    if (!k->opts.default_tenant.len)
        k->opts.default_tenant = FF_SLICE("default");
    k->memory = malloc(ARENA_BYTES);
    k->doc = ff_json_doc_new(FF_JSON_NODES_MAX);
    if (!k->memory || !k->doc) {
        kumomta_free(k);
        return NULL;
    }
    ff_arena_init(&k->arena, k->memory, ARENA_BYTES);
    ff_kumomta_guesses_init(&k->guesses);
    k->walk = choose_walk();
    return k;
}

/** One log record, the value at `node`, whose text is k->item. */
static void decode_item(struct ff_kumomta *k, uint32_t node)
{
    if (ff_json_type(k->doc, node) == FF_JSON_OBJECT) {
        ff_kumomta_fields_read(k, node);
        ff_kumomta_record(k);
    } else {
        ff_kumomta_dead(k, FF_DEAD_JSON_SHAPE, "a log record must be an object");
    }
}

/** A line: one record or an array of them. *index counts the records of the value. */
static void decode_line(struct ff_kumomta *k, struct ff_slice line, bool alone, int64_t *index)
{
    struct ff_err_at at = {0};
    ff_arena_reset(&k->arena);
    k->item = line;
    k->item_index = alone ? -1 : *index;
    if (line.ptr[0] == '#') { /* a segment header */
        ++*index;
        k->sink->ignored(k->sink->ctx, FF_IGNORED_INTERNAL);
        return;
    }
    enum ff_err err = ff_json_parse(k->doc, line, &at);
    if (err != FF_OK) {
        ++*index;
        ff_kumomta_dead_at(k, err == FF_ERR_TOO_LARGE ? FF_DEAD_TOO_LARGE : FF_DEAD_JSON_SYNTAX,
                  at.msg ? at.msg : "the line is no JSON", at.offset_bytes);
        return;
    }
    if (ff_json_type(k->doc, 0) != FF_JSON_ARRAY) {
        ++*index;
        decode_item(k, 0);
        return;
    }
    uint32_t end = k->doc->nodes[0].next;
    if (end == ff_json_first(0)) { /* a hook that had nothing to send */
        ++*index;
        k->sink->ignored(k->sink->ctx, FF_IGNORED_NO_RESULT);
    }
    for (uint32_t n = ff_json_first(0); n < end; n = k->doc->nodes[n].next) {
        ff_arena_reset(&k->arena);
        k->item = ff_json_text(k->doc, n);
        k->item_index = (*index)++;
        decode_item(k, n);
    }
}

static size_t skip_blanks(struct ff_slice s, size_t at)
{
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t' || s.ptr[at] == '\r' || s.ptr[at] == '\n'))
        at++;
    return at;
}

/** A line that is one log record of the usual shape, at `at`: answers for it and returns where the next one begins.
 * 0: it is none, and nothing was done. No bracket closes at or behind `brace`. The line's end is not sought first:
 * the walk finds it on its way. */
static size_t usual_record(struct ff_kumomta *k, struct ff_slice value, size_t at, size_t brace, int64_t *index)
{
    ff_arena_reset(&k->arena);
    size_t len = k->walk(k, ff_slice_sub(value, at, brace));
    if (!len)
        return 0;
    size_t end = at + len, next = skip_blanks(value, end);
    if (next < value.len && !memchr(value.ptr + end, '\n', next - end))
        return 0; /* something else stands on the line */
    k->item = ff_slice_sub(value, at, end);
    k->item_index = *index == 0 && next == value.len ? -1 : *index;
    ++*index;
    ff_kumomta_record(k);
    return next;
}

/** Nearly always the length: a log hook sends nothing behind a record. */
static size_t behind_last_brace(struct ff_slice s)
{
    if (s.len && s.ptr[s.len - 1] == '}')
        return s.len;
    const uint8_t *last = s.len ? memrchr(s.ptr, '}', s.len) : NULL;
    return last ? (size_t)(last - s.ptr) + 1 : 0;
}

static void decode_too_large(struct ff_kumomta *k, const struct ff_record *record)
{
    ff_arena_reset(&k->arena);
    struct ff_dead_letter dead = {
        .reason = FF_DEAD_TOO_LARGE,
        .message = "the record is longer than 8 MiB",
        .stage = "decode",
        .payload = ff_kumomta_mask(&k->arena, ff_slice_sub(record->value, 0, FF_DEAD_PAYLOAD_MAX)),
        .byte_offset = FF_RECORD_BYTES_MAX,
        .item_index = -1,
        .full_bytes = record->full_bytes ? record->full_bytes : record->value.len,
    };
    k->sink->dead(k->sink->ctx, &dead, record);
}

static void kumomta_decode(void *self, const struct ff_record *record, const struct ff_decode_sink *sink)
{
    struct ff_kumomta *k = self;
    struct ff_slice value = record->value;
    k->record = record;
    k->sink = sink;
    if (record->full_bytes || value.len > FF_RECORD_BYTES_MAX) {
        decode_too_large(k, record);
        return;
    }
    int64_t index = 0;
    bool alone = false, alone_known = false;
    size_t brace = behind_last_brace(value); /* no record ends behind it */
    for (size_t at = 0; (at = skip_blanks(value, at)) < value.len;) {
        size_t end = usual_record(k, value, at, brace, &index);
        if (end) {
            at = end;
            continue;
        }
        if (!alone_known)
            alone = ff_slice_chr(ff_slice_trim(value), 0, '\n') == SIZE_MAX;
        alone_known = true;
        size_t lf = ff_slice_chr(value, at, '\n');
        decode_line(k, ff_slice_trim(ff_slice_sub(value, at, lf)), alone, &index);
        if (lf == SIZE_MAX)
            break;
        at = lf + 1;
    }
}

const struct ff_decoder_ops ff_decoder_kumomta = {
    .name = "kumomta",
    .summary = "KumoMTA log records: JSON objects, a line each, or arrays of them",
    .framing = FF_FRAMING_LINES,
    .new_ = kumomta_new,
    .decode = kumomta_decode,
    .free_ = kumomta_free,
};
