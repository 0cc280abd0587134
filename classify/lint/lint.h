/* lint.h: what is wrong with rules that load. */
#ifndef FF_CLASSIFY_LINT_H
#define FF_CLASSIFY_LINT_H

#include "classify/lint/findings.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Looks at everything; `each` is called per finding, grouped by kind.
 * @return FF_OK, whatever was found; FF_ERR_NOMEM
 * Cost: about a second for the built-in rules.
 */
FF_MUST_CHECK enum ff_err ff_ruleset_lint(const struct ff_ruleset *rules,
                                          void (*each)(void *ctx, const struct ff_lint *finding), void *ctx,
                                          struct ff_lint_counts *ret);

#ifdef __cplusplus
}
#endif
#endif
