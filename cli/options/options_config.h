/* options_config.h: the configuration file. */
#ifndef FF_CLI_OPTIONS_CONFIG_H
#define FF_CLI_OPTIONS_CONFIG_H

#include "cli/options/options_parse.h"
#include "proto/error.h"

/** Reads the file that p->config names into p. 0, also when none is named; 78 after a message. */
FF_MUST_CHECK int ff_options_config(struct ff_parse *p);

#endif
