/* options_manual.c: manual pages (mdoc) from the option tables. */
#include "cli/options/options_manual.h"

#include <string.h>

/* mdoc: a line must not begin with a dot or a quote, a backslash is \e, and a sentence begins a line. */
static void text(FILE *f, const char *s)
{
    bool line_start = true;
    for (; *s; s++) {
        if (line_start && (*s == '.' || *s == '\''))
            fputs("\\&", f);
        bool sentence = s[0] == '.' && s[1] == ' ' && s[2] >= 'A' && s[2] <= 'Z';
        if (sentence) {
            fputs(".\n", f);
            s++;
            continue;
        }
        if (*s == '\\')
            fputs("\\e", f);
        else if (*s == '-')
            fputs("\\-", f);
        else
            fputc(*s, f);
        line_start = *s == '\n';
    }
}

static void line(FILE *f, const char *s)
{
    text(f, s);
    fputc('\n', f);
}

static void option(FILE *f, const struct ff_option *o)
{
    fputs(".It ", f);
    if (o->letter)
        fprintf(f, "Fl %c , ", o->letter);
    fprintf(f, "Fl \\-%s", o->name);
    if (o->value)
        fprintf(f, " Ar %s", o->value);
    fputc('\n', f);
    text(f, o->help);
    size_t n = strlen(o->help);
    fprintf(f, "%s%s%s\n", o->required ? " (required)" : "", o->type == FF_OPTION_LIST ? " (repeatable)" : "",
            n > 0 && o->help[n - 1] == '.' ? "" : ".");
}

static void options(FILE *f, const struct ff_option *table)
{
    for (const struct ff_option *o = table; o->name; o++)
        option(f, o);
}

static void exits(FILE *f, const char *more)
{
    fputs(".Sh EXIT STATUS\n0 done, 64 wrong usage, 78 configuration file", f);
    if (more) {
        fputs(", ", f);
        text(f, more);
    }
    fputs(".\n", f);
}

static void manual_subcommand(FILE *f, const struct ff_subcommand *sub)
{
    fputs(".Dd " FF_RELEASE_DATE "\n.Dt FIVEFIFTY-", f);
    for (const char *c = sub->name; *c; c++)
        fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, f);
    fprintf(f, " 1\n.Os\n.Sh NAME\n.Nm fivefifty-%s\n.Nd ", sub->name);
    line(f, sub->summary);
    fprintf(f, ".Sh SYNOPSIS\n.Nm fivefifty %s\n.Op Ar option ...\n", sub->name);
    if (sub->arguments[0])
        fprintf(f, ".Ar %s\n", sub->arguments);
    fputs(".Sh DESCRIPTION\n", f);
    line(f, sub->description);
    fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", f);
    options(f, sub->options);
    options(f, ff_options_common);
    fputs(".El\n", f);
    exits(f, sub->exits);
    fputs(".Sh EXAMPLES\n", f);
    for (const struct ff_option_example *e = sub->examples; e->command; e++) {
        if (e != sub->examples)
            fputs(".Pp\n", f);
        text(f, e->what);
        fputs(":\n.Bd -literal -offset indent\n", f);
        line(f, e->command);
        fputs(".Ed\n", f);
    }
    fputs(".Sh SEE ALSO\n.Xr fivefifty 1 ,\n.Xr fivefifty.conf 5\n", f);
}

static void manual_program(FILE *f)
{
    fputs(
        ".Dd " FF_RELEASE_DATE
        "\n.Dt FIVEFIFTY 1\n.Os\n.Sh NAME\n.Nm fivefifty\n.Nd bounce processing for mail servers' logs\n"
        ".Sh SYNOPSIS\n.Nm\n.Ar subcommand\n.Op Ar option ...\n.Op Ar argument ...\n.Sh DESCRIPTION\n"
        "Reads what mail servers logged about every recipient, decides for each failure what happened and whose "
        "problem it\nis, and keeps the list of addresses that must not be mailed again.\n"
        "Data goes to stdout, messages and progress to stderr; a file named \\- or none is stdin.\n"
        ".Sh SUBCOMMANDS\n.Bl -tag -width completion\n",
        f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++) {
        fprintf(f, ".It Cm %s\n", (*s)->name);
        text(f, (*s)->summary);
        fprintf(f, ";\n.Xr fivefifty-%s 1\n", (*s)->name);
    }
    fputs(".El\n.Sh SIGNALS\n"
          "SIGTERM and SIGINT end a long\\-running subcommand in order: what was read is done and committed; a second "
          "one ends it\nat once.\n"
          "Over Kafka export and release end with 75 and remove the copy of the list that they made in TMPDIR.\n"
          "SIGHUP reads the rules again.\n"
          ".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n"
          ".It 0\ndone\n"
          ".It 64\nwrong usage\n"
          ".It 65\nthe input as a whole is not what was promised\n"
          ".It 66\ninput missing or unreadable\n"
          ".It 69\na broker or server is not there\n"
          ".It 70\na defect in fivefifty\n"
          ".It 71\nno memory, no thread\n"
          ".It 73\noutput or state cannot be made\n"
          ".It 74\nI/O error, disk full\n"
          ".It 75\ntry again: another process uses the state, or it was interrupted\n"
          ".It 77\nno permission\n"
          ".It 78\nconfiguration\n"
          ".El\n.Sh SEE ALSO\n.Xr fivefifty.conf 5\n", f);
}

void ff_manual(FILE *f, const struct ff_subcommand *sub)
{
    if (sub)
        manual_subcommand(f, sub);
    else
        manual_program(f);
}

void ff_manual_config(FILE *f)
{
    fputs(
        ".Dd " FF_RELEASE_DATE
        "\n.Dt FIVEFIFTY.CONF 5\n.Os\n.Sh NAME\n.Nm fivefifty.conf\n.Nd options of fivefifty in a file\n"
        ".Sh DESCRIPTION\nRead when a subcommand is given\n.Fl \\-config Ar FILE .\n"
        "A line is\n.Ar key No = Ar value ,\nwhere key is the long name of an option without its dashes, or\n"
        ".Ar [subcommand] ,\nwhich begins a section.\n"
        "Keys before the first section hold for every subcommand that has them.\n"
        "The value of an option without argument is true or false.\nA repeatable option may stand on several lines.\n"
        "What is given on the command line wins; repeatable options add up, those of the file first.\n"
        "In one place (a section, or before all of them) any other may be given once.\n"
        "Comments begin with # or ; at the start of a line, or with # behind a value in quotes.\n"
        "Quotes keep blanks at the ends of a value, and # or ; behind a blank, which without them is an error.\n"
        "A key that no subcommand has is an error (exit status 78).\n.Sh EXAMPLES\n.Bd -literal\n"
        "state = /var/lib/fivefifty\n\n[run]\ninput = postfix:/var/log/mail.log\nfollow = true\n"
        "listen = 127.0.0.1:8080\n.Ed\n",
        f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++) {
        if (!(*s)->options[0].name)
            continue;
        fprintf(f, ".Sh [%s]\n.Bl -tag -width Ds\n", (*s)->name);
        for (const struct ff_option *o = (*s)->options; o->name; o++) {
            fprintf(f, ".It %s = Ar %s\n", o->name, o->value ? o->value : "true|false");
            text(f, o->help);
            fputs(".\n", f);
        }
        fputs(".El\n", f);
    }
    fputs(".Sh SEE ALSO\n.Xr fivefifty 1\n", f);
}
