/* rules_rule.h: rules and hints. `rest` is what a line holds behind its first word, the `key` or `verb`. */
#ifndef FF_CLASSIFY_RULES_RULE_H
#define FF_CLASSIFY_RULES_RULE_H

#include "classify/load/loader.h"

/** "rule NAME CATEGORY LAYER [WEIGHT]" or "hint NAME SAYS". */
FF_MUST_CHECK bool ff_load_rule(struct ff_loader *l, struct ff_slice rest, bool is_hint);
/** An indented line below it. */
FF_MUST_CHECK bool ff_load_rule_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest);
/** An existing rule or hint of this name; UINT32_MAX when there is none. */
uint32_t ff_load_find(const struct ff_loader *l, struct ff_slice id);

#endif
