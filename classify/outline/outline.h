/* outline.h: replies that were seen before but for their variable parts, recognised without masking them.
 *
 * Masking and hashing a reply costs some three instructions a byte more than reading it. A mail server fills the same
 * sentence again and again, so the sentence is remembered as an outline: its fixed bytes, and between them the kind of
 * each variable part (the recipient's address, an IP that is not ours, an id, ...). A reply that fits an outline, in
 * the same context, has the masked text of the reply the outline was made of, and hence its verdict.
 *
 * Outlines are only a shorter way to what the masker says: whatever is not plainly of one kind is a fixed part, and a
 * text whose masking depends on more than its parts (docs/performance.md) gets no outline. What is recognised is held
 * against the masker by tests/classify/outline_test.c and tests/fuzz/fuzz_outline.c.
 */
#ifndef FF_CLASSIFY_OUTLINE_H
#define FF_CLASSIFY_OUTLINE_H

#include "classify/mask/mask.h"
#include "classify/outline/outlined.h"
#include "classify/ruleset/word_index.h"

struct ff_outlines;

/** One per classifier, about 1 MiB whatever it reads: when it is full it forgets everything. NULL when memory is short.
 * @param path   whose instructions are used; one that runs here
 * @param words  borrowed: the words that the rules know; NULL: ff_outlines_learn_open() is not called */
FF_MUST_CHECK struct ff_outlines *ff_outlines_new(enum ff_mask_path path, const struct ff_word_index *words);
void ff_outlines_free(struct ff_outlines *o);

/**
 * Is it a reply that ff_outlines_learn() was told of, but for its variable parts?
 * @param context  hash of all that a verdict depends on besides text, addresses and IP: codes, stage, provider, ...
 * @param ret      untouched when it is not
 * Cost: about a quarter of a mask pass when it is known, 100 instructions when it is not. No allocation.
 */
FF_MUST_CHECK bool ff_outlines_find(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                                    struct ff_slice text, struct ff_outlined *ret);

/** Remembers a reply that ff_outlines_find() was just asked for and did not know. Does nothing when it has no safe
 * outline. Cost: about two mask passes, so not for what comes once. */
void ff_outlines_learn(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context, struct ff_slice text,
                       const struct ff_outlined *what);

/** The same for a reply whose words that no rule knows do not matter: those that stand alone between blanks may be
 * others of three letters or more. What is found by it has the template of its own words.
 * @param masked  what the masker makes of the text; what->template_id is its hash */
void ff_outlines_learn_open(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                            struct ff_slice text, struct ff_slice masked, const struct ff_outlined *what);

#endif
