/* whatif.h: a rule set in which single things can be taken out and put back, to ask what they are good for.
 *
 * The linter must know what breaks without a literal, and an explanation must know what would have to be different.
 * Both could load a changed text, which costs tens of milliseconds each time; here the index is kept and the phrase or
 * member in question is taken out of it. tests/classify/lint_test.c compares the two ways.
 */
#ifndef FF_CLASSIFY_WHATIF_H
#define FF_CLASSIFY_WHATIF_H

#include "classify/explain.h"
#include "classify/judge/match.h"

struct ff_whatif {
    const struct ff_ruleset *real;
    struct ff_ruleset rules;          /* shares everything with `real` but what can be taken out */
    struct ff_classifier *classifier; /* over `rules`; only ff_classify_explain(), which knows no verdict table */
    struct ff_matcher *matcher;       /* over `rules`, for texts that are masked already */
};

/** Borrows `rules`. NULL when memory is short. */
FF_MUST_CHECK struct ff_whatif *ff_whatif_new(const struct ff_ruleset *rules);
void ff_whatif_free(struct ff_whatif *w);

/** A rule that never fires, or does again. Not for fingerprints of providers, which have no conditions but their
 * phrases. */
void ff_whatif_rule(struct ff_whatif *w, uint32_t rule, bool there);
void ff_whatif_phrase(struct ff_whatif *w, uint32_t phrase, bool there);
/** What a phrase does for its rule: FF_ROLE_ANY, FF_ROLE_WITH + k, FF_ROLE_NOT. */
void ff_whatif_role(struct ff_whatif *w, uint32_t phrase, unsigned role);
/** A member of a set or choice: index into literal_groups. */
void ff_whatif_member(struct ff_whatif *w, uint32_t member, bool there);

#endif
