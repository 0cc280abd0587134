/* mask_chunk.c: says what one chunk of a reply is: code, address, IP, URL, host, number, id, provider's short code,
 * words.
 *
 * Order matters: what may contain the other comes first (a URL holds a host, an address holds a domain). A part with
 * letters and digits is an id unless it is on the short list of names that carry a meaning (mask_kept.c). What becomes
 * of hosts, URLs and addresses is in mask_hosts.c and mask_address.c.
 */
#include "classify/mask/mask_chunk.h"

#include "classify/mask/mask_address.h"
#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_hosts.h"
#include "classify/mask/mask_kept.h"
#include "classify/mask/mask_parties.h"
#include "classify/mask/mask_write.h"

/* ---- codes ------------------------------------------------------------------------------------------------------ */

/** Reply code at the beginning of s, alone or before '-' or a blank: 0 when there is none (RFC 5321 4.2.1). */
static uint32_t reply_code(struct ff_slice s)
{
    if (s.len < 3 || s.ptr[0] < '2' || s.ptr[0] > '5' || !ff_is_digit(s.ptr[1]) || !ff_is_digit(s.ptr[2]) ||
        s.ptr[0] == '3')
        return 0;
    if (s.len > 3 && s.ptr[3] != '-')
        return 0;
    return (uint32_t)(s.ptr[0] - '0') * 100 + (uint32_t)(s.ptr[1] - '0') * 10 + (uint32_t)(s.ptr[2] - '0');
}

/** Is the number a reply code that servers use? "200 seconds" and "400 recipients" are none, inside a text. */
static bool is_used(uint32_t code)
{
    if (code < 300)
        return code == 220 || code == 221 || code == 250;
    if (code < 500)
        return code >= 420 && code < 460;
    return code <= 504 || (code >= 510 && code < 561) || (code >= 570 && code < 580) || code == 591;
}

/** Enhanced code at the beginning of s (RFC 3463 2); *ret_len is its length. */
static uint32_t enhanced_code(struct ff_slice s, size_t *ret_len)
{
    if (s.len < 5 || (s.ptr[0] != '2' && s.ptr[0] != '4' && s.ptr[0] != '5') || s.ptr[1] != '.')
        return 0;
    size_t a = ff_count_digits(s, 2);
    if (a < 1 || a > 3 || 2 + a >= s.len || s.ptr[2 + a] != '.')
        return 0;
    size_t b = ff_count_digits(s, 3 + a), end = 3 + a + b;
    if (b < 1 || b > 3)
        return 0;
    if (end < s.len &&
        (ff_is_alpha(s.ptr[end]) || (s.ptr[end] == '.' && end + 1 < s.len && ff_is_digit(s.ptr[end + 1]))))
        return 0;
    uint32_t code;
    if (!ff_enhanced_parse(ff_slice_sub(s, 0, end), &code))
        return 0;
    *ret_len = end;
    return code;
}

static void put_code(struct ff_mask_pass *p, uint32_t code, struct ff_slice s)
{
    if (p->head && (p->out->code == 0 || p->out->code == code)) {
        p->out->code = p->repeated = code;
        p->after_repeated = true;
        return;
    }
    if (code == p->repeated) {
        p->after_repeated = true;
        return;
    }
    ff_mask_word(p, ff_slice_sub(s, 0, 3));
}

void ff_mask_enhanced(struct ff_mask_pass *p, uint32_t code, struct ff_slice s)
{
    if (p->head && (p->out->enhanced == 0 || p->out->enhanced == code)) {
        p->out->enhanced = code;
        return;
    }
    if (p->after_repeated && code == p->out->enhanced)
        return;
    ff_mask_word(p, s);
}

/* ---- parts and pieces ------------------------------------------------------------------------------------------- */

/** Does the last word? */
static bool names_a_mailbox(const struct ff_mask_pass *p)
{
    return p->last_word && ff_mask_names_a_mailbox(ff_slice_of(
                               p->out->buf + p->last_word, (size_t)(p->end - p->out->buf) - p->last_word - 1));
}

