/* event_json.c: see event_json.h. One table of text fields serves both directions; the sub-messages are written by hand,
 * because each has its own mix of times, addresses and lists. */
#include "proto/event_json.h"

#include <stddef.h>

#include "proto/time_text.h"
#include "proto/wire.h"

struct text_field {
    const char *name;
    size_t offset;
};
#define TEXT(member) {#member, offsetof(struct ff_event, member)}

/* Text fields that are left out when empty. */
static const struct text_field texts[] = {
    TEXT(message_id), TEXT(mail_from), TEXT(remote_host), TEXT(campaign_id), TEXT(stream_id), TEXT(from_domain), TEXT(rfc_message_id),
    TEXT(original_recipient), TEXT(egress_pool), TEXT(egress_source), TEXT(provider), TEXT(mta_node), TEXT(subaccount_id)};
#define TEXTS (sizeof texts / sizeof texts[0])

struct number_field {
    const char *name;
    size_t offset;
};
static const struct number_field numbers[] = {TEXT(reply_code), TEXT(attempt), TEXT(size_bytes), TEXT(delay_ms)};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

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

static const struct sub_message {
    const char *name;
    size_t offset;
    const struct sub_field *fields;
} subs[] = {{"dsn", offsetof(struct ff_event, dsn), dsn_fields},
            {"feedback", offsetof(struct ff_event, feedback), feedback_fields},
            {"vendor", offsetof(struct ff_event, vendor), vendor_fields}};
#define SUBS (sizeof subs / sizeof subs[0])

static const struct ff_slice *slice_at(const struct ff_event *ev, size_t offset)
{
    return (const struct ff_slice *)(const void *)((const uint8_t *)ev + offset);
}

