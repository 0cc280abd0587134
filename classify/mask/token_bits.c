/* token_bits.c: says what a token is when the vector path has found out already which kind of byte stands where.
 *
 * The same answers as ff_mask_chunk() for the tokens that replies are full of: addresses, URLs, hosts, IPs, codes,
 * numbers, ids, words with hyphens. Each question is a few operations on the bits; whatever is not plainly one of these
 * goes to ff_mask_chunk() or ff_mask_piece(), which are the reference. The two are held against
 * each other by tests/classify/mask_paths_test.c.
 */
#include "classify/mask/token_bits.h"

#include "classify/mask/hosts.h"
#include "classify/mask/mask_address.h"
#include "classify/mask/mask_chunk.h"
#include "classify/mask/mask_hosts.h"
#include "classify/mask/mask_kept.h"
#include "classify/mask/mask_write.h"

bool ff_mask_bits_are_host(struct ff_slice s, const struct ff_token_bits *b)
{
    unsigned n = (unsigned)s.len, last = ff_last_bit(b->dot) + 1;
    if (b->dot & b->dot << 1)
        return false;
    if (b->letter >> last != ff_below(n - last))
        return (s.ptr[last] | 0x20) == 'x' && ff_mask_is_host(s); /* "xn--..." */
    bool odd = (b->digit | b->line) != 0, two_labels = (b->dot & (b->dot - 1)) == 0;
    if (two_labels && !odd && n - last >= 2 && s.ptr[last] >= 'A' && s.ptr[last] <= 'Z' && s.ptr[last + 1] >= 'a' &&
        s.ptr[0] >= 'a')
        return false; /* "rejected.It is": a sentence that begins without a blank */
    return n - last == 2 || (!two_labels && odd) || ff_tld_known(ff_slice_sub(s, last, n));
}

/** Parts between dots, hyphens and underscores. */
static void put_parts(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *b)
{
    for (uint64_t left = b->letter | b->digit; left;) {
        unsigned from = ff_first_bit(left), len = ff_first_bit(~(left >> from));
        ff_mask_part(p, ff_slice_sub(s, from, from + len));
        left &= ~(ff_below(len) << from);
    }
}

bool ff_mask_has_id_part(const struct ff_mask_context *ctx, struct ff_slice s, const struct ff_token_bits *b)
{
    for (uint64_t left = b->letter | b->digit; left;) {
        unsigned from = ff_first_bit(left), len = ff_first_bit(~(left >> from));
        uint64_t part = ff_below(len) << from;
        if (b->letter & part && b->digit & part && !ff_mask_keeps_mix(ctx, ff_slice_sub(s, from, from + len)))
            return true;
        left &= ~part;
    }
    return false;
}

/** Digits and dots, both of them. */
static void put_dotted_number(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *b)
{
    uint64_t dots = b->dot;
    unsigned count = (unsigned)__builtin_popcountll(dots), n = (unsigned)s.len;
    unsigned a = ff_first_bit(dots), e = ff_last_bit(dots);
    if (count == 3) {
        unsigned m = ff_first_bit(dots & (dots - 1));
        if (a <= 3 && m - a - 2 < 3 && e - m - 2 < 3 && n - e - 2 < 3) {
            ff_mask_ip(p, s);
            return;
        }
    } else if (count == 2 && a == 1 && (s.ptr[0] == '2' || s.ptr[0] == '4' || s.ptr[0] == '5') && e - 3 < 3 &&
               n - e - 2 < 3) {
        uint32_t code;
        if (ff_enhanced_parse(s, &code)) {
            ff_mask_enhanced(p, code, s);
            return;
        }
    }
    ff_mask_piece(p, s);
}

/** ff_mask_piece() */
static void put_piece(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *whole)
{
    uint64_t alnum = whole->letter | whole->digit;
    if (!alnum)
        return;
    unsigned from = ff_first_bit(alnum), to = ff_last_bit(alnum) + 1;
    if (whole->line >> to) {
        ff_mask_piece(p, s);
        return;
    }
    struct ff_token_bits b = ff_token_bits_cut(whole, from, to);
    s = ff_slice_sub(s, from, to);
    if (!b.digit) {
        if (b.dot && ff_mask_bits_are_host(s, &b))
            ff_mask_host(p, s);
        else
            put_parts(p, s, &b);
        return;
    }
    if (!b.letter && !b.line) {
        if (b.dot)
            put_dotted_number(p, s, &b);
        else if (s.len == 3)
            ff_mask_piece(p, s); /* a reply code? */
        else
            ff_mask_part(p, s);
        return;
    }
    if (b.digit & 1 && (b.dot | b.line)) {
        unsigned digits = ff_first_bit(~b.digit);
        if (s.ptr[digits] == '.' || s.ptr[digits] == '-') { /* may begin with a code or an IP */
            ff_mask_piece(p, s);
            return;
        }
    }
    if (b.dot && ff_mask_bits_are_host(s, &b))
        ff_mask_host(p, s);
    else if (s.len >= 8 && ff_mask_has_id_part(p->ctx, s, &b))
        ff_mask_placeholder(p, 'D');
    else
        put_parts(p, s, &b);
}

/** "user@host" and at most one byte behind it. */
static bool put_address(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *b)
{
    unsigned at = ff_first_bit(b->at);
    uint64_t alnum = b->letter | b->digit;
    if (!(alnum & 1) || b->at & (b->at - 1) || b->colon & ff_below(at) || b->slash || !at)
        return false;
    unsigned to = at + 1 + ff_first_bit(~((alnum | b->dot | b->line) >> (at + 1)));
    uint64_t domain = alnum & ff_below(to) & ~ff_below(at + 1);
    for (; to > at + 1 && (s.ptr[to - 1] == '.' || s.ptr[to - 1] == '-');)
        to--;
    if (!domain || s.len - to > 1)
        return false;
    if (s.len > 6 && ff_mask_starts_www(s))
        return false;
    ff_mask_found_address(p, ff_slice_sub(s, 0, to));
    return true;
}

void ff_mask_token(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *b)
{
    ff_mask_begin_chunk(p);
    uint64_t alnum = b->letter | b->digit;
    if (b->at) {
        if (!put_address(p, s, b))
            ff_mask_chunk(p, s);
        return;
    }
    if (b->slash) {
        unsigned scheme = ff_first_bit(~b->letter);
        uint64_t slashes = b->colon & b->slash >> 1 & b->slash >> 2;
        if (scheme && slashes & -slashes & UINT64_C(1) << scheme)
            ff_mask_url(p, ff_slice_sub(s, scheme + 3, s.len));
        else
            ff_mask_chunk(p, s);
        return;
    }
    if (!alnum && !b->colon)
        return;
    uint8_t first = alnum ? s.ptr[ff_first_bit(alnum)] | 0x20 : 0;
    if (b->colon & (b->colon - 1) || !alnum ||
        (first == 'w' && ff_mask_starts_www(ff_slice_sub(s, ff_first_bit(alnum), s.len))) ||
        (first == 'i' && b->colon)) {
        ff_mask_chunk(p, s); /* IPv6, "www.", "IPv6:" */
        return;
    }
    for (uint64_t left = alnum | b->dot | b->line; left;) {
        unsigned from = ff_first_bit(left), len = ff_first_bit(~(left >> from));
        struct ff_token_bits piece = ff_token_bits_cut(b, from, from + len);
        put_piece(p, ff_slice_sub(s, from, from + len), &piece);
        left &= ~(ff_below(len) << from);
    }
}
