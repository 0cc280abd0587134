/* phrase_index.h: the rules turned round for matching: from what stands in a text to the phrases and rules it may complete.
 *
 * Built once from a loaded rule set. Per literal the groups it belongs to (equal groups are one); per group the phrases that are
 * looked at when it was seen: each phrase hangs on the rarest of its groups, so that common words begin nothing. Rules without
 * phrases are found by the codes of the reply.
 */
#ifndef FF_CLASSIFY_PHRASE_INDEX_H
#define FF_CLASSIFY_PHRASE_INDEX_H

#include "classify/rules_int.h"
#include "classify/word_index.h"

/** Literals found in one text; what is over it is not seen. */
#define FF_HITS_MAX 1024

struct ff_index_phrase {
    uint16_t rule;
    uint8_t role, count;
    uint16_t group[FF_PHRASE_ELEMENTS_MAX];
    uint8_t gap_words[FF_PHRASE_ELEMENTS_MAX];
};

struct ff_index_group {
    uint32_t phrase_first, phrase_count; /* those that hang on it */
};

#define FF_INDEX_HANGS 0x8000u
_Static_assert(FF_GROUPS_MAX <= FF_INDEX_HANGS, "a group's number leaves room for the bit");

#define FF_INDEX_CODES 601     /* reply codes 0..599, and all others */
#define FF_INDEX_ENHANCED 101  /* class * 10 + subject, each 0..9; and all others. 0: none */

struct ff_phrase_index {
    struct ff_word_index *words;
    hs_database_t *rest;    /* literals that are no rows of words; NULL: there is none */
    bool rest_is_foreign;   /* all of those have a byte >= 0xe0 */
    uint32_t *literal_first; /* [literal_count + 1] into literal_groups */
    uint16_t *literal_groups; /* FF_INDEX_HANGS: phrases hang on it */
    uint32_t groups_per_literal_max;
    struct ff_index_group *groups;
    uint32_t group_count;
    struct ff_index_phrase *phrases;
    /* bit per plain rule: may it hold at this code? */
    uint32_t plain_words;
    uint64_t *plain_by_code, *plain_by_enhanced;
};

/** From a rule set whose literals, groups, phrases and plain rules are set. @return FF_OK; FF_ERR_NOMEM; FF_ERR_CONFIG when
 * the matcher refuses a phrase */
FF_MUST_CHECK enum ff_err ff_phrase_index_new(const struct ff_ruleset *rules, struct ff_phrase_index **ret_index);
void ff_phrase_index_free(struct ff_phrase_index *x);

/** All literals in the text, by their end; the word numbers are set. `scratch` is for x->rest. The text is as for
 * ff_word_index_scan(). Returns their number, at most FF_HITS_MAX. */
size_t ff_phrase_index_scan(const struct ff_phrase_index *x, const struct ff_ruleset *rules, hs_scratch_t *scratch, struct ff_slice text,
                            struct ff_word_hit ret_hits[FF_HITS_MAX]);

#endif
