/* options_parse.h: one reading of the configuration file and the command line. */
#ifndef FF_CLI_OPTIONS_PARSE_H
#define FF_CLI_OPTIONS_PARSE_H

#include "cli/options/options_table.h"

#define FF_OPTIONS_MAX 64

/* Where the file gives an option that has one value. */
struct ff_given_line {
    struct ff_given_line *next;
    const struct ff_option *option;
    bool general; /* before the first section */
    unsigned line;
};

struct ff_parse {
    const struct ff_subcommand *sub;
    uint8_t *target; /* the subcommand's struct */
    bool given[FF_OPTIONS_MAX];
    bool help;
    const char *config;
    const char **arguments;
    size_t argument_count;
    struct ff_given_line *lines; /* of the file */
    char message[512];
};

#endif
