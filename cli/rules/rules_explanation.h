/* rules_explanation.h: an explanation at hand, and how it is painted. */
#ifndef FF_CLI_RULES_EXPLANATION_H
#define FF_CLI_RULES_EXPLANATION_H

#include "classify/explain.h"
#include "cli/inputs/reply_line.h"
#include "cli/process/terminal.h"
#include "cli/rules/rules.h"

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define RED "\x1b[31m"
#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define CYAN "\x1b[36m"
#define RESET "\x1b[0m"

struct explain {
    const struct ff_rules_options *opts;
    struct ff_ruleset *rules;
    struct ff_explainer *explainer;
    struct ff_output *out;
    struct ff_json_out text;
    struct ff_json_out sentence; /* before it is wrapped */
    struct ff_reply_reader reader;
    struct ff_reply given;       /* what the options say; a line's own members come first */
    struct ff_reply_line line;   /* what is explained */
    struct ff_slice shown;       /* its text, else the line */
    struct ff_explanation why;
    struct ff_reasons reasons;
    uint32_t order[FF_EVIDENCE_MAX]; /* evidence as it is shown: what decides first, then by weight */
    bool colour;
    size_t width, count;
};

static inline const char *paint(const struct explain *x, const char *colour)
{
    return x->colour ? colour : "";
}

static inline void put_slice(struct ff_json_out *o, struct ff_slice s)
{
    ff_terminal_put(o, s, 2000, false);
}

/** Columns of a character by its first byte: ideographs take two. */
static inline unsigned columns_of(uint8_t c)
{
    return (c & 0xc0) == 0x80 ? 0 : c >= 0xe3 && c != 0xef ? 2 : 1;
}

#endif
