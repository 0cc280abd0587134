/* rules_change.h: entries that change what was read before. `rest` is what a line holds behind its first word, the
 * `key` or `verb`. */
#ifndef FF_CLASSIFY_RULES_CHANGE_H
#define FF_CLASSIFY_RULES_CHANGE_H

#include "classify/load/loader.h"

/** "drop rule NAME", "replace rule NAME CATEGORY LAYER [WEIGHT]", "extend rule NAME"; hints likewise. */
FF_MUST_CHECK bool ff_load_change(struct ff_loader *l, struct ff_slice verb, struct ff_slice rest);
/** Takes out the dropped rules, their phrases and examples. */
void ff_load_forget_dropped(struct ff_ruleset *r);

#endif
