/* reply_line.c: see reply_line.h. */
#include "cli/inputs/reply_line.h"

#include <stdlib.h>

#include "classify/explain.h"
#include "cli/process/messages.h"

#define NODES_MAX (64u << 10)
#define ARENA_BYTES (1u << 20)
#define ID_BYTES_MAX 4096

int ff_reply_reader_init(struct ff_reply_reader *r)
{
    void *memory = malloc(ARENA_BYTES);
    ff_arena_init(&r->arena, memory, memory ? ARENA_BYTES : 0);
    r->doc = ff_json_doc_new(NODES_MAX);
    return memory && r->doc ? 0 : ff_fail(FF_EXIT_SOFTWARE, "out of memory");
}

void ff_reply_reader_fini(struct ff_reply_reader *r)
{
    ff_json_doc_free(r->doc);
    free(r->arena.base);
}

static const char *set_stage(struct ff_reply *r, struct ff_slice name)
{
    uint32_t stage, kind, origin;
    if (ff_reply_stage_parse(name, &stage, &kind, &origin)) {
        r->stage = stage;
        r->kind = kind;
        if (r->origin == FF_ORIGIN_UNSPECIFIED)
            r->origin = origin;
        return NULL;
    }
    enum ff_stage of_event = ff_stage_parse(name); /* the names of events ("rcpt_to") are understood too */
    if (of_event == FF_STAGE_COUNT)
        return "stage is none of connect helo starttls auth mail rcpt data end-of-data queue oob";
    r->stage = of_event;
    return NULL;
}

static const char *set_origin(struct ff_reply *r, struct ff_slice name)
{
    if (ff_reply_origin_parse(name, &r->origin))
        return NULL;
    if (ff_origin_parse(name) == FF_ORIGIN_COUNT)
        return "origin is none of remote local dsn";
    r->origin = ff_origin_parse(name);
    return NULL;
}

static const char *set_code(struct ff_reply_reader *r, uint32_t node, struct ff_reply *reply)
{
    int64_t code;
    if (!ff_json_int(r->doc, node, &code) || code < 0 || code > 999)
        return "code is no number from 0 to 999";
    reply->code = (uint32_t)code;
    return NULL;
}

static const char *set_text(struct ff_slice key, struct ff_slice value, struct ff_reply *r)
{
    const struct {
        const char *key;
        struct ff_slice *at;
    } texts[] = {{"raw", &r->raw}, {"text", &r->text}, {"mx", &r->mx}, {"sending_ip", &r->sending_ip},
                 {"mail_from", &r->mail_from}, {"recipient", &r->recipient}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (ff_slice_eq(key, ff_slice_str(texts[i].key)))
            *texts[i].at = value;
    if (ff_slice_eq(key, FF_SLICE("enhanced")) && value.len > 0 && !ff_enhanced_parse(value, &r->enhanced))
        return "enhanced is no status code like 5.1.1";
    if (ff_slice_eq(key, FF_SLICE("stage")) && value.len > 0)
        return set_stage(r, value);
    if (ff_slice_eq(key, FF_SLICE("origin")) && value.len > 0)
        return set_origin(r, value);
    return NULL;
}

static bool is_known(struct ff_slice key)
{
    static const char *const names[] = {"raw", "text", "mx", "sending_ip", "mail_from", "recipient", "enhanced", "stage", "origin"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ff_slice_eq(key, ff_slice_str(names[i])))
            return true;
    return false;
}

/* One member of the object; unknown ones are left alone, and null means "not known". */
static const char *member(struct ff_reply_reader *r, uint32_t key_node, struct ff_reply_line *q)
{
    uint32_t value = key_node + 1;
    struct ff_slice key, text;
    if (!ff_json_string(r->doc, key_node, &r->arena, &key) || ff_json_type(r->doc, value) == FF_JSON_NULL)
        return NULL;
    if (ff_slice_eq(key, FF_SLICE("id"))) {
        text = ff_json_text(r->doc, value);
        bool string = ff_json_type(r->doc, value) == FF_JSON_STRING;
        if (text.len > ID_BYTES_MAX)
            return "id is longer than 4096 bytes";
        q->id = string ? ff_slice_of(text.ptr - 1, text.len + 2) : text;
        return NULL;
    }
    if (ff_slice_eq(key, FF_SLICE("code")))
        return set_code(r, value, &q->reply);
    if (!is_known(key))
        return NULL;
    if (!ff_json_string(r->doc, value, &r->arena, &text))
        return "a field that must be a string is none";
    return set_text(key, text, &q->reply);
}

static void parse_object(struct ff_reply_reader *r, struct ff_slice line, struct ff_reply_line *q)
{
    struct ff_err_at at;
    if (ff_json_parse(r->doc, line, &at) != FF_OK) {
        q->error = at.msg;
        return;
    }
    uint32_t end = r->doc->nodes[0].next;
    for (uint32_t n = ff_json_first(0); n < end; n = r->doc->nodes[n + 1].next) {
        const char *wrong = member(r, n, q);
        if (wrong && !q->error)
            q->error = wrong;
    }
}

void ff_reply_line_parse(struct ff_reply_reader *r, const struct ff_record *record, struct ff_reply_line *q)
{
    struct ff_slice line = record->value;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    *q = (struct ff_reply_line){.error = NULL};
    ff_arena_reset(&r->arena);
    if (record->full_bytes > 0)
        q->error = "the line is longer than 8 MiB";
    else if (ff_slice_trim(line).len == 0)
        q->error = "the line is empty";
    else if (line.ptr[0] == '{')
        parse_object(r, line, q);
    else
        q->reply.raw = line;
}
