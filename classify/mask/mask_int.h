/* mask_int.h: shared by what cuts the text into chunks (mask_scalar.c, mask_walk.h) and what says what a chunk is
 * (mask_token.c, and mask_piece.c for the common ones), with what both ask about hosts, addresses and kept words. */
#ifndef FF_CLASSIFY_MASK_INT_H
#define FF_CLASSIFY_MASK_INT_H

#include "classify/mask/bits.h"
#include "classify/mask/mask.h"

/** May a number behind the last word be a provider's code? */
enum ff_keeps {
    FF_KEEPS_NONE,
    FF_KEEPS_JOINED, /* in the same chunk only: "AUP#In-1310" is one, "in 300 seconds" is none */
    FF_KEEPS_NEXT,   /* across blanks and brackets, too: "AS(48)", "RFC 5322" */
};

/** State of one pass. */
struct ff_mask_pass {
    const struct ff_mask_context *ctx;
    struct ff_masked *out;
    uint8_t *end;        /* where the next byte goes */
    size_t last_word;    /* offset of the last word written, behind its leading blank; 0: none */
    uint32_t repeated;   /* value of the reply code whose repetitions are dropped; 0: none yet */
    bool head;           /* nothing but codes seen so far */
    bool after_repeated; /* the last token was a dropped code: an equal enhanced code goes too */
    uint8_t keeps;       /* enum ff_keeps, by the last word */
    bool tail_ideograph; /* the last word is of a script without word spaces: no blank before more of it */
    /* found when first asked for */
    bool own_ip_known, sender_domain_known, recipient_local_known;
    size_t own_ip_len;
    uint8_t own_ip[16];
    struct ff_slice sender_domain; /* empty when it is the recipient's too */
    struct ff_slice recipient_local;
};

/** Enough for the functions below, which look at nothing but what is known of the delivery. */
static inline void ff_mask_begin_names(struct ff_mask_pass *p, const struct ff_mask_context *ctx)
{
    p->ctx = ctx;
    p->own_ip_known = p->sender_domain_known = p->recipient_local_known = false;
}

/** What stands before the last '@' of the recipient. */
struct ff_slice ff_mask_recipient_local(struct ff_mask_pass *p);
/** Is it the IP we sent from? `len` 0: no IP at all. */
bool ff_mask_is_own_ip(struct ff_mask_pass *p, const uint8_t *ip, size_t len);
/** Is it the domain of our sender, and not the recipient's? */
bool ff_mask_is_sender_domain(struct ff_mask_pass *p, struct ff_slice host);

struct ff_mask_pass ff_mask_begin(const struct ff_mask_context *ctx, struct ff_masked *ret);
/* The paths: each masks all of s, at most FF_REPLY_BYTES_MAX bytes. */
void ff_mask_scalar(struct ff_mask_pass *p, struct ff_slice s);
void ff_mask_avx2(struct ff_mask_pass *p, struct ff_slice s);
void ff_mask_avx512(struct ff_mask_pass *p, struct ff_slice s);
void ff_mask_neon(struct ff_mask_pass *p, struct ff_slice s);

/** Masks what stands at s[i], one separator or one chunk, and returns the place behind it. */
size_t ff_mask_step(struct ff_mask_pass *p, struct ff_slice s, size_t i);
/** "<greylist>" is an address whatever it holds, but for an IP and names of line ends ("<CRLF>", "<NUL>"): one token in
 * angle brackets. Returns the bytes that were consumed; 0 when it is something else, or has an '@': the ordinary path compares
 * such addresses with sender and recipient. */
size_t ff_mask_bracketed(struct ff_mask_pass *p, struct ff_slice s, size_t at);
/** "smtp; 550 ...", "X-Postfix; ...", "x-pmta;...": the diagnostic type of a report (RFC 3464 2.3.6) is no part of the
 * reply. Its length. */
size_t ff_mask_diagnostic_type(struct ff_slice s);

/** One run of bytes between blanks, brackets and quotes. ASCII, except letters of other alphabets with word spaces. */
void ff_mask_chunk(struct ff_mask_pass *p, struct ff_slice chunk);

/** Something was written that is neither a code nor the name of one. */
static inline void ff_mask_written(struct ff_mask_pass *p)
{
    p->head = p->after_repeated = p->tail_ideograph = false;
    p->keeps = FF_KEEPS_NONE;
}

/** What was joined ends where a chunk begins. */
static inline void ff_mask_begin_chunk(struct ff_mask_pass *p)
{
    if (p->keeps == FF_KEEPS_JOINED)
        p->keeps = FF_KEEPS_NONE;
}

/** Where in a token which kind of byte stands: bit 0 is its first byte. Nothing is set behind its end. */
struct ff_token_bits {
    uint64_t letter, digit, dot, line, colon, at, slash; /* line: '-' and '_' */
};

