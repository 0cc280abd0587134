/* mask_emulated.c: classify/mask/mask_avx512.c by emulation: its source is tested on processors without AVX-512,
 * too. */
#if defined(__x86_64__)
#define FF_AVX512_EMULATED
#include "classify/mask/mask_pass.h"
void ff_mask_avx512_emulated(struct ff_mask_pass *p, struct ff_slice s);
#include "classify/mask/mask_avx512.c"
#include "tests/classify/mask_paths.h"

void mask_avx512_emulated(const struct ff_mask_context *ctx, struct ff_slice text, struct ff_masked *ret)
{
    struct ff_mask_pass p = ff_mask_begin(ctx, ret);
    ff_mask_avx512_emulated(&p, ff_slice_sub(text, 0, FF_REPLY_BYTES_MAX));
    ret->len = (size_t)(p.end - ret->buf);
}
#else
typedef int mask_emulated_is_for_x86; /* an empty file is not C */
#endif
