/* options_names.h: which option or subcommand a word is, and which one was probably meant when it is none. */
#ifndef FF_CLI_OPTIONS_NAMES_H
#define FF_CLI_OPTIONS_NAMES_H

#include "cli/options/options_table.h"

/** The option of that name in one table; NULL when it is not there. */
const struct ff_option *ff_option_in(const struct ff_option *table, const char *name, size_t len);
/** Of a subcommand, or one all of them have. */
const struct ff_option *ff_option_long(const struct ff_subcommand *sub, const char *name, size_t len);
const struct ff_option *ff_option_letter(const struct ff_subcommand *sub, char letter);
/** The name that was probably meant; NULL when none is near. */
const char *ff_option_nearest(const struct ff_subcommand *sub, const char *word, size_t len);

const struct ff_subcommand *ff_subcommand_find(const char *name);
/** The name that was probably meant; NULL when none is near. */
const char *ff_subcommand_nearest(const char *name);

#endif
