/* event_json_read.c: an event from its JSON twin.
 *
 * A member is looked for behind the one that was found last, so what we wrote ourselves is read back without a search.
 * Unknown members are passed over, a known one of another type ends it.
 */
#include "proto/batch.h"
#include "proto/event_json.h"
#include "proto/event_json_members.h"
#include "proto/field_numbers.h"
#include "proto/time_text.h"
#include "proto/wire.h"

struct reader {
    const struct ff_json_doc *doc;
    struct ff_arena *arena;
    struct ff_event *ev;
    struct ff_err_at *at;
    uint32_t attributes; /* node, or FF_JSON_NONE */
};

static enum ff_err fail(const struct reader *r, enum ff_err err, uint32_t node, const char *msg)
{
    if (r->at)
        *r->at = (struct ff_err_at){err, r->doc->nodes[node].start, msg};
    return err;
}

static enum ff_err read_text(const struct reader *r, uint32_t node, struct ff_slice *ret, const char *msg)
{
    if (ff_json_type(r->doc, node) != FF_JSON_STRING)
        return fail(r, FF_ERR_SYNTAX, node, msg);
    if (!ff_json_string(r->doc, node, r->arena, ret))
        return fail(r, FF_ERR_TOO_LARGE, node, "the texts of the event are larger than an event may be");
    return FF_OK;
}

static enum ff_err read_u32(const struct reader *r, uint32_t node, uint32_t *ret, const char *msg)
{
    int64_t v;
    if (!ff_json_int(r->doc, node, &v) || v < 0 || v > UINT32_MAX)
        return fail(r, FF_ERR_SYNTAX, node, msg);
    *ret = (uint32_t)v;
    return FF_OK;
}

/* FF_ERR_RANGE: a text that is no time. */
static enum ff_err read_time(const struct reader *r, uint32_t node, int64_t *ret, const char *msg)
{
    struct ff_slice s;
    enum ff_err err = read_text(r, node, &s, msg);
    if (err)
        return err;
    return ff_time_parse(s, false, ret, NULL) ? FF_OK : fail(r, FF_ERR_RANGE, node, msg);
}