/** Does the last word make this number the number of a code? */
static bool keeps_number(const struct ff_mask_pass *p, struct ff_slice number)
{
    if (p->keeps != FF_KEEPS_SOME)
        return p->keeps && number.len <= 5;
    const uint8_t *last = p->out->buf + p->last_word;
    return ff_kept_words_has_number(p->ctx->kept, ff_slice_of(last, (size_t)(p->end - last) - 1), number);
}

/** Letters only, digits only, or both. */
void ff_mask_part(struct ff_mask_pass *p, struct ff_slice s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.len; i++)
        digits += ff_is_digit(s.ptr[i]);
    if (digits == 0) {
        /* "user greylist unknown": the recipient's own name after such a word says nothing about the cause */
        struct ff_slice local = ff_mask_recipient_local(p);
        if (local.len >= 2 && ff_slice_caseeq(s, local) && names_a_mailbox(p)) {
            ff_mask_placeholder(p, 'A');
            return;
        }
        ff_mask_word(p, s);
        p->keeps = (uint8_t)ff_mask_keeps_behind(p->ctx, s);
    } else if (digits == s.len) {
        if (keeps_number(p, s)) {
            ff_mask_word(p, s);
            return;
        }
        ff_mask_placeholder(p, s.len > 6 ? 'D' : '#');
    } else if (ff_mask_keeps_mix(p->ctx, s)) {
        ff_mask_word(p, s);
        if (ff_mask_leads_to_number(s))
            p->keeps = FF_KEEPS_NEXT; /* "OFR004_416": the first number is the machine, the second the cause */
    } else {
        ff_mask_placeholder(p, 'D');
    }
}

/** Is some part of s (between dots, hyphens and underscores) letters mixed with digits, and no name we keep? */
static bool has_id_part(const struct ff_mask_pass *p, struct ff_slice s)
{
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++) {
        if (i < s.len && s.ptr[i] != '.' && s.ptr[i] != '-' && s.ptr[i] != '_')
            continue;
        struct ff_slice part = ff_slice_sub(s, from, i);
        size_t digits = 0;
        for (size_t k = 0; k < part.len; k++)
            digits += ff_is_digit(part.ptr[k]);
        if (digits && digits < part.len && !ff_mask_keeps_mix(p->ctx, part))
            return true;
        from = i + 1;
    }
    return false;
}

/** Letters, digits, '.', '-', '_'. */
void ff_mask_piece(struct ff_mask_pass *p, struct ff_slice s)
{
    while (s.len && (s.ptr[0] == '.' || s.ptr[0] == '-' || s.ptr[0] == '_'))
        s = ff_slice_sub(s, 1, s.len);
    while (s.len && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == '_'))
        s.len--;
    if (s.len == 0)
        return;
    uint32_t code = reply_code(s);
    bool number_of_code = p->keeps == FF_KEEPS_SOME ? s.len == 3 && keeps_number(p, s) : p->keeps;
    if (code && !number_of_code && (p->head || s.len > 3 || is_used(code))) {
        put_code(p, code, s);
        ff_mask_piece(p, ff_slice_sub(s, 3, s.len));
        return;
    }
    size_t n;
    uint32_t enhanced = enhanced_code(s, &n);
    if (enhanced) {
        ff_mask_enhanced(p, enhanced, ff_slice_sub(s, 0, n));
        ff_mask_piece(p, ff_slice_sub(s, n, s.len));
        return;
    }
    n = ff_mask_ipv4_length(s);
    if (n) {
        ff_mask_ip(p, ff_slice_sub(s, 0, n));
        ff_mask_piece(p, ff_slice_sub(s, n, s.len));
        return;
    }
    struct ff_slice host = s;
    while (host.len && host.ptr[host.len - 1] == '-')
        host.len--;
    if (ff_mask_is_host(host)) {
        ff_mask_host(p, host);
        return;
    }
    if (s.len >= 8 && has_id_part(p, s)) {
        ff_mask_placeholder(p, 'D');
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++)
        if (i == s.len || s.ptr[i] == '.' || s.ptr[i] == '-' || s.ptr[i] == '_') {
            if (i > from)
                ff_mask_part(p, ff_slice_sub(s, from, i));
            from = i + 1;
        }
}

