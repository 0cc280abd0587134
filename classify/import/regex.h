/* regex.h: a regular expression as a tree. */
#ifndef FF_CLASSIFY_IMPORT_REGEX_H
#define FF_CLASSIFY_IMPORT_REGEX_H

#include "classify/classify.h"

#define FF_REGEX_BYTES_MAX 4096
#define FF_REGEX_NODES_MAX 4096
#define FF_REGEX_DEPTH_MAX 60
#define FF_REGEX_INF 0xffffu

enum ff_regex_type {
    FF_REGEX_EMPTY,
    FF_REGEX_BYTE,  /* one byte, in lower case */
    FF_REGEX_CLASS, /* one byte of a set */
    FF_REGEX_ANY,   /* . */
    FF_REGEX_BEGIN, /* ^ */
    FF_REGEX_END,   /* $ */
    FF_REGEX_EDGE,  /* \b */
    FF_REGEX_CAT,   /* first, then second */
    FF_REGEX_ALT,   /* first or second */
    FF_REGEX_REPEAT /* first, min to max times */
};

struct ff_regex_node {
    uint8_t type, byte;
    uint16_t first, second; /* nodes */
    uint16_t min, max;      /* FF_REGEX_INF: no end */
    uint32_t set[4];        /* ASCII members of a class, letters in lower case */
    bool wide;              /* of a class: bytes outside ASCII too */
};

struct ff_regex {
    struct ff_regex_node node[FF_REGEX_NODES_MAX];
    uint16_t count, root;
    const char *wrong; /* why it was refused; NULL: it was not */
};

/** Syntax common to Rust's regex crate and JavaScript, letters in any case; false: r->wrong says what has no
 * counterpart. */
FF_MUST_CHECK bool ff_regex_parse(struct ff_regex *r, struct ff_slice text);

static inline bool ff_regex_has(const struct ff_regex_node *n, unsigned c)
{
    return n->set[c >> 5] >> (c & 31) & 1;
}

#endif
