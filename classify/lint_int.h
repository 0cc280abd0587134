/* lint_int.h: private to the linter: its state, and what its parts ask of each other. */
#ifndef FF_CLASSIFY_LINT_INT_H
#define FF_CLASSIFY_LINT_INT_H

#include "classify/lint.h"
#include "classify/whatif.h"

struct ff_linter {
    const struct ff_ruleset *rules;
    struct ff_whatif *whatif;
    hs_scratch_t *scratch; /* for finding the literals of a text */
    void (*each)(void *ctx, const struct ff_lint *finding);
    void *ctx;
    struct ff_lint_counts *counts;
    uint32_t *phrase_first; /* [rule_count + 1]: phrases of rule i are phrase_of_rule[first[i]..first[i+1]) */
    uint32_t *phrase_of_rule;
    uint32_t *group_size;      /* members of a group */
    struct ff_explanation why; /* of the last example tried */
};

/** Reports and counts; fills in file and line from `line` of the whole, and `other` likewise (0: none). */
void ff_linter_report(struct ff_linter *l, struct ff_lint finding, uint32_t line, uint32_t other);

/** NULL when the example holds, else what is wrong. *why is filled unless its context is not understood. */
const char *ff_example_try(const struct ff_ruleset *rules, struct ff_classifier *c, const struct ff_example *x,
                           struct ff_explanation *why);
bool ff_rule_is_fingerprint(const struct ff_rule *rule);
/** Rules that name a mechanism or list do their work without deciding; hints always do. */
bool ff_rule_works_undecided(const struct ff_rule *rule);

/** lint_proof.c: what no example needs. */
FF_MUST_CHECK enum ff_err ff_lint_proof(struct ff_linter *l);
/* lint_predicates.c */
/** Is there a reply for which the predicates of both hold? */
bool ff_rules_overlap(const struct ff_rule *a, const struct ff_rule *b);
/** Do those of b hold wherever those of a do? */
bool ff_rule_implies(const struct ff_rule *a, const struct ff_rule *b);

/** lint_overlap.c: shadowed and duplicate phrases, dead rules, impossible words. */
FF_MUST_CHECK enum ff_err ff_lint_overlap(struct ff_linter *l);
/** lint_broad.c: phrases that fire where they should not. */
FF_MUST_CHECK enum ff_err ff_lint_broad(struct ff_linter *l);

/** Calls `on` for the number of each literal in a masked text, several times for some. */
void ff_linter_literals(const struct ff_linter *l, struct ff_slice masked, void (*on)(void *ctx, uint32_t literal),
                        void *ctx);

#endif
