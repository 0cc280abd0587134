/* rules_example.h: examples of rules. `rest` is what a line holds behind its first word, the `key` or `verb`. */
#ifndef FF_CLASSIFY_RULES_EXAMPLE_H
#define FF_CLASSIFY_RULES_EXAMPLE_H

#include "classify/load/loader.h"

/** "yes REPLY", "no {CONTEXT} REPLY" for the rule of this number. */
FF_MUST_CHECK bool ff_load_example(struct ff_loader *l, struct ff_slice rest, uint32_t rule, bool positive);

#endif
