/* mask_parties.c: see mask_parties.h.
 *
 * Sender, own IP and recipient are compared with only where the text has something of their kind, so they are taken
 * apart no earlier than that.
 */
#include "classify/mask/mask_parties.h"

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

/** Most echoes are as they were sent: whole words first, then without case. `known` may be empty. */
static bool is_address(struct ff_slice known, struct ff_slice address)
{
    if (known.len != address.len)
        return false;
    uint64_t a, b;
    if (known.len >= 8) {
        memcpy(&a, known.ptr + known.len - 8, 8);
        memcpy(&b, address.ptr + known.len - 8, 8);
        if (a == b && memcmp(known.ptr, address.ptr, known.len) == 0)
            return true;
    }
    return ff_slice_caseeq(address, known);
}

bool ff_mask_is_sender(const struct ff_mask_pass *p, struct ff_slice address)
{
    return is_address(p->ctx->mail_from, address);
}

bool ff_mask_is_recipient(const struct ff_mask_pass *p, struct ff_slice address)
{
    return is_address(p->ctx->recipient, address);
}