static enum ff_err read_ip(const struct reader *r, uint32_t node, struct ff_slice *ret, const char *msg)
{
    struct ff_slice s;
    uint8_t ip[16];
    enum ff_err err = read_text(r, node, &s, msg);
    if (err)
        return err;
    size_t n = ff_ip_parse(s, ip);
    if (n == 0)
        return fail(r, FF_ERR_SYNTAX, node, msg);
    return ff_arena_copy(r->arena, ff_slice_of(ip, n), ret) ? FF_OK
                                                            : fail(r, FF_ERR_TOO_LARGE, node, "the arena is full");
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum ff_err read_event_id(const struct reader *r, uint32_t node)
{
    struct ff_slice s;
    uint8_t id[16];
    enum ff_err err = read_text(r, node, &s, "event_id is no text");
    if (err)
        return err;
    if (s.len != 32)
        return fail(r, FF_ERR_SYNTAX, node, "event_id is not 32 hex digits");
    for (size_t i = 0; i < 16; i++) {
        int a = hex_digit(s.ptr[2 * i]), b = hex_digit(s.ptr[2 * i + 1]);
        if (a < 0 || b < 0)
            return fail(r, FF_ERR_SYNTAX, node, "event_id is not 32 hex digits");
        id[i] = (uint8_t)(a << 4 | b);
    }
    return ff_arena_copy(r->arena, ff_slice_of(id, 16), &r->ev->event_id)
               ? FF_OK
               : fail(r, FF_ERR_TOO_LARGE, node, "the arena is full");
}

static enum ff_err read_flags(const struct reader *r, uint32_t node)
{
    if (ff_json_type(r->doc, node) != FF_JSON_ARRAY)
        return fail(r, FF_ERR_SYNTAX, node, "flags is no array");
    for (uint32_t n = ff_json_first(node); n < r->doc->nodes[node].next; n = r->doc->nodes[n].next) {
        struct ff_slice s;
        enum ff_err err = read_text(r, n, &s, "a flag is no text");
        if (err)
            return err;
        unsigned bit = ff_flag_parse(s); /* a flag of a newer version is ignored, as an unknown field is */
        if (bit < FF_FLAG_BITS)
            r->ev->flags |= 1u << bit;
    }
    return FF_OK;
}

static enum ff_err read_enum(const struct reader *r, uint32_t node, const struct ff_json_member *m, uint32_t *ret)
{
    struct ff_slice s;
    unsigned v, count;
    if (ff_json_type(r->doc, node) == FF_JSON_NUMBER)
        return read_u32(r, node, ret, "kind, stage and origin are names or small numbers");
    enum ff_err err = read_text(r, node, &s, "kind, stage and origin are names");
    if (err)
        return err;
    if (m->type == KIND)
        v = ff_kind_parse(s), count = FF_KIND_COUNT;
    else if (m->type == STAGE)
        v = ff_stage_parse(s), count = FF_STAGE_COUNT;
    else
        v = ff_origin_parse(s), count = FF_ORIGIN_COUNT;
    if (v >= count)
        return fail(r, FF_ERR_SYNTAX, node, "an unknown kind, stage or origin");
    *ret = v;
    return FF_OK;
}

static enum ff_err read_sub_value(const struct reader *r, const struct ff_json_sub_field *s, uint32_t node,
                                  struct ff_wire_out *o)
{
    struct ff_slice text;
    int64_t v;
    enum ff_err err;
    switch (s->type) {
    case SUB_TIME:
        err = read_time(r, node, &v, "a time in dsn is none");
        if (err == FF_ERR_RANGE) /* that is for the event's own time */
            err = fail(r, FF_ERR_SYNTAX, node, "a time in dsn is none");
        if (!err)
            ff_wire_put_fixed64(o, s->number, (uint64_t)v);
        return err;
    case SUB_SINT:
        if (!ff_json_int(r->doc, node, &v) || v < INT32_MIN || v > INT32_MAX)
            return fail(r, FF_ERR_SYNTAX, node, "vendor.code is no number");
        ff_wire_put_uint(o, s->number, ff_wire_zigzag(v));
        return FF_OK;
    case SUB_IP:
        err = read_ip(r, node, &text, "feedback.source_ip is no address");
        break;
    default:
        err = read_text(r, node, &text, "a member of dsn, feedback or vendor is no text");
    }
    if (!err)
        ff_wire_put_bytes(o, s->number, text);
    return err;
}

static enum ff_err read_sub_member(const struct reader *r, const struct ff_json_sub_field *s, uint32_t node,
                                   struct ff_wire_out *o)
{
    if (s->type != SUB_LIST)
        return read_sub_value(r, s, node, o);
    if (ff_json_type(r->doc, node) != FF_JSON_ARRAY)
        return fail(r, FF_ERR_SYNTAX, node, "feedback.reported_domain is no array");
    enum ff_err err = FF_OK;
    for (uint32_t n = ff_json_first(node); !err && n < r->doc->nodes[node].next; n = r->doc->nodes[n].next)
        err = read_sub_value(r, s, n, o);
    return err;
}

/* Encodes in the order of the table, so that equal objects give equal bytes whatever the order of their members. */
static enum ff_err read_sub(const struct reader *r, const struct ff_json_sub_field *fields, uint32_t object,
                            struct ff_slice *ret)
{
    if (ff_json_type(r->doc, object) != FF_JSON_OBJECT)
        return fail(r, FF_ERR_SYNTAX, object, "dsn, feedback and vendor are objects");
    /* unescaped texts are no longer than the JSON, addresses and times shorter; 12 bytes of tag and length for each */
    size_t room = r->doc->nodes[object].len + (size_t)12 * (r->doc->nodes[object].next - object);
    uint8_t *mem = ff_arena_bytes(r->arena, room);
    if (!mem)
        return fail(r, FF_ERR_TOO_LARGE, object, "the arena is full");
    struct ff_wire_out o = ff_wire_out(mem, room);
    for (const struct ff_json_sub_field *s = fields; s->name; s++) {
        uint32_t node = ff_json_get(r->doc, object, ff_slice_str(s->name));
        if (ff_json_type(r->doc, node) == FF_JSON_NULL)
            continue;
        enum ff_err err = read_sub_member(r, s, node, &o);
        if (err)
            return err;
    }
    if (o.full)
        return fail(r, FF_ERR_TOO_LARGE, object, "the arena is full");
    *ret = ff_wire_done(&o);
    return FF_OK;
}

static enum ff_err read_enhanced(const struct reader *r, uint32_t node, uint32_t *ret)
{
    struct ff_slice s;
    enum ff_err err = read_text(r, node, &s, "enhanced_code is no text");
    if (err)
        return err;
    return ff_enhanced_parse(s, ret) ? FF_OK : fail(r, FF_ERR_SYNTAX, node, "enhanced_code is not c.s.d");
}

static enum ff_err read_member(struct reader *r, const struct ff_json_member *m, uint32_t node)
{
    uint8_t *to = (uint8_t *)r->ev + m->offset;
    uint32_t number = 0;
    int64_t time = 0;
    struct ff_slice s = {0};
    enum ff_err err;
    switch (m->type) {
    case KIND:
    case STAGE:
    case ORIGIN:
        err = read_enum(r, node, m, &number);
        break;
    case NUMBER:
        err = read_u32(r, node, &number, "a number member has another type or range");
        break;
    case ENHANCED:
        err = read_enhanced(r, node, &number);
        break;
    case TIME:
        err = read_time(r, node, &time, "event_time or queued_time is no RFC 3339 time");
        break;
    case IP:
        err = read_ip(r, node, &s, "remote_ip or local_ip is no address");
        break;
    case SUB:
        err = read_sub(r, m->sub, node, &s);
        break;
    case ID:
        return read_event_id(r, node);
    case FLAGS:
        return read_flags(r, node);
    case ATTRIBUTES:
        r->attributes = node;
        return ff_json_type(r->doc, node) == FF_JSON_OBJECT ? FF_OK
                                                            : fail(r, FF_ERR_SYNTAX, node, "attributes is no object");
    default:
        err = read_text(r, node, &s, "a text member has another type");
    }
    if (err)
        return err;
    if (m->type == TIME)
        memcpy(to, &time, sizeof time);
    else if (m->type == TEXT || m->type == IP || m->type == SUB)
        memcpy(to, &s, sizeof s);
    else
        memcpy(to, &number, sizeof number);
    return FF_OK;
}

/* The event's wire form, for the one part of it that struct ff_event cannot hold. */
static enum ff_err encode_with_attributes(const struct reader *r)
{
    uint32_t object = r->attributes, end = r->doc->nodes[object].next;
    size_t room = ff_event_size_max(r->ev) + r->doc->nodes[object].len + (size_t)12 * (end - object);
    uint8_t *mem = ff_arena_bytes(r->arena, room);
    if (!mem)
        return fail(r, FF_ERR_TOO_LARGE, object, "the arena is full");
    struct ff_wire_out o = ff_wire_out(mem, room);
    ff_event_encode(r->ev, &o);
    for (uint32_t n = ff_json_first(object); n < end; n = r->doc->nodes[n + 1].next) {
        struct ff_slice key, value;
        enum ff_err err = read_text(r, n, &key, "");
        if (!err)
            err = read_text(r, n + 1, &value, "an attribute is no text");
        if (err)
            return err;
        size_t size = 1 + ff_wire_varint_size(key.len) + key.len + 1 + ff_wire_varint_size(value.len) + value.len;
        ff_wire_put_varint(&o, (uint64_t)FF_EVENT_FIELD_ATTRIBUTES << 3 | FF_WIRE_BYTES);
        ff_wire_put_varint(&o, size);
        ff_wire_put_message(&o, 1, key);
        ff_wire_put_message(&o, 2, value);
    }
    if (o.full)
        return fail(r, FF_ERR_TOO_LARGE, object, "the arena is full");
    if (end > ff_json_first(object))
        r->ev->encoded = ff_wire_done(&o);
    return FF_OK;
}

static const struct ff_json_member *find_member(struct ff_slice key, size_t *hint)
{
    for (size_t tried = 0; tried < FF_JSON_MEMBERS; tried++) {
        size_t i = *hint + tried < FF_JSON_MEMBERS ? *hint + tried : *hint + tried - FF_JSON_MEMBERS;
        if (ff_json_members[i].name_len == key.len && memcmp(ff_json_members[i].name, key.ptr, key.len) == 0) {
            *hint = i + 1 < FF_JSON_MEMBERS ? i + 1 : 0;
            return &ff_json_members[i];
        }
    }
    return NULL;
}

enum ff_err ff_event_from_json(const struct ff_json_doc *doc, uint32_t object, struct ff_arena *arena,
                               struct ff_event *ret_ev, struct ff_err_at *ret_at)
{
    struct ff_event ev = {0};
    struct reader r = {doc, arena, &ev, ret_at, FF_JSON_NONE};
    size_t hint = 0;
    enum ff_err err = FF_OK;
    if (ff_json_type(doc, object) != FF_JSON_OBJECT)
        return fail(&r, FF_ERR_SYNTAX, object, "an event is an object");
    for (uint32_t n = ff_json_first(object); n < doc->nodes[object].next && !err; n = doc->nodes[n + 1].next) {
        struct ff_slice key;
        if (ff_json_type(doc, n + 1) == FF_JSON_NULL)
            continue; /* null: the field is at its default */
        if (!ff_json_string(doc, n, arena, &key))
            return fail(&r, FF_ERR_TOO_LARGE, n, "the arena is full");
        const struct ff_json_member *m = find_member(key, &hint);
        if (m)
            err = read_member(&r, m, n + 1);
    }
    if (!err && r.attributes != FF_JSON_NONE)
        err = encode_with_attributes(&r);
    if (!err)
        *ret_ev = ev;
    return err;
}
