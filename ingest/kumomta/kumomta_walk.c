/* kumomta_walk.c: the members of a log record as KumoMTA writes it, in one walk over its bytes and without a document.
 *
 * The walk guesses: behind each key stands nearly always the one that stood there last time (kumomta_guess.c). One
 * comparison of 32 bytes confirms all from the comma to the colon, and the bytes of keys are never scanned; what
 * remains is the values, whose ends are sought 32 bytes at a time. A guess that fails costs a call and teaches the
 * next one, so another order (an older release, a JSON library in between) is as fast.
 *
 * Everything is checked that the parser checks, to the last byte, or the walk gives up: with anything unusual (a key
 * twice, a key with an escape, a member of another type, a list of recipients, a report, a number that is no plain
 * integer, any error) it answers no, and the record is parsed and read by kumomta_fields.c, which decides. So a wrong
 * "no" costs time and never an event; a test compares the two readers member by member on intact and damaged records.
 *
 * Refused: simdjson, and an index of where strings stop made first (its two stages), see docs/decisions/json.md.
 */
#include "ingest/kumomta/kumomta_walk.h"
#include "proto/json_scan.h"

#ifndef FF_KUMOMTA_WALK /* kumomta_walk_avx2.c includes this file */
#define FF_KUMOMTA_WALK ff_kumomta_walk_base
#endif

/* The compiler lays what is usual in one line; without this it jumps three times a member. */
#define USUAL(condition) __builtin_expect(!!(condition), 1)

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
    if (p < w->end && *p != '\\')
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

/* The value of `key`, which begins at `from`; nearly all are ASCII without escapes.
 *
 * The end of one string is the beginning of the next, so all searches of a record wait for each other, some twenty
 * cycles each. A text that is always as long is not waited for: its end is where it was last time, as a branch says
 * that the processor guesses right, and the search only confirms it. */
