/* outline_words.h: words of a reply that may be others: what no rule knows, and what an outline leaves open. */
#ifndef FF_CLASSIFY_OUTLINE_WORDS_H
#define FF_CLASSIFY_OUTLINE_WORDS_H

#include "classify/outline/outline_form.h"
#include "classify/ruleset/word_index.h"

/** Length of the plain word at `at`, when another could stand there: no rule knows it, it is not the recipient's name,
 * and the masker looks at nothing else because of it. 0: it is none of these, or no whole word between blanks.
 * @param end  of the reply */
size_t outline_open_word(const struct ff_word_index *words, struct ff_mask_pass *p, const uint8_t *at,
                         const uint8_t *end);

/** Takes the open words out of the masked text. The draft keeps it and their places. False when it does not say
 * which ones they are. */
bool outline_open_masked(struct outline_draft *d, const uint8_t *text, struct ff_slice masked);

/** XXH3 of the masked text with these words, which are of `text`, in their places. */
uint64_t outline_template(const struct outline *u, const uint8_t *text,
                          const struct outline_word open[OUTLINE_OPEN_MAX]);

#endif
