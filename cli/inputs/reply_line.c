/* reply_line.c: see reply_line.h. */
#include "cli/inputs/reply_line.h"

#include <stdlib.h>

#include "classify/explain.h"
#include "cli/inputs/reply_members.h"
#include "cli/process/messages.h"

#define NODES_MAX (64u << 10)
#define ARENA_BYTES (1u << 20)
#define ID_BYTES_MAX 4096

int ff_reply_reader_init(struct ff_reply_reader *r)
{
    void *memory = malloc(ARENA_BYTES);
    ff_arena_init(&r->arena, memory, memory ? ARENA_BYTES : 0);
    r->doc = ff_json_doc_new(NODES_MAX);
    return memory && r->doc ? 0 : ff_fail(FF_EXIT_OSERR, "out of memory");
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

static const char *set_id(struct ff_reply_reader *r, uint32_t node, struct ff_reply_line *q)
{
    struct ff_slice text = ff_json_text(r->doc, node);
    bool string = ff_json_type(r->doc, node) == FF_JSON_STRING;
    if (text.len > ID_BYTES_MAX)
        return "id is longer than 4096 bytes";
    q->id = string ? ff_slice_of(text.ptr - 1, text.len + 2) : text;
    return NULL;
}

static const char *set_text(enum ff_reply_member member, struct ff_slice value, struct ff_reply *r)
{
    struct ff_slice *const texts[FF_REPLY_MEMBER_COUNT] = {[FF_REPLY_RAW] = &r->raw,
                                                           [FF_REPLY_TEXT] = &r->text,
                                                           [FF_REPLY_MX] = &r->mx,
                                                           [FF_REPLY_SENDING_IP] = &r->sending_ip,
                                                           [FF_REPLY_MAIL_FROM] = &r->mail_from,
                                                           [FF_REPLY_RECIPIENT] = &r->recipient};
    if (texts[member])
        *texts[member] = value;
    if (member == FF_REPLY_ENHANCED && value.len > 0 && !ff_enhanced_parse(value, &r->enhanced))
        return "enhanced is no status code like 5.1.1";
    if (member == FF_REPLY_STAGE && value.len > 0)
        return set_stage(r, value);
    if (member == FF_REPLY_ORIGIN && value.len > 0)
        return set_origin(r, value);
    return NULL;
}

/* One member of the object; null means "not known". */
static const char *set_member(struct ff_reply_reader *r, enum ff_reply_member member, uint32_t value,
                              struct ff_reply_line *q)
{
    struct ff_slice text;
    if (ff_json_type(r->doc, value) == FF_JSON_NULL)
        return NULL;
    if (member == FF_REPLY_ID)
        return set_id(r, value, q);
    if (member == FF_REPLY_CODE)
        return set_code(r, value, &q->reply);
    if (!ff_json_string(r->doc, value, &r->arena, &text))
        return "a field that must be a string is none";
    return set_text(member, text, &q->reply);
}

/* ---- members that are none --------------------------------------------------------------------------------------- */

static bool is_kept(const struct ff_reply_reader *r, struct ff_slice name)
{
    for (unsigned i = 0; i < r->odd_count; i++)
        if (ff_slice_eq(name, ff_slice_str(r->odd[i])))
            return true;
    return r->odd_count == FF_REPLY_ODD_MAX || name.len >= sizeof *r->odd;
}

static void keep(struct ff_reply_reader *r, struct ff_slice name)
{
    if (name.len)
        memcpy(r->odd[r->odd_count], name.ptr, name.len);
    r->odd[r->odd_count++][name.len] = 0;
}

/** Unknown members are left alone, but of one that looks like ours, while ours is not there, somebody should know:
 * a stage that is not read makes another verdict. */
static void tell_odd(struct ff_reply_reader *r, const struct ff_position *at, unsigned there)
{
    struct ff_slice name;
    uint32_t end = r->doc->nodes[0].next;
    for (uint32_t n = ff_json_first(0); n < end; n = r->doc->nodes[n + 1].next) {
        if (!ff_json_string(r->doc, n, &r->arena, &name) || ff_reply_member_of(name) < FF_REPLY_MEMBER_COUNT ||
            is_kept(r, name))
            continue;
        enum ff_reply_member meant = ff_reply_member_meant(name);
        if (meant < FF_REPLY_MEMBER_COUNT && there >> meant & 1)
            continue; /* the one that is meant may be missing in a later line */
        keep(r, name);
        if (meant < FF_REPLY_MEMBER_COUNT)
            ff_warn("%s:%lld: member \"%.*s\" is not read (did you mean \"%s\"?)", at->name, (long long)at->offset,
                    (int)name.len, (const char *)name.ptr, ff_reply_member_name(meant));
    }
}

static void parse_object(struct ff_reply_reader *r, struct ff_slice line, const struct ff_position *where,
                         struct ff_reply_line *q)
{
    struct ff_err_at at;
    struct ff_slice key;
    unsigned there = 0; /* bit per enum ff_reply_member, and one for all others */
    if (ff_json_parse(r->doc, line, &at) != FF_OK) {
        q->error = at.msg;
        return;
    }
    uint32_t end = r->doc->nodes[0].next;
    for (uint32_t n = ff_json_first(0); n < end; n = r->doc->nodes[n + 1].next) {
        if (!ff_json_string(r->doc, n, &r->arena, &key))
            continue;
        enum ff_reply_member member = ff_reply_member_of(key);
        const char *wrong = member < FF_REPLY_MEMBER_COUNT ? set_member(r, member, n + 1, q) : NULL;
        if (wrong && !q->error)
            q->error = wrong;
        there |= 1u << member;
    }
    if (there >> FF_REPLY_MEMBER_COUNT)
        tell_odd(r, where, there);
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
        parse_object(r, line, &record->position, q);
    else
        q->reply.raw = line;
}
