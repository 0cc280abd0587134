/* join.h: alternatives that are one rule after all. */
#ifndef FF_CLASSIFY_IMPORT_JOIN_H
#define FF_CLASSIFY_IMPORT_JOIN_H

#include "classify/import/codes.h"

/** Joins alternatives of one pattern that one rule can say, in place. Returns how many are left; their codes are
 * sorted. */
size_t ff_import_join(struct ff_import_rule *rules, size_t count);
bool ff_import_same_codes(const struct ff_import_rule *a, const struct ff_import_rule *b);
bool ff_import_same_enhanced(const struct ff_import_rule *a, const struct ff_import_rule *b);

#endif
