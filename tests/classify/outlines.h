/* outlines.h: what is recognised by an outline has the masked text of what the outline was made of. */
#ifndef FF_TESTS_OUTLINES_H
#define FF_TESTS_OUTLINES_H

#include <stdlib.h>

#include "classify/outline/outline.h"
#include "tests/classify/mask_contexts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/** All that a verdict depends on in what the masker says: its words, and the rest in the place of the decision. */
static inline struct ff_outlined outlined_by_mask(const struct ff_mask_context *ctx, struct ff_slice text, struct ff_masked *m)
{
    ff_mask_by(FF_MASK_SCALAR, ctx, text, m);
    uint64_t rest[3] = {m->code, m->enhanced, m->facts}, hash = XXH3_64bits(rest, sizeof rest);
    struct ff_outlined ret = {.template_id = XXH3_64bits(m->buf, m->len)};
    memcpy(&ret.known, &hash, sizeof ret.known);
    return ret;
}

enum outlines_say { OUTLINES_KNOW, OUTLINES_LEARNT, OUTLINES_WRONG };

/** Asks for a reply, and has it learnt when it is new. */
static inline enum outlines_say outlines_ask(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                                             struct ff_slice text)
{
    static struct ff_masked m;
    struct ff_outlined got, want = outlined_by_mask(ctx, text, &m);
    if (ff_outlines_find(o, ctx, context, text, &got))
        return got.template_id == want.template_id && memcmp(&got.known, &want.known, sizeof got.known) == 0 ? OUTLINES_KNOW
                                                                                                             : OUTLINES_WRONG;
    ff_outlines_learn(o, ctx, context, text, &want);
    ff_outlines_learn_open(o, ctx, context, text, ff_slice_of(m.buf, m.len), &want);
    return OUTLINES_LEARNT;
}

/** Words that the rules of a test know. */
static inline struct ff_word_index *outlines_words(void)
{
    static const char *const known[] = {" user unknown ", " mailbox ", " full ", " receiv", " refused ", " listed ", " no ", " at ",
                                        " in ",           " wait ",    " seconds ", " queued ", " is ",   " now "};
    struct ff_word_index *x = ff_word_index_new();
    for (uint32_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!x || !ff_word_index_add(x, ff_slice_str(known[i]), i))
            abort();
    if (!ff_word_index_seal(x))
        abort();
    return x;
}

#endif
