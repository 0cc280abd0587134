/* passes.h: the passes of the linter: each reports what it finds (findings.h). FF_OK whatever that is, or
 * FF_ERR_NOMEM. */
#ifndef FF_CLASSIFY_PASSES_H
#define FF_CLASSIFY_PASSES_H

#include "classify/lint/linter.h"

/** own_examples.c: rules without an example, examples that do not hold, rules that decide none of their own. */
FF_MUST_CHECK enum ff_err ff_lint_own_examples(struct ff_linter *l);
/** masked.c: words that the masker never lets through. */
FF_MUST_CHECK enum ff_err ff_lint_masked(struct ff_linter *l);
/** refuted.c: phrases that a "not" of their own rule takes back. */
FF_MUST_CHECK enum ff_err ff_lint_refuted(struct ff_linter *l);
/** overlap.c: shadowed and duplicate phrases, dead rules. */
FF_MUST_CHECK enum ff_err ff_lint_overlap(struct ff_linter *l);
/** members.c: shadowed members of sets and choices. */
FF_MUST_CHECK enum ff_err ff_lint_members(struct ff_linter *l);
/** broad.c: phrases that fire where they should not. */
FF_MUST_CHECK enum ff_err ff_lint_broad(struct ff_linter *l);
/** proof.c: what no example needs. */
FF_MUST_CHECK enum ff_err ff_lint_proof(struct ff_linter *l);

#endif
