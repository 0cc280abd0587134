/* reply_head.h: the codes a reply begins with, read without masking it: for what stands beside a verdict, never for
 * one. */
#ifndef FF_CLASSIFY_REPLY_HEAD_H
#define FF_CLASSIFY_REPLY_HEAD_H

#include "classify/classify.h"

/** Of raw, or where there is none the given ones and those of the text. 0: none. */
void ff_reply_head_codes(const struct ff_reply *reply, uint32_t *ret_code, uint32_t *ret_enhanced);

#endif
