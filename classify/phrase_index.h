/* phrase_index.h: the rules turned round for matching: from what stands in a text to the phrases and rules it may
 * complete.
 *
 * Built once from a loaded rule set. A part of a phrase is a literal of its own or a set of several. Per literal a row
 * of bits: the sets it belongs to (sets of the same literals are one). Each phrase hangs on the rarest of its parts, so
 * that common words begin nothing. Rules without phrases are found by the codes of the reply.
 */
#ifndef FF_CLASSIFY_PHRASE_INDEX_H
#define FF_CLASSIFY_PHRASE_INDEX_H

#include "classify/rules_int.h"
#include "classify/word_index.h"

/** Literals found in one text; what is over it is not seen. */
#define FF_HITS_MAX 1024

/** A part: number of a set, or of a literal with this bit. */
#define FF_PART_LITERAL 0x8000u
_Static_assert(FF_GROUPS_MAX <= FF_PART_LITERAL && FF_LITERALS_MAX <= FF_PART_LITERAL,
               "numbers of parts leave room for the bit");

struct ff_index_phrase {
    uint16_t rule;
    uint8_t role, count;
    uint16_t part[FF_PHRASE_ELEMENTS_MAX];
    uint8_t gap_words[FF_PHRASE_ELEMENTS_MAX];
};

/** Phrases that hang on one part. */
struct ff_index_hook {
    uint32_t first, count;
};

#define FF_INDEX_CODES 601                  /* reply codes 0..599, and all others */
#define FF_INDEX_ENHANCED (2 * 10 * 65 + 2) /* see ff_index_enhanced() */

struct ff_phrase_index {
    struct ff_word_index *words;
    hs_database_t *rest; /* literals that are no rows of words; NULL: there is none */
    bool rest_is_rare;   /* each of those has a byte >= 0xe0 or a whole word, which wakes the scan of the bytes */
    struct ff_index_hook *literal_hooks; /* [literal] */
    struct ff_index_hook *set_hooks;     /* [set] */
    uint32_t set_count;
    uint64_t *hanging;             /* a row: sets that phrases hang on */
    uint32_t *literal_row;         /* which row; literals of the same sets share one */
    uint64_t *rows;                /* row_words each: bit s for set s */
    uint32_t row_words, row_count; /* a row has a bit to spare behind the last set's */
    uint32_t *phrase_slot;         /* where a phrase of the rule set stands in `phrases` */
    struct ff_index_phrase *phrases;
    /* bit per plain rule: may it hold at this code? */
    uint32_t plain_words;
    uint64_t *plain_by_code, *plain_by_enhanced;
};

/** Enhanced codes by number: one each for 4.s.d and 5.s.d with s under 9 and d under 64; those over it share one. */
static inline uint32_t ff_index_enhanced(uint32_t c, uint32_t s, uint32_t d)
{
    if (c != 4 && c != 5)
        return c == 0 ? FF_INDEX_ENHANCED - 2 : FF_INDEX_ENHANCED - 1; /* no code; another class */
    return ((c - 4) * 10 + (s < 9 ? s : 9)) * 65 + (d < 64 ? d : 64);
}

static inline const uint64_t *ff_index_row(const struct ff_phrase_index *x, uint32_t literal)
{
    return x->rows + (size_t)x->literal_row[literal] * x->row_words;
}

enum ff_index_kind {
    FF_INDEX_SHARED, /* for matching: what is equal is one */
    FF_INDEX_APART,  /* for asking what each thing is good for: every group is a set, with its own number, every literal
                        has its own row, so that ff_phrase_index_take_phrase() and _take_member() mean one thing only */
};

/** From a rule set whose literals, groups, phrases and plain rules are set. @return FF_OK; FF_ERR_NOMEM; FF_ERR_CONFIG
 * when the matcher refuses a phrase */
FF_MUST_CHECK enum ff_err ff_phrase_index_new(const struct ff_ruleset *rules, enum ff_index_kind kind,
                                              struct ff_phrase_index **ret_index);
/** Takes a phrase out (`there` false) or puts it back. Only when no matcher is at work; FF_INDEX_APART. */
void ff_phrase_index_take_phrase(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t phrase,
                                 bool there);
/** Takes a literal out of a group of the rule set, or puts it back. Likewise. */
void ff_phrase_index_take_member(struct ff_phrase_index *x, uint32_t literal, uint16_t group, bool there);
void ff_phrase_index_free(struct ff_phrase_index *x);

/** All literals in the text, by their end; the word numbers are set. `scratch` is for x->rest. The text is as for
 * ff_word_index_scan(). Returns their number, at most FF_HITS_MAX. */
size_t ff_phrase_index_scan(const struct ff_phrase_index *x, const struct ff_ruleset *rules, hs_scratch_t *scratch,
                            struct ff_slice text, struct ff_word_hit ret_hits[FF_HITS_MAX]);

#endif
