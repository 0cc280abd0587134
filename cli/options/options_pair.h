/* options_pair.h: values of the form KEY=VALUE. */
#ifndef FF_CLI_OPTIONS_PAIR_H
#define FF_CLI_OPTIONS_PAIR_H

#include <stdbool.h>

#include "proto/error.h"

/** "key=value" -> its halves in place (the string is copied once, never freed). false: no '=' or an empty key. */
FF_MUST_CHECK bool ff_option_pair(const char *text, const char **ret_key, const char **ret_value);

#endif
