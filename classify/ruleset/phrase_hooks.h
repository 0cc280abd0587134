/* phrase_hooks.h: a step of building an index: what its phrases hang on. */
#ifndef FF_CLASSIFY_PHRASE_HOOKS_H
#define FF_CLASSIFY_PHRASE_HOOKS_H

#include "classify/ruleset/phrase_parts.h"

/** Phrases, their steps and hooks (also n->hook), and what each literal leads to. FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_index_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules,
                                           enum ff_index_kind kind, struct naming *n);

#endif
