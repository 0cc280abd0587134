/* cmd_export.c: placeholder until its owner delivers. */
#include "cli/options.h"

struct export_options {
    bool unused;
};

static const struct ff_option table[] = {FF_OPTIONS_END};
static const struct ff_example examples[] = {{"fivefifty export", "placeholder"}, {NULL, NULL}};

static int run(void *options, const char *const *arguments, size_t count)
{
    (void)options;
    (void)arguments;
    (void)count;
    return ff_fail(FF_EXIT_SOFTWARE, "not there yet");
}

const struct ff_subcommand ff_cmd_export = {
    .name = "export", .summary = "placeholder", .arguments = "", .arguments_max = 1, .description = "Placeholder.",
    .options = table, .struct_size = sizeof(struct export_options), .examples = examples, .run = run,
};
