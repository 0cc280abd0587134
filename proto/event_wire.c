/* event_wire.c: DeliveryEvent to and from protobuf's wire format, without copying (proto/batch.h).
 *
 * One list of fields is the schema, for both directions: decoding looks for its fields in their order, and finds what
 * is out of order by its tag in a table; encoding writes one after the other; a test holds it against protobuf-c's
 * descriptors. Decoding is one pass over the tags: strings and bytes stay where they are, text is checked for UTF-8
 * because everything behind this point relies on it, sub-messages are checked and kept encoded (few readers look
 * inside). Unknown fields are skipped and survive in ev->encoded.
 *
 * Where we differ from protobuf-c, on purpose: `string` must be UTF-8; IPs and ids must have one of their lengths; a
 * sub-message given twice is not merged, the last one wins; tags and lengths may be longer than needed, but no varint
 * has more than 64 bits; field number 0 is refused.
 */
#include "proto/batch.h"

#include <stddef.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "proto/field_numbers.h"

enum slot_type { SLOT_NONE, SLOT_NUMBER, SLOT_TIME, SLOT_BYTES, SLOT_TEXT, SLOT_MESSAGE };
/* The schema: fields with a member, in ascending order. */
/* clang-format off */
#define FIELDS(NUMBER, TIME, BYTES, TEXT, MESSAGE) \
    NUMBER(1, kind)          TIME(2, event_time_us)   TEXT(3, recipient)      TEXT(4, tenant_id) \
    NUMBER(5, reply_code)    NUMBER(6, enhanced_code) BYTES(7, reply_text)    NUMBER(8, stage) \
    NUMBER(9, origin)        TEXT(10, message_id)     TEXT(11, mail_from)     BYTES(12, remote_ip) \
    TEXT(13, remote_host)    BYTES(14, local_ip)      NUMBER(15, attempt)     BYTES(16, event_id) \
    TEXT(17, campaign_id)    TEXT(18, stream_id)      TEXT(19, from_domain)   TEXT(20, rfc_message_id) \
    TIME(21, queued_time_us) TEXT(22, original_recipient) TEXT(23, egress_pool) TEXT(24, egress_source) \
    TEXT(25, provider)       TEXT(26, mta_node)       TEXT(27, subaccount_id) NUMBER(28, size_bytes) \
    NUMBER(29, delay_ms)     NUMBER(30, flags)        MESSAGE(40, dsn)        MESSAGE(41, feedback) \
    MESSAGE(42, vendor)      BYTES(60, raw)

#define TAG(n, wire) ((n) << 3 | (wire))
#define TAG_NUMBER(n, member) [TAG(n, FF_WIRE_VARINT)] = {SLOT_NUMBER, offsetof(struct ff_event, member)},
#define TAG_TIME(n, member) [TAG(n, FF_WIRE_FIXED64)] = {SLOT_TIME, offsetof(struct ff_event, member)},
#define TAG_BYTES(n, member) [TAG(n, FF_WIRE_BYTES)] = {SLOT_BYTES, offsetof(struct ff_event, member)},
#define TAG_TEXT(n, member) [TAG(n, FF_WIRE_BYTES)] = {SLOT_TEXT, offsetof(struct ff_event, member)},
#define TAG_MESSAGE(n, member) [TAG(n, FF_WIRE_BYTES)] = {SLOT_MESSAGE, offsetof(struct ff_event, member)},
#define KNOWN(n, member) | UINT64_C(1) << (n)
/* clang-format on */

/* By tag, which is number and wire type in one: a field with another wire type than its own is not in here. */
#define TAGS 512
static const struct slot {
    uint16_t type, offset; /* of the member in struct ff_event */
} slots[TAGS] = {FIELDS(TAG_NUMBER, TAG_TIME, TAG_BYTES, TAG_TEXT, TAG_MESSAGE)};

static const uint64_t known_numbers = 0 FIELDS(KNOWN, KNOWN, KNOWN, KNOWN, KNOWN);

/* The sub-messages: a field's bit is set in the row of what its wire type and content must be. */
struct submessage {
    uint32_t field;
    uint32_t text, fixed64, bytes, varint;
};
#define BIT(n) (1u << (n))
static const struct submessage submessages[] = {
    {40, BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(8), BIT(6) | BIT(7) | BIT(9), 0, 0},
    {41, BIT(1) | BIT(2) | BIT(4) | BIT(5), 0, BIT(3), 0},
    {42, BIT(1) | BIT(2) | BIT(4), 0, 0, BIT(3)},
    {FF_EVENT_FIELD_ATTRIBUTES, BIT(1) | BIT(2), 0, 0, 0},
};

