/* event_wire.c: DeliveryEvent to and from protobuf's wire format, without copying (proto/batch.h).
 *
 * A table by field number says where each field goes; unknown fields are skipped and survive in ev->encoded. Text fields are checked for UTF-8,
 * since everything behind this point may rely on it; reply_text, IPs and ids are bytes.
 */
#include "proto/batch.h"

#include <stddef.h>

/* Where each field of the schema goes, by its number: what the wire must say, and the member it fills. */
enum slot_type { SLOT_NONE, SLOT_NUMBER, SLOT_TIME, SLOT_BYTES, SLOT_TEXT };
struct slot {
    uint8_t type, wire;
    uint16_t offset;
};
#define SLOTS 64
#define NUMBER(n, member) [n] = {SLOT_NUMBER, FF_WIRE_VARINT, offsetof(struct ff_event, member)}
#define TIME(n, member) [n] = {SLOT_TIME, FF_WIRE_FIXED64, offsetof(struct ff_event, member)}
#define BYTES(n, member) [n] = {SLOT_BYTES, FF_WIRE_BYTES, offsetof(struct ff_event, member)}
#define TEXT(n, member) [n] = {SLOT_TEXT, FF_WIRE_BYTES, offsetof(struct ff_event, member)}
static const struct slot slots[SLOTS] = {
    NUMBER(1, kind), TIME(2, event_time_us), TEXT(3, recipient), TEXT(4, tenant_id), NUMBER(5, reply_code), NUMBER(6, enhanced_code),
    BYTES(7, reply_text), NUMBER(8, stage), NUMBER(9, origin), TEXT(10, message_id), TEXT(11, mail_from), BYTES(12, remote_ip),
    TEXT(13, remote_host), BYTES(14, local_ip), NUMBER(15, attempt), BYTES(16, event_id), TEXT(17, campaign_id), TEXT(18, stream_id),
    TEXT(19, from_domain), TEXT(20, rfc_message_id), TIME(21, queued_time_us), TEXT(22, original_recipient), TEXT(23, egress_pool),
    TEXT(24, egress_source), TEXT(25, provider), TEXT(26, mta_node), TEXT(27, subaccount_id), NUMBER(28, size_bytes),
    NUMBER(29, delay_ms), NUMBER(30, flags), BYTES(40, dsn), BYTES(41, feedback), BYTES(42, vendor), BYTES(60, raw)};

static enum ff_err fail(struct ff_err_at *ret, enum ff_err err, size_t offset, const char *msg)
{
    if (ret)
        *ret = (struct ff_err_at){err, offset, msg};
    return err;
}

static bool ip_or_id_fits(const struct ff_event *ev)
{
    return (ev->remote_ip.len == 0 || ev->remote_ip.len == 4 || ev->remote_ip.len == 16) &&
           (ev->local_ip.len == 0 || ev->local_ip.len == 4 || ev->local_ip.len == 16) &&
           (ev->event_id.len == 0 || ev->event_id.len == 16);
}

/* Most varints here are one byte: codes, enums, lengths of short texts. */
static inline bool short_varint(struct ff_slice in, size_t *pos, uint64_t *ret)
{
    if (*pos < in.len && in.ptr[*pos] < 0x80) {
        *ret = in.ptr[(*pos)++];
        return true;
    }
    return ff_wire_varint(in, pos, ret);
}

