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
    const uint8_t *begin, *end;
};

/* Blanks within a line: a line break ends a record. */
static inline const uint8_t *skip_blanks(const struct walk *w, const uint8_t *p)
{
    while (p < w->end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* The rest of a string in which a backslash stands at p; behind its quote, or NULL. */
static const uint8_t *escaped_string(const struct walk *w, const uint8_t *from, const uint8_t *p, uint32_t high,
                                     struct ff_slice *ret)
{
    bool ok = true;
    while (p < w->end && *p == '\\') {
        p = ff_json_scan_escape(p, w->end, &ok);
        if (!ok)
            return NULL;
        p = ff_json_scan_string(p, w->begin, w->end, &high);
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

/* The string whose first byte (behind the quote) is p. `ret`: its text, without escapes; NULL: not wanted. */
static inline const uint8_t *string(const struct walk *w, const uint8_t *p, struct ff_slice *ret)
{
    uint32_t high = 0;
    const uint8_t *q = ff_json_scan_string(p, w->begin, w->end, &high);
    if (q >= w->end)
        return NULL;
    if (*q != '"')
        return escaped_string(w, p, q, high, ret);
    if (high && !ff_slice_is_utf8(ff_slice_of(p, (size_t)(q - p))))
        return NULL;
    if (ret)
        *ret = ff_slice_of(p, (size_t)(q - p));
    return q + 1;
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

/* Up to 18 digits, so that nothing overflows; what follows them is the caller's business (a point or an 'e' is no comma
 * and makes him give up). */
static inline const uint8_t *integer(const struct walk *w, const uint8_t *p, int64_t *ret)
{
    const uint8_t *from = p;
    int64_t v = 0;
    while (p < w->end && (uint8_t)(*p - '0') <= 9)
        v = v * 10 + (*p++ - '0');
    *ret = v;
    return p > from && p - from <= 18 && (*from != '0' || p - from == 1) ? p : NULL;
}

/* Containers that may stand around each object; the record itself has none. */
static const uint8_t depth_of[] = {
    [FF_KUMO_IN_RECORD] = 1, [FF_KUMO_IN_RESPONSE] = 2, [FF_KUMO_IN_ENHANCED] = 3, [FF_KUMO_IN_PEER] = 2,
    [FF_KUMO_IN_SOURCE] = 2, [FF_KUMO_IN_META] = 2,     [FF_KUMO_IN_HEADERS] = 2,
};

/* The key at p (its quote) and its colon. *known is the last known key before it, and becomes this one; *ret_key:
 * which one, or FF_KUMO_KEYS. */
static inline const uint8_t *key(const struct walk *w, const uint8_t *p, enum ff_kumomta_object in, uint8_t *known,
                                 size_t *ret_key)
{
    size_t guess = w->k->follows[*known];
    const struct ff_kumomta_key *want = &ff_kumomta_keys[guess];
    if (w->end - p > FF_JSON_STEP && *p == '"' && want->in == in &&
        ff_json_match(p + 1, (const uint8_t *)want->text, want->len + 2u)) {
        *known = (uint8_t)guess;
        *ret_key = guess;
        return skip_blanks(w, p + want->len + 3);
    }
    const uint8_t *from = p;
    p = unknown_key(w, p);
    if (!p)
        return NULL;
    struct ff_slice name = ff_slice_of(from + 1, ff_slice_chr(ff_slice_of(from + 1, (size_t)(p - from - 1)), 0, '"'));
    if (ff_slice_chr(name, 0, '\\') != SIZE_MAX)
        return NULL;
    *ret_key = ff_kumomta_key_find(in, name);
    if (*ret_key < FF_KUMO_KEYS) {
        w->k->follows[*known] = (uint8_t)*ret_key;
        *known = (uint8_t)*ret_key;
    }
    return p;
}

/* The value at p of a known key, unless it is an object with known members. */
static inline const uint8_t *value(const struct walk *w, const uint8_t *p, const struct ff_kumomta_key *key)
{
    struct ff_kumomta_fields *f = &w->k->fields;
    switch (key->what) {
    case FF_KUMO_IS_TEXT:
    case FF_KUMO_IS_RECIPIENT:
        return *p == '"' ? string(w, p + 1, &f->text[key->index]) : word(w, p, "null", 4);
    case FF_KUMO_IS_SCALAR:
        return scalar(w, p, &f->text[key->index]);
    case FF_KUMO_IS_NUMBER:
        return *p == 'n' ? word(w, p, "null", 4) : integer(w, p, &f->number[key->index]);
    case FF_KUMO_IS_UNUSED:
        return scalar(w, p, NULL);
    case FF_KUMO_IS_OBJECT:
    case FF_KUMO_IS_REPORT:
        break;
    }
    return word(w, p, "null", 4);
}

size_t ff_kumomta_walk(struct ff_kumomta *k, struct ff_slice text)
{
    static const uint8_t around[] = {[FF_KUMO_IN_ENHANCED] = FF_KUMO_IN_RESPONSE, [FF_KUMO_IN_HEADERS] = 0};
    const struct walk w = {k, text.ptr, text.ptr + text.len};
    const uint8_t *p = text.ptr;
    enum ff_kumomta_object in = FF_KUMO_IN_RECORD;
    uint64_t seen = 0;
    uint8_t known = FF_KUMO_KEYS; /* before the first */
    ff_kumomta_fields_reset(&k->fields);
    if (!text.len || *p != '{')
        return 0;
open:
    k->fields.has |= 1u << in;
    p = skip_blanks(&w, p + 1);
    if (p < w.end && *p == '}')
        goto close;
    for (;;) {
        size_t i;
        p = key(&w, p, in, &known, &i);
        if (!p || p >= w.end)
            return 0;
        if (i == FF_KUMO_KEYS) {
            p = *p == '{' || *p == '[' ? container(&w, p, depth_of[in]) : scalar(&w, p, NULL);
        } else {
            if (seen >> i & 1)
                return 0;
            seen |= UINT64_C(1) << i;
            if (*p == '{' && ff_kumomta_keys[i].what == FF_KUMO_IS_OBJECT) {
                in = (enum ff_kumomta_object)ff_kumomta_keys[i].index;
                goto open;
            }
            p = value(&w, p, &ff_kumomta_keys[i]);
        }
        if (!p)
            return 0;
    behind:
        p = skip_blanks(&w, p);
        if (p >= w.end)
            return 0;
        if (*p == ',') {
            p = skip_blanks(&w, p + 1);
            if (p >= w.end)
                return 0;
            continue;
        }
        if (*p != '}')
            return 0;
    close:
        p++;
        if (in == FF_KUMO_IN_RECORD)
            return (size_t)(p - text.ptr);
        in = (enum ff_kumomta_object)around[in];
        goto behind;
    }
}