static enum ff_err fail(struct ff_err_at *ret, enum ff_err err, size_t offset, const char *msg)
{
    if (ret)
        *ret = (struct ff_err_at){err, offset, msg};
    return err;
}

static enum ff_err check_submessage(uint64_t field, struct ff_slice in, size_t offset, struct ff_err_at *ret_at)
{
    const struct submessage *sub = submessages;
    struct ff_wire_field f;
    size_t pos = 0;
    while (sub->field != field)
        sub++;
    for (;;) {
        size_t start = pos;
        enum ff_err err = ff_wire_next(in, &pos, &f);
        if (err == FF_ERR_NOT_FOUND)
            return FF_OK;
        if (err)
            return fail(ret_at, err, offset + start, "a broken sub-message");
        uint32_t bit = f.number < 32 ? BIT(f.number) : 0;
        if (((sub->text | sub->bytes) & bit && f.type != FF_WIRE_BYTES) ||
            (sub->fixed64 & bit && f.type != FF_WIRE_FIXED64) || (sub->varint & bit && f.type != FF_WIRE_VARINT))
            return fail(ret_at, FF_ERR_SYNTAX, offset + start, "a known field of a sub-message with another wire type");
        if (sub->text & bit && !ff_slice_is_utf8(f.bytes))
            return fail(ret_at, FF_ERR_SYNTAX, offset + start, "text in a sub-message that is not UTF-8");
    }
}

static bool ip_or_id_fits(const struct ff_event *ev)
{
    return (ev->remote_ip.len == 0 || ev->remote_ip.len == 4 || ev->remote_ip.len == 16) &&
           (ev->local_ip.len == 0 || ev->local_ip.len == 4 || ev->local_ip.len == 16) &&
           (ev->event_id.len == 0 || ev->event_id.len == 16);
}

/* Most varints here have one byte (codes, enums, lengths of short texts), nearly all others two (tags from 16 on). */
static inline bool short_varint(struct ff_slice in, size_t *pos, uint64_t *ret)
{
    if (in.len - *pos >= 2) {
        const uint8_t *p = in.ptr + *pos;
        if (p[0] < 0x80) {
            *ret = p[0];
            *pos += 1;
            return true;
        }
        if (p[1] < 0x80) {
            *ret = (uint64_t)(p[0] & 0x7f) | (uint64_t)p[1] << 7;
            *pos += 2;
            return true;
        }
    }
    return ff_wire_varint(in, pos, ret);
}

/* Is s ASCII? `end` is where what may be read ends: nearly all texts are short, and one look at 32 bytes costs less
 * than to find out which of the lengths it has. */
static inline bool is_ascii_before(struct ff_slice s, const uint8_t *end)
{
#if defined(__SSE2__)
    if (s.len <= 32 && end - s.ptr >= 32) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)s.ptr);
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + 16));
        uint64_t high = (uint64_t)(uint32_t)_mm_movemask_epi8(a) | (uint64_t)(uint32_t)_mm_movemask_epi8(b) << 16;
        return (high & ((UINT64_C(1) << s.len) - 1)) == 0;
    }
#else
    (void)end;
#endif
    return ff_slice_is_ascii(s);
}

/* A field without a slot: one this version does not know, or an entry of the attributes. */
static enum ff_err pass_over(struct ff_slice in, size_t *pos, struct ff_err_at *ret_at)
{
    struct ff_wire_field f;
    size_t start = *pos;
    enum ff_err err = ff_wire_next(in, pos, &f);
    if (err)
        return fail(ret_at, err, start, err == FF_ERR_TRUNCATED ? "a field is cut off" : "an impossible field tag");
    if (f.number != FF_EVENT_FIELD_ATTRIBUTES)
        return FF_OK;
    if (f.type != FF_WIRE_BYTES)
        return fail(ret_at, FF_ERR_SYNTAX, start, "a known field with another wire type");
    return check_submessage(f.number, f.bytes, (size_t)(f.bytes.ptr - in.ptr), ret_at);
}