/* Fills the member of a known field; the wire type is right already. false: cut off. */
static inline bool fill(struct ff_slice in, size_t *pos, const struct slot *slot, uint8_t *member)
{
    uint64_t v;
    switch (slot->type) {
    case SLOT_NUMBER:
        if (!short_varint(in, pos, &v))
            return false;
        memcpy(member, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
        return true;
    case SLOT_TIME:
        if (in.len - *pos < 8)
            return false;
        v = 0;
        for (unsigned i = 0; i < 8; i++)
            v |= (uint64_t)in.ptr[*pos + i] << (8 * i);
        memcpy(member, &v, sizeof v);
        *pos += 8;
        return true;
    default:
        if (!short_varint(in, pos, &v) || v > in.len - *pos)
            return false;
        memcpy(member, &(struct ff_slice){in.ptr + *pos, (size_t)v}, sizeof(struct ff_slice));
        *pos += (size_t)v;
        return true;
    }
}

enum ff_err ff_event_decode(struct ff_slice in, struct ff_event *ret_ev, struct ff_err_at *ret_at)
{
    struct ff_event ev = {0};
    size_t pos = 0;
    if (in.len > FF_EVENT_BYTES_MAX)
        return fail(ret_at, FF_ERR_TOO_LARGE, 0, "the event is larger than one may be");
    while (pos < in.len) {
        size_t start = pos;
        uint64_t tag;
        if (!short_varint(in, &pos, &tag))
            return fail(ret_at, FF_ERR_TRUNCATED, start, "a field is cut off");
        const struct slot *slot = tag >> 3 < SLOTS ? &slots[tag >> 3] : &slots[0];
        if (slot->type == SLOT_NONE) {
            struct ff_wire_field unknown;
            pos = start;
            enum ff_err err = ff_wire_next(in, &pos, &unknown);
            if (err)
                return fail(ret_at, err, start, err == FF_ERR_TRUNCATED ? "a field is cut off" : "an impossible field tag");
            continue;
        }
        if ((tag & 7) != slot->wire)
            return fail(ret_at, FF_ERR_SYNTAX, start, "a known field with another wire type");
        uint8_t *member = (uint8_t *)&ev + slot->offset;
        if (!fill(in, &pos, slot, member))
            return fail(ret_at, FF_ERR_TRUNCATED, start, "a field is cut off");
        struct ff_slice text;
        if (slot->type == SLOT_TEXT && (memcpy(&text, member, sizeof text), !ff_slice_is_utf8(text)))
            return fail(ret_at, FF_ERR_SYNTAX, start, "a text field that is not UTF-8");
    }
    if (!ip_or_id_fits(&ev))
        return fail(ret_at, FF_ERR_RANGE, 0, "an IP address or event id of an impossible length");
    ev.encoded = in;
    *ret_ev = ev;
    return FF_OK;
}

void ff_event_encode(const struct ff_event *ev, struct ff_wire_out *o)
{
    if (ev->encoded.len) {
        ff_wire_put_raw(o, ev->encoded.ptr, ev->encoded.len);
        return;
    }
    ff_wire_put_uint(o, 1, ev->kind);
    ff_wire_put_fixed64(o, 2, (uint64_t)ev->event_time_us);
    ff_wire_put_bytes(o, 3, ev->recipient);
    ff_wire_put_bytes(o, 4, ev->tenant_id);
    ff_wire_put_uint(o, 5, ev->reply_code);
    ff_wire_put_uint(o, 6, ev->enhanced_code);
    ff_wire_put_bytes(o, 7, ev->reply_text);
    ff_wire_put_uint(o, 8, ev->stage);
    ff_wire_put_uint(o, 9, ev->origin);
    ff_wire_put_bytes(o, 10, ev->message_id);
    ff_wire_put_bytes(o, 11, ev->mail_from);
    ff_wire_put_bytes(o, 12, ev->remote_ip);
    ff_wire_put_bytes(o, 13, ev->remote_host);
    ff_wire_put_bytes(o, 14, ev->local_ip);
    ff_wire_put_uint(o, 15, ev->attempt);
    ff_wire_put_bytes(o, 16, ev->event_id);
    ff_wire_put_bytes(o, 17, ev->campaign_id);
    ff_wire_put_bytes(o, 18, ev->stream_id);
    ff_wire_put_bytes(o, 19, ev->from_domain);
    ff_wire_put_bytes(o, 20, ev->rfc_message_id);
    ff_wire_put_fixed64(o, 21, (uint64_t)ev->queued_time_us);
    ff_wire_put_bytes(o, 22, ev->original_recipient);
    ff_wire_put_bytes(o, 23, ev->egress_pool);
    ff_wire_put_bytes(o, 24, ev->egress_source);
    ff_wire_put_bytes(o, 25, ev->provider);
    ff_wire_put_bytes(o, 26, ev->mta_node);
    ff_wire_put_bytes(o, 27, ev->subaccount_id);
    ff_wire_put_uint(o, 28, ev->size_bytes);
    ff_wire_put_uint(o, 29, ev->delay_ms);
    ff_wire_put_uint(o, 30, ev->flags);
    ff_wire_put_bytes(o, 40, ev->dsn);
    ff_wire_put_bytes(o, 41, ev->feedback);
    ff_wire_put_bytes(o, 42, ev->vendor);
    ff_wire_put_bytes(o, 60, ev->raw);
}

size_t ff_event_size_max(const struct ff_event *ev)
{
    if (ev->encoded.len)
        return ev->encoded.len;
    const struct ff_slice slices[] = {
        ev->recipient, ev->tenant_id, ev->reply_text, ev->message_id, ev->mail_from, ev->remote_ip, ev->remote_host, ev->local_ip,
        ev->event_id, ev->campaign_id, ev->stream_id, ev->from_domain, ev->rfc_message_id, ev->original_recipient, ev->egress_pool,
        ev->egress_source, ev->provider, ev->mta_node, ev->subaccount_id, ev->dsn, ev->feedback, ev->vendor, ev->raw};
    size_t n = 9 * 7 + 2 * 10; /* nine varints of at most 5 bytes, two fixed64, two-byte tags */
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++)
        n += 2 + 5 + slices[i].len;
    return n;
}
