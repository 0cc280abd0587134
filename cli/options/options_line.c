/* options_line.c: see options_line.h. */
#include "cli/options/options_line.h"

#include <stdio.h>
#include <string.h>

#include "cli/options/options_names.h"
#include "cli/options/options_values.h"
#include "cli/process/messages.h"

static int usage(const struct ff_parse *p, const char *what, const char *word, const char *remedy)
{
    return ff_fail(FF_EXIT_USAGE, "%s%s%s (%s; fivefifty %s --help lists the options)", what, word[0] ? " " : "", word,
                   remedy, p->sub->name);
}

static int unknown_option(const struct ff_parse *p, const char *word, size_t len)
{
    const char *near = ff_option_nearest(p->sub, word, len);
    if (near)
        return ff_fail(FF_EXIT_USAGE,
                       "there is no option --%.*s (did you mean --%s?; fivefifty %s --help lists them all)", (int)len,
                       word, near, p->sub->name);
    return ff_fail(FF_EXIT_USAGE, "there is no option --%.*s (fivefifty %s --help lists them all)", (int)len, word,
                   p->sub->name);
}

static int set(struct ff_parse *p, const struct ff_option *o, const char *value)
{
    const char *wrong = ff_option_store(p, o, value);
    if (!wrong)
        return 0;
    return ff_fail(FF_EXIT_USAGE, "--%s: %s (fivefifty %s --help says what it takes)", o->name, wrong, p->sub->name);
}

/* --name, --name=value, --name value, --no-name. *i is moved over a value that was taken. */
static int parse_long(struct ff_parse *p, int argc, char **argv, int *i)
{
    const char *word = argv[*i] + 2;
    size_t len = strcspn(word, "=");
    const struct ff_option *o = ff_option_long(p->sub, word, len);
    bool on = true;
    if (!o && len > 3 && memcmp(word, "no-", 3) == 0) {
        o = ff_option_in(p->sub->options, word + 3, len - 3);
        if (o && o->type != FF_OPTION_FLAG)
            o = NULL;
        on = false;
    }
    if (!o)
        return unknown_option(p, word, len);
    if (o->type == FF_OPTION_FLAG) {
        if (word[len] == '=')
            return usage(p, "a value was given to the flag", argv[*i], "leave it away, or use --no-");
        return set(p, o, on ? "true" : "false");
    }
    if (word[len] == '=')
        return set(p, o, word + len + 1);
    if (*i + 1 >= argc)
        return ff_fail(FF_EXIT_USAGE, "--%s needs a value (--%s %s)", o->name, o->name, o->value);
    return set(p, o, argv[++*i]);
}

/* -x, -xy, -oFILE, -o FILE. */
static int parse_short(struct ff_parse *p, int argc, char **argv, int *i)
{
    for (const char *c = argv[*i] + 1; *c; c++) {
        const struct ff_option *o = ff_option_letter(p->sub, *c);
        if (!o)
            return usage(p, "there is no such option in", argv[*i], "long options begin with --");
        int status;
        if (o->type == FF_OPTION_FLAG) {
            status = set(p, o, "true");
            if (status)
                return status;
            continue;
        }
        if (c[1])
            return set(p, o, c + 1);
        if (*i + 1 >= argc)
            return ff_fail(FF_EXIT_USAGE, "-%c needs a value (-%c %s)", *c, *c, o->value);
        return set(p, o, argv[++*i]);
    }
    return 0;
}

int ff_options_line(struct ff_parse *p, int argc, char **argv)
{
    bool options_end = false;
    p->argument_count = 0;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int status = 0;
        if (options_end || a[0] != '-' || a[1] == 0)
            p->arguments[p->argument_count++] = a;
        else if (strcmp(a, "--") == 0)
            options_end = true;
        else if (a[1] == '-')
            status = parse_long(p, argc, argv, &i);
        else
            status = parse_short(p, argc, argv, &i);
        if (status)
            return status;
        if (p->help)
            return 0;
    }
    return 0;
}

int ff_options_complete(const struct ff_parse *p)
{
    for (const struct ff_option *o = p->sub->options; o->name; o++)
        if (o->required && !p->given[o - p->sub->options])
            return ff_fail(FF_EXIT_USAGE, "--%s %s is missing (fivefifty %s --help shows examples)", o->name, o->value,
                           p->sub->name);
    if (p->argument_count < p->sub->arguments_min)
        return ff_fail(FF_EXIT_USAGE, "%s is missing (usage: fivefifty %s [OPTION]... %s)", p->sub->arguments,
                       p->sub->name, p->sub->arguments);
    if (p->argument_count > p->sub->arguments_max)
        return usage(p, "one argument too many:", p->arguments[p->sub->arguments_max], "options begin with -");
    return 0;
}
