/* options_table.h: one table per subcommand gives parsing, --help, the configuration file, completion and the manual
 * page.
 *
 * How to add a subcommand
 *   1. cmd_NAME.c in the folder of its kind: a struct with one member per option, a table of struct ff_option
 *   (offsetof each member; end with
 *      FF_OPTIONS_END), a run function, and `const struct ff_subcommand ff_cmd_NAME = {...}`. Look at cmd_explain.c.
 *   2. Name it in the list of main.c, and its source in cli/CMakeLists.txt.
 * Nothing else: unknown options, --help, --config, --no-FLAG, completion and man pages come from the table.
 *
 * Member types by option type: FLAG bool; STRING const char *; UINT uint64_t; LIST struct ff_option_list. Strings live
 * until the program ends. An option that was not given keeps what `defaults` holds (or zero).
 */
#ifndef FF_CLI_OPTIONS_TABLE_H
#define FF_CLI_OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    const char
        *value; /* placeholder in the help: "FILE", "ADDR:PORT", "jsonl|csv" (then only these words are accepted); of
                          "ADDR:PORT" only what can be listened on is accepted;
                          NULL for flags */
    const char *help;  /* lower case, no full stop; may be long: it is wrapped */
    size_t offset;     /* offsetof() in the subcommand's struct */
    uint64_t min, max; /* UINT; max 0: no limit */
    bool required;     /* 64 when it is neither given nor in the configuration file */
    /* takes effect on SIGHUP; of any other option that changed in the file, SIGHUP says that it needs a restart */
    bool reread;
    bool written;      /* "FILE": it is written (else read). 64 when it is also another option's file or an input */
};
#define FF_OPTIONS_END { .name = NULL }

struct ff_option_example {
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
    const struct ff_option_example *examples; /* ends with {NULL, NULL}; at least one */
    const char *exits;    /* statuses besides 0 and 64 that matter, "65 with --strict: ...\n66 ..."; may be NULL */
    /** The exit status. `arguments` are what is no option; count is within arguments_min..max. */
    int (*run)(void *options, const char *const *arguments, size_t count);
};

/** All of them in the order of the overview; ends with NULL. main() says which, before all else. */
extern const struct ff_subcommand *const *ff_subcommands;

/** Options every subcommand has (help, config); for help, completion and the manual. Ends with name NULL. */
extern const struct ff_option ff_options_common[];

#endif
