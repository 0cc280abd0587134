/* event_json.c: see event_json.h. One table of members serves both directions, in the order they are written in; the reader
 * looks for a member behind the one it found last, so what we wrote is read back without a search.
 *
 * Lossy, on purpose: bytes of reply_text and raw that are no UTF-8 become U+FFFD; flag bits and fields this version does
 * not know, and codes and times no text form exists for, are left out.
 */
#include "proto/event_json.h"

#include <stddef.h>

#include "proto/batch.h"
#include "proto/time_text.h"

#define FIELD_ATTRIBUTES 50

/* A member of a sub-message. */
enum sub_type { SUB_TEXT, SUB_TIME, SUB_IP, SUB_SINT, SUB_LIST };
struct sub_field {
    const char *name;
    uint32_t number;
    enum sub_type type;
};
static const struct sub_field dsn_fields[] = {
    {"action", 1, SUB_TEXT}, {"final_recipient", 2, SUB_TEXT}, {"reporting_mta", 3, SUB_TEXT}, {"remote_mta", 4, SUB_TEXT},
    {"diagnostic_type", 5, SUB_TEXT}, {"arrival", 6, SUB_TIME}, {"last_attempt", 7, SUB_TIME}, {"original_envelope_id", 8, SUB_TEXT},
    {"will_retry_until", 9, SUB_TIME}, {0}};
static const struct sub_field feedback_fields[] = {{"type", 1, SUB_TEXT}, {"user_agent", 2, SUB_TEXT}, {"source_ip", 3, SUB_IP},
                                                   {"reported_domain", 4, SUB_LIST}, {"feedback_id", 5, SUB_TEXT}, {0}};
static const struct sub_field vendor_fields[] = {{"scheme", 1, SUB_TEXT}, {"value", 2, SUB_TEXT}, {"code", 3, SUB_SINT}, {"detail", 4, SUB_TEXT}, {0}};

enum member_type { KIND, STAGE, ORIGIN, NUMBER, TIME, TEXT, IP, ID, ENHANCED, FLAGS, SUB, ATTRIBUTES };
struct member {
    const char *name;
    uint8_t name_len, type;
    bool always; /* written also when it is empty */
    uint16_t offset;
    const struct sub_field *sub;
};
#define MEMBER(type_, name_, field, always_, sub_) {name_, sizeof name_ - 1, type_, always_, offsetof(struct ff_event, field), sub_}
#define TEXT_MEMBER(field) MEMBER(TEXT, #field, field, false, NULL)

static const struct member members[] = {
    MEMBER(KIND, "kind", kind, true, NULL),
    MEMBER(TIME, "event_time", event_time_us, true, NULL),
    MEMBER(TEXT, "recipient", recipient, true, NULL),
    MEMBER(TEXT, "tenant_id", tenant_id, true, NULL),
    MEMBER(NUMBER, "reply_code", reply_code, false, NULL),
    MEMBER(ENHANCED, "enhanced_code", enhanced_code, false, NULL),
    TEXT_MEMBER(reply_text),
    MEMBER(STAGE, "stage", stage, false, NULL),
    MEMBER(ORIGIN, "origin", origin, false, NULL),
    TEXT_MEMBER(message_id),
    TEXT_MEMBER(mail_from),
    MEMBER(IP, "remote_ip", remote_ip, false, NULL),
    TEXT_MEMBER(remote_host),
    MEMBER(IP, "local_ip", local_ip, false, NULL),
    MEMBER(NUMBER, "attempt", attempt, false, NULL),
    MEMBER(ID, "event_id", event_id, false, NULL),
    TEXT_MEMBER(campaign_id),
    TEXT_MEMBER(stream_id),
    TEXT_MEMBER(from_domain),
    TEXT_MEMBER(rfc_message_id),
    MEMBER(TIME, "queued_time", queued_time_us, false, NULL),
    TEXT_MEMBER(original_recipient),
    TEXT_MEMBER(egress_pool),
    TEXT_MEMBER(egress_source),
    TEXT_MEMBER(provider),
    TEXT_MEMBER(mta_node),
    TEXT_MEMBER(subaccount_id),
    MEMBER(NUMBER, "size_bytes", size_bytes, false, NULL),
    MEMBER(NUMBER, "delay_ms", delay_ms, false, NULL),
    MEMBER(FLAGS, "flags", flags, false, NULL),
    MEMBER(SUB, "dsn", dsn, false, dsn_fields),
    MEMBER(SUB, "feedback", feedback, false, feedback_fields),
    MEMBER(SUB, "vendor", vendor, false, vendor_fields),
    MEMBER(ATTRIBUTES, "attributes", encoded, false, NULL),
    TEXT_MEMBER(raw),
};
#define MEMBERS (sizeof members / sizeof members[0])

