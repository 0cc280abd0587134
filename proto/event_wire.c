/* event_wire.c: DeliveryEvent to and from protobuf's wire format, without copying (proto/batch.h).
 *
 * One switch on the field number; unknown fields are skipped and survive in ev->encoded. Text fields are checked for UTF-8,
 * since everything behind this point may rely on it; reply_text, IPs and ids are bytes.
 */
#include "proto/batch.h"

/* Where a length-delimited field goes, and whether it must be UTF-8. NULL: not one of ours. */
static struct ff_slice *slice_of_field(struct ff_event *ev, uint32_t number, bool *ret_text)
{
    *ret_text = true;
    switch (number) {
    case 3:
        return &ev->recipient;
    case 4:
        return &ev->tenant_id;
    case 7:
        *ret_text = false;
        return &ev->reply_text;
    case 10:
        return &ev->message_id;
    case 11:
        return &ev->mail_from;
    case 12:
        *ret_text = false;
        return &ev->remote_ip;
    case 13:
        return &ev->remote_host;
    case 14:
        *ret_text = false;
        return &ev->local_ip;
    case 16:
        *ret_text = false;
        return &ev->event_id;
    case 17:
        return &ev->campaign_id;
    case 18:
        return &ev->stream_id;
    case 19:
        return &ev->from_domain;
    case 20:
        return &ev->rfc_message_id;
    case 22:
        return &ev->original_recipient;
    case 23:
        return &ev->egress_pool;
    case 24:
        return &ev->egress_source;
    case 25:
        return &ev->provider;
    case 26:
        return &ev->mta_node;
    case 27:
        return &ev->subaccount_id;
    case 40:
        *ret_text = false;
        return &ev->dsn;
    case 41:
        *ret_text = false;
        return &ev->feedback;
    case 42:
        *ret_text = false;
        return &ev->vendor;
    case 60:
        *ret_text = false;
        return &ev->raw;
    default:
        return NULL;
    }
}

static uint32_t *varint_of_field(struct ff_event *ev, uint32_t number)
{
    switch (number) {
    case 1:
        return &ev->kind;
    case 5:
        return &ev->reply_code;
    case 6:
        return &ev->enhanced_code;
    case 8:
        return &ev->stage;
    case 9:
        return &ev->origin;
    case 15:
        return &ev->attempt;
    case 28:
        return &ev->size_bytes;
    case 29:
        return &ev->delay_ms;
    case 30:
        return &ev->flags;
    default:
        return NULL;
    }
}

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

enum ff_err ff_event_decode(struct ff_slice in, struct ff_event *ret_ev, struct ff_err_at *ret_at)
{
    struct ff_event ev = {0};
    struct ff_wire_field f;
    size_t pos = 0;
    if (in.len > FF_EVENT_BYTES_MAX)
        return fail(ret_at, FF_ERR_TOO_LARGE, 0, "the event is larger than one may be");
    for (;;) {
        size_t start = pos;
        enum ff_err err = ff_wire_next(in, &pos, &f);
        if (err == FF_ERR_NOT_FOUND)
            break;
        if (err)
            return fail(ret_at, err, start, err == FF_ERR_TRUNCATED ? "a field is cut off" : "an impossible field tag");
        bool text;
        uint32_t *number;
        struct ff_slice *slice;
        if ((number = varint_of_field(&ev, f.number))) {
            if (f.type != FF_WIRE_VARINT)
                return fail(ret_at, FF_ERR_SYNTAX, start, "a number field with another wire type");
            *number = (uint32_t)f.value;
        } else if (f.number == 2 || f.number == 21) {
            if (f.type != FF_WIRE_FIXED64)
                return fail(ret_at, FF_ERR_SYNTAX, start, "a time field with another wire type");
            *(f.number == 2 ? &ev.event_time_us : &ev.queued_time_us) = (int64_t)f.value;
        } else if ((slice = slice_of_field(&ev, f.number, &text))) {
            if (f.type != FF_WIRE_BYTES)
                return fail(ret_at, FF_ERR_SYNTAX, start, "a text field with another wire type");
            if (text && !ff_slice_is_utf8(f.bytes))
                return fail(ret_at, FF_ERR_SYNTAX, start, "a text field that is not UTF-8");
            *slice = f.bytes;
        }
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
