/* swallowed.h: what rules of one's own take from the rules that they include.
 *
 * A broad rule breaks hundreds of built-in examples. To say so at each of these would blame rules that nobody touched:
 * it is one finding, at the rule that does it.
 */
#ifndef FF_CLASSIFY_SWALLOWED_H
#define FF_CLASSIFY_SWALLOWED_H

#include "classify/lint/findings.h"

struct ff_swallowed {
    struct ff_swallowing *list;
    uint32_t count, size;
    bool short_of_memory;
};

/**
 * Something is wrong with an included rule, on `line` of the whole, because of another rule.
 * @param by     number of the other rule
 * @param words  the reply that shows it; empty: none
 * @param error  else a note
 * @return false when the one is not included, or the other is: that is a finding of its own
 */
FF_MUST_CHECK bool ff_swallowed_note(struct ff_swallowed *s, const struct ff_ruleset *rules, uint32_t by, uint32_t rule,
                                     uint32_t line, struct ff_slice words, bool error);
/** Reports one finding for each rule that takes something. The list is for the linter to free. FF_OK or
 * FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_swallowed_report(struct ff_swallowed *s, const struct ff_findings *f);

#endif
