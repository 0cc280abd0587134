/* rules_provider.h: providers and lists. `rest` is what a line holds behind its first word, the `key` or `verb`. */
#ifndef FF_CLASSIFY_RULES_PROVIDER_H
#define FF_CLASSIFY_RULES_PROVIDER_H

#include "classify/load/loader.h"

/** "provider NAME"; one that is there already goes on. */
FF_MUST_CHECK bool ff_load_provider(struct ff_loader *l, struct ff_slice rest);
/** An indented line below it. */
FF_MUST_CHECK bool ff_load_provider_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest);
/** "list NAME ip|domain|uri HOST...", blanks in the name as '_'. */
FF_MUST_CHECK bool ff_load_list(struct ff_loader *l, struct ff_slice rest);
/** Of a rule: "from PROVIDER...". */
FF_MUST_CHECK bool ff_load_from(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);
/** Of a rule: "names LIST ip|domain|uri". */
FF_MUST_CHECK bool ff_load_names(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);

#endif
