/* phrase_build.h: makes the index of a rule set. */
#ifndef FF_CLASSIFY_PHRASE_BUILD_H
#define FF_CLASSIFY_PHRASE_BUILD_H

#include "classify/ruleset/phrase_index.h"

/** From a rule set whose literals, groups, phrases and rules are set. @return FF_OK; FF_ERR_NOMEM; FF_ERR_CONFIG
 * when the matcher refuses a phrase */
FF_MUST_CHECK enum ff_err ff_phrase_index_new(const struct ff_ruleset *rules, enum ff_index_kind kind,
                                              struct ff_phrase_index **ret_index);

#endif
