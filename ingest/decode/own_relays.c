/* own_relays.c: see own_relays.h. */
#include "ingest/decode/own_relays.h"

#define PORT_SMTP 25

/* "10.0.0.0/8", or an address alone: all its bits. */
static bool parse_net(struct ff_slice text, struct ff_own_net *ret)
{
    size_t slash = ff_slice_chr(text, 0, '/');
    *ret = (struct ff_own_net){.bits = 0};
    ret->ip_len = (uint8_t)ff_ip_parse(ff_slice_sub(text, 0, slash), ret->ip);
    unsigned bits = ret->ip_len * 8u, most = bits;
    if (slash != SIZE_MAX) {
        struct ff_slice digits = ff_slice_sub(text, slash + 1, text.len);
        if (digits.len == 0 || digits.len > 3)
            return false;
        bits = 0;
        for (size_t i = 0; i < digits.len; i++) {
            if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
                return false;
            bits = bits * 10 + (unsigned)(digits.ptr[i] - '0');
        }
    }
    ret->bits = (uint8_t)bits;
    return ret->ip_len && bits <= most;
}

enum ff_err ff_own_relays_add(struct ff_own_relays *own, struct ff_slice text)
{
    struct ff_own_net net;
    if (ff_slice_eq(text, FF_SLICE("none"))) {
        own->named_only = true;
        return FF_OK;
    }
    if (!parse_net(text, &net))
        return ff_domain_map_add(&own->names, text, (struct ff_slice){NULL, 0});
    if (own->net_count == FF_OWN_NETS_MAX)
        return FF_ERR_TOO_LARGE;
    own->nets[own->net_count++] = net;
    return FF_OK;
}

void ff_own_relays_fini(struct ff_own_relays *own)
{
    ff_domain_map_fini(&own->names);
    own->net_count = 0;
}

static bool is_in(const struct ff_own_net *net, struct ff_slice ip)
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;
    if (ip.len != net->ip_len || (whole && memcmp(ip.ptr, net->ip, whole) != 0))
        return false;
    return rest == 0 || (ip.ptr[whole] ^ net->ip[whole]) >> (8 - rest) == 0;
}

static bool is_loopback(struct ff_slice ip)
{
    static const uint8_t one[16] = {[15] = 1};
    return (ip.len == 4 && ip.ptr[0] == 127) || (ip.len == 16 && memcmp(ip.ptr, one, 16) == 0);
}

/* A name that somebody configured, and that no MX record leads to. */
static bool is_own_name(struct ff_slice name)
{
    uint8_t ip[16];
    return name.len == 0 || ff_ip_parse(name, ip) || ff_slice_caseeq(name, FF_SLICE("localhost")) ||
           ff_slice_starts(name, FF_SLICE("localhost.")) || ff_slice_ends(name, FF_SLICE(".localhost"));
}

uint32_t ff_relay_port(struct ff_slice text)
{
    uint32_t port = 0, unit = 1;
    size_t n = text.len;
    for (; n && unit <= 10000 && text.ptr[n - 1] >= '0' && text.ptr[n - 1] <= '9'; n--, unit *= 10)
        port += (uint32_t)(text.ptr[n - 1] - '0') * unit;
    bool behind_colon = n > 1 && text.ptr[n - 1] == ':'; /* and not inside an IPv6 address */
    return behind_colon && (text.ptr[n - 2] == ']' || ff_slice_chr(text, 0, ':') == n - 1) ? port : 0;
}

bool ff_own_relays_may_have(const struct ff_own_relays *own, struct ff_slice address)
{
    if (own && (own->net_count || own->names.count))
        return true;
    /* a socket begins with no digit, and what IPv6 writes for a loopback (::1, 0:0:...) with none but 0 */
    bool elsewhere = address.len && address.ptr[0] >= '1' && address.ptr[0] <= '9';
    return !elsewhere || ff_slice_starts(address, FF_SLICE("127."));
}

bool ff_own_relays_have(const struct ff_own_relays *own, const struct ff_relay *relay)
{
    for (size_t i = 0; own && i < own->net_count; i++)
        if (is_in(&own->nets[i], relay->ip))
            return true;
    if (own && ff_domain_map_find(&own->names, relay->name))
        return true;
    if (own && own->named_only)
        return false;
    return relay->socket ||
           (is_loopback(relay->ip) && (is_own_name(relay->name) || (relay->port && relay->port != PORT_SMTP)));
}

bool ff_event_is_of_own_relay(const struct ff_event *ev)
{
    return ev->origin == FF_ORIGIN_LOCAL_POLICY && ev->reply_code && !(ev->flags & FF_FLAG_CODE_SYNTHETIC) &&
           (ev->remote_host.len || ev->remote_ip.len);
}
