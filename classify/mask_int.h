/* mask_int.h: shared by mask.c (cuts the text into chunks) and mask_token.c (says what a chunk is). */
#ifndef FF_CLASSIFY_MASK_INT_H
#define FF_CLASSIFY_MASK_INT_H

#include "classify/mask.h"

/** State of one pass. */
struct ff_mask_pass {
    const struct ff_mask_context *ctx;
    struct ff_masked *out;
    uint8_t *end;             /* where the next byte goes */
    size_t last_word;         /* offset of the last word written, behind its leading blank; 0: none */
    uint32_t repeated;        /* value of the reply code whose repetitions are dropped; 0: none yet */
    bool head;                /* nothing but codes seen so far */
    bool after_repeated;      /* the last token was a dropped code: an equal enhanced code goes too */
    bool keep_number;         /* the last word was the name of a provider's code: its number survives */
    bool tail_ideograph;      /* the last word is of a script without word spaces: no blank before more of it */
    uint8_t own_ip[16];
    size_t own_ip_len;
    struct ff_slice sender_domain; /* empty when it is the recipient's too */
    struct ff_slice recipient_local;
};

/** One run of bytes between blanks, brackets and quotes. ASCII, except letters of other alphabets with word spaces. */
void ff_mask_chunk(struct ff_mask_pass *p, struct ff_slice chunk);

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

#endif