static uint32_t number_of(const struct ff_event *ev, const struct member *m)
{
    uint32_t v;
    memcpy(&v, (const uint8_t *)ev + m->offset, sizeof v);
    return v;
}

static int64_t time_of(const struct ff_event *ev, const struct member *m)
{
    int64_t v;
    memcpy(&v, (const uint8_t *)ev + m->offset, sizeof v);
    return v;
}

static struct ff_slice slice_of(const struct ff_event *ev, const struct member *m)
{
    struct ff_slice v;
    memcpy(&v, (const uint8_t *)ev + m->offset, sizeof v);
    return v;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void put_sub_value(struct ff_json_out *o, enum sub_type type, const struct ff_wire_field *f)
{
    switch (type) {
    case SUB_TIME:
        ff_json_put_time(o, (int64_t)f->value);
        break;
    case SUB_SINT:
        ff_json_put_int(o, ff_wire_unzigzag(f->value));
        break;
    case SUB_IP:
        ff_json_put_ip(o, f->bytes);
        break;
    default:
        ff_json_put_string(o, f->bytes);
    }
}

static bool wire_type_fits(enum sub_type type, enum ff_wire_type wire)
{
    return wire == (type == SUB_TIME ? FF_WIRE_FIXED64 : type == SUB_SINT ? FF_WIRE_VARINT : FF_WIRE_BYTES);
}

static void put_sub(struct ff_json_out *o, const struct sub_field *fields, struct ff_slice in)
{
    ff_json_open(o, '{');
    for (const struct sub_field *s = fields; s->name; s++) {
        struct ff_wire_field f = {0}, last = {0};
        bool found = false;
        for (size_t pos = 0; ff_wire_next(in, &pos, &f) == FF_OK;) {
            if (f.number != s->number || !wire_type_fits(s->type, f.type) || (s->type == SUB_IP && f.bytes.len != 4 && f.bytes.len != 16))
                continue;
            if (!found) {
                ff_json_key(o, s->name);
                if (s->type == SUB_LIST)
                    ff_json_open(o, '[');
            }
            found = true;
            last = f;
            if (s->type == SUB_LIST)
                put_sub_value(o, s->type, &f);
        }
        if (found && s->type == SUB_LIST)
            ff_json_close(o, ']');
        else if (found)
            put_sub_value(o, s->type, &last);
    }
    ff_json_close(o, '}');
}

static void put_flags(struct ff_json_out *o, uint32_t flags)
{
    ff_json_open(o, '[');
    for (unsigned bit = 0; bit < FF_FLAG_BITS; bit++) {
        if (flags & (1u << bit))
            ff_json_put_string(o, ff_slice_str(ff_flag_name(bit)));
    }
    ff_json_close(o, ']');
}

/* Attributes have no member in struct ff_event: nobody but the operator reads them. */
static void put_attributes(struct ff_json_out *o, const char *name, struct ff_slice encoded)
{
    struct ff_wire_field f;
    bool open = false;
    for (size_t pos = 0; ff_wire_next(encoded, &pos, &f) == FF_OK;) {
        struct ff_wire_field part;
        struct ff_slice key = {0}, value = {0};
        if (f.number != FIELD_ATTRIBUTES || f.type != FF_WIRE_BYTES)
            continue;
        for (size_t at = 0; ff_wire_next(f.bytes, &at, &part) == FF_OK;) {
            if (part.type == FF_WIRE_BYTES && part.number == 1)
                key = part.bytes;
            else if (part.type == FF_WIRE_BYTES && part.number == 2)
                value = part.bytes;
        }
        if (!open) {
            ff_json_key(o, name);
            ff_json_open(o, '{');
            open = true;
        }
        ff_json_put_string(o, key);
        ff_json_colon(o);
        ff_json_put_string(o, value);
    }
    if (open)
        ff_json_close(o, '}');
}

/* Names; the number where this version has none, so that nothing is lost on the way through. */
static void put_enum(struct ff_json_out *o, uint32_t v, uint32_t count, const char *name)
{
    if (v < count)
        ff_json_put_string(o, ff_slice_str(name));
    else
        ff_json_put_uint(o, v);
}

/* Codes outside RFC 3463 have no text form; the reader would refuse them. */
static bool has_text_form(uint32_t enhanced)
{
    uint32_t class = enhanced / 1000000;
    return class >= 2 && class <= 5;
}

static bool is_absent(const struct ff_event *ev, const struct member *m)
{
    switch (m->type) {
    case KIND:
    case STAGE:
    case ORIGIN:
    case NUMBER:
        return number_of(ev, m) == 0;
    case FLAGS:
        return (number_of(ev, m) & ((1u << FF_FLAG_BITS) - 1)) == 0;
    case ENHANCED:
        return !has_text_form(number_of(ev, m));
    case TIME:
        return time_of(ev, m) <= 0;
    default:
        return slice_of(ev, m).len == 0;
    }
}

void ff_event_put_json(struct ff_json_out *o, const struct ff_event *ev)
{
    for (const struct member *m = members; m < members + MEMBERS; m++) {
        if (!m->always && is_absent(ev, m))
            continue;
        if (m->type == ATTRIBUTES) {
            put_attributes(o, m->name, ev->encoded);
            continue;
        }
        ff_json_key(o, m->name);
        switch (m->type) {
        case KIND:
            put_enum(o, ev->kind, FF_KIND_COUNT, ff_kind_name(ev->kind));
            break;
        case STAGE:
            put_enum(o, ev->stage, FF_STAGE_COUNT, ff_stage_name(ev->stage));
            break;
        case ORIGIN:
            put_enum(o, ev->origin, FF_ORIGIN_COUNT, ff_origin_name(ev->origin));
            break;
        case NUMBER:
            ff_json_put_uint(o, number_of(ev, m));
            break;
        case TIME:
            ff_json_put_time(o, time_of(ev, m));
            break;
        case IP:
            ff_json_put_ip(o, slice_of(ev, m));
            break;
        case ID:
            ff_json_put_hex(o, slice_of(ev, m));
            break;
        case ENHANCED:
            ff_json_put_enhanced(o, ev->enhanced_code);
            break;
        case FLAGS:
            put_flags(o, ev->flags);
            break;
        case SUB:
            put_sub(o, m->sub, slice_of(ev, m));
            break;
        default:
            ff_json_put_string(o, slice_of(ev, m));
        }
    }
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

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
    return ff_arena_copy(r->arena, ff_slice_of(ip, n), ret) ? FF_OK : fail(r, FF_ERR_TOO_LARGE, node, "the arena is full");
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
    return ff_arena_copy(r->arena, ff_slice_of(id, 16), &r->ev->event_id) ? FF_OK : fail(r, FF_ERR_TOO_LARGE, node, "the arena is full");
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

static enum ff_err read_enum(const struct reader *r, uint32_t node, const struct member *m, uint32_t *ret)
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

static enum ff_err read_sub_value(const struct reader *r, const struct sub_field *s, uint32_t node, struct ff_wire_out *o)
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

static enum ff_err read_sub_member(const struct reader *r, const struct sub_field *s, uint32_t node, struct ff_wire_out *o)
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
static enum ff_err read_sub(const struct reader *r, const struct sub_field *fields, uint32_t object, struct ff_slice *ret)
{
    if (ff_json_type(r->doc, object) != FF_JSON_OBJECT)
        return fail(r, FF_ERR_SYNTAX, object, "dsn, feedback and vendor are objects");
    /* unescaped texts are no longer than the JSON, addresses and times shorter; 12 bytes of tag and length for each */
    size_t room = r->doc->nodes[object].len + (size_t)12 * (r->doc->nodes[object].next - object);
    uint8_t *mem = ff_arena_bytes(r->arena, room);
    if (!mem)
        return fail(r, FF_ERR_TOO_LARGE, object, "the arena is full");
    struct ff_wire_out o = ff_wire_out(mem, room);
    for (const struct sub_field *s = fields; s->name; s++) {
        uint32_t node = ff_json_get(r->doc, object, ff_slice_str(s->name));
        if (node == FF_JSON_NONE || ff_json_type(r->doc, node) == FF_JSON_NULL)
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

static enum ff_err read_member(struct reader *r, const struct member *m, uint32_t node)
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
        return ff_json_type(r->doc, node) == FF_JSON_OBJECT ? FF_OK : fail(r, FF_ERR_SYNTAX, node, "attributes is no object");
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
        ff_wire_put_varint(&o, (uint64_t)FIELD_ATTRIBUTES << 3 | FF_WIRE_BYTES);
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

static const struct member *find_member(struct ff_slice key, size_t *hint)
{
    for (size_t tried = 0; tried < MEMBERS; tried++) {
        size_t i = *hint + tried < MEMBERS ? *hint + tried : *hint + tried - MEMBERS;
        if (members[i].name_len == key.len && memcmp(members[i].name, key.ptr, key.len) == 0) {
            *hint = i + 1 < MEMBERS ? i + 1 : 0;
            return &members[i];
        }
    }
    return NULL;
}

enum ff_err ff_event_from_json(const struct ff_json_doc *doc, uint32_t object, struct ff_arena *arena, struct ff_event *ret_ev,
                               struct ff_err_at *ret_at)
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
        const struct member *m = find_member(key, &hint);
        if (m)
            err = read_member(&r, m, n + 1);
    }
    if (!err && r.attributes != FF_JSON_NONE)
        err = encode_with_attributes(&r);
    if (!err)
        *ret_ev = ev;
    return err;
}
