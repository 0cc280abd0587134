/* rules_predicates.h: what a rule asks for beside words. `rest` is what a line holds behind its first word, the
 * `key` or `verb`. */
#ifndef FF_CLASSIFY_RULES_PREDICATES_H
#define FF_CLASSIFY_RULES_PREDICATES_H

#include "classify/load/loader.h"

/** "code 550 55x none wrapped" */
FF_MUST_CHECK bool ff_load_codes(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);
/** "enhanced 5.1.1 x.1.1 5.7.* none" */
FF_MUST_CHECK bool ff_load_enhanced(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);
/** "stage rcpt data" */
FF_MUST_CHECK bool ff_load_stages(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);
/** "where before" */
FF_MUST_CHECK bool ff_load_where(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);

#endif
