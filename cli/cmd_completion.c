/* cmd_completion.c: what a shell or man(1) wants to know of the option tables. */
#include <stdio.h>
#include <string.h>

#include "cli/options/options_completion.h"
#include "cli/options/options_manual.h"
#include "cli/options/options_names.h"
#include "cli/options/options_table.h"
#include "cli/process/messages.h"

struct completion_options {
    bool unused;
};

static const struct ff_option table[] = {FF_OPTIONS_END};

static const struct ff_option_example examples[] = {
    {"fivefifty completion bash > /etc/bash_completion.d/fivefifty", "for all users of bash"},
    {"fivefifty completion zsh > ~/.zfunc/_fivefifty", "for zsh, with ~/.zfunc in fpath"},
    {"fivefifty completion man run | man -l -",
     "the manual page of a subcommand; 'man' alone: fivefifty(1); 'man conf': fivefifty.conf(5)"},
    {NULL, NULL},
};

static int manual(const char *of)
{
    const struct ff_subcommand *sub = of ? ff_subcommand_find(of) : NULL;
    if (of && strcmp(of, "conf") == 0)
        ff_manual_config(stdout);
    else if (of && !sub)
        return ff_fail(FF_EXIT_USAGE, "there is no subcommand \"%s\" (fivefifty --help lists them)", of);
    else
        ff_manual(stdout, sub);
    return 0;
}

static int run(void *options, const char *const *arguments, size_t count)
{
    int status = 0;
    (void)options;
    if (strcmp(arguments[0], "man") == 0)
        status = manual(count > 1 ? arguments[1] : NULL);
    else if (count > 1)
        status = ff_fail(FF_EXIT_USAGE, "one argument too many: %s", arguments[1]);
    else if (strcmp(arguments[0], "bash") == 0)
        ff_completion_bash(stdout);
    else if (strcmp(arguments[0], "zsh") == 0)
        ff_completion_zsh(stdout);
    else
        status = ff_fail(FF_EXIT_USAGE, "there is no completion for \"%s\" (bash, zsh; man prints the manual)",
                         arguments[0]);
    return status ? status : ff_stdout_flush();
}

const struct ff_subcommand ff_cmd_completion = {
    .name = "completion",
    .summary = "completion for bash and zsh, manual pages",
    .arguments = "bash|zsh|man [PAGE]",
    .arguments_min = 1,
    .arguments_max = 2,
    .description = "Prints a completion script, or a manual page in mdoc, made from the same tables that parse the "
                   "options.",
    .options = table,
    .struct_size = sizeof(struct completion_options),
    .examples = examples,
    .run = run,
};
