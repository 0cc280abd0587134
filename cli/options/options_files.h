/* options_files.h: no file is written under two options, and none that is read is written. */
#ifndef FF_CLI_OPTIONS_FILES_H
#define FF_CLI_OPTIONS_FILES_H

#include "cli/options/options_table.h"
#include "proto/error.h"

/**
 * 0; or 64 with a message when a file that is to be written is also another one that is written or read: one of the
 * two would be lost. Arguments are files when the subcommand's usage says FILE. ff_subcommand_main() does it; a
 * subcommand whose usage names no files does it for those it finds among its arguments.
 * @param target  the subcommand's struct; `config` may be NULL
 */
FF_MUST_CHECK int ff_option_files_check(const struct ff_subcommand *sub, const void *target, const char *config,
                                        const char *const *arguments, size_t count);

#endif
