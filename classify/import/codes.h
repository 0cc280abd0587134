/* codes.h: the codes that an alternative begins with. */
#ifndef FF_CLASSIFY_IMPORT_CODES_H
#define FF_CLASSIFY_IMPORT_CODES_H

#include "classify/import/expand.h"

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

#endif
