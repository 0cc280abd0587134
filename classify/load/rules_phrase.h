/* rules_phrase.h: sets and phrases. `rest` is what a line holds behind its first word, the `key` or `verb`. */
#ifndef FF_CLASSIFY_RULES_PHRASE_H
#define FF_CLASSIFY_RULES_PHRASE_H

#include "classify/load/loader.h"

/** "NAME = alternative | alternative"; a set may be continued by a second line. */
FF_MUST_CHECK bool ff_load_set(struct ff_loader *l, struct ff_slice rest);
/** "phrase | phrase" for the rule that is open; of a provider: for the rule l->fingerprint. */
FF_MUST_CHECK bool ff_load_phrases(struct ff_loader *l, struct ff_slice rest, unsigned role);

#endif
