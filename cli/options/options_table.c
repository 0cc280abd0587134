/* options_table.c: see options_table.h. */
#include "cli/options/options_table.h"

#include <stdio.h>

const struct ff_subcommand *const *ff_subcommands;

const struct ff_option ff_options_common[] = {
    {.name = "config", .type = FF_OPTION_STRING, .value = "FILE",
     .help = "read options from FILE: key = value lines in [subcommand] sections; see fivefifty.conf(5)"},
    {.name = "help", .letter = 'h', .type = FF_OPTION_FLAG, .help = "print this text"},
    FF_OPTIONS_END,
};
