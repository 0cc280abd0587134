/* phrase_index.h: the rules turned round for matching: from what stands in a text to the phrases and rules it may
 * complete.
 *
 * Built once from a loaded rule set. A part of a phrase is a set of literals, sometimes of one (sets of the same
 * literals are one). Per literal a list: the sets it belongs to. Each phrase hangs on the rarest of its parts, so that
 * common words begin nothing, and names the rarest of the others: where that was not seen, the phrase is not touched.
 * Rules that the codes of a reply rule out are found by these codes.
 */
#ifndef FF_CLASSIFY_PHRASE_INDEX_H
#define FF_CLASSIFY_PHRASE_INDEX_H

#include "classify/ruleset/rules_int.h"
#include "classify/ruleset/word_index.h"

struct ff_index_phrase {
    uint16_t rule;
    uint8_t role, count;
    uint16_t part[FF_PHRASE_ELEMENTS_MAX]; /* numbers of sets */
    uint8_t gap_words[FF_PHRASE_ELEMENTS_MAX];
};

/** What a phrase does for its rule: the roles without their numbers. */
enum ff_index_role { FF_INDEX_ANY, FF_INDEX_WITH, FF_INDEX_NOT, FF_INDEX_ROLES };

/** Bits of what a rule asks for: its roles, FF_ROLE_ANY and FF_ROLE_WITH + k, and this. */
#define FF_INDEX_SEEN_NOT 0x80u
_Static_assert(FF_ROLE_ANY == 0 && FF_ROLE_WITH == 1 && FF_RULE_WITH_MAX < 7, "roles are bits");

/** A phrase that is nothing but the part it hangs on. */
struct ff_index_single {
    uint16_t rule;
    uint8_t role, seen; /* enum ff_index_role; a bit of what a rule asks for */
};

/** Any other phrase, and the set without which it cannot hold. */
struct ff_index_need {
    uint16_t phrase, set;
};

union ff_index_step {
    struct ff_index_single single;
    struct ff_index_need need;
};

static inline struct ff_index_single ff_index_single(uint32_t rule, unsigned role)
{
    return (struct ff_index_single){
        .rule = (uint16_t)rule,
        .role = role == FF_ROLE_NOT   ? FF_INDEX_NOT
                : role == FF_ROLE_ANY ? FF_INDEX_ANY
                                      : FF_INDEX_WITH,
        .seen = (uint8_t)(role == FF_ROLE_NOT ? FF_INDEX_SEEN_NOT : 1u << role),
    };
}

/** Phrases that hang on one part: steps of the index, first the single ones. */
struct ff_index_hook {
    uint16_t first, singles, count;
};

/** What a literal found leads to. */
struct ff_index_literal {
    uint32_t sets;                  /* where in x->sets */
    uint16_t set_fours, hook_count; /* how many: sets come in fours, behind them the hooks */
    struct ff_index_hook own;       /* phrases that hang on it alone */
};
_Static_assert(sizeof(struct ff_index_literal) == 16, "four to a cache line");
_Static_assert(FF_GROUPS_MAX + 2 <= UINT16_MAX && FF_PHRASES_MAX <= UINT16_MAX, "numbers are of 16 bits");

#define FF_INDEX_CODES 601                  /* reply codes 0..599, and all others */
#define FF_INDEX_ENHANCED (2 * 10 * 65 + 2) /* see ff_index_enhanced() */

/** Another spelling of a literal, which the words borrow. */
struct ff_spelling {
    struct ff_spelling *next;
    uint8_t text[];
};

struct ff_phrase_index {
    struct ff_word_index *words;
    struct ff_spelling *spellings;
    hs_database_t *rest; /* literals that are no rows of words; NULL: there is none */
    bool rest_is_rare;   /* each of those has a byte >= 0xe0 or a whole word, which wakes the scan of the bytes */
    struct ff_index_literal *literals; /* [literal] */
    uint16_t *sets;                    /* of each literal its sets, and the hooks of those that phrases hang on */
    uint32_t set_count; /* number set_count is a set without literals, the one behind it fills up fours */
    uint32_t hook_count;
    uint16_t *hanging_sets;          /* [hook]: which set */
    struct ff_index_hook *set_hooks; /* [hook] */
    struct ff_index_phrase *phrases; /* those of the rule set, by the same numbers */
    union ff_index_step *steps;
    uint16_t *filler; /* [literal]: 1 + the first rule that is a hint and calls it a filler; 0: it is none */
    uint16_t *placed; /* [literal]: 1 + the first hint with a line "where" that it is a phrase of; 0: of none */
    uint64_t *asides; /* bit per literal: a hint says that its words are no part of what is said */
    /* bit per rule: may it hold at this code? Has it no phrases but "not" ones? Does it only name a provider? Is it an
     * aside with a phrase of several parts? Does it ask where its words stand? */
    uint32_t rule_words;
    uint64_t *by_code, *by_enhanced, *by_stage, *plain, *naming, *aside_rules, *placed_rules;
};

static inline bool ff_index_is_aside(const struct ff_phrase_index *x, uint32_t literal)
{
    return x->asides[literal / 64] >> literal % 64 & 1;
}

/** Enhanced codes by number: one each for 4.s.d and 5.s.d with s under 9 and d under 64; those over it share one. */
static inline uint32_t ff_index_enhanced(uint32_t c, uint32_t s, uint32_t d)
{
    if (c != 4 && c != 5)
        return c == 0 ? FF_INDEX_ENHANCED - 2 : FF_INDEX_ENHANCED - 1; /* no code; another class */
    return ((c - 4) * 10 + (s < 9 ? s : 9)) * 65 + (d < 64 ? d : 64);
}

enum ff_index_kind {
    FF_INDEX_SHARED, /* for matching: what is equal is one */
    FF_INDEX_APART,  /* for asking what each thing is good for: every group is a set, with its own number, every literal
                        has its own list of sets, no phrase is a single one, so that ff_phrase_index_take_phrase() and
                        _take_member() mean one thing only */
};

/** Takes a phrase out (`there` false) or puts it back. Only when no matcher is at work; FF_INDEX_APART. */
void ff_phrase_index_take_phrase(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t phrase,
                                 bool there);
/** Takes a literal out of its `nth` group, or puts it back. Likewise. */
void ff_phrase_index_take_member(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t literal,
                                 uint32_t nth, bool there);
void ff_phrase_index_free(struct ff_phrase_index *x);

#endif
