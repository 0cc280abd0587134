/* options.h: runs a subcommand with what the command line and the configuration file say. */
#ifndef FF_CLI_OPTIONS_H
#define FF_CLI_OPTIONS_H

#include "cli/options/options_table.h"
#include "proto/error.h"

/** Parses, reads --config FILE, runs. argv[0] is the subcommand. The exit status. */
int ff_subcommand_main(const struct ff_subcommand *sub, int argc, char **argv);

/**
 * Reads the configuration file and the command line again into `options` (a struct of the running subcommand; NULL:
 * for nothing else but to find out what changed), for SIGHUP. What they borrow lives until the next call. A message
 * names the options that changed and need a restart. false, after a message, when the file is wrong now: then go on
 * with what is in force.
 */
FF_MUST_CHECK bool ff_options_reload(void *options);

#endif
