/* options_values.h: one option takes its value. */
#ifndef FF_CLI_OPTIONS_VALUES_H
#define FF_CLI_OPTIONS_VALUES_H

#include "cli/options/options_parse.h"

/** NULL, or what is wrong with the value. `value` is kept by reference. */
const char *ff_option_store(struct ff_parse *p, const struct ff_option *o, const char *value);

#endif
