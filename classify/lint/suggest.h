/* suggest.h: examples for what no example of the rules proves. */
#ifndef FF_CLASSIFY_SUGGEST_H
#define FF_CLASSIFY_SUGGEST_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif
#endif
