/* varying_kinds.h: ff_varying_at() out of varying_bits_of(), which the including file defines. An included text,
 * compiled for the instructions of each path. The answers are those of mask_chunk.c for the same bytes; what it would
 * look at twice is no part that varies. */
#include "classify/mask/bits.h"
#include "classify/mask/hosts.h"
#include "classify/mask/mask_hosts.h"
#include "classify/mask/mask_parties.h"
#include "classify/outline/varying.h"
#include "classify/outline/varying_bits.h"

static inline struct varying_bits varying_bits_of(const uint8_t *at);

static enum ff_varying number(const uint8_t *at, unsigned n)
{
    if (n == 3 && (at[0] == '2' || at[0] == '4' || at[0] == '5'))
        return FF_VARYING_NOT; /* a reply code? */
    return n > 6 ? FF_VARYING_LONG_NUMBER : FF_VARYING_NUMBER;
}

/** The number in one to three digits; 256 when the first of several is 0. */
static inline unsigned octet(const uint8_t *at, unsigned digits)
{
    if (digits > 1 && *at == '0')
        return 256;
    uint32_t v = ((uint32_t)ff_load8(at) ^ 0x30303030u) << 8 * (4 - digits); /* the last digit is the high byte */
    return (v >> 24) + 10 * (v >> 16 & 15) + 100 * (v >> 8 & 15);
}

/** Is it the IP we sent from? `dot` says where the dots are. */
static bool is_own_ip(struct ff_mask_pass *p, const uint8_t *at, unsigned n, const unsigned dot[3])
{
    const struct ff_slice own = p->ctx->sending_ip;
    if (own.len == 4) { /* four bytes, or text such as "a::b" */
        if (own.ptr[3] != octet(at + dot[2] + 1, n - dot[2] - 1) ||
            own.ptr[2] != octet(at + dot[1] + 1, dot[2] - dot[1] - 1) ||
            own.ptr[1] != octet(at + dot[0] + 1, dot[1] - dot[0] - 1) || own.ptr[0] != octet(at, dot[0]))
            return false;
        if (own.ptr[1] != ':' && own.ptr[2] != ':')
            return true;
    } else if (own.len == 0 || own.ptr[own.len - 1] != at[n - 1]) {
        return false; /* they end differently: most do */
    }
    uint8_t ip[16];
    return ff_mask_is_own_ip(p, ip, ff_ip_parse(ff_slice_of(at, n), ip));
}

/** Digits and dots. */
static enum ff_varying dotted_number(struct ff_mask_pass *p, const uint8_t *at, unsigned n, uint64_t dots)
{
    uint64_t behind_first = dots & (dots - 1), behind_second = behind_first & (behind_first - 1);
    if (!behind_second || behind_second & (behind_second - 1))
        return FF_VARYING_NOT; /* three of them, or none of this */
    const unsigned dot[3] = {ff_first_bit(dots), ff_first_bit(behind_first), ff_first_bit(behind_second)};
    if (dot[0] > 3 || dot[1] - dot[0] - 2 > 2 || dot[2] - dot[1] - 2 > 2 || n - dot[2] - 2 > 2)
        return FF_VARYING_NOT;
    return is_own_ip(p, at, n, dot) ? FF_VARYING_OWN_IP : FF_VARYING_IP;
}

/** No, when there is no '@' where the sender's domain would begin: most hosts are of another length. */
static bool may_be_sender_domain(struct ff_slice sender, struct ff_slice host)
{
    if (sender.len <= host.len)
        return false;
    uint8_t end = sender.ptr[sender.len - 1];
    return end == '>' || end == '.' || sender.ptr[sender.len - host.len - 1] == '@';
}

/** Of the hosts that the rules know those vary that have a digit: a provider numbers its servers ("DB1PEPF0003922F
 * .eurprd03.prod.outlook.com"), while lists and help pages are always the same, and cheaper to compare than to find. */
