/* kumomta_walk.c: the members of a log record as KumoMTA writes it, in one walk over its bytes and without a document.
 *
 * The walk guesses: serde writes the members in a fixed order, so behind each known key stands nearly always the one
 * that stood there last time. One comparison of 32 bytes confirms key, quote and colon at once, and the bytes of keys
 * are never scanned; what remains is the values, whose ends are sought 32 bytes at a time. A guess that fails costs a
 * look at the table and teaches the next one, so another order (an older release, a JSON library in between) is as fast.
 *
 * Everything is checked that the parser checks, to the last byte, or the walk gives up: with anything unusual (a key
 * twice, a key with an escape, a member of another type, a list of recipients, a report, a number that is no plain
 * integer, any error) it answers no, and the record is parsed and read by kumomta_fields.c, which decides. So a wrong
 * "no" costs time and never an event; a test compares the two readers member by member on intact and damaged records.
 *
 * Refused: simdjson, see docs/decisions/json.md. A structural index made first (its two stages): the index of a record
 * has as many entries as this walk has steps, and the walk then still has to be made.
 */
#include "ingest/kumomta_int.h"
#include "proto/json_scan.h"

/* Where a walk stands. `p` is kept in a register by passing it along; NULL from a step: give up. */
struct walk {
    struct ff_kumomta *k;
    const uint8_t *end;
    const uint8_t *last; /* where FF_JSON_STEP bytes can still be read */
};