/** Bytes from..to-1 of a piece: letters, digits, '.', '-' and '_'. */
static inline struct ff_token_bits ff_token_bits_cut(const struct ff_token_bits *b, unsigned from, unsigned to)
{
    uint64_t keep = ff_below(to - from);
    return (struct ff_token_bits){.letter = b->letter >> from & keep,
                                  .digit = b->digit >> from & keep,
                                  .dot = b->dot >> from & keep,
                                  .line = b->line >> from & keep};
}

/** A URL without its scheme. */
static inline bool ff_mask_starts_www(struct ff_slice s)
{
    return s.len >= 4 && (s.ptr[0] | 0x20) == 'w' && (s.ptr[1] | 0x20) == 'w' && (s.ptr[2] | 0x20) == 'w' &&
           s.ptr[3] == '.';
}

/* mask_piece.c */
/** ff_mask_chunk() for a token of at most 63 ASCII bytes without '#' and '\\' whose bits are known. */
void ff_mask_token(struct ff_mask_pass *p, struct ff_slice s, const struct ff_token_bits *b);
/** ff_mask_is_host() of a token of letters, digits, '.', '-', '_' with a dot in it, from its bits. */
bool ff_mask_bits_are_host(struct ff_slice s, const struct ff_token_bits *b);
/** Is some part between dots, hyphens and underscores letters mixed with digits, and no name we keep? */
bool ff_mask_has_id_part(struct ff_slice s, const struct ff_token_bits *b);

/* Parts of mask_token.c that mask_piece.c calls when it knows what it has. */
void ff_mask_piece(struct ff_mask_pass *p, struct ff_slice s); /* letters, digits, '.', '-', '_' */
void ff_mask_part(struct ff_mask_pass *p, struct ff_slice s);  /* letters and digits */
void ff_mask_enhanced(struct ff_mask_pass *p, uint32_t code, struct ff_slice s);

/* mask_hosts.c */
/** A host in running text. */
void ff_mask_host(struct ff_mask_pass *p, struct ff_slice host);
void ff_mask_url(struct ff_mask_pass *p, struct ff_slice behind_scheme);
/** Labels of letters, digits, '-' and '_' between dots, ending in something that can be a top-level domain. */
bool ff_mask_is_host(struct ff_slice s);

/* mask_address.c */
/** Writes the placeholder, and notes whose it is. */
void ff_mask_ip(struct ff_mask_pass *p, struct ff_slice text);
void ff_mask_found_address(struct ff_mask_pass *p, struct ff_slice address);
/** Is it the address of our sender, of the recipient? Without case. */
bool ff_mask_is_sender(const struct ff_mask_pass *p, struct ff_slice address);
bool ff_mask_is_recipient(const struct ff_mask_pass *p, struct ff_slice address);
/** Nothing but an IPv4 or IPv6 address? */
bool ff_mask_is_ip(struct ff_slice s);
/** Dotted quad at the beginning of s: its length, 0 when there is none. */
size_t ff_mask_ipv4_length(struct ff_slice s);
/** Hex groups and colons that cannot be a time of day: likewise. */
size_t ff_mask_ipv6_length(struct ff_slice s);

/* mask_kept.c */
/** "TSS04", "S3150": letters, then digits, both as the table has them. "8BITMIME", "7bit" too. */
bool ff_mask_is_kept_mix(struct ff_slice s);
/** Words after which a number is the number of a provider's code: AS(48), AUP#1560, AUP#I-1310, OFR_416, RP-001. Needs
 * the word as it was sent. */
enum ff_keeps ff_mask_keeps(struct ff_slice word);
/** "OFR004", "LPN007": the number behind it is the code. */
bool ff_mask_leads_to_number(struct ff_slice s);
/** "user", "for", ...: the recipient's own name behind such a word is masked. Any case. */
bool ff_mask_names_a_mailbox(struct ff_slice word);

/** Blanks, control bytes, brackets, quotes, comma, semicolon: what ends a chunk. */
bool ff_mask_is_separator(uint8_t c);
/** A control byte or a blank: what no address between angle brackets holds. DEL is one. */
static inline bool ff_mask_is_control(uint8_t c)
{
    return c <= ' ' || c == 0x7f;
}

/** Writes a word in lower case (s is not a placeholder). */
void ff_mask_word(struct ff_mask_pass *p, struct ff_slice s);
/** Writes a placeholder, unless the last word is the same. */
void ff_mask_placeholder(struct ff_mask_pass *p, char letter);

static inline bool ff_is_alpha(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26 || c >= 0x80;
}
static inline bool ff_is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}
/** How many there are from s[at] on. */
static inline size_t ff_count_digits(struct ff_slice s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && ff_is_digit(s.ptr[at + n]))
        n++;
    return n;
}

#endif
