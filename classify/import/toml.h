/* toml.h: the strings of a TOML file. */
#ifndef FF_CLASSIFY_IMPORT_TOML_H
#define FF_CLASSIFY_IMPORT_TOML_H

#include "classify/classify.h"

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

#endif
