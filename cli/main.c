/* main.c: the list of subcommands; finds the one that is meant and runs it; --help, --version. The only folder that
 * joins ingest and suppress is this. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/options/options.h"
#include "cli/options/options_help.h"
#include "cli/options/options_names.h"
#include "cli/process/messages.h"
#include "cli/version.h"

extern const struct ff_subcommand ff_cmd_run, ff_cmd_ingest, ff_cmd_suppress, ff_cmd_serve, ff_cmd_classify,
    ff_cmd_decode, ff_cmd_templates, ff_cmd_export, ff_cmd_explain, ff_cmd_add, ff_cmd_release, ff_cmd_import,
    ff_cmd_generate, ff_cmd_topics, ff_cmd_rules, ff_cmd_completion;

static const struct ff_subcommand *const subcommands[] = {
    &ff_cmd_run, &ff_cmd_ingest, &ff_cmd_suppress, &ff_cmd_serve,
    &ff_cmd_classify, &ff_cmd_rules, &ff_cmd_decode, &ff_cmd_templates,
    &ff_cmd_explain, &ff_cmd_export, &ff_cmd_add, &ff_cmd_release, &ff_cmd_import,
    &ff_cmd_generate, &ff_cmd_topics, &ff_cmd_completion,
    NULL,
};

static int overview(void)
{
    ff_help_overview(stdout);
    return ff_stdout_flush();
}

static int unknown_subcommand(const char *word)
{
    const char *near = ff_subcommand_nearest(word);
    if (near)
        return ff_fail(FF_EXIT_USAGE, "there is no subcommand \"%s\" (did you mean %s?; fivefifty --help lists them)",
                       word, near);
    return ff_fail(FF_EXIT_USAGE, "there is no subcommand \"%s\" (fivefifty --help lists them)", word);
}

static int help(int argc, char **argv)
{
    if (argc < 3)
        return overview();
    const struct ff_subcommand *sub = ff_subcommand_find(argv[2]);
    if (!sub)
        return unknown_subcommand(argv[2]);
    ff_help_subcommand(stdout, sub);
    return ff_stdout_flush();
}

int main(int argc, char **argv)
{
    /* A closed stdout is seen as EPIPE where it is written; a broken connection must not kill a service. */
    signal(SIGPIPE, SIG_IGN);
    ff_subcommands = subcommands;
    if (argc < 2) {
        ff_help_overview(stderr);
        return FF_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return overview();
    if (strcmp(argv[1], "help") == 0)
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        ff_version_print(stdout);
        return ff_stdout_flush();
    }
    const struct ff_subcommand *sub = ff_subcommand_find(argv[1]);
    if (sub)
        return ff_subcommand_main(sub, argc - 1, argv + 1);
    if (argv[1][0] == '-')
        return ff_fail(FF_EXIT_USAGE, "there is no option %s before the subcommand (fivefifty --help shows the usage)",
                       argv[1]);
    return unknown_subcommand(argv[1]);
}