/* A length-delimited field; its tag is read. */
static inline enum ff_err take_bytes(struct ff_slice in, size_t *pos, uint64_t number, enum slot_type type,
                                     uint8_t *member, struct ff_err_at *ret_at)
{
    uint64_t n;
    size_t start = *pos;
    if (!short_varint(in, pos, &n) || n > in.len - *pos)
        return fail(ret_at, FF_ERR_TRUNCATED, start, "a field is cut off");
    struct ff_slice s = {in.ptr + *pos, (size_t)n};
    if (type == SLOT_TEXT && !is_ascii_before(s, in.ptr + in.len) && !ff_slice_is_utf8(s))
        return fail(ret_at, FF_ERR_SYNTAX, start, "a text field that is not UTF-8");
    if (type == SLOT_MESSAGE) {
        enum ff_err err = check_submessage(number, s, *pos, ret_at);
        if (err)
            return err;
    }
    memcpy(member, &s, sizeof s);
    *pos += (size_t)n;
    return FF_OK;
}

/* ---- fields in order --------------------------------------------------------------------------------------------- */

/* Encoders write fields in ascending order, so they are looked for in that order first: a compare with the one tag
 * that may come, no table, and a branch that each field has for itself. What is not as short as usual is left to
 * the loop. */

static inline bool is_tag(const uint8_t *p, uint32_t tag)
{
    return tag < 0x80 ? p[0] == tag : p[0] == (uint8_t)(tag | 0x80) && p[1] == tag >> 7;
}

/** The length behind a tag, up to 16,383; SIZE_MAX when it is longer. By short_number() results cost 1 % more. */
static inline size_t short_length(const uint8_t **p)
{
    const uint8_t *at = *p;
    if (at[0] < 0x80) {
        *p = at + 1;
        return at[0];
    }
    *p = at + 2;
    return at[1] < 0x80 ? (size_t)(at[0] & 0x7f) | (size_t)at[1] << 7 : SIZE_MAX;
}

/** A number of up to four bytes; NULL when it has more. */
static inline const uint8_t *short_number(const uint8_t *p, uint32_t *ret)
{
    uint32_t v = p[0] & 0x7f;
    for (unsigned shift = 7; *p++ >= 0x80; shift += 7) {
        if (shift == 28)
            return NULL;
        v |= (uint32_t)(p[0] & 0x7f) << shift;
    }
    *ret = v;
    return p;
}

/* Bytes that are read before the end is looked at: a tag and a number or a time. */
#define ORDERED_ROOM 10
#define TAG_BYTES_OF(n) ((n) < 16 ? 1 : 2)
/* clang-format off */
#define NEXT_IS(n, wire) (p < last && is_tag(p, TAG(n, wire)))
#define ORDERED_NUMBER(n, member) \
    if (NEXT_IS(n, FF_WIRE_VARINT)) { \
        const uint8_t *next = short_number(p + TAG_BYTES_OF(n), &ev->member); \
        if (!next) \
            return p; \
        p = next; \
    }
#define ORDERED_TIME(n, member) \
    if (NEXT_IS(n, FF_WIRE_FIXED64)) { \
        ev->member = (int64_t)ff_wire_load64(p + TAG_BYTES_OF(n)); \
        p += TAG_BYTES_OF(n) + 8; \
    }
#define ORDERED_SLICE(n, member, text) \
    if (NEXT_IS(n, FF_WIRE_BYTES)) { \
        const uint8_t *at = p + TAG_BYTES_OF(n); \
        struct ff_slice s = {.len = short_length(&at)}; \
        if (s.len > (size_t)(end - at)) \
            return p; \
        s.ptr = at; \
        if (text && !is_ascii_before(s, end)) \
            return p; \
        ev->member = s; \
        p = at + s.len; \
    }
#define ORDERED_BYTES(n, member) ORDERED_SLICE(n, member, false)
#define ORDERED_TEXT(n, member) ORDERED_SLICE(n, member, true)
#define ORDERED_MESSAGE(n, member) /* rare, and the last ones */
/* clang-format on */

/** Reads fields as long as they come in order and look as usual. Returns where the loop goes on. */
static inline const uint8_t *fields_in_order(struct ff_slice in, struct ff_event *ev)
{
    const uint8_t *p = in.ptr, *end = in.ptr + in.len;
    if (in.len <= ORDERED_ROOM)
        return p;
    const uint8_t *last = end - ORDERED_ROOM;
    FIELDS(ORDERED_NUMBER, ORDERED_TIME, ORDERED_BYTES, ORDERED_TEXT, ORDERED_MESSAGE)
    return p;
}

