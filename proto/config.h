/* config.h: the grammar of the configuration file.
 *
 *     # comment             (also ; at the start of a line)
 *     key = value           before any section: for every subcommand that knows the key
 *     [run]                 section: for one subcommand
 *     state = "/var/lib/fivefifty/my state"     quotes keep blanks at the ends; \" and \\ inside quotes
 *
 * A comment behind a value needs the value in quotes: without them a blank and # or ; are an error, since other files
 * of this kind read them one way or the other. Only the grammar is here; which keys exist is each subcommand's own
 * option table (cli/). Keys are option names without their dashes. Everything that is not understood is an error with
 * its line: a misspelt key that is silently ignored would be found out in production.
 */
#ifndef FF_PROTO_CONFIG_H
#define FF_PROTO_CONFIG_H

#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_CONFIG_BYTES_MAX (1u << 20)
#define FF_CONFIG_WORD_MAX 4096

struct ff_config_line {
    const char *section; /* "" before the first */
    const char *key;     /* NULL: the line opens the section */
    const char *value;
    unsigned line; /* 1-based */
};

/**
 * Reads a file and calls `each` per section header and per key, in order; strings are valid for the call.
 * `each` returns NULL when it is content, else constant text saying what is wrong with the line.
 * @param ret_message  on failure "FILE:LINE: what is wrong (what to do)"
 * @return FF_OK; FF_ERR_CONFIG, also for a file that is not there or cannot be read; FF_ERR_NOMEM
 */
FF_MUST_CHECK enum ff_err ff_config_read(const char *path,
                                         const char *(*each)(void *ctx, const struct ff_config_line *line), void *ctx,
                                         char *ret_message, size_t size);

#ifdef __cplusplus
}
#endif
#endif