static uint32_t number_at(const struct ff_event *ev, size_t offset)
{
    uint32_t v;
    memcpy(&v, (const uint8_t *)ev + offset, sizeof v);
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

static void put_sub(struct ff_json_out *o, const struct sub_message *sub, struct ff_slice in)
{
    ff_json_key(o, sub->name);
    ff_json_open(o, '{');
    for (const struct sub_field *s = sub->fields; s->name; s++) {
        struct ff_wire_field f = {0};
        bool open = false;
        for (size_t pos = 0; ff_wire_next(in, &pos, &f) == FF_OK;) {
            if (f.number != s->number || !wire_type_fits(s->type, f.type) || (s->type == SUB_IP && f.bytes.len != 4 && f.bytes.len != 16))
                continue;
            if (!open) {
                ff_json_key(o, s->name);
                if (s->type == SUB_LIST)
                    ff_json_open(o, '[');
            }
            open = true;
            put_sub_value(o, s->type, &f);
            if (s->type != SUB_LIST)
                break;
        }
        if (open && s->type == SUB_LIST)
            ff_json_close(o, ']');
    }
    ff_json_close(o, '}');
}

static void put_flags(struct ff_json_out *o, uint32_t flags)
{
    ff_json_key(o, "flags");
    ff_json_open(o, '[');
    for (unsigned bit = 0; bit < FF_FLAG_BITS; bit++) {
        if (flags & (1u << bit))
            ff_json_put_string(o, ff_slice_str(ff_flag_name(bit)));
    }
    ff_json_close(o, ']');
}

static void put_named(struct ff_json_out *o, const char *key, struct ff_slice text)
{
    ff_json_key(o, key);
    ff_json_put_string(o, text);
}

void ff_event_put_json(struct ff_json_out *o, const struct ff_event *ev)
{
    put_named(o, "kind", ff_slice_str(ff_kind_name(ev->kind)));
    ff_json_key(o, "event_time");
    ff_json_put_time(o, ev->event_time_us);
    put_named(o, "recipient", ev->recipient);
    put_named(o, "tenant_id", ev->tenant_id);
    if (ev->enhanced_code) {
        ff_json_key(o, "enhanced_code");
        ff_json_put_enhanced(o, ev->enhanced_code);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        uint32_t v = number_at(ev, numbers[i].offset);
        if (v) {
            ff_json_key(o, numbers[i].name);
            ff_json_put_uint(o, v);
        }
    }
    if (ev->reply_text.len)
        put_named(o, "reply_text", ev->reply_text);
    if (ev->stage)
        put_named(o, "stage", ff_slice_str(ff_stage_name(ev->stage)));
    if (ev->origin)
        put_named(o, "origin", ff_slice_str(ff_origin_name(ev->origin)));
    for (size_t i = 0; i < TEXTS; i++) {
        struct ff_slice s = *slice_at(ev, texts[i].offset);
        if (s.len)
            put_named(o, texts[i].name, s);
    }
    if (ev->remote_ip.len) {
        ff_json_key(o, "remote_ip");
        ff_json_put_ip(o, ev->remote_ip);
    }
    if (ev->local_ip.len) {
        ff_json_key(o, "local_ip");
        ff_json_put_ip(o, ev->local_ip);
    }
    if (ev->event_id.len) {
        ff_json_key(o, "event_id");
        ff_json_put_hex(o, ev->event_id);
    }
    if (ev->queued_time_us) {
        ff_json_key(o, "queued_time");
        ff_json_put_time(o, ev->queued_time_us);
    }
    if (ev->flags)
        put_flags(o, ev->flags);
    for (size_t i = 0; i < SUBS; i++) {
        struct ff_slice s = *slice_at(ev, subs[i].offset);
        if (s.len)
            put_sub(o, &subs[i], s);
    }
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct reader {
    const struct ff_json_doc *doc;
    struct ff_arena *arena;
    struct ff_event *ev;
    struct ff_err_at *at;
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

static enum ff_err read_time(const struct reader *r, uint32_t node, int64_t *ret, const char *msg)
{
    struct ff_slice s;
    enum ff_err err = read_text(r, node, &s, msg);
    if (err)
        return err;
    return ff_time_parse(s, false, ret, NULL) ? FF_OK : fail(r, FF_ERR_SYNTAX, node, msg);
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

static enum ff_err read_name(const struct reader *r, uint32_t node, struct ff_slice key)
{
    struct ff_slice s;
    enum ff_err err = read_text(r, node, &s, "kind, stage and origin are names");
    if (err)
        return err;
    unsigned v, count;
    uint32_t *to;
    if (ff_slice_eq(key, FF_SLICE("kind"))) {
        v = ff_kind_parse(s), count = FF_KIND_COUNT, to = &r->ev->kind;
    } else if (ff_slice_eq(key, FF_SLICE("stage"))) {
        v = ff_stage_parse(s), count = FF_STAGE_COUNT, to = &r->ev->stage;
    } else {
        v = ff_origin_parse(s), count = FF_ORIGIN_COUNT, to = &r->ev->origin;
    }
    if (v >= count)
        return fail(r, FF_ERR_SYNTAX, node, "an unknown kind, stage or origin");
    *to = v;
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
static enum ff_err read_sub(const struct reader *r, const struct sub_message *sub, uint32_t object)
{
    if (ff_json_type(r->doc, object) != FF_JSON_OBJECT)
        return fail(r, FF_ERR_SYNTAX, object, "dsn, feedback and vendor are objects");
    /* unescaped texts are no longer than the JSON, addresses and times shorter; 12 bytes of tag and length for each */
    size_t room = r->doc->nodes[object].len + 12u * (r->doc->nodes[object].next - object);
    uint8_t *mem = ff_arena_bytes(r->arena, room);
    if (!mem)
        return fail(r, FF_ERR_TOO_LARGE, object, "the arena is full");
    struct ff_wire_out o = ff_wire_out(mem, room);
    for (const struct sub_field *s = sub->fields; s->name; s++) {
        uint32_t node = ff_json_get(r->doc, object, ff_slice_str(s->name));
        if (node == FF_JSON_NONE || ff_json_type(r->doc, node) == FF_JSON_NULL)
            continue;
        enum ff_err err = read_sub_member(r, s, node, &o);
        if (err)
            return err;
    }
    if (o.full)
        return fail(r, FF_ERR_TOO_LARGE, object, "the arena is full");
    struct ff_slice done = ff_wire_done(&o);
    memcpy((uint8_t *)r->ev + sub->offset, &done, sizeof done);
    return FF_OK;
}

static enum ff_err read_member(const struct reader *r, struct ff_slice key, uint32_t node)
{
    struct ff_slice s;
    for (size_t i = 0; i < TEXTS; i++) {
        if (ff_slice_eq(key, ff_slice_str(texts[i].name))) {
            enum ff_err err = read_text(r, node, &s, "a text member has another type");
            if (!err)
                memcpy((uint8_t *)r->ev + texts[i].offset, &s, sizeof s);
            return err;
        }
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        if (ff_slice_eq(key, ff_slice_str(numbers[i].name))) {
            uint32_t v;
            enum ff_err err = read_u32(r, node, &v, "a number member has another type or range");
            if (!err)
                memcpy((uint8_t *)r->ev + numbers[i].offset, &v, sizeof v);
            return err;
        }
    }
    for (size_t i = 0; i < SUBS; i++) {
        if (ff_slice_eq(key, ff_slice_str(subs[i].name)))
            return read_sub(r, &subs[i], node);
    }
    if (ff_slice_eq(key, FF_SLICE("recipient")))
        return read_text(r, node, &r->ev->recipient, "recipient is no text");
    if (ff_slice_eq(key, FF_SLICE("tenant_id")))
        return read_text(r, node, &r->ev->tenant_id, "tenant_id is no text");
    if (ff_slice_eq(key, FF_SLICE("reply_text")))
        return read_text(r, node, &r->ev->reply_text, "reply_text is no text");
    if (ff_slice_eq(key, FF_SLICE("event_time")))
        return read_time(r, node, &r->ev->event_time_us, "event_time is no RFC 3339 time");
    if (ff_slice_eq(key, FF_SLICE("queued_time")))
        return read_time(r, node, &r->ev->queued_time_us, "queued_time is no RFC 3339 time");
    if (ff_slice_eq(key, FF_SLICE("kind")) || ff_slice_eq(key, FF_SLICE("stage")) || ff_slice_eq(key, FF_SLICE("origin")))
        return read_name(r, node, key);
    if (ff_slice_eq(key, FF_SLICE("remote_ip")))
        return read_ip(r, node, &r->ev->remote_ip, "remote_ip is no address");
    if (ff_slice_eq(key, FF_SLICE("local_ip")))
        return read_ip(r, node, &r->ev->local_ip, "local_ip is no address");
    if (ff_slice_eq(key, FF_SLICE("event_id")))
        return read_event_id(r, node);
    if (ff_slice_eq(key, FF_SLICE("flags")))
        return read_flags(r, node);
    if (ff_slice_eq(key, FF_SLICE("enhanced_code"))) {
        enum ff_err err = read_text(r, node, &s, "enhanced_code is no text");
        return err ? err : ff_enhanced_parse(s, &r->ev->enhanced_code) ? FF_OK : fail(r, FF_ERR_SYNTAX, node, "enhanced_code is not c.s.d");
    }
    return FF_OK;
}

enum ff_err ff_event_from_json(const struct ff_json_doc *doc, uint32_t object, struct ff_arena *arena, struct ff_event *ret_ev,
                               struct ff_err_at *ret_at)
{
    struct ff_event ev = {0};
    const struct reader r = {doc, arena, &ev, ret_at};
    if (ff_json_type(doc, object) != FF_JSON_OBJECT)
        return fail(&r, FF_ERR_SYNTAX, object, "an event is an object");
    for (uint32_t n = ff_json_first(object); n < doc->nodes[object].next; n = doc->nodes[n + 1].next) {
        struct ff_slice key;
        if (!ff_json_string(doc, n, arena, &key))
            return fail(&r, FF_ERR_TOO_LARGE, n, "the arena is full");
        if (ff_json_type(doc, n + 1) == FF_JSON_NULL)
            continue; /* null: the field is at its default */
        enum ff_err err = read_member(&r, key, n + 1);
        if (err)
            return err;
    }
    *ret_ev = ev;
    return FF_OK;
}
