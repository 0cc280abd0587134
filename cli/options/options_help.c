/* options_help.c: everything a person or a shell reads about the options, made from the same tables that parse them. */
#include "cli/options/options_help.h"

#include <string.h>

#define WIDTH 100
#define HELP_COLUMN 32

/* Words of `text` filled to WIDTH, each line after `indent` blanks; the first line is taken to be at `column`
 * already. */
static void wrap(FILE *f, const char *text, int column, int indent)
{
    int at = column;
    bool first = true;
    while (*text) {
        if (*text == '\n') {
            fprintf(f, "\n%*s", indent, "");
            at = indent;
            first = true;
            text++;
            continue;
        }
        size_t len = strcspn(text, " \n");
        if (!first && at + 1 + (int)len > WIDTH) {
            fprintf(f, "\n%*s", indent, "");
            at = indent;
            first = true;
        }
        at += fprintf(f, "%s%.*s", first ? "" : " ", (int)len, text);
        first = false;
        text += len;
        while (*text == ' ')
            text++;
    }
    fputc('\n', f);
}

static int option_head(char *buf, size_t size, const struct ff_option *o)
{
    char letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    return snprintf(buf, size, "  %s--%s%s%s", letter, o->name, o->value ? " " : "", o->value ? o->value : "");
}

static void help_options(FILE *f, const struct ff_option *table)
{
    for (const struct ff_option *o = table; o->name; o++) {
        char head[128], text[1024];
        int n = option_head(head, sizeof head, o);
        snprintf(text, sizeof text, "%s%s%s", o->help, o->required ? " (required)" : "",
                 o->type == FF_OPTION_LIST ? " (repeatable)" : "");
        fputs(head, f);
        if (n + 2 > HELP_COLUMN)
            fprintf(f, "  ");
        else
            fprintf(f, "%*s", HELP_COLUMN - n, "");
        wrap(f, text, n + 2 > HELP_COLUMN ? n + 2 : HELP_COLUMN, HELP_COLUMN);
    }
}

void ff_help_subcommand(FILE *f, const struct ff_subcommand *sub)
{
    fprintf(f, "Usage: fivefifty %s [OPTION]...%s%s\n\n", sub->name, sub->arguments[0] ? " " : "", sub->arguments);
    wrap(f, sub->description, 0, 0);
    fputs("\nOptions:\n", f);
    help_options(f, sub->options);
    help_options(f, ff_options_common);
    fputs("\nExamples:\n", f);
    for (const struct ff_option_example *e = sub->examples; e->command; e++)
        fprintf(f, "  %s\n      %s\n", e->command, e->what);
    fputs("\nExit status: 0 done, 64 wrong usage, 78 configuration file", f);
    if (sub->exits) {
        fputs(",\n  ", f);
        wrap(f, sub->exits, 2, 2);
    } else {
        fputc('\n', f);
    }
}

void ff_help_overview(FILE *f)
{
    fputs("Usage: fivefifty SUBCOMMAND [OPTION]... [ARGUMENT]...\n\n"
          "Reads what mail servers logged about every recipient, decides for each failure what happened and whose\n"
          "problem it is, and keeps the list of addresses that must not be mailed again.\n\nSubcommands:\n", f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++)
        fprintf(f, "  %-12s %s\n", (*s)->name, (*s)->summary);
    fputs("\n"
          "  help SUBCOMMAND, SUBCOMMAND --help    options, examples and exit statuses of one subcommand\n"
          "  --version                             version of the program and of its libraries\n\n"
          "Try:\n"
          "  echo '550 5.1.1 user unknown' | fivefifty classify\n"
          "  fivefifty run --input postfix:/var/log/mail.log --state /var/lib/fivefifty\n", f);
}
