/* varying_bits.h: the bytes of a part that may vary, as bit maps. */
#ifndef FF_CLASSIFY_VARYING_BITS_H
#define FF_CLASSIFY_VARYING_BITS_H

#include "classify/mask/token_bits.h"

/** Which kind of byte stands where: bit 0 is the first byte. */
struct varying_bits {
    struct ff_token_bits token; /* without `colon` and `slash` */
    uint64_t sign;              /* '+' and '=' */
};

/** What may stand in an address. */
static inline uint64_t varying_in_address(const struct varying_bits *b)
{
    return b->token.letter | b->token.digit | b->token.dot | b->token.line | b->token.at | b->sign;
}

#endif
