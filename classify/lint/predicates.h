/* predicates.h: what rules ask for beside words, held against each other. */
#ifndef FF_CLASSIFY_PREDICATES_H
#define FF_CLASSIFY_PREDICATES_H

#include "classify/ruleset/rules_int.h"

/** Is there a reply for which the predicates of both hold? */
bool ff_rules_overlap(const struct ff_rule *a, const struct ff_rule *b);
/** Do those of b hold wherever those of a do? */
bool ff_rule_implies(const struct ff_rule *a, const struct ff_rule *b);
/** Rules that name a mechanism or list do their work without deciding; hints always do. */
bool ff_rule_works_undecided(const struct ff_rule *rule);

#endif
