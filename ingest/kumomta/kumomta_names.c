/* kumomta_names.c: the small grammars that KumoMTA puts into strings.
 *
 * None of them is authoritative: an operator may name a queue as he likes, an address may be a socket path. So each
 * reader answers "nothing" for what it does not know, and the caller goes on with less.
 */
#include "ingest/kumomta/kumomta_names.h"
#include "proto/event.h"

void ff_kumomta_queue_parse(struct ff_slice queue, struct ff_slice *ret_campaign, struct ff_slice *ret_tenant)
{
    *ret_campaign = *ret_tenant = (struct ff_slice){NULL, 0};
    size_t at = ff_slice_chr(queue, 0, '@');
    /* Without this, "http://127.0.0.1:8000/..." (a transfer between nodes) would be a campaign "http". */
    if (at == SIZE_MAX)
        return;
    struct ff_slice left = ff_slice_sub(queue, 0, at);
    size_t colon = ff_slice_chr(left, 0, ':');
    if (colon == SIZE_MAX) {
        *ret_tenant = left;
        return;
    }
    *ret_campaign = ff_slice_sub(left, 0, colon);
    *ret_tenant = ff_slice_sub(left, colon + 1, left.len);
}

size_t ff_kumomta_endpoint_ip(struct ff_slice text, uint8_t ret_ip[16])
{
    size_t ip4 = ff_ip4_begin(text, ret_ip);
    if (ip4 && (ip4 == text.len || (text.ptr[ip4] == ':' && ff_slice_chr(text, ip4 + 1, ':') == SIZE_MAX)))
        return 4;
    if (text.len && text.ptr[0] == '[') {
        size_t end = ff_slice_chr(text, 1, ']');
        return end == SIZE_MAX ? 0 : ff_ip_parse(ff_slice_sub(text, 1, end), ret_ip);
    }
    size_t colon = ff_slice_chr(text, 0, ':');
    /* One colon is a port; several are an IPv6 address, which has its port only behind brackets. */
    if (colon != SIZE_MAX && ff_slice_chr(text, colon + 1, ':') == SIZE_MAX)
        text = ff_slice_sub(text, 0, colon);
    return ff_ip_parse(text, ret_ip);
}

struct ff_slice ff_kumomta_unbracket(struct ff_slice address)
{
    address = ff_slice_trim(address);
    if (address.len >= 2 && address.ptr[0] == '<' && address.ptr[address.len - 1] == '>')
        address = ff_slice_sub(address, 1, address.len - 1);
    return address;
}

/** Index behind a quoted string or a comment that begins at i (RFC 5322 3.2.2, 3.2.4); comments may nest. */
static size_t skip_quoted(struct ff_slice s, size_t i)
{
    uint8_t open = s.ptr[i], close = open == '(' ? ')' : '"';
    size_t depth = 1;
    for (i++; i < s.len && depth; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == close)
            depth--;
        else if (s.ptr[i] == '(' && open == '(')
            depth++;
    }
    return i < s.len ? i : s.len;
}

struct ff_slice ff_kumomta_from_domain(struct ff_slice value)
{
    size_t from = 0, to = value.len;
    bool at_seen = false;
    for (size_t i = 0; i < value.len;) {
        uint8_t c = value.ptr[i];
        if (c == '"' || c == '(') {
            i = skip_quoted(value, i);
        } else if (c == '<') {
            from = i + 1;
            to = ff_slice_chr(value, from, '>');
            break;
        } else if (c == ',' && at_seen) {
            to = i; /* a bare address stood before the comma */
            break;
        } else {
            at_seen = at_seen || c == '@';
            i++;
        }
    }
    struct ff_slice address = ff_slice_sub(value, from, to), domain = {NULL, 0};
    for (size_t i = address.len; i-- > 0;) {
        if (address.ptr[i] == '@') {
            domain = ff_slice_trim(ff_slice_sub(address, i + 1, address.len));
            break;
        }
    }
    for (size_t i = 0; i < domain.len; i++) {
        uint8_t c = domain.ptr[i];
        if (c <= ' ' || c == '(' || c == '"' || c == ';')
            domain.len = i;
    }
    return domain;
}

struct ff_slice ff_kumomta_header_find(struct ff_slice message, struct ff_slice name)
{
    for (size_t at = 0; at < message.len;) {
        size_t lf = ff_slice_chr(message, at, '\n');
        struct ff_slice line = ff_slice_sub(message, at, lf);
        if (line.len == 0 || (line.len == 1 && line.ptr[0] == '\r')) /* the body begins */
            break;
        if (line.len > name.len && line.ptr[name.len] == ':' && ff_slice_caseeq(ff_slice_sub(line, 0, name.len), name))
            return ff_slice_trim(ff_slice_sub(line, name.len + 1, line.len));
        if (lf == SIZE_MAX)
            break;
        at = lf + 1;
    }
    return (struct ff_slice){NULL, 0};
}
