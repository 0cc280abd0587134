/* wrappers.h: the words in which one mail server quotes another, as they stand in a masked text. Data that reply.c
 * reads, and that the vocabulary must know, so that no other word passes for one of these. */
#ifndef FF_CLASSIFY_WRAPPERS_H
#define FF_CLASSIFY_WRAPPERS_H

#include "classify/ruleset/rules_int.h"
#include "classify/ruleset/word_index.h"

/** "host H I said". '+' stands for at least one and at most FF_WRAPPER_WILD_WORDS_MAX words; none begins with it,
 * none is shorter than eight bytes. */
struct ff_wrapper {
    const char *words;
    uint32_t hint; /* enum ff_hint */
};
#define FF_WRAPPER_WILD_WORDS_MAX 5
#define FF_WRAPPERS_MAX 254

/** Longer forms come first. Sources: the wording of Postfix, Exim, qmail, Sendmail, Exchange, Cisco and Gmail when
 * they report what another server said. */
extern const struct ff_wrapper ff_wrappers[];
extern const size_t ff_wrapper_count;

/** Behind these a number of three digits is a code. */
extern const char *const ff_code_leads[];
extern const size_t ff_code_lead_count;

/** Makes all these words part of the vocabulary. False when memory is short. */
FF_MUST_CHECK bool ff_wrappers_know(struct ff_word_index *x);

#endif
