/* json_out.c: the writer: text that any strict reader takes, whatever bytes it is given.
 *
 * A member is written by key then value; commas come from `comma`. A failed allocation is remembered and the rest
 * ignored, so callers check once, at the end.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/event.h"
#include "proto/json.h"
#include "proto/time_text.h"

void ff_json_out_init(struct ff_json_out *o)
{
    *o = (struct ff_json_out){0};
}

void ff_json_out_fini(struct ff_json_out *o)
{
    free(o->buf);
    *o = (struct ff_json_out){0};
}

static bool reserve(struct ff_json_out *o, size_t more)
{
    if (o->failed)
        return false;
    if (more <= o->size - o->len)
        return true;
    size_t size = o->size ? o->size : 1024;
    while (size - o->len < more) {
        if (__builtin_mul_overflow(size, 2, &size)) {
            o->failed = true;
            return false;
        }
    }
    char *buf = realloc(o->buf, size);
    if (!buf) {
        o->failed = true;
        return false;
    }
    o->buf = buf;
    o->size = size;
    return true;
}

static void put(struct ff_json_out *o, const void *bytes, size_t len)
{
    if (len == 0 || !reserve(o, len))
        return;
    memcpy(o->buf + o->len, bytes, len);
    o->len += len;
}

static void put_char(struct ff_json_out *o, char c)
{
    if (reserve(o, 1))
        o->buf[o->len++] = c;
}

/* Before any value: the comma that its predecessor left open. */
static void begin_value(struct ff_json_out *o)
{
    if (o->comma)
        put_char(o, ',');
    o->comma = true;
}

void ff_json_open(struct ff_json_out *o, char bracket)
{
    begin_value(o);
    put_char(o, bracket);
    o->comma = false;
}

void ff_json_close(struct ff_json_out *o, char bracket)
{
    put_char(o, bracket);
    o->comma = true;
}

void ff_json_key(struct ff_json_out *o, const char *key)
{
    begin_value(o);
    put_char(o, '"');
    put(o, key, strlen(key));
    put(o, "\":", 2);
    o->comma = false;
}

void ff_json_colon(struct ff_json_out *o)
{
    put_char(o, ':');
    o->comma = false;
}

/* Bytes from `at` that can be copied as they are. */
static size_t plain_run(struct ff_slice s, size_t at)
{
    size_t from = at;
    while (at < s.len && s.ptr[at] >= 0x20 && s.ptr[at] < 0x80 && s.ptr[at] != '"' && s.ptr[at] != '\\')
        at++;
    return at - from;
}

static void put_escaped(struct ff_json_out *o, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    char long_form[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    switch (c) {
    case '"':
        put(o, "\\\"", 2);
        break;
    case '\\':
        put(o, "\\\\", 2);
        break;
    case '\n':
        put(o, "\\n", 2);
        break;
    case '\r':
        put(o, "\\r", 2);
        break;
    case '\t':
        put(o, "\\t", 2);
        break;
    default:
        put(o, long_form, sizeof long_form);
    }
}

void ff_json_put_string(struct ff_json_out *o, struct ff_slice s)
{
    begin_value(o);
    put_char(o, '"');
    for (size_t at = 0; at < s.len;) {
        size_t n = plain_run(s, at);
        put(o, s.ptr + at, n);
        at += n;
        if (at >= s.len)
            break;
        if (s.ptr[at] < 0x80) {
            put_escaped(o, s.ptr[at++]);
            continue;
        }
        bool valid;
        n = ff_utf8_next(s, at, &valid);
        if (valid)
            put(o, s.ptr + at, n);
        else
            put(o, "\xef\xbf\xbd", 3);
        at += n;
    }
    put_char(o, '"');
}

void ff_json_put_uint(struct ff_json_out *o, uint64_t v)
{
    char buf[20], *p = buf + sizeof buf;
    do {
        *--p = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    begin_value(o);
    put(o, p, (size_t)(buf + sizeof buf - p));
}

void ff_json_put_int(struct ff_json_out *o, int64_t v)
{
    if (v >= 0) {
        ff_json_put_uint(o, (uint64_t)v);
        return;
    }
    begin_value(o);
    put_char(o, '-');
    o->comma = false;
    ff_json_put_uint(o, 0 - (uint64_t)v);
}

void ff_json_put_bool(struct ff_json_out *o, bool v)
{
    begin_value(o);
    put(o, v ? "true" : "false", v ? 4 : 5);
}

void ff_json_put_double(struct ff_json_out *o, double v)
{
    char buf[32];
    begin_value(o);
    if (!isfinite(v)) { /* JSON has no word for these */
        put(o, "null", 4);
        return;
    }
    int n = 0;
    for (int precision = 15; precision <= 17; precision++) {
        n = snprintf(buf, sizeof buf, "%.*g", precision, v);
        double back = strtod(buf, NULL);
        if (memcmp(&back, &v, sizeof v) == 0)
            break;
    }
    put(o, buf, (size_t)n);
}

void ff_json_put_raw(struct ff_json_out *o, struct ff_slice json)
{
    begin_value(o);
    put(o, json.ptr, json.len);
}

void ff_json_append(struct ff_json_out *o, struct ff_slice bytes)
{
    put(o, bytes.ptr, bytes.len);
}

void ff_json_put_hex(struct ff_json_out *o, struct ff_slice bytes)
{
    static const char hex[] = "0123456789abcdef";
    begin_value(o);
    put_char(o, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        put_char(o, hex[bytes.ptr[i] >> 4]);
        put_char(o, hex[bytes.ptr[i] & 15]);
    }
    put_char(o, '"');
}

void ff_json_put_time(struct ff_json_out *o, int64_t us)
{
    char buf[28];
    ff_json_put_string(o, ff_slice_of(buf, ff_time_format(us, buf)));
}

void ff_json_put_ip(struct ff_json_out *o, struct ff_slice ip)
{
    char buf[46];
    ff_json_put_string(o, ff_slice_of(buf, ff_ip_format(ip, buf)));
}

void ff_json_put_enhanced(struct ff_json_out *o, uint32_t code)
{
    char buf[12];
    ff_json_put_string(o, ff_slice_of(buf, ff_enhanced_format(code, buf)));
}

void ff_json_member_uint(struct ff_json_out *o, const char *key, uint64_t value)
{
    ff_json_key(o, key);
    ff_json_put_uint(o, value);
}

void ff_json_member_string(struct ff_json_out *o, const char *key, struct ff_slice value)
{
    ff_json_key(o, key);
    ff_json_put_string(o, value);
}

void ff_json_member_text(struct ff_json_out *o, const char *key, struct ff_slice value)
{
    if (value.len)
        ff_json_member_string(o, key, value);
}

void ff_json_end_line(struct ff_json_out *o)
{
    put_char(o, '\n');
    o->comma = false;
}