/* Blanks within a line: a line break ends a record. */
static inline const uint8_t *skip_blanks(const struct walk *w, const uint8_t *p)
{
    if (p < w->end && *p > ' ')
        return p;
    while (p < w->end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* A string without escapes but a line's end, which begins at p. */
static const uint8_t *crlf_string(const struct walk *w, const uint8_t *from, const uint8_t *p, struct ff_slice *ret)
{
    size_t len = (size_t)(p - from);
    uint8_t *out = ff_arena_bytes(&w->k->arena, len + 2);
    if (!out)
        return NULL;
    memcpy(out, from, len);
    memcpy(out + len, "\r\n", 2);
    *ret = ff_slice_of(out, len + 2);
    return p + 5;
}

/* The rest of a string in which a backslash stands at p; behind its quote, or NULL. */
static const uint8_t *escaped_string(const struct walk *w, const uint8_t *from, const uint8_t *p, bool high,
                                     struct ff_slice *ret)
{
    bool ok = true;
    if (!high && ret && w->end - p >= 5 && memcmp(p, "\\r\\n\"", 5) == 0) /* each SMTP command ends like this */
        return crlf_string(w, from, p, ret);
    while (p < w->end && *p == '\\') {
        p = ff_json_scan_escape(p, w->end, &ok);
        if (!ok)
            return NULL;
        p = ff_json_scan_string(p, w->end, &high);
    }
    if (p >= w->end || *p != '"')
        return NULL;
    struct ff_slice raw = ff_slice_of(from, (size_t)(p - from));
    if (high && !ff_slice_is_utf8(raw))
        return NULL;
    if (!ret)
        return p + 1;
    uint8_t *out = ff_arena_bytes(&w->k->arena, raw.len);
    if (!out)
        return NULL;
    size_t len = ff_json_unescape(raw, out);
    w->k->arena.used -= raw.len - len;
    *ret = ff_slice_of(out, len);
    return p + 1;
}

/* The string whose first byte (behind its quote) is `from`, when nothing stops it before p. `ret`: its text, without
 * escapes; NULL: not wanted. */
static const uint8_t *any_string(const struct walk *w, const uint8_t *from, const uint8_t *p, struct ff_slice *ret)
{
    bool high = false;
    p = ff_json_scan_string(p, w->end, &high);
    if (p >= w->end)
        return NULL;
    if (*p != '"')
        return escaped_string(w, from, p, high, ret);
    if (high && !ff_slice_is_utf8(ff_slice_of(from, (size_t)(p - from))))
        return NULL;
    if (ret)
        *ret = ff_slice_of(from, (size_t)(p - from));
    return p + 1;
}

/* The same; nearly all strings are ASCII without escapes. */
static inline const uint8_t *string(const struct walk *w, const uint8_t *from, struct ff_slice *ret)
{
    const uint8_t *p = from;
    for (; p <= w->last; p += FF_JSON_STEP) {
        struct ff_json_bits b = ff_json_bits(p);
        if (b.quote && (b.odd & (b.quote ^ (b.quote - 1))) == 0) { /* nothing odd below the first quote */
            p += __builtin_ctz(b.quote);
            if (ret)
                *ret = ff_slice_of(from, (size_t)(p - from));
            return p + 1;
        }
        if (b.quote | b.odd)
            break;
    }
    return any_string(w, from, p, ret);
}

static inline const uint8_t *word(const struct walk *w, const uint8_t *p, const char *text, size_t len)
{
    return (size_t)(w->end - p) >= len && memcmp(p, text, len) == 0 ? p + len : NULL;
}

/* A value without members. `ret`: the text of a string or number; empty for a word. */
static const uint8_t *scalar(const struct walk *w, const uint8_t *p, struct ff_slice *ret)
{
    bool ok;
    const uint8_t *from = p;
    switch (*p) {
    case '"':
        return string(w, p + 1, ret);
    case 'n':
        return word(w, p, "null", 4);
    case 't':
        return word(w, p, "true", 4);
    case 'f':
        return word(w, p, "false", 5);
    default:
        if (*p != '-' && (*p < '0' || *p > '9'))
            return NULL;
        p = ff_json_scan_number(p, w->end, &ok);
        if (ret)
            *ret = ff_slice_of(from, (size_t)(p - from));
        return ok ? p : NULL;
    }
}

/* A key that is not wanted, and its colon; p is at its quote. */
static const uint8_t *unknown_key(const struct walk *w, const uint8_t *p)
{
    if (p >= w->end || *p != '"' || !(p = string(w, p + 1, NULL)))
        return NULL;
    p = skip_blanks(w, p);
    return p < w->end && *p == ':' ? skip_blanks(w, p + 1) : NULL;
}

/* A container that is not wanted, with everything in it, within `depth` others; p is at its bracket. */
static const uint8_t *container(const struct walk *w, const uint8_t *p, unsigned depth)
{
    if (depth == FF_JSON_DEPTH_MAX)
        return NULL;
    bool object = *p == '{';
    uint8_t close = object ? '}' : ']';
    p = skip_blanks(w, p + 1);
    if (p < w->end && *p == close)
        return p + 1;
    for (;;) {
        if (object && !(p = unknown_key(w, p)))
            return NULL;
        if (p >= w->end)
            return NULL;
        p = *p == '{' || *p == '[' ? container(w, p, depth + 1) : scalar(w, p, NULL);
        if (!p)
            return NULL;
        p = skip_blanks(w, p);
        if (p >= w->end)
            return NULL;
        if (*p == close)
            return p + 1;
        if (*p != ',')
            return NULL;
        p = skip_blanks(w, p + 1);
    }
}

/* Up to 15 digits, so that nothing overflows; what follows them is the caller's business (a point or an 'e' is no comma
 * and makes him give up). The text ends with a bracket, so there is always a byte behind them. */
static inline const uint8_t *integer(const struct walk *w, const uint8_t *p, int64_t *ret)
{
    static const uint32_t tens[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    uint64_t v = 0, low = 0;
    unsigned n = 0;
    if ((uint8_t)(*p - '0') <= 9 && (p[1] == ',' || p[1] == '}')) {
        *ret = *p - '0';
        return p + 1;
    }
    if (p <= w->last) {
        n = ff_json_digits8(p, &v);
        unsigned more = n == 8 ? ff_json_digits8(p + 8, &low) : 0;
        if (more == 8)
            return NULL;
        if (more)
            v = v * tens[more] + low;
        n += more;
    } else {
        for (; n < 16 && (uint8_t)(p[n] - '0') <= 9; n++)
            v = v * 10 + (uint64_t)(p[n] - '0');
    }
    if (n == 0 || n > 15 || (*p == '0' && n > 1))
        return NULL;
    *ret = (int64_t)v;
    return p + n;
}

/* Containers that may stand around each object; the record itself has none. */
static const uint8_t depth_of[] = {
    [FF_KUMO_IN_RECORD] = 1, [FF_KUMO_IN_RESPONSE] = 2, [FF_KUMO_IN_ENHANCED] = 3, [FF_KUMO_IN_PEER] = 2,
    [FF_KUMO_IN_SOURCE] = 2, [FF_KUMO_IN_META] = 2,     [FF_KUMO_IN_HEADERS] = 2,
};

/* The key behind the comma or bracket at p, and its colon, when the guess failed. *known is the last known key and
 * becomes this one; the result's key: which one, or FF_KUMO_KEYS. */
static const uint8_t *search_key(const struct walk *w, const uint8_t *p, enum ff_kumomta_object in, size_t *known,
                                 size_t *ret_key)
{
    const uint8_t *from = skip_blanks(w, p + 1) + 1;
    p = unknown_key(w, from - 1);
    if (!p)
        return NULL;
    struct ff_slice name = ff_slice_of(from, ff_slice_chr(ff_slice_of(from, (size_t)(p - from)), 0, '"'));
    if (ff_slice_chr(name, 0, '\\') != SIZE_MAX)
        return NULL;
    *ret_key = ff_kumomta_key_find(in, name);
    if (*ret_key < FF_KUMO_KEYS) {
        w->k->follows[*known] = (uint8_t)*ret_key;
        *known = *ret_key;
    }
    return p;
}

/* The value at p of a known key, unless it is an object with known members. */
static inline const uint8_t *value(const struct walk *w, const uint8_t *p, const struct ff_kumomta_key *key)
{
    struct ff_kumomta_fields *f = &w->k->fields;
    switch (key->what) {
    case FF_KUMO_IS_UNUSED:
        return scalar(w, p, NULL);
    case FF_KUMO_IS_SCALAR:
        return scalar(w, p, &f->text[key->index]);
    case FF_KUMO_IS_NUMBER:
        return *p == 'n' ? word(w, p, "null", 4) : integer(w, p, &f->number[key->index]);
    case FF_KUMO_IS_TEXT:
    case FF_KUMO_IS_RECIPIENT:
        return *p == '"' ? string(w, p + 1, &f->text[key->index]) : word(w, p, "null", 4);
    default:
        return word(w, p, "null", 4);
    }
}

/* The text ends with a bracket, so that nothing but an object's end can reach the end. */
static inline const uint8_t *at_token(const struct walk *w, const uint8_t *p)
{
    return *p > ' ' ? p : skip_blanks(w, p);
}

size_t ff_kumomta_walk(struct ff_kumomta *k, struct ff_slice text)
{
    static const uint8_t around[FF_KUMO_OBJECTS] = {[FF_KUMO_IN_ENHANCED] = FF_KUMO_IN_RESPONSE};
    if (text.len <= FF_JSON_STEP || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}')
        return 0;
    const struct walk w = {k, text.ptr + text.len, text.ptr + text.len - FF_JSON_STEP};
    const uint8_t *p = text.ptr;
    enum ff_kumomta_object in = FF_KUMO_IN_RECORD;
    uint64_t seen = 0;
    size_t known = FF_KUMO_KEYS; /* before the first */
    ff_kumomta_fields_reset(&k->fields);
    k->fields.has = 1u << in;
    for (;;) {
        /* p is at the bracket that opens an object, or at a comma */
        size_t i = k->follows[known];
        const struct ff_kumomta_key *key = &ff_kumomta_keys[i];
        if (p < w.last && key->in == in && (ff_json_same(p + 1, key->text) | key->ignore) == UINT32_MAX) {
            p = at_token(&w, p + key->len + 1);
            known = i;
        } else {
            p = search_key(&w, p, in, &known, &i);
            key = &ff_kumomta_keys[i];
        }
        if (p && i == FF_KUMO_KEYS) {
            p = *p == '{' || *p == '[' ? container(&w, p, depth_of[in]) : scalar(&w, p, NULL);
        } else if (!p || seen & UINT64_C(1) << i) {
            return 0;
        } else if (key->what == FF_KUMO_IS_OBJECT && *p == '{') {
            seen |= UINT64_C(1) << i;
            in = (enum ff_kumomta_object)key->index;
            k->fields.has |= 1u << in;
            const uint8_t *inside = at_token(&w, p + 1);
            if (*inside != '}')
                continue;
            p = inside; /* closed below */
        } else {
            seen |= UINT64_C(1) << i;
            p = value(&w, p, key);
        }
        for (;;) {
            if (!p || p >= w.end)
                return 0;
            p = at_token(&w, p);
            if (*p == ',')
                break;
            if (*p++ != '}')
                return 0;
            if (in == FF_KUMO_IN_RECORD)
                return (size_t)(p - text.ptr);
            in = (enum ff_kumomta_object)around[in];
        }
    }
}
