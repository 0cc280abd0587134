/* json.c: strict JSON in one pass over the bytes, without recursion.
 *
 * The parser keeps the open containers on a stack of FF_JSON_DEPTH_MAX indexes and appends one node per value, so its time
 * and memory follow from the length of the text alone. What costs is the inside of strings (nine tenths of a log record):
 * they are scanned sixteen bytes at a time for a quote, a backslash, a control byte and the high bit; only a string in which
 * a high bit was seen is checked for UTF-8.
 *
 * Refused: a library's document tree, which allocates, and a lax parser: what one reader takes and the next refuses is how
 * two programs come to see different events.
 */
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct ff_json_doc *ff_json_doc_new(uint32_t nodes_max)
{
    if (nodes_max < 1 || nodes_max > FF_JSON_NODES_MAX)
        return NULL;
    struct ff_json_doc *doc = calloc(1, sizeof *doc);
    if (!doc)
        return NULL;
    doc->nodes = malloc(nodes_max * sizeof *doc->nodes);
    if (!doc->nodes) {
        free(doc);
        return NULL;
    }
    doc->max = nodes_max;
    return doc;
}

void ff_json_doc_free(struct ff_json_doc *doc)
{
    if (!doc)
        return;
    free(doc->nodes);
    free(doc);
}

struct parser {
    struct ff_json_doc *doc;
    const uint8_t *base, *p, *end;
    struct ff_err_at at;
};

static bool fail(struct parser *ps, enum ff_err err, const uint8_t *where, const char *msg)
{
    ps->at = (struct ff_err_at){err, (size_t)(where - ps->base), msg};
    return false;
}

static bool fail_syntax(struct parser *ps, const char *msg)
{
    if (ps->p >= ps->end)
        return fail(ps, FF_ERR_TRUNCATED, ps->end, "the text ends inside a value");
    return fail(ps, FF_ERR_SYNTAX, ps->p, msg);
}

static inline void skip_blanks(struct parser *ps)
{
    while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\n' || *ps->p == '\r' || *ps->p == '\t'))
        ps->p++;
}

/* First byte at or behind p that is a quote, a backslash or a control byte; *high becomes true when a byte before it may
 * have its high bit set (a hint: too often is fine). */
static inline const uint8_t *scan_string(const uint8_t *p, const uint8_t *end, bool *high)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash));
        stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
        unsigned mask = (unsigned)_mm_movemask_epi8(stop);
        *high |= _mm_movemask_epi8(v) != 0;
        if (mask)
            return p + __builtin_ctz(mask);
        p += 16;
    }
#endif
    for (; p < end && *p != '"' && *p != '\\' && *p >= 0x20; p++)
        *high |= *p >= 0x80;
    return p;
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* ps->p is at a backslash. */
static bool escape(struct parser *ps)
{
    const uint8_t *p = ps->p + 1;
    if (p >= ps->end) {
        ps->p = p;
        return fail_syntax(ps, "");
    }
    switch (*p) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        ps->p = p + 1;
        return true;
    case 'u':
        for (unsigned i = 1; i <= 4; i++) {
            ps->p = p + i;
            if (ps->p >= ps->end || !is_hex(*ps->p))
                return fail_syntax(ps, "\\u is not followed by four hex digits");
        }
        ps->p = p + 5;
        return true;
    default:
        return fail_syntax(ps, "unknown escape in a string");
    }
}

static inline bool push(struct parser *ps, enum ff_json_type type, const uint8_t *from)
{
    struct ff_json_doc *doc = ps->doc;
    if (doc->count == doc->max)
        return fail(ps, FF_ERR_TOO_LARGE, from, "too many values");
    struct ff_json_node *n = &doc->nodes[doc->count++];
    n->start = (uint32_t)(from - ps->base);
    n->len = (uint32_t)(ps->p - from);
    n->next = doc->count;
    n->type = (uint8_t)type;
    n->escaped = 0;
    n->unused = 0;
    return true;
}

/* ps->p is at the opening quote. */
static inline bool string(struct parser *ps)
{
    const uint8_t *from = ++ps->p;
    bool high = false, escaped = false;
    for (;;) {
        ps->p = scan_string(ps->p, ps->end, &high);
        if (ps->p >= ps->end)
            return fail(ps, FF_ERR_TRUNCATED, ps->end, "the text ends inside a string");
        if (*ps->p == '"')
            break;
        if (*ps->p != '\\')
            return fail_syntax(ps, "control byte in a string");
        escaped = true;
        if (!escape(ps))
            return false;
    }
    if (high && !ff_slice_is_utf8(ff_slice_of(from, (size_t)(ps->p - from))))
        return fail(ps, FF_ERR_SYNTAX, from, "a string is not UTF-8");
    if (!push(ps, FF_JSON_STRING, from))
        return false;
    ps->doc->nodes[ps->doc->count - 1].escaped = escaped;
    ps->p++;
    return true;
}

