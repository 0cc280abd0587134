/* json_values.c: what a parsed document says: members by key, unescaped strings, numbers.
 *
 * The parser has checked every byte, so nothing here can meet bad syntax; what can fail is the question (no such key,
 * another type, a number that does not fit) and the room for unescaped text.
 */
#include <stdlib.h>

#include "proto/json.h"
#include "proto/json_scan.h"

#define BYTES8(c) c, c, c, c, c, c, c, c
#define BYTES32(c) {BYTES8(c), BYTES8(c), BYTES8(c), BYTES8(c)}
const struct ff_json_vectors ff_json_vectors __attribute__((aligned(FF_JSON_STEP))) = {
    BYTES32(2), BYTES32(0x21), BYTES32('\\')};

static const struct ff_json_node *node_of(const struct ff_json_doc *doc, uint32_t node)
{
    return node < doc->count ? &doc->nodes[node] : NULL;
}

static uint32_t hex4(const uint8_t *p)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 4; i++)
        v = v << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
    return v;
}

static size_t put_utf8(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

/* \uXXXX at s[at] ('\\'), with its low surrogate when one follows; *used: bytes of the escape. */
static uint32_t code_point(struct ff_slice s, size_t at, size_t *used)
{
    uint32_t c = hex4(s.ptr + at + 2);
    *used = 6;
    if (c < 0xd800 || c > 0xdfff)
        return c;
    if (c <= 0xdbff && s.len - at >= 12 && s.ptr[at + 6] == '\\' && s.ptr[at + 7] == 'u') {
        uint32_t low = hex4(s.ptr + at + 8);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *used = 12;
            return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

static uint8_t simple_escape(uint8_t c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* No escape is shorter than what it stands for. */
size_t ff_json_unescape(struct ff_slice s, uint8_t *out)
{
    size_t n = 0;
    for (size_t at = 0; at < s.len;) {
        const uint8_t *stop = memchr(s.ptr + at, '\\', s.len - at);
        size_t plain = (stop ? (size_t)(stop - s.ptr) : s.len) - at;
        memmove(out + n, s.ptr + at, plain);
        n += plain;
        at += plain;
        if (at >= s.len)
            break;
        if (s.ptr[at + 1] == 'u') {
            size_t used;
            n += put_utf8(out + n, code_point(s, at, &used));
            at += used;
        } else {
            out[n++] = simple_escape(s.ptr[at + 1]);
            at += 2;
        }
    }
    return n;
}

bool ff_json_string(const struct ff_json_doc *doc, uint32_t node, struct ff_arena *arena, struct ff_slice *ret)
{
    const struct ff_json_node *n = node_of(doc, node);
    if (!n || n->type != FF_JSON_STRING)
        return false;
    struct ff_slice raw = ff_json_text(doc, node);
    if (!n->escaped) {
        *ret = raw;
        return true;
    }
    uint8_t *out = ff_arena_bytes(arena, raw.len);
    if (!out)
        return false;
    size_t len = ff_json_unescape(raw, out);
    arena->used -= raw.len - len;
    *ret = ff_slice_of(out, len);
    return true;
}

static bool key_equals(const struct ff_json_doc *doc, uint32_t node, struct ff_slice want)
{
    struct ff_slice raw = ff_json_text(doc, node);
    if (!doc->nodes[node].escaped)
        return ff_slice_eq(raw, want);
    uint8_t buf[256];
    if (raw.len > sizeof buf) /* no key of ours, however it is spelled, is that long */
        return false;
    return ff_slice_eq(ff_slice_of(buf, ff_json_unescape(raw, buf)), want);
}

uint32_t ff_json_get(const struct ff_json_doc *doc, uint32_t object, struct ff_slice want)
{
    const struct ff_json_node *o = node_of(doc, object);
    uint32_t found = FF_JSON_NONE;
    if (!o || o->type != FF_JSON_OBJECT)
        return found;
    for (uint32_t n = ff_json_first(object); n < o->next; n = doc->nodes[n + 1].next) {
        if ((doc->nodes[n].len == want.len || doc->nodes[n].escaped) && key_equals(doc, n, want))
            found = n + 1;
    }
    return found;
}

/* Digits of a number without sign, point, exponent and zeros at either end, times 10^exponent. */
struct decimal {
    bool negative;
    uint64_t digits;
    int64_t exponent;
};

static bool decimal_of(struct ff_slice s, struct decimal *ret)
{
    *ret = (struct decimal){.negative = s.ptr[0] == '-'};
    size_t at = ret->negative;
    bool point = false;
    int64_t zeros = 0; /* seen since the last digit that is not zero: they count only when another follows */
    for (; at < s.len && (s.ptr[at] | 0x20) != 'e'; at++) {
        if (s.ptr[at] == '.') {
            point = true;
            continue;
        }
        ret->exponent -= point;
        zeros++;
        if (s.ptr[at] == '0')
            continue;
        for (; ret->digits && zeros > 1; zeros--) {
            if (__builtin_mul_overflow(ret->digits, 10, &ret->digits))
                return false;
        }
        if (__builtin_mul_overflow(ret->digits, 10, &ret->digits) ||
            __builtin_add_overflow(ret->digits, (uint64_t)(s.ptr[at] - '0'), &ret->digits))
            return false;
        zeros = 0;
    }
    ret->exponent += ret->digits ? zeros : 0;
    if (at < s.len) {
        bool down = s.ptr[++at] == '-';
        int64_t e = 0;
        at += s.ptr[at] == '-' || s.ptr[at] == '+';
        for (; at < s.len; at++)
            e = e > INT32_MAX ? e : e * 10 + (s.ptr[at] - '0');
        ret->exponent += down ? -e : e;
    }
    return true;
}

bool ff_json_int(const struct ff_json_doc *doc, uint32_t node, int64_t *ret)
{
    const struct ff_json_node *n = node_of(doc, node);
    struct decimal d;
    if (!n || n->type != FF_JSON_NUMBER || !decimal_of(ff_json_text(doc, node), &d))
        return false;
    for (; d.digits && d.exponent > 0; d.exponent--) {
        if (__builtin_mul_overflow(d.digits, 10, &d.digits))
            return false;
    }
    if (d.digits && d.exponent < 0)
        return false;
    if (d.digits > (uint64_t)INT64_MAX + d.negative)
        return false;
    *ret = d.negative ? (int64_t)(0 - d.digits) : (int64_t)d.digits;
    return true;
}

bool ff_json_double(const struct ff_json_doc *doc, uint32_t node, double *ret)
{
    const struct ff_json_node *n = node_of(doc, node);
    char buf[512]; /* 17 digits say all a double can hold; a longer spelling is noise */
    if (!n || n->type != FF_JSON_NUMBER || n->len >= sizeof buf)
        return false;
    struct ff_slice s = ff_json_text(doc, node);
    memcpy(buf, s.ptr, s.len);
    buf[s.len] = 0;
    *ret = strtod(buf, NULL);
    return true;
}
