/* mask_paths.h: the same reply through every path that runs here; what is not equal to the plain code is said. */
#ifndef FF_TESTS_MASK_PATHS_H
#define FF_TESTS_MASK_PATHS_H

#include <stdio.h>

#include "tests/classify/mask_contexts.h"

/* mask_avx512.c by emulation (tests/classify/mask_emulated.c); not compiled for other processors than x86. */
void mask_avx512_emulated(const struct ff_mask_context *ctx, struct ff_slice text, struct ff_masked *ret);

static inline bool masked_eq(const struct ff_masked *a, const struct ff_masked *b)
{
    return a->len == b->len && a->code == b->code && a->enhanced == b->enhanced && a->facts == b->facts &&
           memcmp(a->buf, b->buf, a->len) == 0;
}

/** @return the first path that gives something else, NULL when all are equal */
static inline const char *mask_paths_differ(const struct ff_mask_context *ctx, struct ff_slice text, bool emulate,
                                            struct ff_masked *ret_want, struct ff_masked *ret_got)
{
    ff_mask_by(FF_MASK_SCALAR, ctx, text, ret_want);
    for (enum ff_mask_path path = FF_MASK_AVX2; path < FF_MASK_PATH_COUNT; path++) {
        if (!ff_mask_path_runs(path))
            continue;
        ff_mask_by(path, ctx, text, ret_got);
        if (!masked_eq(ret_want, ret_got))
            return ff_mask_path_name(path);
    }
#if defined(__x86_64__)
    if (emulate) {
        mask_avx512_emulated(ctx, text, ret_got);
        if (!masked_eq(ret_want, ret_got))
            return "avx512, emulated";
    }
#else
    (void)emulate;
#endif
    return NULL;
}

#endif
