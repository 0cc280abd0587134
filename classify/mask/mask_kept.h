/* mask_kept.h: words and numbers that carry a meaning although their like is masked. */
#ifndef FF_CLASSIFY_MASK_KEPT_H
#define FF_CLASSIFY_MASK_KEPT_H

#include "classify/mask/mask_pass.h"

/** "TSS04", "S3150": letters, then digits, both as the table has them. "8BITMIME", "7bit" too. */
bool ff_mask_is_kept_mix(struct ff_slice s);
/** The same, or a name of letters and digits that the rules name (kept_words.h). */
static inline bool ff_mask_keeps_mix(const struct ff_mask_context *ctx, struct ff_slice s)
{
    return ff_mask_is_kept_mix(s) || (ctx->kept && ff_kept_words_has_name(ctx->kept, s));
}

/** Words after which a number is the number of a provider's code: AS(48), AUP#1560, AUP#I-1310, OFR_416, RP-001. Needs
 * the word as it was sent. */
enum ff_keeps ff_mask_keeps(struct ff_slice word);
/** The same, by the rules too. */
static inline enum ff_keeps ff_mask_keeps_behind(const struct ff_mask_context *ctx, struct ff_slice word)
{
    enum ff_keeps keeps = ff_mask_keeps(word);
    return keeps == FF_KEEPS_NONE && ctx->kept && ff_kept_words_leads(ctx->kept, word) ? FF_KEEPS_SOME : keeps;
}
/** "OFR004", "LPN007": the number behind it is the code. */
bool ff_mask_leads_to_number(struct ff_slice s);
/** "user", "for", ...: the recipient's own name behind such a word is masked. Any case. */
bool ff_mask_names_a_mailbox(struct ff_slice word);

#endif
