/* mask.c: which of the paths runs; mask_scalar.c is the plain one, mask_walk.h the fast. */
#include "classify/classify.h"
#include "classify/mask/fold.h"
#include "classify/mask/mask.h"
#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_paths.h"

const char *ff_mask_path_name(enum ff_mask_path path)
{
    static const char *const names[FF_MASK_PATH_COUNT] = {"scalar", "avx2", "avx512", "neon"};
    return path < FF_MASK_PATH_COUNT ? names[path] : "?";
}

bool ff_mask_path_runs(enum ff_mask_path path)
{
    switch (path) {
    case FF_MASK_SCALAR:
        return true;
#if defined(__x86_64__)
    case FF_MASK_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    case FF_MASK_AVX512:
        return __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2");
#elif defined(__aarch64__)
    case FF_MASK_NEON:
        return true;
#endif
    default:
        return false;
    }
}

enum ff_mask_path ff_mask_path_best(void)
{
    for (enum ff_mask_path path = FF_MASK_PATH_COUNT; path-- > FF_MASK_AVX2;)
        if (ff_mask_path_runs(path))
            return path;
    return FF_MASK_SCALAR;
}

void ff_mask_by(enum ff_mask_path path, const struct ff_mask_context *ctx, struct ff_slice text, struct ff_masked *ret)
{
    struct ff_mask_pass p = ff_mask_begin(ctx, ret);
    text = ff_slice_sub(text, 0, FF_REPLY_BYTES_MAX);
    switch (path) {
#if defined(__x86_64__)
    case FF_MASK_AVX2:
        ff_mask_avx2(&p, text);
        break;
    case FF_MASK_AVX512:
        ff_mask_avx512(&p, text);
        break;
#elif defined(__aarch64__)
    case FF_MASK_NEON:
        ff_mask_neon(&p, text);
        break;
#endif
    default:
        ff_mask_scalar(&p, text);
    }
    ret->len = (size_t)(p.end - ret->buf);
}

void ff_mask(const struct ff_mask_context *ctx, struct ff_slice text, struct ff_masked *ret)
{
    ff_mask_by(ff_mask_path_best(), ctx, text, ret);
}

size_t ff_mask_fold(struct ff_slice text, uint8_t *ret_buf)
{
    size_t n = 0;
    bool blank = true;
    for (size_t i = 0; i < text.len;) {
        uint8_t c = text.ptr[i];
        if (c >= 0x80) {
            struct ff_folded f = ff_fold(text, i);
            i += f.used;
            if (f.len == 1 && !ff_is_alpha(f.out[0]) && !ff_is_digit(f.out[0])) {
                if (!blank)
                    ret_buf[n++] = ' ';
                blank = true;
                continue;
            }
            memcpy(ret_buf + n, f.out, f.len);
            n += f.len;
            blank = blank && f.len == 0;
            continue;
        }
        bool dot = c == '.' && n && ff_is_digit(ret_buf[n - 1]) && i + 1 < text.len && ff_is_digit(text.ptr[i + 1]);
        if (ff_is_alpha(c) || ff_is_digit(c) || dot) {
            ret_buf[n++] = (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
            blank = false;
        } else if (!blank) {
            ret_buf[n++] = ' ';
            blank = true;
        }
        i++;
    }
    while (n && ret_buf[n - 1] == ' ')
        n--;
    return n;
}
