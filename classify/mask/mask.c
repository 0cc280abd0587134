/* mask.c: what a pass needs to know, and which of the paths runs it; mask_scalar.c is the plain one, mask_walk.h the
 * fast.
 *
 * Sender, own IP and recipient are compared with only where the text has something of their kind, so they are taken
 * apart no earlier than that.
 */
#include "classify/classify.h"
#include "classify/mask/fold.h"
#include "classify/mask/mask_int.h"

struct ff_slice ff_mask_recipient_local(struct ff_mask_pass *p)
{
    struct ff_slice address = p->ctx->recipient;
    if (!p->recipient_local_known) {
        const uint8_t *at = address.len ? memrchr(address.ptr, '@', address.len) : NULL;
        struct ff_slice local = at ? ff_slice_sub(address, 0, (size_t)(at - address.ptr)) : ff_slice_of(NULL, 0);
        if (local.len && local.ptr[0] == '<')
            local = ff_slice_sub(local, 1, local.len);
        p->recipient_local = local;
    }
    p->recipient_local_known = true;
    return p->recipient_local;
}

static struct ff_slice domain_part(struct ff_slice address)
{
    const uint8_t *at = address.len ? memrchr(address.ptr, '@', address.len) : NULL;
    if (!at)
        return ff_slice_of(NULL, 0);
    struct ff_slice d = ff_slice_sub(address, (size_t)(at - address.ptr) + 1, address.len);
    while (d.len && (d.ptr[d.len - 1] == '>' || d.ptr[d.len - 1] == '.'))
        d.len--;
    return d;
}

bool ff_mask_is_own_ip(struct ff_mask_pass *p, const uint8_t *ip, size_t len)
{
    struct ff_slice own = p->ctx->sending_ip;
    if (own.len == 0)
        return false;
    if (!p->own_ip_known) {
        p->own_ip_known = true;
        /* 4 or 16 bytes may be an address in binary, or its text ("::ab"): looked at as text first */
        p->own_ip_len = ff_ip_parse(own, p->own_ip);
        if (p->own_ip_len == 0 && (own.len == 4 || own.len == 16)) {
            p->own_ip_len = own.len;
            memcpy(p->own_ip, own.ptr, own.len);
        }
    }
    return len && p->own_ip_len == len && memcmp(ip, p->own_ip, len) == 0;
}

bool ff_mask_is_sender_domain(struct ff_mask_pass *p, struct ff_slice host)
{
    if (p->ctx->mail_from.len == 0)
        return false;
    if (!p->sender_domain_known) {
        p->sender_domain_known = true;
        struct ff_slice sender = domain_part(p->ctx->mail_from);
        bool both = sender.len && ff_slice_caseeq(sender, domain_part(p->ctx->recipient));
        p->sender_domain = both ? ff_slice_of(NULL, 0) : sender;
    }
    return p->sender_domain.len && ff_slice_caseeq(host, p->sender_domain);
}

/* ---- paths ------------------------------------------------------------------------------------------------------ */

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

struct ff_mask_pass ff_mask_begin(const struct ff_mask_context *ctx, struct ff_masked *ret)
{
    ret->code = ctx->code;
    ret->enhanced = ctx->enhanced;
    ret->facts = 0;
    ret->buf[0] = ' ';
    return (struct ff_mask_pass){.ctx = ctx, .out = ret, .end = ret->buf + 1, .head = true, .repeated = ctx->code};
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
