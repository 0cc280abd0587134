/* rules_explain_text.h: the answer for people. */
#ifndef FF_CLI_RULES_EXPLAIN_TEXT_H
#define FF_CLI_RULES_EXPLAIN_TEXT_H

#include "cli/rules/rules_explanation.h"

/** All of it; of a line that is not understood, why it is not. */
void ff_explain_put_text(struct explain *x);

#endif
