/* texts.h: what a phrase stands for, written out. */
#ifndef FF_CLASSIFY_TEXTS_H
#define FF_CLASSIFY_TEXTS_H

#include "classify/judge/match.h"
#include "classify/lint/linter.h"

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

#endif
