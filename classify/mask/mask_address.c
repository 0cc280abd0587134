/* mask_address.c: IP addresses and mail addresses: what is one, and what is noted of it. */
#include "classify/mask/mask_address.h"

#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_parties.h"
#include "classify/mask/mask_write.h"

/* ---- IP addresses ----------------------------------------------------------------------------------------------- */

size_t ff_mask_ipv4_length(struct ff_slice s)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t n = ff_count_digits(s, at);
        if (n < 1 || n > 3)
            return 0;
        at += n;
        if (part < 3) {
            if (at >= s.len || s.ptr[at] != '.')
                return 0;
            at++;
        }
    }
    if (at < s.len && (ff_is_alpha(s.ptr[at]) || s.ptr[at] == '-' ||
                       (s.ptr[at] == '.' && at + 1 < s.len && ff_is_digit(s.ptr[at + 1]))))
        return 0; /* part of a longer name: 4.3.2.1.zen.example */
    if (at < s.len && s.ptr[at] == '.' && at + 1 < s.len && ff_is_alpha(s.ptr[at + 1]))
        return 0;
    return at;
}

size_t ff_mask_ipv6_length(struct ff_slice s)
{
    size_t colons = 0, i = 0;
    bool hex = false, twice = false;
    for (; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (c == ':') {
            twice |= i && s.ptr[i - 1] == ':';
            colons++;
        } else if ((uint8_t)((c | 0x20) - 'a') < 6) {
            hex = true;
        } else if (!ff_is_digit(c) && c != '.') {
            break;
        }
    }
    while (i && (s.ptr[i - 1] == '.' || (s.ptr[i - 1] == ':' && !(i > 1 && s.ptr[i - 2] == ':'))))
        i--;
    if (i < s.len && (ff_is_alpha(s.ptr[i]) || s.ptr[i] == '_'))
        return 0;
    return colons >= 2 && (twice || (hex && colons >= 4) || colons >= 5) ? i : 0;
}

bool ff_mask_is_ip(struct ff_slice s)
{
    return s.len && (ff_mask_ipv4_length(s) == s.len || ff_mask_ipv6_length(s) == s.len);
}

void ff_mask_ip(struct ff_mask_pass *p, struct ff_slice text)
{
    uint8_t ip[16];
    if (p->ctx->sending_ip.len && ff_mask_is_own_ip(p, ip, ff_ip_parse(text, ip)))
        p->out->facts |= FF_FACT_OWN_IP;
    ff_mask_placeholder(p, 'I');
}

/* ---- mail addresses --------------------------------------------------------------------------------------------- */

void ff_mask_found_address(struct ff_mask_pass *p, struct ff_slice address)
{
    if (ff_mask_is_sender(p, address))
        p->out->facts |= FF_FACT_SENDER_ADDRESS;
    if (ff_mask_is_recipient(p, address))
        p->out->facts |= FF_FACT_RECIPIENT;
    ff_mask_placeholder(p, 'A');
}
