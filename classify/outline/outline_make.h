/* outline_make.h: the outline of a reply. */
#ifndef FF_CLASSIFY_OUTLINE_MAKE_H
#define FF_CLASSIFY_OUTLINE_MAKE_H

#include "classify/outline/outline_form.h"
#include "classify/ruleset/word_index.h"

/** Takes a reply apart. `text` has FF_VARYING_ROOM bytes of NUL behind `len` bytes. Returns false when how it is masked
 * depends on more than an outline holds.
 * @param words  words that are none of these are open; NULL: no word is */
bool outline_make(struct outline_draft *d, struct ff_mask_pass *p, const uint8_t *text, size_t len,
                  const struct ff_word_index *words);

#endif
