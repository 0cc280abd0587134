/* mask_paths.h: the ways through a reply. All write the same bytes (tests/classify/mask_paths_test.c). */
#ifndef FF_CLASSIFY_MASK_PATHS_H
#define FF_CLASSIFY_MASK_PATHS_H

#include "classify/mask/mask_pass.h"

/* Each masks all of s, at most FF_REPLY_BYTES_MAX bytes. */
void ff_mask_scalar(struct ff_mask_pass *p, struct ff_slice s);
void ff_mask_avx2(struct ff_mask_pass *p, struct ff_slice s);
void ff_mask_avx512(struct ff_mask_pass *p, struct ff_slice s);
void ff_mask_neon(struct ff_mask_pass *p, struct ff_slice s);

#endif
