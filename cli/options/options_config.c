/* options_config.c: see options_config.h. */
#include "cli/options/options_config.h"

#include <stdio.h>
#include <string.h>

#include "cli/options/options_kept.h"
#include "cli/options/options_names.h"
#include "cli/options/options_values.h"
#include "cli/process/messages.h"
#include "proto/config.h"

/* The first subcommand's option of that name. */
static const struct ff_option *anybodys(const char *key)
{
    const struct ff_option *o = NULL;
    for (const struct ff_subcommand *const *s = ff_subcommands; *s && !o; s++)
        o = ff_option_in((*s)->options, key, strlen(key));
    return o;
}

/* A section may say otherwise than the lines before all sections; but of two lines of one place the first would be
 * lost. */
static const char *given_twice(struct ff_parse *p, const struct ff_option *o, const struct ff_config_line *line)
{
    bool general = line->section[0] == 0;
    struct ff_given_line *g = p->lines;
    if (o->type == FF_OPTION_LIST)
        return NULL;
    while (g && (g->option != o || g->general != general))
        g = g->next;
    if (g) {
        snprintf(p->message, sizeof p->message,
                 "%s is in line %u already (it takes one value: leave one of the two lines)", o->name, g->line);
        return p->message;
    }
    g = ff_options_keep(sizeof *g);
    *g = (struct ff_given_line){p->lines, o, general, line->line};
    p->lines = g;
    return NULL;
}

/* A key of another subcommand's section is checked by name too: a misspelt one is found by whichever program reads the
 * file first. */
static const char *config_line(void *ctx, const struct ff_config_line *line)
{
    struct ff_parse *p = ctx;
    if (!line->key) {
        if (ff_subcommand_find(line->section))
            return NULL;
        snprintf(p->message, sizeof p->message,
                 "there is no subcommand \"%.64s\" (sections are named like subcommands; fivefifty "
                 "--help lists them)",
                 line->section);
        return p->message;
    }
    const struct ff_subcommand *owner = line->section[0] ? ff_subcommand_find(line->section) : p->sub;
    const struct ff_option *o = ff_option_in(owner->options, line->key, strlen(line->key));
    if (!o) {
        o = line->section[0] ? NULL : anybodys(line->key);
        if (o)
            return given_twice(p, o, line);
        const char *near = ff_option_nearest(owner, line->key, strlen(line->key));
        snprintf(p->message, sizeof p->message, "there is no option \"%.64s\" in %s (%s%s%s)", line->key, owner->name,
                 near ? "did you mean " : "fivefifty ", near ? near : owner->name, near ? "?" : " --help lists them");
        return p->message;
    }
    const char *twice = given_twice(p, o, line);
    if (twice || owner != p->sub)
        return twice;
    const char *wrong = ff_option_store(p, o, ff_options_keep_string(line->value));
    if (wrong && wrong != p->message)
        snprintf(p->message, sizeof p->message, "%s", wrong);
    if (wrong) {
        size_t n = strlen(p->message);
        snprintf(p->message + n, sizeof p->message - n, " (%s = %s)", o->name, o->value ? o->value : "true|false");
        return p->message;
    }
    return NULL;
}

int ff_options_config(struct ff_parse *p)
{
    char text[FF_CONFIG_WORD_MAX];
    if (!p->config)
        return 0;
    if (ff_config_read(p->config, config_line, p, text, sizeof text) == FF_OK)
        return 0;
    return ff_fail(FF_EXIT_CONFIG, "%s", text);
}
