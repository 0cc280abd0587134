/* options_completion.c: completion for bash and zsh from the option tables. Words are computed here, not by running the
 * program at each keystroke. */
#include "cli/options/options_completion.h"

#include <string.h>

#include "cli/options/options_table.h"

/* Words of a placeholder like "jsonl|csv"; "" when it is none. */
static bool is_choice(const struct ff_option *o)
{
    return o->value && strchr(o->value, '|') && o->value[0] >= 'a';
}

static void words(FILE *f, const char *choices)
{
    for (; *choices; choices++)
        fputc(*choices == '|' ? ' ' : *choices, f);
}

static bool is_path(const struct ff_option *o)
{
    return o->value && (strcmp(o->value, "FILE") == 0 || strcmp(o->value, "DIR") == 0);
}

static void bash_values(FILE *f, const struct ff_option *table, const char *sub)
{
    for (const struct ff_option *o = table; o->name; o++) {
        if (!o->value)
            continue;
        fprintf(f, "        %s:--%s", sub, o->name);
        if (o->letter)
            fprintf(f, "|%s:-%c", sub, o->letter);
        if (is_choice(o)) {
            fputs(") COMPREPLY=($(compgen -W \"", f);
            words(f, o->value);
            fputs("\" -- \"$cur\")); return ;;\n", f);
        } else if (is_path(o)) {
            fprintf(f, ") COMPREPLY=($(compgen -%c -- \"$cur\")); return ;;\n",
                    strcmp(o->value, "DIR") == 0 ? 'd' : 'f');
        } else {
            fputs(") return ;;\n", f);
        }
    }
}

static void bash_names(FILE *f, const struct ff_option *table)
{
    for (const struct ff_option *o = table; o->name; o++)
        fprintf(f, " --%s", o->name);
}

void ff_completion_bash(FILE *f)
{
    fputs("# bash completion for fivefifty; printed by: fivefifty completion bash\n"
          "_fivefifty() {\n"
          "    local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" "
          "sub=\"${COMP_WORDS[1]}\" options=\n"
          "    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W \"help --help --version", f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++)
        fprintf(f, " %s", (*s)->name);
    fputs("\" -- \"$cur\"))\n        return\n    fi\n    case \"$sub:$prev\" in\n", f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++) {
        bash_values(f, (*s)->options, (*s)->name);
        bash_values(f, ff_options_common, (*s)->name);
    }
    fputs("    esac\n    case \"$sub\" in\n", f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++) {
        fprintf(f, "        %s) options=\"", (*s)->name);
        bash_names(f, (*s)->options);
        bash_names(f, ff_options_common);
        fputs("\" ;;\n", f);
    }
    fputs("    esac\n"
          "    case \"$cur\" in\n"
          "        -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
          "        *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
          "    esac\n}\ncomplete -o filenames -F _fivefifty fivefifty\n", f);
}

/* Text inside '...[...]': quotes, brackets and colons mean something to _arguments. */
static void zsh_text(FILE *f, const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\''", f);
        else if (*s == '[' || *s == ']' || *s == ':' || *s == '\\')
            fprintf(f, "\\%c", *s);
        else
            fputc(*s, f);
    }
}

static void zsh_options(FILE *f, const struct ff_option *table)
{
    for (const struct ff_option *o = table; o->name; o++) {
        for (int letter = 0; letter < 2; letter++) {
            if (letter && !o->letter)
                continue;
            fprintf(f, "            '%s", o->type == FF_OPTION_LIST ? "*" : "");
            if (letter)
                fprintf(f, "-%c[", o->letter);
            else
                fprintf(f, "--%s%s[", o->name, o->value ? "=" : "");
            zsh_text(f, o->help);
            fputc(']', f);
            if (is_choice(o)) {
                fputs(":value:(", f);
                words(f, o->value);
                fputc(')', f);
            } else if (o->value) {
                fputc(':', f);
                zsh_text(f, o->value);
                fputs(is_path(o) ? ":_files" : ":", f);
            }
            fputs("' \\\n", f);
        }
    }
}

void ff_completion_zsh(FILE *f)
{
    fputs(
        "#compdef fivefifty\n# printed by: fivefifty completion zsh\n_fivefifty() {\n"
        "    local -a subcommands\n    subcommands=(\n",
        f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++) {
        fprintf(f, "        '%s:", (*s)->name);
        zsh_text(f, (*s)->summary);
        fputs("'\n", f);
    }
    fputs("    )\n    if (( CURRENT == 2 )); then\n        _describe subcommand subcommands\n        return\n    fi\n"
          "    local sub=$words[2]\n    (( CURRENT-- ))\n    shift words\n    case $sub in\n", f);
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++) {
        fprintf(f, "        %s) _arguments \\\n", (*s)->name);
        zsh_options(f, (*s)->options);
        zsh_options(f, ff_options_common);
        fputs("            '*:file:_files' ;;\n", f);
    }
    fputs("    esac\n}\n_fivefifty \"$@\"\n", f);
}
