/* decode_json.c: our own events as JSON (proto/event_json.h): what `decode --json` prints, one object a line, or an
 * array.
 *
 * A value that is not JSON is one dead letter; in an array only the bad element is. What an adapter may leave out is
 * filled in: the tenant, and an event id made of the content.
 */
#include <stdlib.h>

#include "ingest/own/decode_own.h"
#include "ingest/own/own_event.h"
#include "proto/event_json.h"

/* Unescaped texts are shorter than the JSON they stand in; encoded sub-messages take some more. */
#define ARENA_BYTES (2 * FF_RECORD_BYTES_MAX + FF_OWN_EVENT_BYTES_MAX)

struct json {
    struct ff_json_doc *doc;
    struct ff_arena arena;
    uint8_t *arena_mem;
    struct ff_own_events own;
};

static void json_free(void *self)
{
    struct json *d = self;
    ff_json_doc_free(d->doc);
    free(d->arena_mem);
    free(d);
}

static void *json_new(const struct ff_decode_options *opts)
{
    struct json *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->doc = ff_json_doc_new(FF_JSON_NODES_MAX);
    d->arena_mem = malloc(ARENA_BYTES);
    if (!d->doc || !d->arena_mem) {
        json_free(d);
        return NULL;
    }
    ff_arena_init(&d->arena, d->arena_mem, ARENA_BYTES);
    ff_own_events_init(&d->own, opts, FF_DEAD_JSON_SHAPE);
    return d;
}

static enum ff_dead reason_of(enum ff_err err)
{
    switch (err) {
    case FF_ERR_TOO_LARGE:
        return FF_DEAD_TOO_LARGE;
    case FF_ERR_RANGE:
        return FF_DEAD_BAD_TIME;
    default:
        return FF_DEAD_JSON_SHAPE;
    }
}

static void one_event(struct json *d, const struct ff_record *record, const struct ff_decode_sink *sink, uint32_t node,
                      size_t base, int64_t index)
{
    struct ff_own_item item = {record, sink, ff_json_text(d->doc, node), base + d->doc->nodes[node].start, index};
    if (ff_json_type(d->doc, node) == FF_JSON_STRING) /* its quotes belong to the payload */
        item.bytes = ff_slice_of(item.bytes.ptr - 1, item.bytes.len + 2);
    struct ff_event ev;
    struct ff_err_at at = {0};
    if (ff_json_type(d->doc, node) != FF_JSON_OBJECT) {
        ff_own_dead(&item, FF_DEAD_JSON_SHAPE, "an event is an object");
        return;
    }
    enum ff_err err = ff_event_from_json(d->doc, node, &d->arena, &ev, &at);
    if (!err) {
        ff_own_event(&d->own, &item, &d->arena, &ev);
        return;
    }
    item.offset = base + at.offset_bytes;
    ff_own_dead(&item, reason_of(err), at.msg);
}

static void one_line(struct json *d, const struct ff_record *record, const struct ff_decode_sink *sink,
                     struct ff_slice line, size_t base, int64_t *index)
{
    struct ff_err_at at = {0};
    ff_arena_reset(&d->arena);
    enum ff_err err = ff_json_parse(d->doc, line, &at);
    if (err) {
        const struct ff_own_item item = {record, sink, line, base + at.offset_bytes, (*index)++};
        ff_own_dead(&item, err == FF_ERR_TOO_LARGE ? FF_DEAD_TOO_LARGE : FF_DEAD_JSON_SYNTAX, at.msg);
        return;
    }
    if (ff_json_type(d->doc, 0) != FF_JSON_ARRAY || d->doc->nodes[0].next == 1) {
        one_event(d, record, sink, 0, base, (*index)++);
        return;
    }
    for (uint32_t n = ff_json_first(0); n < d->doc->nodes[0].next; n = d->doc->nodes[n].next)
        one_event(d, record, sink, n, base, (*index)++);
}

/* An object or array may be printed over several lines; lines are tried one by one only when the value as a whole is
 * not one JSON text. */
static void json_decode(void *self, const struct ff_record *record, const struct ff_decode_sink *sink)
{
    struct json *d = self;
    struct ff_err_at at;
    struct ff_slice all = ff_slice_trim(record->value);
    int64_t index = 0;
    if (ff_slice_chr(all, 0, '\n') == SIZE_MAX || ff_json_parse(d->doc, all, &at) == FF_OK) {
        one_line(d, record, sink, all, (size_t)(all.ptr - record->value.ptr), &index);
        return;
    }
    for (size_t from = 0; from < record->value.len;) {
        size_t end = ff_slice_chr(record->value, from, '\n');
        struct ff_slice line = ff_slice_trim(ff_slice_sub(record->value, from, end));
        if (line.len)
            one_line(d, record, sink, line, (size_t)(line.ptr - record->value.ptr), &index);
        from = end == SIZE_MAX ? record->value.len : end + 1;
    }
}

const struct ff_decoder_ops ff_decoder_json = {
    .name = "json",
    .summary = "our own events as JSON: an object, an array, or one object a line",
    .framing = FF_FRAMING_LINES,
    .new_ = json_new,
    .decode = json_decode,
    .free_ = json_free,
};
