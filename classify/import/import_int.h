/* import_int.h: the importers' parts: TOML (toml.c), a regular expression as a tree (regex.c), the tree
 * as alternatives without choices (expand.c), an alternative as codes (codes.c) and a phrase
 * (phrase.c), alternatives that are one rule after all (join.c), classes (classes.c), and the way
 * through all of them (import.c).
 */
#ifndef FF_CLASSIFY_IMPORT_INT_H
#define FF_CLASSIFY_IMPORT_INT_H

#include <stdio.h>

#include "classify/import/import.h"
#include "classify/mask/hosts.h"

/* ---- TOML -------------------------------------------------------------------------------------------------------- */

/** One string of an array, or a string by itself. Slices live for the call. */
struct ff_toml_string {
    struct ff_slice table, key, value;
    unsigned line; /* where it begins */
};

/**
 * Reads tables, keys, strings and arrays of strings of a TOML 1.0 file; anything else is refused with its line
 * (docs/decisions/toml.md).
 * @return FF_OK; FF_ERR_SYNTAX with *ret_line and constant text in *ret_what; FF_ERR_NOMEM
 */
FF_MUST_CHECK enum ff_err ff_toml_strings(struct ff_slice text, void (*each)(void *ctx, const struct ff_toml_string *s),
                                          void *ctx, unsigned *ret_line, const char **ret_what);

/* ---- a regular expression as a tree ------------------------------------------------------------------------------ */

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

/* ---- alternatives ------------------------------------------------------------------------------------------------ */

#define FF_ALTERNATIVES_MAX 256
#define FF_ATOMS_MAX 256

enum ff_atom_type {
    FF_ATOM_BYTE,  /* this byte */
    FF_ATOM_DIGIT, /* one digit of a set */
    FF_ATOM_BREAK, /* blanks or punctuation */
    FF_ATOM_RUN,   /* letters or digits, any number from min on */
    FF_ATOM_GAP,   /* anything, also nothing */
    FF_ATOM_ANY,   /* one byte, whatever it is */
    FF_ATOM_BEGIN,
    FF_ATOM_END,
    FF_ATOM_EDGE,
};

struct ff_atom {
    uint8_t type;
    uint8_t byte;    /* of a run: 1 when every letter and digit may stand in it */
    uint16_t digits; /* bit per digit; of a run: of digits only */
    uint8_t min;     /* of a run */
};

struct ff_alternative {
    uint16_t count;
    uint16_t loss; /* enum ff_import_loss bits */
    struct ff_atom atom[FF_ATOMS_MAX];
};

struct ff_alternatives {
    struct ff_alternative *item; /* from malloc */
    size_t count;
};

/** What a translation does not keep; the texts are in import.c. */
enum ff_import_loss {
    FF_LOSS_RUN = 1,           /* what a run of letters or digits consists of */
    FF_LOSS_ANCHOR = 2,        /* ^ or $ beside words */
    FF_LOSS_DOT = 4,           /* one byte, whatever it is */
    FF_LOSS_MASKED = 8,        /* hosts, addresses, ids, numbers */
    FF_LOSS_REPEAT = 16,       /* how often */
    FF_LOSS_PARTS = 32,        /* what stands behind the last part a phrase may have */
    FF_LOSS_CODES = 64,        /* a second status code */
    FF_LOSS_ALTERNATIVE = 128, /* some alternatives altogether */
    FF_LOSS_BITS = 8
};

/** false: *ret_wrong (constant text) says why; *ret is empty then. The caller frees ret->item. */
FF_MUST_CHECK bool ff_regex_expand(const struct ff_regex *r, struct ff_alternatives *ret, const char **ret_wrong);

/* ---- codes and a phrase ------------------------------------------------------------------------------------------ */

#define FF_IMPORT_CODES_MAX 16
#define FF_IMPORT_ENHANCED_MAX 48
#define FF_IMPORT_PHRASE_MAX 1000

struct ff_import_rule {
    char code[FF_IMPORT_CODES_MAX][4]; /* "550", "55x", "5xx" */
    char enhanced[FF_IMPORT_ENHANCED_MAX][12];
    unsigned code_count, enhanced_count;
    bool wrapped; /* the code may stand inside the reply */
    uint16_t loss;
    char phrase[FF_IMPORT_PHRASE_MAX]; /* in the grammar of a rules file; empty: codes alone */
    char sample[FF_IMPORT_PHRASE_MAX]; /* words that the phrase matches */
};

/** The atom at i; behind the last one FF_ATOM_END. */
const struct ff_atom *ff_atom_at(const struct ff_alternative *a, unsigned i);
/** Digits that an atom may be, a bit each; 0: it is none. */
unsigned ff_atom_digits(const struct ff_atom *atom);
/** "." or "\.": between digits both are meant as a dot. */
bool ff_atom_is_dot(const struct ff_atom *atom);
/**
 * Reads "5.1.1" (or, ..._code(), "550" at the beginning) from atom i on into *rule; anchored: behind ^.
 * @return atoms used; 0: there is none, or *ret_wrong says why it cannot be one
 */
unsigned ff_import_enhanced(const struct ff_alternative *a, unsigned i, struct ff_import_rule *rule,
                            const char **ret_wrong);
unsigned ff_import_code(const struct ff_alternative *a, unsigned i, bool anchored, struct ff_import_rule *rule,
                        const char **ret_wrong);

/** false: *ret_wrong (constant text) says why nothing is left of it. */
FF_MUST_CHECK bool ff_import_phrase(const struct ff_hosts *hosts, const struct ff_alternative *a,
                                    struct ff_import_rule *ret, const char **ret_wrong);

/** Joins alternatives of one pattern that one rule can say, in place. Returns how many are left; their codes are
 * sorted. */
size_t ff_import_join(struct ff_import_rule *rules, size_t count);
bool ff_import_same_codes(const struct ff_import_rule *a, const struct ff_import_rule *b);
bool ff_import_same_enhanced(const struct ff_import_rule *a, const struct ff_import_rule *b);

/* ---- classes ----------------------------------------------------------------------------------------------------- */

/** FF_CATEGORY_NONE: the class has none; FF_CATEGORY_COUNT: it is not known. */
enum ff_category ff_import_category(enum ff_import_from from, struct ff_slice name);

#endif
