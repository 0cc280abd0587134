/* mask.h: brings a reply into the form that rules are matched with (masked.h), by the fastest instructions there
 * are. */
#ifndef FF_CLASSIFY_MASK_H
#define FF_CLASSIFY_MASK_H

#include "classify/mask/masked.h"

/** Masks at most FF_REPLY_BYTES_MAX bytes of text. Never fails; any bytes may be given. */
void ff_mask(const struct ff_mask_context *ctx, struct ff_slice text, struct ff_masked *ret);

/** The same text by different instructions; all give the same bytes (tests/classify/mask_paths_test.c). */
enum ff_mask_path {
    FF_MASK_SCALAR, /* plain C: the reference, and what runs where nothing else does */
    FF_MASK_AVX2,   /* with BMI2 */
    FF_MASK_AVX512, /* VBMI2 */
    FF_MASK_NEON,
    FF_MASK_PATH_COUNT
};
/** Can this processor run it? */
bool ff_mask_path_runs(enum ff_mask_path path);
/** What ff_mask() takes here. */
enum ff_mask_path ff_mask_path_best(void);
const char *ff_mask_path_name(enum ff_mask_path path);
/** ff_mask() by a path that runs. */
void ff_mask_by(enum ff_mask_path path, const struct ff_mask_context *ctx, struct ff_slice text, struct ff_masked *ret);

/** Brings a phrase of a rule into the same form (words only, no placeholders are made): returns its length, at most
 * 2 * text.len. Used by the rule loader so that rules may be written with accents and punctuation. */
size_t ff_mask_fold(struct ff_slice text, uint8_t *ret_buf);

#endif
