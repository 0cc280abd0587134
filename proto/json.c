/* json.c: strict JSON in one pass over the bytes, without recursion.
 *
 * The parser keeps the open containers on a stack of FF_JSON_DEPTH_MAX indexes and appends one node per value, so its
 * time and memory follow from the length of the text alone. What costs is the inside of strings (nine tenths of a log
 * record): json_scan.h looks at them 16 bytes at a time; only a string in which a high bit was seen is checked for
 * UTF-8.
 *
 * Refused: a library's document tree, which allocates, and a lax parser: what one reader takes and the next refuses is
 * how two programs come to see different events.
 */
#include "proto/json.h"

#include <stdlib.h>

#include "proto/json_scan.h"

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

/* ps->p is at a backslash. */
static bool escape(struct parser *ps)
{
    bool ok;
    ps->p = ff_json_scan_escape(ps->p, ps->end, &ok);
    return ok ||
           fail_syntax(ps, ps->p[-1] == '\\' ? "unknown escape in a string" : "\\u is not followed by four hex digits");
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
        ps->p = ff_json_scan_string(ps->p, ps->end, &high);
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

static bool number(struct parser *ps)
{
    const uint8_t *from = ps->p;
    bool ok;
    ps->p = ff_json_scan_number(ps->p, ps->end, &ok);
    return ok ? push(ps, FF_JSON_NUMBER, from) : fail_syntax(ps, "a digit is missing in a number");
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
