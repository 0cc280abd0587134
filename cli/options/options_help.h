/* options_help.h: what --help prints. */
#ifndef FF_CLI_OPTIONS_HELP_H
#define FF_CLI_OPTIONS_HELP_H

#include <stdio.h>

#include "cli/options/options_table.h"

void ff_help_subcommand(FILE *f, const struct ff_subcommand *sub);
void ff_help_overview(FILE *f);

#endif
