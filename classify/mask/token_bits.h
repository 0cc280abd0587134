/* token_bits.h: what a token is, by where its letters, digits and signs stand: what mask_chunk.h says, in a few
 * operations. */
#ifndef FF_CLASSIFY_TOKEN_BITS_H
#define FF_CLASSIFY_TOKEN_BITS_H

#include "classify/mask/bits.h"
#include "classify/mask/mask_pass.h"

/** Where in a token which kind of byte stands: bit 0 is its first byte. Nothing is set behind its end. */
struct ff_token_bits {
    uint64_t letter, digit, dot, line, colon, at, slash; /* line: '-' and '_' */
};

/** Bytes from..to-1 of a piece: letters, digits, '.', '-' and '_'. */
static inline struct ff_token_bits ff_token_bits_cut(const struct ff_token_bits *b, unsigned from, unsigned to)
{
    uint64_t keep = ff_below(to - from);
    return (struct ff_token_bits){.letter = b->letter >> from & keep,
                                  .digit = b->digit >> from & keep,
                                  .dot = b->dot >> from & keep,
                                  .line = b->line >> from & keep};
}

/** ff_mask_chunk() for a token of at most 63 ASCII bytes without '#' and '\\' whose bits are known. */
void ff_mask_token(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *b);
/** ff_mask_is_host() of a token of letters, digits, '.', '-', '_' with a dot in it, from its bits. */
bool ff_mask_bits_are_host(struct ff_slice s, const struct ff_token_bits *b);
/** Is some part between dots, hyphens and underscores letters mixed with digits, and no name we keep? */
bool ff_mask_has_id_part(const struct ff_mask_context *ctx, struct ff_slice s, const struct ff_token_bits *b);

#endif
