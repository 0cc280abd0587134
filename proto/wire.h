/* wire.h: protobuf's wire format, read in place and written into the caller's bytes.
 *
 * Only what our schemas use: varint, fixed64, length-delimited, and skipping of the rest (fixed32; groups are refused).
 * Inline because the event walk runs these millions of times a second.
 */
#ifndef FF_PROTO_WIRE_H
#define FF_PROTO_WIRE_H

#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ff_wire_type { FF_WIRE_VARINT = 0, FF_WIRE_FIXED64 = 1, FF_WIRE_BYTES = 2, FF_WIRE_FIXED32 = 5 };

/** One field; `number` is its field number; for BYTES `bytes` is set, else `value` (fixed64 as its bits). */
struct ff_wire_field {
    uint32_t number;
    enum ff_wire_type type;
    uint64_t value;
    struct ff_slice bytes;
};

/** Reads the varint at *pos (< len); false when it is cut off or longer than 10 bytes. */
FF_MUST_CHECK static inline bool ff_wire_varint(struct ff_slice in, size_t *pos, uint64_t *ret_value)
{
    uint64_t v = 0;
    size_t p = *pos;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (p >= in.len)
            return false;
        uint8_t b = in.ptr[p++];
        if (shift == 63 && b > 1)
            return false;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *pos = p;
            *ret_value = v;
            return true;
        }
    }
    return false;
}

/** The number in eight bytes, the lowest first. */
static inline uint64_t ff_wire_load64(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

/**
 * Reads the next field of a message.
 * @return FF_OK; FF_ERR_NOT_FOUND at the end; FF_ERR_TRUNCATED; FF_ERR_SYNTAX for a field number 0 or over 2^29-1, or
 *         a group
 */
FF_MUST_CHECK static inline enum ff_err ff_wire_next(struct ff_slice in, size_t *pos, struct ff_wire_field *ret)
{
    uint64_t tag, n;
    if (*pos >= in.len)
        return FF_ERR_NOT_FOUND;
    if (!ff_wire_varint(in, pos, &tag))
        return FF_ERR_TRUNCATED;
    if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
        return FF_ERR_SYNTAX;
    ret->number = (uint32_t)(tag >> 3);
    switch (tag & 7) {
    case FF_WIRE_VARINT:
        ret->type = FF_WIRE_VARINT;
        return ff_wire_varint(in, pos, &ret->value) ? FF_OK : FF_ERR_TRUNCATED;
    case FF_WIRE_FIXED64:
        if (in.len - *pos < 8)
            return FF_ERR_TRUNCATED;
        ret->type = FF_WIRE_FIXED64;
        ret->value = ff_wire_load64(in.ptr + *pos);
        *pos += 8;
        return FF_OK;
    case FF_WIRE_BYTES:
        if (!ff_wire_varint(in, pos, &n) || n > in.len - *pos)
            return FF_ERR_TRUNCATED;
        ret->type = FF_WIRE_BYTES;
        ret->bytes = ff_slice_of(in.ptr + *pos, (size_t)n);
        *pos += (size_t)n;
        return FF_OK;
    case FF_WIRE_FIXED32:
        if (in.len - *pos < 4)
            return FF_ERR_TRUNCATED;
        ret->type = FF_WIRE_FIXED32;
        ret->value = (uint64_t)in.ptr[*pos] | (uint64_t)in.ptr[*pos + 1] << 8 | (uint64_t)in.ptr[*pos + 2] << 16 |
                     (uint64_t)in.ptr[*pos + 3] << 24;
        *pos += 4;
        return FF_OK;
    default:
        return FF_ERR_SYNTAX;
    }
}

/** Bytes that ff_wire_put_varint() needs for v: 1..10. */
static inline size_t ff_wire_varint_size(uint64_t v)
{
    size_t n = 1;
    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

/** A message under construction in the caller's bytes. Once something did not fit, `full` is set and nothing more is
 * written; `used` then means nothing. */
struct ff_wire_out {
    uint8_t *base;
    size_t size;
    size_t used;
    bool full;
};

static inline struct ff_wire_out ff_wire_out(void *mem, size_t size)
{
    return (struct ff_wire_out){(uint8_t *)mem, size, 0, false};
}

static inline void ff_wire_put_raw(struct ff_wire_out *o, const void *bytes, size_t len)
{
    if (o->full || len > o->size - o->used) {
        o->full = true;
        return;
    }
    if (len)
        memcpy(o->base + o->used, bytes, len);
    o->used += len;
}

static inline void ff_wire_put_varint(struct ff_wire_out *o, uint64_t v)
{
    uint8_t b[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        b[n++] = (uint8_t)(v | 0x80);
    b[n++] = (uint8_t)v;
    ff_wire_put_raw(o, b, n);
}

/* Fields at their default (0, empty) are left out, as proto3 does. Ascending field numbers and this rule make the
 * encoding canonical: equal messages have equal bytes. */

static inline void ff_wire_put_uint(struct ff_wire_out *o, uint32_t number, uint64_t v)
{
    if (v == 0)
        return;
    ff_wire_put_varint(o, (uint64_t)number << 3 | FF_WIRE_VARINT);
    ff_wire_put_varint(o, v);
}

static inline void ff_wire_put_fixed64(struct ff_wire_out *o, uint32_t number, uint64_t v)
{
    if (v == 0)
        return;
    uint8_t b[8];
    for (unsigned i = 0; i < 8; i++)
        b[i] = (uint8_t)(v >> (8 * i));
    ff_wire_put_varint(o, (uint64_t)number << 3 | FF_WIRE_FIXED64);
    ff_wire_put_raw(o, b, 8);
}

static inline void ff_wire_put_bytes(struct ff_wire_out *o, uint32_t number, struct ff_slice s)
{
    if (s.len == 0)
        return;
    ff_wire_put_varint(o, (uint64_t)number << 3 | FF_WIRE_BYTES);
    ff_wire_put_varint(o, s.len);
    ff_wire_put_raw(o, s.ptr, s.len);
}

/** Like put_bytes, but an empty message is written too (a sub-message that is there though all its fields are default,
 * or an element of a repeated field). */
static inline void ff_wire_put_message(struct ff_wire_out *o, uint32_t number, struct ff_slice s)
{
    ff_wire_put_varint(o, (uint64_t)number << 3 | FF_WIRE_BYTES);
    ff_wire_put_varint(o, s.len);
    ff_wire_put_raw(o, s.ptr, s.len);
}

static inline struct ff_slice ff_wire_done(const struct ff_wire_out *o)
{
    return ff_slice_of(o->base, o->used);
}

/** Zigzag (sint32, sint64). */
static inline uint64_t ff_wire_zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}
static inline int64_t ff_wire_unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

#ifdef __cplusplus
}
#endif
#endif
