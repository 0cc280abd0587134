/* rules_explain_int.h: what the files of `fivefifty rules explain` share.
 *
 * rules_explain.c takes the reply to the classifier and writes JSON; for people rules_explain_text.c writes the answer,
 * rules_explain_masked.c the text as it is matched with its underlines, rules_explain_sentences.c why the verdict is
 * what it is.
 */
#ifndef FF_CLI_RULES_EXPLAIN_INT_H
#define FF_CLI_RULES_EXPLAIN_INT_H

#include "classify/explain.h"
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
    struct ff_reply reply;       /* what the options say; the text is filled in */
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

/** rules_explain_text.c: all of the answer. */
void ff_explain_put_text(struct explain *x, struct ff_slice reply);

/** rules_explain_masked.c: the masked text, a row of underlines for each piece of evidence that needs one, and what its
 * placeholders stand for. */
void ff_explain_put_masked(struct explain *x);

/* rules_explain_sentences.c: no line ends in them; the caller wraps. */
/** Which rule decides, and against what. */
void ff_explain_put_decision(struct explain *x, struct ff_json_out *o);
/** Does it suppress, and why not. Ends in "It would if" when x->reasons.changes go on. */
void ff_explain_put_suppression(const struct explain *x, struct ff_json_out *o);
/** changes[at] as a condition: "it answered RCPT TO"; with all rules that rest on the same words. */
void ff_explain_put_change(const struct explain *x, struct ff_json_out *o, const struct ff_change *changes,
                           size_t count, size_t at);
/** Was changes[at] told with an earlier one? */
bool ff_explain_named_before(const struct explain *x, const struct ff_change *changes, size_t at);

#endif
