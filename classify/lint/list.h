/* list.h: which rules there are, and how they were written. */
#ifndef FF_CLASSIFY_LIST_H
#define FF_CLASSIFY_LIST_H

#include "classify/explain.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A rule, a hint, or the wording of a provider. */
struct ff_rule_info {
    struct ff_slice name, file;
    uint32_t line;
    uint32_t category;    /* FF_CATEGORY_NONE: a hint or wording of a provider */
    const char *layer;    /* as in struct ff_fired_rule; "provider": its wording */
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
