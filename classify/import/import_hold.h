/* import_hold.h: rules that the linter would refuse are held back: written as comments, with the reason. */
#ifndef FF_CLASSIFY_IMPORT_HOLD_H
#define FF_CLASSIFY_IMPORT_HOLD_H

#include "classify/import/import_job.h"

/** Holds back the rules that have no example: what the rules together say of their own words is something else. */
void ff_import_hold_unproven(struct ff_import_job *im);
/** Holds back the rules that an error of `rules lint` is about, or who cause one in the built-in rules.
 * FF_OK with the number of rules held back in *ret_count, 0: the file passes; FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_import_hold_errors(struct ff_import_job *im, const struct ff_ruleset *rules,
                                                size_t *ret_count);

#endif
