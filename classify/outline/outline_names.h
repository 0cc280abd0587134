/* outline_names.h: does a fixed part name somebody? */
#ifndef FF_CLASSIFY_OUTLINE_NAMES_H
#define FF_CLASSIFY_OUTLINE_NAMES_H

#include "classify/outline/outline_form.h"

/** No: the recipient is none of its fixed words. */
static inline bool outline_may_name_recipient(const struct outline *u, const struct ff_mask_context *ctx)
{
    struct ff_slice to = ctx->recipient;
    uint8_t first = to.len > 1 ? to.ptr[to.ptr[0] == '<'] : 0;
    return u->foreign || u->near_heads & outline_head_bit(first);
}

/** Would some of its fixed bytes be masked otherwise, because they name the recipient or the sender? */
bool outline_names_somebody(const struct outline *u, struct ff_mask_pass *p);

#endif
