/* kept_words.h: words of a rule set that stay although their like is masked.
 *
 * The masker makes <id> of "E1234" and <num> of the number in "ZK-4711": in most replies they vary. Where a rule of
 * one's own names one, exactly that one stays; any other is masked as ever, so that what a reply echoes still says
 * nothing.
 */
#ifndef FF_CLASSIFY_KEPT_WORDS_H
#define FF_CLASSIFY_KEPT_WORDS_H

#include "proto/slice.h"

#define FF_KEPT_BYTES_MAX 40 /* of a word; longer ones are not kept */
#define FF_KEPT_DIGITS_MAX 12 /* of a number behind a word */

struct ff_kept_words {
    struct ff_slice *slots; /* by their hash; empty: free */
    uint32_t count, mask;
    uint64_t leads; /* a bit per first letter and length of the words that lead to a number: most words are none */
};

/** A name of letters and digits, "e1234", or a word and the number behind it, "zk 4711". In lower case, borrowed.
 * False: memory is short. */
FF_MUST_CHECK bool ff_kept_words_add(struct ff_kept_words *k, struct ff_slice words);
void ff_kept_words_free(struct ff_kept_words *k);

/** Is it one of the names? Any case. */
bool ff_kept_words_has_name(const struct ff_kept_words *k, struct ff_slice name);
bool ff_kept_words_leads_slowly(const struct ff_kept_words *k, struct ff_slice word);
static inline uint64_t ff_kept_words_lead_bit(struct ff_slice word)
{
    return UINT64_C(1) << ((word.ptr[0] & 31u) + 11 * word.len) % 64;
}
/** Is there a number that is kept behind this word, which is not empty? Any case. */
static inline bool ff_kept_words_leads(const struct ff_kept_words *k, struct ff_slice word)
{
    return k->leads & ff_kept_words_lead_bit(word) && ff_kept_words_leads_slowly(k, word);
}
/** Is this one? `word` as the masked text has it. */
bool ff_kept_words_has_number(const struct ff_kept_words *k, struct ff_slice word, struct ff_slice number);

#endif
