/* lint_int.h: private to the linter: its state, and what its parts ask of each other. */
#ifndef FF_CLASSIFY_LINT_INT_H
#define FF_CLASSIFY_LINT_INT_H

#include "classify/judge/whatif.h"
#include "classify/lint/lint.h"
#include "classify/ruleset/phrase_index.h"

struct ff_linter {
    const struct ff_ruleset *rules;
    struct ff_whatif *whatif;
    struct ff_words words; /* for finding the literals of a text */
    hs_scratch_t *scratch;
    void (*each)(void *ctx, const struct ff_lint *finding);
    void *ctx;
    struct ff_lint_counts *counts;
    uint32_t *phrase_first; /* [rule_count + 1]: phrases of rule i are phrase_of_rule[first[i]..first[i+1]) */
    uint32_t *phrase_of_rule;
    uint32_t *group_size;   /* members of a group */
    uint32_t *member_first; /* [group_count + 1]: members of group g are member[first[g]..first[g + 1]) */
    uint32_t *member;       /* index into literal_groups */
    uint32_t *literal_of;   /* parallel to literal_groups */
    struct ff_explanation why; /* of the last example tried */
};

/** Reports and counts; fills in file and line from `line` of the whole, and `other` likewise (0: none). */
void ff_linter_report(struct ff_linter *l, struct ff_lint finding, uint32_t line, uint32_t other);

/** NULL when the example holds, else what is wrong. *why is filled unless its context is not understood. */
const char *ff_example_try(const struct ff_ruleset *rules, struct ff_classifier *c, const struct ff_example *x,
                           struct ff_explanation *why);
/** Rules that name a mechanism or list do their work without deciding; hints always do. */
bool ff_rule_works_undecided(const struct ff_rule *rule);

/* proof.c: what no example needs */
struct ff_proof {
    struct ff_linter *linter;
    bool *phrases, *members; /* proven; the second is parallel to literal_groups, by ff_member_first() */
    size_t proven;           /* how many of both */
    uint32_t *literals;      /* of the example at hand */
    uint32_t literal_count;
    bool *seen;              /* by literal */
    bool *groups;            /* seen in the example at hand */
    bool fires;              /* its rule fires on it */
};
FF_MUST_CHECK bool ff_proof_init(struct ff_proof *p, struct ff_linter *l);
void ff_proof_fini(struct ff_proof *p);
/** Notes all that breaks this example when it is taken out. Nothing, when the example fails as it is. */
void ff_proof_by(struct ff_proof *p, const struct ff_example *x);
bool ff_phrase_uses(const struct ff_phrase *ph, uint16_t group);
/** A group whose members stand for themselves: a set, or a choice of several. */
bool ff_group_has_members(const struct ff_linter *l, uint16_t group);
/** Do the two stand for the same words of the text? A set that takes another in has its members too. */
bool ff_member_is_same(const struct ff_linter *l, uint32_t a, uint32_t b);
/** The first of those that are the same. */
uint32_t ff_member_first(const struct ff_linter *l, uint32_t member);
/** A rule that uses the group, for messages; of a set, which several may use, none. */
struct ff_slice ff_group_user(const struct ff_linter *l, uint16_t group);
/** Takes a member out or puts it back, with all that are the same. */
void ff_linter_take_member(struct ff_linter *l, uint32_t member, bool there);
FF_MUST_CHECK enum ff_err ff_lint_proof(struct ff_linter *l);
/* predicates.c */
/** Is there a reply for which the predicates of both hold? */
bool ff_rules_overlap(const struct ff_rule *a, const struct ff_rule *b);
/** Do those of b hold wherever those of a do? */
bool ff_rule_implies(const struct ff_rule *a, const struct ff_rule *b);

/** masked.c: words that the masker never lets through. */
FF_MUST_CHECK enum ff_err ff_lint_masked(struct ff_linter *l);
/* texts.c: what a phrase stands for, written out */
#define FF_TEXTS_MAX 20000u /* combinations of members; a phrase of more is let be */
struct ff_texts {
    struct ff_linter *linter;
    unsigned part; /* which part is written with `member` alone; UINT_MAX: none */
    uint32_t member;
    struct ff_masked text;
    struct ff_fired fired[FF_FIRED_MAX];
};
/** Combinations; over FF_TEXTS_MAX: too many. */
size_t ff_texts_count(const struct ff_texts *t, const struct ff_phrase *ph);
void ff_texts_write(struct ff_texts *t, const struct ff_phrase *ph, size_t combination, bool full);
/** Number of rules that fire, without any context. */
size_t ff_texts_match(struct ff_texts *t);
/** Makes the rule fire by its phrases of one role alone, whatever the codes; and undoes that. */
void ff_texts_single_role(struct ff_linter *l, uint32_t rule, unsigned role);
void ff_texts_all_roles(struct ff_linter *l, uint32_t rule);

/** members.c: shadowed members of sets and choices. */
FF_MUST_CHECK enum ff_err ff_lint_members(struct ff_linter *l);
/** overlap.c: shadowed and duplicate phrases, dead rules. */
FF_MUST_CHECK enum ff_err ff_lint_overlap(struct ff_linter *l);
/** broad.c: phrases that fire where they should not. */
FF_MUST_CHECK enum ff_err ff_lint_broad(struct ff_linter *l);

FF_MUST_CHECK struct ff_linter *ff_linter_new(const struct ff_ruleset *rules);
void ff_linter_free(struct ff_linter *l);

/** Calls `on` for the number of each literal in a masked text, several times for some. */
void ff_linter_literals(struct ff_linter *l, struct ff_slice masked, void (*on)(void *ctx, uint32_t literal),
                        void *ctx);

#endif