static enum ff_varying host(struct ff_mask_pass *p, struct ff_slice s, bool has_digit)
{
    if (ff_mask_starts_www(s))
        return FF_VARYING_NOT; /* a URL without its scheme */
    const struct ff_host *e = ff_hosts_find(p->ctx->hosts, s);
    bool known = e && (e->list_type || e->text_provider);
    if (known && !has_digit)
        return FF_VARYING_NOT;
    bool sender = may_be_sender_domain(p->ctx->mail_from, s) && ff_mask_is_sender_domain(p, s);
    if (!known)
        return sender ? FF_VARYING_SENDER_HOST : FF_VARYING_HOST;
    return sender ? FF_VARYING_NOT : (enum ff_varying)(FF_VARYING_KNOWN_HOST + (e - p->ctx->hosts->entry));
}

#define TIME_BYTES 24u

/** Only this form: whatever its digits, no piece of it can be a code, a host or an IP. Not inlined: hardly any reply
 * has one, and the rest would wait for the room. */
__attribute__((noinline)) static bool is_time(const uint8_t *at)
{
    static const char form[TIME_BYTES + 1] = "0000-00-00T00:00:00.000Z";
    for (unsigned i = 0; i < TIME_BYTES; i++)
        if (form[i] == '0' ? (uint8_t)(at[i] - '0') > 9 : at[i] != (uint8_t)form[i])
            return false;
    return true;
}

/** Letters and digits and perhaps more. */
static enum ff_varying mixed(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *b, size_t *ret_len)
{
    unsigned digits = ff_first_bit(~b->digit);
    if (digits && (b->dot | b->line) >> digits & 1) {
        if (digits != 4 || !is_time(s.ptr))
            return FF_VARYING_NOT; /* may begin with a code or an IP */
        *ret_len = TIME_BYTES;
        return FF_VARYING_TIME;
    }
    if (b->dot && ff_mask_bits_are_host(s, b))
        return host(p, s, true);
    if (ff_mask_starts_www(s))
        return FF_VARYING_NOT;
    return (s.len >= 8 || !(b->dot | b->line)) && ff_mask_has_id_part(p->ctx, s, b) ? FF_VARYING_ID : FF_VARYING_NOT;
}

/** "user+tag@host": `n` bytes of what may stand in one, with an '@'. */
static enum ff_varying address(struct ff_mask_pass *p, const uint8_t *ptr, unsigned n, const struct varying_bits *b,
                               size_t *ret_len)
{
    uint64_t keep = ff_below(n), ats = b->token.at & keep, alnum = (b->token.letter | b->token.digit) & keep;
    unsigned at = ff_first_bit(ats), last = ff_last_bit(alnum);
    if (!at || ats & (ats - 1) || last < at || (b->token.line & keep) >> last || (b->sign & keep) >> at ||
        ff_mask_starts_www(ff_slice_of(ptr, n)))
        return FF_VARYING_NOT;
    struct ff_slice s = ff_slice_of(ptr, last + 1);
    *ret_len = s.len;
    return (enum ff_varying)(FF_VARYING_ADDRESS + ff_mask_is_sender(p, s) + 2 * ff_mask_is_recipient(p, s));
}

static inline enum ff_varying varying_at(struct ff_mask_pass *p, const uint8_t *at, size_t *ret_len)
{
    const struct varying_bits all = varying_bits_of(at);
    uint64_t more = ~varying_in_address(&all);
    unsigned longest = more ? ff_first_bit(more) : 64;
    if (longest >= 63 || !((all.token.letter | all.token.digit) & 1))
        return FF_VARYING_NOT;
    if (all.token.at & ff_below(longest))
        return address(p, at, longest, &all, ret_len);
    uint64_t alnum = all.token.letter | all.token.digit;
    unsigned run = ff_first_bit(~(alnum | all.token.dot | all.token.line));
    unsigned n = ff_last_bit(alnum & ff_below(run)) + 1;
    if ((all.token.line & ff_below(run)) >> n)
        return FF_VARYING_NOT;
    const struct ff_token_bits b = ff_token_bits_cut(&all.token, 0, n);
    struct ff_slice s = ff_slice_of(at, n);
    *ret_len = n;
    if (!b.letter && !b.line)
        return b.dot ? dotted_number(p, at, n, b.dot) : number(at, n);
    if (b.digit)
        return mixed(p, s, &b, ret_len);
    return b.dot && ff_mask_bits_are_host(s, &b) ? host(p, s, false) : FF_VARYING_NOT;
}
