/* expand.h: the tree of a regular expression as alternatives without choices. */
#ifndef FF_CLASSIFY_IMPORT_EXPAND_H
#define FF_CLASSIFY_IMPORT_EXPAND_H

#include "classify/import/regex.h"

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

/** What a translation does not keep; the texts are in import_write.c. */
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

#endif
