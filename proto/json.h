/* json.h: strict JSON (RFC 8259) as a tape of nodes over the caller's text, and a writer.
 *
 * The whole text is checked before anything is handed out: one value, valid UTF-8, no trailing bytes, depth at most
 * FF_JSON_DEPTH_MAX. Strings stay in place (unescaped into an arena only when they hold a backslash), numbers stay
 * text. Nothing is allocated after ff_json_doc_new(). Duplicate keys: the last one wins in ff_json_get().
 */
#ifndef FF_PROTO_JSON_H
#define FF_PROTO_JSON_H

#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_JSON_DEPTH_MAX 64
#define FF_JSON_NODES_MAX (1u << 20)

enum ff_json_type {
    FF_JSON_NULL,
    FF_JSON_FALSE,
    FF_JSON_TRUE,
    FF_JSON_NUMBER,
    FF_JSON_STRING,
    FF_JSON_ARRAY,
    FF_JSON_OBJECT
};

/** One value. The members of an object stand behind it as key, value, key, value...; the elements of an array likewise.
 */
struct ff_json_node {
    uint32_t start;  /* offset of the value's text; of a string: behind its quote */
    uint32_t len;    /* bytes of its text; of a string: without quotes */
    uint32_t next;   /* index of the node behind this whole value */
    uint8_t type;    /* enum ff_json_type */
    uint8_t escaped; /* a string that holds a backslash */
    uint16_t unused;
};

struct ff_json_doc {
    struct ff_slice text; /* of the last parse; borrowed */
    struct ff_json_node *nodes;
    uint32_t count, max;
};

/** Room for `nodes_max` values (1..FF_JSON_NODES_MAX); NULL when memory is short. */
FF_MUST_CHECK struct ff_json_doc *ff_json_doc_new(uint32_t nodes_max);
void ff_json_doc_free(struct ff_json_doc *doc);

/**
 * Parses one value; blanks around it are allowed.
 * @return FF_OK: node 0 is the value. FF_ERR_SYNTAX, FF_ERR_TRUNCATED (the text ends inside), FF_ERR_TOO_LARGE (too
 * many nodes; depth counts as SYNTAX). *ret_at says where.
 */
FF_MUST_CHECK enum ff_err ff_json_parse(struct ff_json_doc *doc, struct ff_slice text, struct ff_err_at *ret_at);

/** No such node: what ff_json_get() gives when a key is not there. All accessors accept it and say "no"; it is as
 * if the member were null. */
#define FF_JSON_NONE UINT32_MAX

static inline enum ff_json_type ff_json_type(const struct ff_json_doc *doc, uint32_t node)
{
    return node == FF_JSON_NONE ? FF_JSON_NULL : (enum ff_json_type)doc->nodes[node].type;
}

/** First key of an object or element of an array. Iterate: for (n = first; n < end; n = step), where end is
 * doc->nodes[parent].next, and step is nodes[n].next for arrays, nodes[n + 1].next for objects (value = n + 1). */
static inline uint32_t ff_json_first(uint32_t parent)
{
    return parent + 1;
}

/** Value of a key in an object; keys with escapes are compared unescaped. FF_JSON_NONE: not there, or no object. */
uint32_t ff_json_get(const struct ff_json_doc *doc, uint32_t object, struct ff_slice key);

/** The raw text between the quotes, of a number, or of a whole value; empty of FF_JSON_NONE. */
static inline struct ff_slice ff_json_text(const struct ff_json_doc *doc, uint32_t node)
{
    if (node == FF_JSON_NONE)
        return (struct ff_slice){NULL, 0};
    return ff_slice_of(doc->text.ptr + doc->nodes[node].start, doc->nodes[node].len);
}

/** Unescaped string: in place when it can be, else in the arena. false: no string, or the arena is full. Lone
 * surrogates become U+FFFD. */
FF_MUST_CHECK bool ff_json_string(const struct ff_json_doc *doc, uint32_t node, struct ff_arena *arena,
                                  struct ff_slice *ret);
/** A number without fraction or exponent, or with ones that leave it integral, within int64. */
FF_MUST_CHECK bool ff_json_int(const struct ff_json_doc *doc, uint32_t node, int64_t *ret);
FF_MUST_CHECK bool ff_json_double(const struct ff_json_doc *doc, uint32_t node, double *ret);

/** Writer: appends to a growable buffer. Any bytes may be given as text; invalid UTF-8 becomes U+FFFD. */
struct ff_json_out {
    char *buf;
    size_t len, size;
    bool failed; /* memory was short; the content is void */
    bool comma;  /* the next member needs one */
};

void ff_json_out_init(struct ff_json_out *o);
void ff_json_out_fini(struct ff_json_out *o);
static inline void ff_json_out_reset(struct ff_json_out *o)
{
    o->len = 0;
    o->comma = false;
}
void ff_json_open(struct ff_json_out *o, char bracket);   /* '{' or '[' */
void ff_json_close(struct ff_json_out *o, char bracket);  /* '}' or ']' */
void ff_json_key(struct ff_json_out *o, const char *key); /* constant text, not escaped */
void ff_json_colon(struct ff_json_out *o); /* behind a string that is a key after all (keys that are not constant) */
void ff_json_put_string(struct ff_json_out *o, struct ff_slice s);
void ff_json_put_int(struct ff_json_out *o, int64_t v);
void ff_json_put_uint(struct ff_json_out *o, uint64_t v);
void ff_json_put_bool(struct ff_json_out *o, bool v);
void ff_json_put_double(struct ff_json_out *o, double v);          /* shortest text that reads back equal */
void ff_json_put_raw(struct ff_json_out *o, struct ff_slice json); /* a value that is JSON already */
/* as they are, without separators: where `o` holds no JSON, or behind it */
void ff_json_append(struct ff_json_out *o, struct ff_slice bytes);
void ff_json_put_hex(struct ff_json_out *o, struct ff_slice bytes);
void ff_json_put_time(struct ff_json_out *o, int64_t us);
void ff_json_put_ip(struct ff_json_out *o, struct ff_slice ip);
void ff_json_put_enhanced(struct ff_json_out *o, uint32_t code);
/* A member: key (constant text) and value. */
void ff_json_member_uint(struct ff_json_out *o, const char *key, uint64_t value);
void ff_json_member_string(struct ff_json_out *o, const char *key, struct ff_slice value);
void ff_json_member_text(struct ff_json_out *o, const char *key, struct ff_slice value); /* none when it is empty */
void ff_json_end_line(struct ff_json_out *o); /* LF; the next value starts afresh */

#ifdef __cplusplus
}
#endif
#endif
