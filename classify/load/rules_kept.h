/* rules_kept.h: which words of the rules the masker must not mask. */
#ifndef FF_CLASSIFY_RULES_KEPT_H
#define FF_CLASSIFY_RULES_KEPT_H

#include "classify/load/loader.h"

/** When all literals have their groups: fills rules->kept by phrases that were not included. For the built-in ones
 * mask_kept.c has what they need, with the families of codes they belong to. */
FF_MUST_CHECK bool ff_load_kept(struct ff_loader *l);

#endif
