/* lint.h: what is wrong with rules that load, whether their examples hold, and what is in them (docs/rules.md). */
#ifndef FF_CLASSIFY_LINT_H
#define FF_CLASSIFY_LINT_H

#include "classify/explain.h"

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
};

struct ff_lint_counts {
    size_t errors, notes;
    size_t rules, examples, failing;
    size_t provable, unproven; /* phrases and members of sets and choices */
};

/**
 * Looks at everything; `each` is called per finding, grouped by kind.
 * @return FF_OK, whatever was found; FF_ERR_NOMEM
 * Cost: about a second for the built-in rules.
 */
FF_MUST_CHECK enum ff_err ff_ruleset_lint(const struct ff_ruleset *rules,
                                          void (*each)(void *ctx, const struct ff_lint *finding), void *ctx,
                                          struct ff_lint_counts *ret);

/** An example that would prove something that none does. Slices live for the call. */
struct ff_suggestion {
    struct ff_slice rule, file;
    uint32_t line; /* of the rule */
    bool positive; /* a "yes" */
    struct ff_slice context, reply;
    size_t proves; /* phrases and members */
};

struct ff_suggest_counts {
    size_t examples, proven;
    size_t left; /* what no reply was found for: it is always carried or outranked by something else */
};

/** Makes up examples for what is unproven; each is tried before it is given. Included text is left alone. FF_OK, or
 * FF_ERR_NOMEM. Cost: some seconds for the built-in rules. */
FF_MUST_CHECK enum ff_err ff_ruleset_suggest(const struct ff_ruleset *rules,
                                             void (*each)(void *ctx, const struct ff_suggestion *s), void *ctx,
                                             struct ff_suggest_counts *ret);

/** One example of a rule, tried. Slices of `why` live for the call. */
struct ff_trial {
    struct ff_slice file, rule, text, context;
    uint32_t line, category; /* FF_CATEGORY_NONE: a hint or a provider's wording */
    bool positive;
    const char *failure; /* constant text; NULL: it holds */
    const struct ff_explanation *why;
};

/** Tries every example, in the order of the files. FF_OK, whatever fails; FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_ruleset_test(const struct ff_ruleset *rules,
                                          void (*each)(void *ctx, const struct ff_trial *trial), void *ctx);

/** A rule, a hint, or the wording of a provider. */
struct ff_rule_info {
    struct ff_slice name, file;
    uint32_t line;
    uint32_t category;    /* FF_CATEGORY_NONE: a hint or wording of a provider */
    const char *layer;    /* as in struct ff_evidence; "provider": its wording */
    uint32_t weight, phrases, yes, no;
    struct ff_slice provider; /* the first that it asks for; empty: any */
    uint32_t providers;
};
/** Rule `index`, 1 to ff_ruleset_rule_count(). */
void ff_ruleset_rule(const struct ff_ruleset *rules, uint32_t index, struct ff_rule_info *ret);
/** The lines of a rule as they were written; `each` gets them in order. */
void ff_ruleset_show(const struct ff_ruleset *rules, uint32_t index,
                     void (*each)(void *ctx, struct ff_slice file, uint32_t line, struct ff_slice text), void *ctx);

#ifdef __cplusplus
}
#endif
#endif
