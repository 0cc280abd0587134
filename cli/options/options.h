/* options.h: one table per subcommand gives parsing, --help, the configuration file, completion and the manual page.
 *
 * How to add a subcommand
 *   1. cmd_NAME.c in the folder of its kind: a struct with one member per option, a table of struct ff_option (offsetof each member; end with
 *      FF_OPTIONS_END), a run function, and `const struct ff_subcommand ff_cmd_NAME = {...}`. Look at cmd_explain.c.
 *   2. Name it in the list below and in `ff_subcommands` (main.c), and its source in cli/CMakeLists.txt.
 * Nothing else: unknown options, --help, --config, --no-FLAG, completion and man pages come from the table.
 *
 * Member types by option type: FLAG bool; STRING const char *; UINT uint64_t; LIST struct ff_option_list. Strings live
 * until the program ends. An option that was not given keeps what `defaults` holds (or zero).
 */
#ifndef FF_CLI_OPTIONS_H
#define FF_CLI_OPTIONS_H

#include <signal.h>
#include <stdio.h>

#include "proto/error.h"

enum ff_option_type {
    FF_OPTION_FLAG,   /* --name, --no-name; in the configuration file: true or false */
    FF_OPTION_STRING, /* the last one wins */
    FF_OPTION_UINT,   /* min..max; */
    FF_OPTION_LIST,   /* repeatable; those of the configuration file come first */
};

struct ff_option_list {
    const char **items;
    size_t count;
};

struct ff_option {
    const char *name; /* long name without dashes; NULL ends the table */
    char letter;      /* short name, 0: none */
    enum ff_option_type type;
    const char *value; /* placeholder in the help: "FILE", "ADDR:PORT", "jsonl|csv" (then only these words are accepted); of
                          "ADDR:PORT" only what can be listened on is accepted;
                          NULL for flags */
    const char *help;  /* lower case, no full stop; may be long: it is wrapped */
    size_t offset;     /* offsetof() in the subcommand's struct */
    uint64_t min, max; /* UINT; max 0: no limit */
    bool required;     /* 64 when it is neither given nor in the configuration file */
    bool written;      /* "FILE": it is written (else read). 64 when it is also another option's file or an input */
};
#define FF_OPTIONS_END { .name = NULL }

struct ff_example {
    const char *command; /* the whole line, as typed */
    const char *what;    /* "read a log, print the report"; NULL ends the list */
};

struct ff_subcommand {
    const char *name;
    const char *summary;     /* one line of the overview, lower case, no full stop */
    const char *arguments;   /* of the usage line: "[FILE]", "ADDRESS", "" */
    unsigned arguments_min, arguments_max;
    const char *description; /* a paragraph or two; wrapped */
    const struct ff_option *options;
    size_t struct_size;   /* of the struct the table's offsets belong to */
    const void *defaults; /* copied into it first; NULL: zeroes */
    const struct ff_example *examples; /* ends with {NULL, NULL}; at least one */
    const char *exits;    /* statuses besides 0 and 64 that matter, "65 with --strict: ...\n66 ..."; may be NULL */
    /** The exit status. `arguments` are what is no option; count is within arguments_min..max. */
    int (*run)(void *options, const char *const *arguments, size_t count);
};

extern const struct ff_subcommand ff_cmd_run, ff_cmd_ingest, ff_cmd_suppress, ff_cmd_serve, ff_cmd_classify, ff_cmd_decode, ff_cmd_templates,
    ff_cmd_export, ff_cmd_explain, ff_cmd_add, ff_cmd_release, ff_cmd_import, ff_cmd_generate, ff_cmd_topics,
    ff_cmd_rules, ff_cmd_completion;
/** All of them in the order of the overview; ends with NULL. */
extern const struct ff_subcommand *const ff_subcommands[];
const struct ff_subcommand *ff_subcommand_find(const char *name);
/** The name that was probably meant; NULL when none is near. */
const char *ff_subcommand_nearest(const char *name);

/** Parses, reads --config FILE, runs. argv[0] is the subcommand. The exit status. */
int ff_subcommand_main(const struct ff_subcommand *sub, int argc, char **argv);

/**
 * Reads the configuration file and the command line again into `options` (a struct of the running subcommand), for SIGHUP.
 * false, after a message, when the file is wrong now: then go on with what is in force.
 */
FF_MUST_CHECK bool ff_options_reload(void *options);

/**
 * 0; or 64 with a message when a file that is to be written is also another one that is written or read: one of the two would
 * be lost. Arguments are files when the subcommand's usage says FILE. ff_subcommand_main() does it; a subcommand whose usage names
 * no files does it for those it finds among its arguments.
 * @param target  the subcommand's struct; `config` may be NULL
 */
FF_MUST_CHECK int ff_option_files_check(const struct ff_subcommand *sub, const void *target, const char *config,
                                        const char *const *arguments, size_t count);

/** Options every subcommand has (help, config); for help, completion and the manual. Ends with name NULL. */
extern const struct ff_option ff_options_common[];

/* ---- options_help.c: texts made from the tables ----------------------------------------------------------------- */
void ff_help_subcommand(FILE *f, const struct ff_subcommand *sub);
void ff_help_overview(FILE *f);
/** Manual page (mdoc): of one subcommand, or (sub NULL) of the program; fivefifty.conf(5) from ff_manual_config(). */
void ff_manual(FILE *f, const struct ff_subcommand *sub);
void ff_manual_config(FILE *f);
void ff_completion_bash(FILE *f);
void ff_completion_zsh(FILE *f);

/* ---- messages --------------------------------------------------------------------------------------------------- */

/** What stdio holds for stdout is written. 0; 74 with a message, or 0 when nobody reads any more. */
FF_MUST_CHECK int ff_stdout_flush(void);

/** "fivefifty SUB: TEXT\n" on stderr; gives back `status`, so that `return ff_fail(...)` reads well. TEXT should be
 * "what is wrong (what to do)". The subcommand is the one that runs. TEXT is one line: control bytes in it become dots. */
int ff_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Same for things that end nothing. */
void ff_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** "key=value" -> its halves in place (the string is copied once, never freed). false: no '=' or an empty key. */
FF_MUST_CHECK bool ff_option_pair(const char *text, const char **ret_key, const char **ret_value);

/* ---- signals (main.c) ------------------------------------------------------------------------------------------- */
/** SIGTERM and SIGINT set it; a second one ends the process at once with status 130 or 143. */
extern volatile sig_atomic_t ff_stop;
/** Counts SIGHUPs. */
extern volatile sig_atomic_t ff_reload;
/** Installs the handlers (long-running subcommands; filters keep the default, which ends them at once). */
void ff_signals_catch(void);

#endif
