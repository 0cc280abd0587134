/* rules_explain_sentences.h: why the verdict is what it is. No line ends in these; the caller wraps. */
#ifndef FF_CLI_RULES_EXPLAIN_SENTENCES_H
#define FF_CLI_RULES_EXPLAIN_SENTENCES_H

#include "cli/rules/rules_explanation.h"

/** Which rule decides, and against what. */
void ff_explain_put_decision(struct explain *x, struct ff_json_out *o);
/** Does it suppress, or is it counted, and why not. Ends in "It would if" when x->reasons.changes go on. */
void ff_explain_put_suppression(const struct explain *x, struct ff_json_out *o);
/** changes[at] as a condition: "it answered RCPT TO"; with all rules that rest on the same words. */
void ff_explain_put_change(const struct explain *x, struct ff_json_out *o, const struct ff_change *changes,
                           size_t count, size_t at);
/** Was changes[at] told with an earlier one? */
bool ff_explain_named_before(const struct explain *x, const struct ff_change *changes, size_t at);

#endif