static bool digits(struct parser *ps)
{
    const uint8_t *from = ps->p;
    while (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9')
        ps->p++;
    return ps->p > from || fail_syntax(ps, "a digit is missing in a number");
}

static bool number(struct parser *ps)
{
    const uint8_t *from = ps->p;
    if (*ps->p == '-')
        ps->p++;
    if (ps->p < ps->end && *ps->p == '0')
        ps->p++;
    else if (!digits(ps))
        return false;
    if (ps->p < ps->end && *ps->p == '.') {
        ps->p++;
        if (!digits(ps))
            return false;
    }
    if (ps->p < ps->end && (*ps->p | 0x20) == 'e') {
        ps->p++;
        if (ps->p < ps->end && (*ps->p == '+' || *ps->p == '-'))
            ps->p++;
        if (!digits(ps))
            return false;
    }
    return push(ps, FF_JSON_NUMBER, from);
}

static bool word(struct parser *ps, const char *text, enum ff_json_type type)
{
    const uint8_t *from = ps->p;
    for (const char *t = text; *t; t++, ps->p++) {
        if (ps->p >= ps->end || *ps->p != (uint8_t)*t)
            return fail_syntax(ps, "not a JSON value");
    }
    return push(ps, type, from);
}

static inline bool scalar(struct parser *ps)
{
    switch (*ps->p) {
    case '"':
        return string(ps);
    case 't':
        return word(ps, "true", FF_JSON_TRUE);
    case 'f':
        return word(ps, "false", FF_JSON_FALSE);
    case 'n':
        return word(ps, "null", FF_JSON_NULL);
    default:
        if (*ps->p == '-' || (*ps->p >= '0' && *ps->p <= '9'))
            return number(ps);
        return fail_syntax(ps, "not a JSON value");
    }
}

/* The key and its colon; ps->p then is at the value. */
static inline bool key(struct parser *ps)
{
    skip_blanks(ps);
    if (ps->p >= ps->end || *ps->p != '"')
        return fail_syntax(ps, "an object's key is missing");
    if (!string(ps))
        return false;
    skip_blanks(ps);
    if (ps->p >= ps->end || *ps->p != ':')
        return fail_syntax(ps, "a colon is missing behind a key");
    ps->p++;
    return true;
}

static inline void close_container(struct parser *ps, uint32_t open)
{
    struct ff_json_node *n = &ps->doc->nodes[open];
    ps->p++;
    n->len = (uint32_t)(ps->p - ps->base) - n->start;
    n->next = ps->doc->count;
}

/* One value with everything in it. */
static bool value(struct parser *ps)
{
    uint32_t stack[FF_JSON_DEPTH_MAX];
    unsigned depth = 0;
    for (;;) {
        skip_blanks(ps);
        if (ps->p >= ps->end)
            return fail_syntax(ps, "");
        uint8_t c = *ps->p;
        if (c == '{' || c == '[') {
            if (depth == FF_JSON_DEPTH_MAX)
                return fail_syntax(ps, "nested too deeply");
            stack[depth++] = ps->doc->count;
            if (!push(ps, c == '{' ? FF_JSON_OBJECT : FF_JSON_ARRAY, ps->p))
                return false;
            ps->p++;
            skip_blanks(ps);
            if (ps->p >= ps->end || *ps->p != (c == '{' ? '}' : ']')) {
                if (c == '{' && !key(ps))
                    return false;
                continue;
            }
            close_container(ps, stack[--depth]);
        } else if (!scalar(ps)) {
            return false;
        }
        /* behind a value: close what ends here, else go on to the next one */
        for (;;) {
            if (depth == 0)
                return true;
            bool object = ps->doc->nodes[stack[depth - 1]].type == FF_JSON_OBJECT;
            skip_blanks(ps);
            if (ps->p < ps->end && *ps->p == ',') {
                ps->p++;
                if (object && !key(ps))
                    return false;
                break;
            }
            if (ps->p >= ps->end || *ps->p != (object ? '}' : ']'))
                return fail_syntax(ps, "a comma or a closing bracket is missing");
            close_container(ps, stack[--depth]);
        }
    }
}

enum ff_err ff_json_parse(struct ff_json_doc *doc, struct ff_slice text, struct ff_err_at *ret_at)
{
    static const uint8_t nothing[1];
    struct parser ps = {.doc = doc};
    ps.base = ps.p = text.len ? text.ptr : nothing;
    ps.end = ps.base + text.len;
    doc->text = ff_slice_of(ps.base, text.len);
    doc->count = 0;
    bool ok = text.len <= UINT32_MAX || fail(&ps, FF_ERR_TOO_LARGE, ps.base, "the text is over 4 GiB");
    ok = ok && value(&ps);
    if (ok) {
        skip_blanks(&ps);
        if (ps.p == ps.end)
            return FF_OK;
        fail_syntax(&ps, "bytes behind the value");
    }
    doc->count = 0;
    *ret_at = ps.at;
    return ps.at.err;
}

/* ---- accessors ------------------------------------------------------------------------------------------------- */

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

/* Writes at most s.len bytes: no escape is shorter than what it stands for. */
static size_t unescape(struct ff_slice s, uint8_t *out)
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
    size_t len = unescape(raw, out);
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
    return ff_slice_eq(ff_slice_of(buf, unescape(raw, buf)), want);
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
