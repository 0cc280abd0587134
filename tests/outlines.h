/* outlines.h: what is recognised by an outline has the masked text of what the outline was made of. */
#ifndef FF_TESTS_OUTLINES_H
#define FF_TESTS_OUTLINES_H

#include "classify/outline.h"
#include "tests/mask_contexts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/** All that a verdict depends on in what the masker says. */
static inline uint64_t masked_id(const struct ff_mask_context *ctx, struct ff_slice text)
{
    static struct ff_masked m;
    ff_mask_by(FF_MASK_SCALAR, ctx, text, &m);
    uint64_t rest[3] = {m.code, m.enhanced, m.facts};
    return XXH3_64bits_withSeed(m.buf, m.len, XXH3_64bits(rest, sizeof rest));
}

enum outlines_say { OUTLINES_KNOW, OUTLINES_LEARNT, OUTLINES_WRONG };

/** Asks for a reply, and has it learnt when it is new. */
static inline enum outlines_say outlines_ask(struct ff_outlines *o, const struct ff_mask_context *ctx, uint64_t context,
                                             struct ff_slice text)
{
    struct ff_outlined got, want = {.template_id = masked_id(ctx, text), .known = {.present = 1}};
    if (ff_outlines_find(o, ctx, context, text, &got))
        return got.template_id == want.template_id ? OUTLINES_KNOW : OUTLINES_WRONG;
    ff_outlines_learn(o, ctx, context, text, &want);
    return OUTLINES_LEARNT;
}

#endif
