/* mask_write.h: what is written: words and placeholders, behind each a blank. What has no room is left out. */
#ifndef FF_CLASSIFY_MASK_WRITE_H
#define FF_CLASSIFY_MASK_WRITE_H

#include "classify/mask/mask_pass.h"

/** Writes a word in lower case (s is not a placeholder). */
void ff_mask_word(struct ff_mask_pass *p, struct ff_slice s);
/** Writes a placeholder, unless the last word is the same. */
void ff_mask_placeholder(struct ff_mask_pass *p, char letter);
/** Writes a word as it is: a placeholder of several letters. */
void ff_mask_raw_word(struct ff_mask_pass *p, struct ff_slice word);
/** Writes folded letters of a script without word spaces: one word as long as nothing else comes between. */
void ff_mask_ideograph(struct ff_mask_pass *p, struct ff_slice letters);

#endif
