/* mask_pass.h: the state of one pass over a reply: what was written, and what is known of the delivery. */
#ifndef FF_CLASSIFY_MASK_PASS_H
#define FF_CLASSIFY_MASK_PASS_H

#include "classify/mask/masked.h"

/** May a number behind the last word be a provider's code? */
enum ff_keeps {
    FF_KEEPS_NONE,
    FF_KEEPS_JOINED, /* in the same chunk only: "AUP#In-1310" is one, "in 300 seconds" is none */
    FF_KEEPS_NEXT,   /* across blanks and brackets, too: "AS(48)", "RFC 5322" */
    FF_KEEPS_SOME,   /* likewise, but only numbers that the rules name behind it (kept_words.h) */
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

/** At the beginning of a text: nothing is written yet but the blank before the first word. */
static inline struct ff_mask_pass ff_mask_begin(const struct ff_mask_context *ctx, struct ff_masked *ret)
{
    ret->code = ctx->code;
    ret->enhanced = ctx->enhanced;
    ret->facts = 0;
    ret->buf[0] = ' ';
    return (struct ff_mask_pass){.ctx = ctx, .out = ret, .end = ret->buf + 1, .head = true, .repeated = ctx->code};
}

/** Enough for mask_parties.h, which looks at nothing but what is known of the delivery. */
static inline void ff_mask_begin_names(struct ff_mask_pass *p, const struct ff_mask_context *ctx)
{
    p->ctx = ctx;
    p->own_ip_known = p->sender_domain_known = p->recipient_local_known = false;
}

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

#endif
