/* options_manual.h: manual pages. */
#ifndef FF_CLI_OPTIONS_MANUAL_H
#define FF_CLI_OPTIONS_MANUAL_H

#include <stdio.h>

#include "cli/options/options_table.h"

/** Manual page (mdoc): of one subcommand, or (sub NULL) of the program; fivefifty.conf(5) from ff_manual_config(). */
void ff_manual(FILE *f, const struct ff_subcommand *sub);
void ff_manual_config(FILE *f);

#endif
