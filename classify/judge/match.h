/* match.h: which rules fire on a masked reply. */
#ifndef FF_CLASSIFY_MATCH_H
#define FF_CLASSIFY_MATCH_H

#include "classify/mask/masked.h"
#include "classify/ruleset/rules_int.h"
#include "classify/ruleset/word_index.h"

/** Rules that may fire on one reply; more are ignored (a reply that fires so many says everything and nothing). */
#define FF_FIRED_MAX 128
#define FF_OCCURRENCES_MAX 8
#define FF_REPLY_CODES_MAX 6

/** What is known of a reply besides its words. */
struct ff_context {
    uint32_t code;                       /* of the reply as it came; 0: none */
    uint32_t inner[FF_REPLY_CODES_MAX];  /* reply codes quoted inside it */
    uint32_t inner_count;
    uint32_t enhanced[FF_REPLY_CODES_MAX]; /* first its own, then those quoted inside */
    uint32_t enhanced_count;
    uint32_t stage, kind, origin, facts;
    uint16_t mx_provider, text_provider; /* 0: unknown */
    uint64_t providers[4];               /* bit set of all providers that MX or text name */
};

struct ff_fired {
    uint32_t rule;
    uint16_t start, end; /* span in the masked text; 0, 0: by codes alone */
    uint16_t bytes;      /* of the phrases that matched: longer ones are more specific */
};

struct ff_matcher; /* scratch space for one thread */

FF_MUST_CHECK struct ff_matcher *ff_matcher_new(const struct ff_ruleset *rules);
void ff_matcher_free(struct ff_matcher *m);

/** Looks up the words of a masked text, which must stay until the rules were matched. Comes before all below. Returns
 * them; they stay until it is called again. */
const struct ff_words *ff_match_read(struct ff_matcher *m, struct ff_slice masked);

/** The text read, as far as rules can tell it from others: a hash, or 0 when it cannot be said. What differs only
 * in words that no rule knows is equal. */
uint64_t ff_match_skeleton(const struct ff_matcher *m);

/** Finds the phrases in the text read. Must come before ff_match_rules(). Adds the providers that fingerprints name to
 * `ctx`. */
void ff_match_text(struct ff_matcher *m, struct ff_context *ctx);

/** Rules whose phrases and predicates hold; hints as their bits. Returns the number of fired rules. */
size_t ff_match_rules(struct ff_matcher *m, const struct ff_context *ctx, struct ff_fired ret_fired[FF_FIRED_MAX],
                      uint32_t *ret_hints);

/** Replaces the wording in which one MTA quotes another ("host H I said", "in reply to RCPT TO command") by the word
 * "W", so that it is not taken for the cause; returns the hints it gives (enum ff_hint). Works in place (reply.c).
 * @param words  of the masked text as it came; where the length changes they are no more those of the text */
uint32_t ff_reply_unwrap(struct ff_masked *masked, const struct ff_words *words);

/** Reads the codes out of the masked text, whose words these are, into ctx (reply.c). */
void ff_reply_codes(const struct ff_masked *masked, const struct ff_words *words, struct ff_context *ctx);

#endif
