/* linter.h: what all passes over a rule set share: the rules in both directions, and rules that may be changed to
 * see what comes of it. */
#ifndef FF_CLASSIFY_LINTER_H
#define FF_CLASSIFY_LINTER_H

#include "classify/judge/whatif.h"
#include "classify/lint/findings.h"
#include "classify/lint/swallowed.h"
#include "classify/ruleset/word_index.h"

struct ff_linter {
    const struct ff_ruleset *rules;
    struct ff_whatif *whatif;
    struct ff_words words; /* for finding the literals of a text */
    hs_scratch_t *scratch;
    struct ff_findings findings;
    struct ff_swallowed swallowed;
    uint32_t *phrase_first; /* [rule_count + 1]: phrases of rule i are phrase_of_rule[first[i]..first[i+1]) */
    uint32_t *phrase_of_rule;
    uint32_t *group_size;   /* members of a group */
    uint32_t *member_first; /* [group_count + 1]: members of group g are member[first[g]..first[g + 1]) */
    uint32_t *member;       /* index into literal_groups */
    uint32_t *literal_of;   /* parallel to literal_groups */
    struct ff_explanation why; /* of the last example tried */
};

FF_MUST_CHECK struct ff_linter *ff_linter_new(const struct ff_ruleset *rules);
void ff_linter_free(struct ff_linter *l);

/** Calls `on` for the number of each literal in a masked text, several times for some. */
void ff_linter_literals(struct ff_linter *l, struct ff_slice masked, void (*on)(void *ctx, uint32_t literal),
                        void *ctx);

#endif
