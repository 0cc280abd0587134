/* findings.h: what is found wrong with rules (docs/rules.md). */
#ifndef FF_CLASSIFY_FINDINGS_H
#define FF_CLASSIFY_FINDINGS_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of findings; the names are in the JSON of `rules lint` (docs/rules.md lists them with what to do). */
enum ff_lint_kind {
    FF_LINT_EXAMPLE,    /* an example that does not hold */
    FF_LINT_NO_EXAMPLE, /* a rule without "yes" */
    FF_LINT_DEAD,       /* a rule that can never decide: wherever it fires, so does a heavier one of its category */
    FF_LINT_UNDECIDED,  /* a rule that decides none of its own examples */
    FF_LINT_IMPOSSIBLE, /* a phrase that no masked reply can hold */
    FF_LINT_SHADOWED,   /* all that a phrase matches is matched by others of its rule, or decided by a heavier rule */
    FF_LINT_DUPLICATE,  /* a phrase that stands in two rules that overlap */
    FF_LINT_BROAD,      /* a phrase that fires on "yes" examples of other categories, or is one common word */
    FF_LINT_UNPROVEN,   /* a phrase or member without which every example still holds */
    FF_LINT_UNUSED,     /* a set that no rule uses */
    FF_LINT_SWALLOWS,   /* a rule of one's own that takes the replies of rules that were included */
    FF_LINT_KIND_COUNT
};

/** "example", "no-example", "dead", ... */
const char *ff_lint_kind_name(enum ff_lint_kind kind);

/** One finding. Slices live as long as the rules. */
struct ff_lint {
    enum ff_lint_kind kind;
    bool error;            /* else a note: worth a look, may be right */
    bool included;         /* about the text that the rules include, and with nothing else to do with theirs */
    struct ff_slice file;
    uint32_t line;
    struct ff_slice rule;  /* empty: a set of several rules */
    const char *what;      /* constant text: what is wrong */
    struct ff_slice words; /* the phrase, member or reply in question */
    struct ff_slice set;   /* of which set it is a member */
    const char *remedy;    /* constant text: what to do */
    struct ff_slice other_file, other_rule; /* what it clashes with; empty: nothing */
    uint32_t other_line;
    uint32_t count;        /* how often; 0: not counted */
    const char *counted;   /* constant text: what `count` counts; NULL when it is 0 */
};

struct ff_lint_counts {
    size_t errors, notes;
    size_t rules, examples, failing;
    size_t provable, unproven; /* phrases and members of sets and choices */
};

/** Where findings go. */
struct ff_findings {
    const struct ff_ruleset *rules;
    void (*each)(void *ctx, const struct ff_lint *finding); /* NULL: they are only counted */
    void *ctx;
    struct ff_lint_counts *counts;
};

/** Reports and counts; fills in file and line from `line` of the whole, and `other` likewise (0: none). */
void ff_findings_report(const struct ff_findings *f, struct ff_lint finding, uint32_t line, uint32_t other);

#ifdef __cplusplus
}
#endif
#endif