static inline const uint8_t *text_value(const struct walk *w, const uint8_t *from, struct ff_kumomta_guess *key)
{
    const uint8_t *p = from;
    uint32_t stops = 0;
    while (p <= w->last && !(stops = ff_json_stops(p)))
        p += FF_JSON_STEP;
    if (!USUAL(stops)) { /* what is left is less than a step: it is taken with some of what was seen */
        stops = p < w->end ? ff_json_stops(w->last) >> (p - w->last) : 0;
        if (!stops)
            return NULL;
    }
    if ((stops & -stops) == key->quote) {
        p += key->rest;
    } else {
        unsigned rest = (unsigned)__builtin_ctz(stops);
        p += rest;
        if (key->what == FF_KUMO_IS_STEADY) {
            key->rest = (uint8_t)rest;
            key->quote = 1u << rest;
        }
    }
    if (USUAL(*p == '"')) {
        *key->to.text = ff_slice_of(from, (size_t)(p - from));
        return p + 1;
    }
    return any_string(w, from, p, key->to.text);
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
        return any_string(w, p + 1, p + 1, ret);
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

/* The colon of the key whose quote stands at p. */
static const uint8_t *key_end(const struct walk *w, const uint8_t *p)
{
    if (p >= w->end || *p != '"' || !(p = any_string(w, p + 1, p + 1, NULL)))
        return NULL;
    p = skip_blanks(w, p);
    return p < w->end && *p == ':' ? p : NULL;
}

/* A key that is not wanted, and its colon; p is at its quote. */
static const uint8_t *unknown_key(const struct walk *w, const uint8_t *p)
{
    p = key_end(w, p);
    return p ? skip_blanks(w, p + 1) : NULL;
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
    uint64_t v = (uint64_t)*p - '0';
    unsigned n = 1, digit;
    if (v > 9)
        return NULL;
    if ((uint8_t)(p[1] - '0') <= 9) {
        if (v == 0)
            return NULL;
        if (p <= w->last)
            n = ff_json_digits8(p, 8, &v);
        for (; n < 16 && (digit = (unsigned)p[n] - '0') <= 9; n++)
            v = v * 10 + digit;
        if (n > 15)
            return NULL;
    }
    *ret = (int64_t)v;
    return p + n;
}

/* Containers that may stand around each object; the record itself has none. */
static const uint8_t depth_of[] = {
    [FF_KUMO_IN_RECORD] = 1, [FF_KUMO_IN_RESPONSE] = 2, [FF_KUMO_IN_ENHANCED] = 3, [FF_KUMO_IN_PEER] = 2,
    [FF_KUMO_IN_SOURCE] = 2, [FF_KUMO_IN_META] = 2,     [FF_KUMO_IN_HEADERS] = 2,
};

/* Does the guess stand behind the comma or bracket at p? */
static inline bool is_next(const struct walk *w, const uint8_t *p, uint8_t in, const struct ff_kumomta_guess *guess)
{
    return p < w->last && (ff_json_same(p + 1, guess->text) | guess->ignore) == UINT32_MAX && guess->in == in;
}

/* The key behind the comma or bracket at p, and its colon, when the guess failed. *at is the guess before it, and then
 * this one. */
static const uint8_t *search_key(const struct walk *w, const uint8_t *p, uint8_t in,
                                 struct ff_kumomta_guess **at)
{
    struct ff_kumomta_guess *before = *at, *other = before->other;
    if (is_next(w, p, in, other)) {
        before->other = before->next;
        before->next = *at = other;
        return p + 1 + other->len;
    }
    const uint8_t *from = skip_blanks(w, p + 1), *colon = key_end(w, from);
    if (!colon)
        return NULL;
    struct ff_slice name = ff_slice_of(from + 1, ff_slice_chr(ff_slice_of(from + 1, (size_t)(colon - from)), 0, '"'));
    if (ff_slice_chr(name, 0, '\\') != SIZE_MAX)
        return NULL;
    struct ff_slice written = ff_slice_of(p + 1, (size_t)(colon - p));
    *at = ff_kumomta_guess_learn(&w->k->guesses, &w->k->fields, in, written, name, *at);
    return skip_blanks(w, colon + 1);
}

/* A value that is neither a text nor an object with known members. */
static inline const uint8_t *other_value(const struct walk *w, const uint8_t *p, enum ff_kumomta_object in,
                                         const struct ff_kumomta_guess *key)
{
    if (*p == 'n')
        return word(w, p, "null", 4);
    switch (key->what) {
    case FF_KUMO_IS_NUMBER:
        return integer(w, p, key->to.number);
    case FF_KUMO_IS_FOREIGN:
        if (*p != '{' && *p != '[')
            return scalar(w, p, NULL);
        p = container(w, p, depth_of[in]);
        return p == w->end ? NULL : p; /* it may have taken the record's own bracket */
    case FF_KUMO_IS_SCALAR:
        return scalar(w, p, key->to.text);
    default:
        return NULL;
    }
}

/* The text ends with a bracket, so that nothing but an object's end can reach the end. */
static inline const uint8_t *at_token(const struct walk *w, const uint8_t *p)
{
    return USUAL(*p > ' ') ? p : skip_blanks(w, p);
}

/* From behind a value to the next comma, over the ends of objects; *in is the one that goes on, FF_KUMO_OBJECTS
 * behind the record's own end. */
static inline const uint8_t *close_objects(const struct walk *w, const uint8_t *p, uint8_t *in)
{
    static const uint8_t around[FF_KUMO_OBJECTS] = {
        [FF_KUMO_IN_RECORD] = FF_KUMO_OBJECTS,
        [FF_KUMO_IN_ENHANCED] = FF_KUMO_IN_RESPONSE,
    };
    while (p < w->end) {
        p = at_token(w, p);
        if (*p == ',')
            return p;
        if (*p++ != '}')
            return NULL;
        *in = around[*in];
        if (*in == FF_KUMO_OBJECTS)
            return p;
    }
    return NULL;
}

size_t FF_KUMOMTA_WALK(struct ff_kumomta *k, struct ff_slice text)
{
    if (text.len <= FF_JSON_STEP || text.ptr[0] != '{' || text.ptr[text.len - 1] != '}')
        return 0;
    const struct walk w = {k, text.ptr + text.len, text.ptr + text.len - FF_JSON_STEP};
    const uint8_t *p = text.ptr;
    uint8_t in = FF_KUMO_IN_RECORD;
    uint64_t seen = 0, sum = 0;
    struct ff_kumomta_guess *key = &k->guesses.start;
    ff_kumomta_fields_reset(&k->fields);
    k->fields.has = 1u << in;
    for (;;) {
        /* p is at the bracket that opens an object, or at a comma; `key` is the last one, and becomes the next */
        struct ff_kumomta_guess *next = key->next;
        if (USUAL(is_next(&w, p, in, next))) {
            key = next;
            p += key->len + 1;
        } else if (!(p = search_key(&w, p, in, &key))) {
            return 0;
        }
        seen |= key->bit;
        sum += key->bit;
        p = at_token(&w, p);
        if (USUAL(*p == '"' && key->what <= FF_KUMO_IS_FOREIGN)) {
            p = text_value(&w, p + 1, key);
        } else if (*p == '{' && key->what == FF_KUMO_IS_OBJECT) {
            in = key->opens;
            k->fields.has |= 1u << in;
            p = at_token(&w, p + 1);
            if (*p != '}') {
                p--; /* a bracket, or a blank behind it, stands like a comma before a key */
                continue;
            }
        } else {
            p = other_value(&w, p, in, key);
        }
        if (!p)
            return 0;
        if (USUAL(*p == ','))
            continue;
        p = close_objects(&w, p, &in);
        if (!p)
            return 0;
        if (in == FF_KUMO_OBJECTS) /* a key that came twice counts twice in the sum */
            return sum == seen ? (size_t)(p - text.ptr) : 0;
    }
}