/* ---- chunks ----------------------------------------------------------------------------------------------------- */

static bool in_local_part(uint8_t c)
{
    return ff_is_alpha(c) || ff_is_digit(c) || strchr(".!#$%&'*+/=?^_`{|}~-", c);
}

/** An address somewhere in the chunk: writes what stands before it and itself. Returns the bytes consumed, 0: none. */
static size_t put_address(struct ff_mask_pass *p, struct ff_slice s)
{
    size_t at = ff_slice_chr(s, 0, '@');
    if (at == SIZE_MAX || at == 0 || at + 1 >= s.len)
        return 0;
    size_t from = at, to = at + 1;
    while (from > 0 && s.ptr[from - 1] && in_local_part(s.ptr[from - 1]))
        from--;
    while (to < s.len && (ff_is_alpha(s.ptr[to]) || ff_is_digit(s.ptr[to]) || s.ptr[to] == '.' || s.ptr[to] == '-' ||
                          s.ptr[to] == '_'))
        to++;
    while (to > at + 1 && (s.ptr[to - 1] == '.' || s.ptr[to - 1] == '-'))
        to--;
    if (from == at || to == at + 1)
        return 0;
    if (from)
        ff_mask_chunk(p, ff_slice_sub(s, 0, from));
    ff_mask_found_address(p, ff_slice_sub(s, from, to));
    return to;
}

void ff_mask_chunk(struct ff_mask_pass *p, struct ff_slice s)
{
    ff_mask_begin_chunk(p);
    while (s.len && !ff_is_alpha(s.ptr[0]) && !ff_is_digit(s.ptr[0]) && s.ptr[0] != ':' && s.ptr[0] != '/' &&
           s.ptr[0] != '@')
        s = ff_slice_sub(s, 1, s.len);
    if (s.len == 0)
        return;
    size_t slashes = ff_slice_find(s, 0, FF_SLICE("://"));
    if (slashes != SIZE_MAX) {
        size_t scheme = slashes;
        while (scheme && ff_is_alpha(s.ptr[scheme - 1]))
            scheme--;
        if (scheme)
            ff_mask_chunk(p, ff_slice_sub(s, 0, scheme));
        ff_mask_url(p, ff_slice_sub(s, slashes + 3, s.len));
        return;
    }
    if (s.len > 6 && ff_mask_starts_www(s)) {
        ff_mask_url(p, s);
        return;
    }
    size_t n = put_address(p, s);
    if (n) {
        if (n < s.len)
            ff_mask_chunk(p, ff_slice_sub(s, n, s.len));
        return;
    }
    if (s.len > 5 && ff_slice_caseeq(ff_slice_sub(s, 0, 5), FF_SLICE("ipv6:")))
        s = ff_slice_sub(s, 5, s.len);
    n = ff_mask_ipv6_length(s);
    if (n) {
        ff_mask_ip(p, ff_slice_sub(s, 0, n));
        return;
    }
    /* a host with a path: "spamhaus.org/query/ip/..." without its scheme */
    size_t slash = ff_slice_chr(s, 0, '/');
    if (slash != SIZE_MAX && slash > 3 && ff_mask_is_host(ff_slice_sub(s, 0, slash))) {
        ff_mask_url(p, s);
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++) {
        uint8_t c = i < s.len ? s.ptr[i] : ' ';
        if (ff_is_alpha(c) || ff_is_digit(c) || c == '.' || c == '-' || c == '_')
            continue;
        if (i > from)
            ff_mask_piece(p, ff_slice_sub(s, from, i));
        from = i + 1;
    }
}
