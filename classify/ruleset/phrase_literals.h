/* phrase_literals.h: a step of building an index: how its literals are found. */
#ifndef FF_CLASSIFY_PHRASE_LITERALS_H
#define FF_CLASSIFY_PHRASE_LITERALS_H

#include "classify/ruleset/phrase_index.h"

/** x->words and x->rest of the literals that a phrase uses. FF_ERR_NOMEM; FF_ERR_CONFIG: the matcher
 * refuses them. */
FF_MUST_CHECK enum ff_err ff_index_literals(struct ff_phrase_index *x, const struct ff_ruleset *rules);

#endif
