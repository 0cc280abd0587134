/* mask_kept.h: words and numbers that carry a meaning although their like is masked. */
#ifndef FF_CLASSIFY_MASK_KEPT_H
#define FF_CLASSIFY_MASK_KEPT_H

#include "classify/mask/mask_pass.h"

/** "TSS04", "S3150": letters, then digits, both as the table has them. "8BITMIME", "7bit" too. */
bool ff_mask_is_kept_mix(struct ff_slice s);
/** Words after which a number is the number of a provider's code: AS(48), AUP#1560, AUP#I-1310, OFR_416, RP-001. Needs
 * the word as it was sent. */
enum ff_keeps ff_mask_keeps(struct ff_slice word);
/** "OFR004", "LPN007": the number behind it is the code. */
bool ff_mask_leads_to_number(struct ff_slice s);
/** "user", "for", ...: the recipient's own name behind such a word is masked. Any case. */
bool ff_mask_names_a_mailbox(struct ff_slice word);

#endif
