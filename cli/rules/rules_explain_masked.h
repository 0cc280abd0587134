/* rules_explain_masked.h: the text as it is matched, with its underlines. */
#ifndef FF_CLI_RULES_EXPLAIN_MASKED_H
#define FF_CLI_RULES_EXPLAIN_MASKED_H

#include "cli/rules/rules_explanation.h"

/** The masked text, a row of underlines for each piece of evidence that needs one, and what its
 * placeholders stand for. */
void ff_explain_put_masked(struct explain *x);

#endif