enum ff_err ff_event_decode(struct ff_slice in, struct ff_event *ret_ev, struct ff_err_at *ret_at)
{
    uint8_t *ev = (uint8_t *)ret_ev;
    if (in.len > FF_EVENT_BYTES_MAX)
        return fail(ret_at, FF_ERR_TOO_LARGE, 0, "the event is larger than one may be");
    memset(ret_ev, 0, sizeof *ret_ev);
    size_t pos = (size_t)(fields_in_order(in, ret_ev) - in.ptr);
    while (pos < in.len) {
        size_t start = pos;
        uint64_t tag, v;
        if (!short_varint(in, &pos, &tag))
            return fail(ret_at, FF_ERR_TRUNCATED, start, "a field is cut off");
        struct slot slot = slots[tag < TAGS ? tag : 0];
        uint8_t *member = ev + slot.offset;
        enum ff_err err;
        switch ((enum slot_type)slot.type) {
        case SLOT_NONE:
            if (tag < TAGS && known_numbers >> (tag >> 3) & 1)
                return fail(ret_at, FF_ERR_SYNTAX, start, "a known field with another wire type");
            pos = start;
            if ((err = pass_over(in, &pos, ret_at)) != FF_OK)
                return err;
            break;
        case SLOT_NUMBER:
            if (!short_varint(in, &pos, &v))
                return fail(ret_at, FF_ERR_TRUNCATED, start, "a field is cut off");
            memcpy(member, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
            break;
        case SLOT_TIME:
            if (in.len - pos < 8)
                return fail(ret_at, FF_ERR_TRUNCATED, start, "a field is cut off");
            v = ff_wire_load64(in.ptr + pos);
            memcpy(member, &v, sizeof v);
            pos += 8;
            break;
        case SLOT_BYTES:
        case SLOT_TEXT:
        case SLOT_MESSAGE:
            if ((err = take_bytes(in, &pos, tag >> 3, (enum slot_type)slot.type, member, ret_at)) != FF_OK)
                return err;
        }
    }
    if (!ip_or_id_fits(ret_ev))
        return fail(ret_at, FF_ERR_RANGE, 0, "an IP address or event id of an impossible length");
    ret_ev->encoded = in;
    return FF_OK;
}

/* clang-format off */
#define PUT_NUMBER(n, member) ff_wire_put_uint(&out, n, ev->member);
#define PUT_TIME(n, member) ff_wire_put_fixed64(&out, n, (uint64_t)ev->member);
#define PUT_BYTES(n, member) ff_wire_put_bytes(&out, n, ev->member);
/* clang-format on */

void ff_event_encode(const struct ff_event *ev, struct ff_wire_out *o)
{
    if (ev->encoded.len) {
        ff_wire_put_raw(o, ev->encoded.ptr, ev->encoded.len);
        return;
    }
    struct ff_wire_out out = *o; /* in registers: what is written could be *o itself, for all the compiler knows */
    FIELDS(PUT_NUMBER, PUT_TIME, PUT_BYTES, PUT_BYTES, PUT_BYTES)
    *o = out;
}

/* All members of one width stand together in struct ff_event (asserted below), so no table has to be asked. */
#define SLICES_FROM offsetof(struct ff_event, recipient)
#define SLICES ((offsetof(struct ff_event, encoded) - SLICES_FROM) / sizeof(struct ff_slice))
#define NUMBERS 9
#define TIMES 2
_Static_assert(offsetof(struct ff_event, event_time_us) >= NUMBERS * sizeof(uint32_t) &&
                   SLICES_FROM == offsetof(struct ff_event, event_time_us) + TIMES * sizeof(int64_t),
               "a number or time stands among the slices");

size_t ff_event_size_max(const struct ff_event *ev)
{
    const uint8_t *from = (const uint8_t *)ev + SLICES_FROM;
    size_t size = (NUMBERS + TIMES) * (2 + 8) + SLICES * (2 + 5);
    if (ev->encoded.len)
        return ev->encoded.len;
    for (size_t i = 0; i < SLICES; i++) {
        struct ff_slice s;
        memcpy(&s, from + i * sizeof s, sizeof s);
        size += s.len;
    }
    return size;
}
