/* mask_walk.h: the vector masker, as a text that mask_avx2.c, mask_avx512.c and mask_neon.c include, each with its own
 *
 *     void load_block(const uint8_t *text, size_t n, bool first, struct mask_block *ret, uint8_t *low)   n bytes
 * (1..64) at text: which kind of byte stands where; low gets them with letters in lower case and blanks for separators,
 * and garbage up to 64 bytes; unless it is the first block, 64 bytes before text may be read and written at low once
 * more uint8_t *put_kept(uint8_t *to, const uint8_t *low, uint64_t keep, unsigned n)           the first n (1..64)
 * bytes at low that `keep` has; may write 64 bytes; returns the end
 *
 * The text is turned into bit maps, 64 bytes at a time; then whole stretches of plain words are copied at once, tokens
 * of other bytes are looked at through their bits (token_bits.c), and what is rare is left to ff_mask_step(), the plain
 * code, from any place between two chunks. So the paths cannot differ in what they mean, only in what they recognise as
 * plain.
 */
#include "classify/classify.h"
#include "classify/mask/bits.h"
#include "classify/mask/mask_kept.h"
#include "classify/mask/mask_paths.h"
#include "classify/mask/mask_scalar.h"
#include "classify/mask/token_bits.h"

struct mask_block {
    uint64_t sep, letter;
    struct ff_token_bits bits; /* without `letter` */
    uint64_t odd;              /* '#', '\\', not ASCII: left to ff_mask_step() */
    uint64_t less, e;          /* '<'; 'e' and 'E' */
    /* by link_blocks(): */
    uint64_t gap;  /* separators, and the full stop or colon that ends a plain word */
    uint64_t hard; /* bytes that make their token more than a word */
    uint64_t dup;  /* a gap right before a gap: the last of them is a separator, hence a blank in `low` */
    uint64_t lone; /* a word "e": it may belong to a "mail" that follows */
};

#define BLOCKS_MAX (FF_REPLY_BYTES_MAX / 64 + 2)
/** Bytes that one turn may add, wide stores included. */
#define TURN_BYTES_MAX 160
/** Up to this length no text can fill the output: nothing gets four times as long. */
#define ROOMY_BYTES_MAX ((FF_MASKED_BYTES_MAX - TURN_BYTES_MAX) / 4)

/** 64 bits of a map from bit `at` of its first word on. */
#define BITS(block, map, at) ((block)->map >> (at) | (block)[1].map << 1 << (63 - (at)))

/** Of b[1..n], between blocks of separators. */
static inline void link_blocks(struct mask_block *b, size_t n)
{
    for (size_t i = 1; i <= n; i++) {
        uint64_t stop = (b[i].bits.dot | b[i].bits.colon) & (b[i].letter << 1 | b[i - 1].letter >> 63) &
                        (b[i].sep >> 1 | b[i + 1].sep << 63);
        b[i].gap = b[i].sep | stop;
        b[i].hard = ~(b[i].gap | b[i].letter);
    }
    for (size_t i = 1; i <= n; i++) {
        uint64_t behind = b[i].gap << 1 | b[i - 1].gap >> 63;
        uint64_t before = b[i].gap >> 1 | b[i + 1].gap << 63;
        b[i].dup = b[i].gap & before;
        b[i].lone = b[i].e & behind & before;
    }
}

/** Letters at the beginning of the recipient, when they may be its whole local part: what a plain word can equal. */
static inline struct ff_slice plain_local(struct ff_slice recipient)
{
    if (recipient.len && recipient.ptr[0] == '<')
        recipient = ff_slice_sub(recipient, 1, recipient.len);
    size_t n = 0;
    while (n < recipient.len && (uint8_t)((recipient.ptr[n] | 0x20) - 'a') < 26)
        n++;
    return n >= 2 && n < recipient.len && recipient.ptr[n] == '@' ? ff_slice_sub(recipient, 0, n)
                                                                  : ff_slice_of(NULL, 0);
}

/** Is it one of these words? */
static inline bool is_a_word(struct ff_slice local, const uint8_t *words, uint64_t letter, uint64_t gap, unsigned n)
{
    if (local.len >= 63)
        return true; /* rare: let the plain code see */
    for (uint64_t at = letter & ~(letter << 1) & gap >> local.len; at; at &= at - 1) {
        unsigned i = ff_first_bit(at);
        if (i + local.len <= n && ff_slice_caseeq(ff_slice_of(words + i, local.len), local))
            return true;
    }
    return false;
}

static inline bool ends_in_e(const struct ff_mask_pass *p)
{
    return p->last_word && (size_t)(p->end - p->out->buf) - p->last_word == 2 && p->out->buf[p->last_word] == 'e';
}

/** Plain words: `n` bytes of `text`, which `low` has in lower case. Returns false when the plain code must look. */
static inline bool put_words(struct ff_mask_pass *p, struct ff_slice local, const uint8_t *text, const uint8_t *low,
                             const struct mask_block *b, unsigned at, unsigned n)
{
    uint64_t gap = BITS(b, gap, at), letter = ~gap & ff_below(n);
    if (BITS(b, lone, at) & ff_below(n) || (low[0] == 'e' && gap & 2) || ends_in_e(p))
        return false;
    if (local.len && is_a_word(local, low, letter, gap, n))
        return false;
    unsigned end = ff_last_bit(letter) + 1, start = gap & ff_below(end) ? ff_last_bit(gap & ff_below(end)) + 1 : 0;
    uint8_t *to = put_kept(p->end, low, ~BITS(b, dup, at), end);
    *to++ = ' ';
    p->last_word = (size_t)(to - p->out->buf) - 1 - (end - start);
    p->end = to;
    ff_mask_written(p);
    p->keeps = (uint8_t)ff_mask_keeps_behind(p->ctx, ff_slice_of(text + start, end - start));
    return true;
}

