/* options_line.h: the words of the command line. */
#ifndef FF_CLI_OPTIONS_LINE_H
#define FF_CLI_OPTIONS_LINE_H

#include "cli/options/options_parse.h"
#include "proto/error.h"

/** Reads them into p, over what is there; stops at --help. 0, or 64 after a message. argv[0] is the subcommand. */
FF_MUST_CHECK int ff_options_line(struct ff_parse *p, int argc, char **argv);
/** 0; 64 after a message when a required option is missing, or an argument, or there is one too many. */
FF_MUST_CHECK int ff_options_complete(const struct ff_parse *p);

#endif
