/* options.c: the command line and the configuration file, read through one table.
 *
 * The file is applied first and the command line after it, so that a word typed now wins over a word written long ago;
 * repeatable options add up, the file's first. getopt_long(3) was refused: it permutes argv, abbreviates names (a
 * script that says --rule today breaks when --rules-check arrives), and knows nothing of the file, of limits and of
 * suggestions.
 */
#include "cli/options/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/options/options_config.h"
#include "cli/options/options_files.h"
#include "cli/options/options_help.h"
#include "cli/options/options_kept.h"
#include "cli/options/options_line.h"
#include "cli/process/messages.h"

/* What the running subcommand was started with, for ff_options_reload(). */
static const struct ff_subcommand *started;
static const uint8_t *started_options;
static int started_argc;
static char **started_argv;

static void reset_target(struct ff_parse *p)
{
    if (p->sub->defaults)
        memcpy(p->target, p->sub->defaults, p->sub->struct_size);
    else
        memset(p->target, 0, p->sub->struct_size);
    memset(p->given, 0, sizeof p->given);
}

/* The first pass checks the words and finds --config, the second applies them over the file. */
static int parse_all(struct ff_parse *p, int argc, char **argv)
{
    p->arguments = ff_options_keep(((size_t)argc + 1) * sizeof *p->arguments);
    reset_target(p);
    int status = ff_options_line(p, argc, argv);
    if (status || p->help)
        return status;
    reset_target(p);
    status = ff_options_config(p);
    if (status == 0)
        status = ff_options_line(p, argc, argv);
    if (status == 0)
        status = ff_options_complete(p);
    return status ? status : ff_option_files_check(p->sub, p->target, p->config, p->arguments, p->argument_count);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_value(const struct ff_option *o, const uint8_t *a, const uint8_t *b)
{
    const void *x = a + o->offset, *y = b + o->offset;
    if (o->type == FF_OPTION_FLAG)
        return *(const bool *)x == *(const bool *)y;
    if (o->type == FF_OPTION_UINT)
        return *(const uint64_t *)x == *(const uint64_t *)y;
    if (o->type == FF_OPTION_STRING)
        return same_text(*(const char *const *)x, *(const char *const *)y);
    const struct ff_option_list *l = x, *m = y;
    bool same = l->count == m->count;
    for (size_t i = 0; same && i < l->count; i++)
        same = same_text(l->items[i], m->items[i]);
    return same;
}

/* Whoever changed one believes that it is in force now. Names only: values may be secrets. */
static void tell_what_waits(const uint8_t *fresh)
{
    char names[1024] = "";
    size_t n = 0;
    for (const struct ff_option *o = started->options; o->name && n < sizeof names; o++)
        if (!o->reread && !same_value(o, started_options, fresh))
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", o->name);
    if (n)
        ff_warn("changed, and in force after a restart: %s", names);
}

bool ff_options_reload(void *options)
{
    ff_options_keep_anew();
    struct ff_parse p = {.sub = started, .target = options ? options : ff_options_keep(started->struct_size)};
    if (parse_all(&p, started_argc, started_argv) != 0)
        return false;
    tell_what_waits(p.target);
    return true;
}

int ff_subcommand_main(const struct ff_subcommand *sub, int argc, char **argv)
{
    struct ff_parse p = {.sub = sub};
    ff_messages_begin(sub->name);
    started = sub;
    started_argc = argc;
    started_argv = argv;
    p.target = ff_options_keep(sub->struct_size);
    started_options = p.target;
    int status = parse_all(&p, argc, argv);
    if (status == 0 && p.help) {
        ff_help_subcommand(stdout, sub);
        status = ff_stdout_flush();
    } else if (status == 0) {
        status = sub->run(p.target, p.arguments, p.argument_count);
    }
    ff_options_forget();
    return status;
}
