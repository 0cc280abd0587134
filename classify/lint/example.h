/* example.h: do the examples of the rules hold? */
#ifndef FF_CLASSIFY_EXAMPLE_H
#define FF_CLASSIFY_EXAMPLE_H

#include "classify/explain.h"

#ifdef __cplusplus
extern "C" {
#endif

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

struct ff_example;

/** NULL when the example holds, else what is wrong. *why is filled unless its context is not understood. */
const char *ff_example_try(const struct ff_ruleset *rules, struct ff_classifier *c, const struct ff_example *x,
                           struct ff_explanation *why);

#ifdef __cplusplus
}
#endif
#endif
