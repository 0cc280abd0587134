/* rules_compile.h: the tables of a rule set. */
#ifndef FF_CLASSIFY_RULES_COMPILE_H
#define FF_CLASSIFY_RULES_COMPILE_H

#include "classify/load/loader.h"

/** When all is read: the tables of the rule set, and its index. */
FF_MUST_CHECK bool ff_load_compile(struct ff_loader *l);

#endif
