/* event_json.c: see event_json.h. The writer; the reader is in event_json_read.c.
 *
 * Lossy, on purpose: bytes of reply_text and raw that are no UTF-8 become U+FFFD; flag bits and fields this version
 * does not know, and codes and times no text form exists for, are left out.
 */
#include "proto/event_json.h"
#include "proto/event_json_members.h"
#include "proto/field_numbers.h"
#include "proto/wire.h"

static uint32_t number_of(const struct ff_event *ev, const struct ff_json_member *m)
{
    uint32_t v;
    memcpy(&v, (const uint8_t *)ev + m->offset, sizeof v);
    return v;
}

static int64_t time_of(const struct ff_event *ev, const struct ff_json_member *m)
{
    int64_t v;
    memcpy(&v, (const uint8_t *)ev + m->offset, sizeof v);
    return v;
}

static struct ff_slice slice_of(const struct ff_event *ev, const struct ff_json_member *m)
{
    struct ff_slice v;
    memcpy(&v, (const uint8_t *)ev + m->offset, sizeof v);
    return v;
}

static void put_sub_value(struct ff_json_out *o, enum ff_json_sub_type type, const struct ff_wire_field *f)
{
    switch (type) {
    case SUB_TIME:
        ff_json_put_time(o, (int64_t)f->value);
        break;
    case SUB_SINT:
        /* a sint32: of a longer varint the low 32 bits count, as in every protobuf; the reader takes no more */
        ff_json_put_int(o, ff_wire_unzigzag((uint32_t)f->value));
        break;
    case SUB_IP:
        ff_json_put_ip(o, f->bytes);
        break;
    default:
        ff_json_put_string(o, f->bytes);
    }
}

static bool wire_type_fits(enum ff_json_sub_type type, enum ff_wire_type wire)
{
    return wire == (type == SUB_TIME ? FF_WIRE_FIXED64 : type == SUB_SINT ? FF_WIRE_VARINT : FF_WIRE_BYTES);
}

static void put_sub(struct ff_json_out *o, const struct ff_json_sub_field *fields, struct ff_slice in)
{
    ff_json_open(o, '{');
    for (const struct ff_json_sub_field *s = fields; s->name; s++) {
        struct ff_wire_field f = {0}, last = {0};
        bool found = false;
        for (size_t pos = 0; ff_wire_next(in, &pos, &f) == FF_OK;) {
            if (f.number != s->number || !wire_type_fits(s->type, f.type) ||
                (s->type == SUB_IP && f.bytes.len != 4 && f.bytes.len != 16))
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
    struct ff_wire_field f = {0};
    bool open = false;
    for (size_t pos = 0; ff_wire_next(encoded, &pos, &f) == FF_OK;) {
        struct ff_wire_field part;
        struct ff_slice key = {0}, value = {0};
        if (f.number != FF_EVENT_FIELD_ATTRIBUTES || f.type != FF_WIRE_BYTES)
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

static bool is_absent(const struct ff_event *ev, const struct ff_json_member *m)
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
    for (const struct ff_json_member *m = ff_json_members; m < ff_json_members + FF_JSON_MEMBERS; m++) {
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