static inline void put_token(struct ff_mask_pass *p, struct ff_slice s, const struct mask_block *b, unsigned at)
{
    uint64_t keep = ff_below((unsigned)s.len);
    const struct ff_token_bits bits = {
        .letter = BITS(b, letter, at) & keep,
        .digit = BITS(b, bits.digit, at) & keep,
        .dot = BITS(b, bits.dot, at) & keep,
        .line = BITS(b, bits.line, at) & keep,
        .colon = BITS(b, bits.colon, at) & keep,
        .at = BITS(b, bits.at, at) & keep,
        .slash = BITS(b, bits.slash, at) & keep,
    };
    ff_mask_token(p, s, &bits);
}

/** At separators: skips them. Returns true when what stands in angle brackets was done, too. */
static inline bool skip_separators(struct ff_mask_pass *p, struct ff_slice s, const struct mask_block *blocks,
                                   size_t *pos)
{
    const struct mask_block *b = blocks + *pos / 64;
    unsigned at = (unsigned)(*pos % 64);
    uint64_t word = ~BITS(b, sep, at), less = BITS(b, less, at);
    unsigned n = word ? ff_first_bit(word) : 64;
    p->tail_ideograph = false;
    if (!(less & ff_below(n))) {
        *pos += n;
        return word == 0;
    }
    *pos += ff_first_bit(less);
    /* "<user@host>" is for the token behind it to say; the rest of what stands between brackets is rare */
    b = blocks + (*pos + 1) / 64;
    at = (unsigned)((*pos + 1) % 64);
    uint64_t sep = BITS(b, sep, at);
    unsigned end = sep ? ff_first_bit(sep) : 64;
    if (end && end < 64 && *pos + 1 + end < s.len && s.ptr[*pos + 1 + end] == '>' &&
        BITS(b, bits.at, at) & ff_below(end)) {
        *pos += 1;
        return false;
    }
    *pos = ff_mask_step(p, s, *pos);
    return true;
}

/** One turn at pos: separators, then plain words or a token. Returns the place behind what was done. */
static inline size_t turn(struct ff_mask_pass *p, struct ff_slice local, struct ff_slice s, const uint8_t *low,
                          const struct mask_block *blocks, size_t pos)
{
    if (s.len > ROOMY_BYTES_MAX && (size_t)(p->end - p->out->buf) + TURN_BYTES_MAX > FF_MASKED_BYTES_MAX)
        return ff_mask_step(p, s, pos);
    if (blocks[pos / 64].sep >> pos % 64 & 1 && (skip_separators(p, s, blocks, &pos) || pos >= s.len))
        return pos;
    const struct mask_block *b = blocks + pos / 64;
    unsigned at = (unsigned)(pos % 64), left = s.len - pos < 64 ? (unsigned)(s.len - pos) : 64;
    uint64_t sep = BITS(b, sep, at), hard = BITS(b, hard, at);
    uint64_t words = (hard & -hard) - 1; /* before the first hard byte */
    unsigned n = sep & words & ff_below(left) ? ff_last_bit(sep & words & ff_below(left)) + 1 : 0;
    if (!hard && left < 64)
        n = left;
    if (n) {
        uint64_t less = BITS(b, less, at) & ff_below(n);
        if (less)
            n = ff_first_bit(less);
        if (!(BITS(b, gap, at) & 1) && put_words(p, local, s.ptr + pos, low + pos, b, at, n))
            return pos + n;
        return ff_mask_step(p, s, pos); /* also: a full stop behind a word that was cut */
    }
    unsigned len = sep ? ff_first_bit(sep) : 64;
    if (len > left)
        len = left;
    if (len >= 64 || BITS(b, odd, at) & ff_below(len))
        return ff_mask_step(p, s, pos);
    put_token(p, ff_slice_sub(s, pos, pos + len), b, at);
    return pos + len;
}

/** A block of separators. Of the other maps, what stands behind the end is never asked for. */
static inline void close_block(struct mask_block *b)
{
    b->sep = b->gap = ~UINT64_C(0);
    b->letter = b->hard = b->dup = b->lone = b->odd = b->less = b->bits.at = 0;
}

static inline void walk(struct ff_mask_pass *p, struct ff_slice s)
{
    struct mask_block blocks[BLOCKS_MAX + 1];
    uint8_t low[FF_REPLY_BYTES_MAX + 128];
    size_t n = (s.len + 63) / 64;
    if (n == 0)
        return;
    close_block(&blocks[0]);
    for (size_t i = 0; i < n; i++)
        load_block(s.ptr + 64 * i, s.len - 64 * i < 64 ? s.len - 64 * i : 64, i == 0, &blocks[1 + i], low + 64 * i);
    close_block(&blocks[1 + n]);
    link_blocks(blocks, n);
    struct ff_slice local = plain_local(p->ctx->recipient);
    unsigned first = blocks[1].sep ? ff_first_bit(blocks[1].sep) : 64;
    size_t pos = first < s.len && first < 64 && s.ptr[first] == ';' ? ff_mask_diagnostic_type(s) : 0;
    while (pos < s.len)
        pos = turn(p, local, s, low, blocks + 1, pos);
}
