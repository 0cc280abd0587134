/* mask_write.c: see mask_write.h. Invariant: the output has no byte that is not a lower-case letter, a digit, a dot
 * inside a status code, a byte of a letter outside ASCII, an upper-case placeholder, or a single blank.
 */
#include "classify/mask/mask_write.h"

void ff_mask_word(struct ff_mask_pass *p, struct ff_slice s)
{
    uint8_t *base = p->out->buf;
    size_t used = (size_t)(p->end - base);
    if (used + s.len + 1 > FF_MASKED_BYTES_MAX)
        return;
    /* "e-mail" and "e mail" are "email" */
    if (p->last_word && used - p->last_word == 2 && base[p->last_word] == 'e' && s.len >= 4 &&
        (s.ptr[0] | 0x20) == 'm' && (s.ptr[1] | 0x20) == 'a' && (s.ptr[2] | 0x20) == 'i' && (s.ptr[3] | 0x20) == 'l')
        p->end--;
    else
        p->last_word = used;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        *p->end++ = (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
    }
    *p->end++ = ' ';
    ff_mask_written(p);
}

void ff_mask_placeholder(struct ff_mask_pass *p, char letter)
{
    uint8_t *base = p->out->buf;
    size_t used = (size_t)(p->end - base);
    ff_mask_written(p);
    if (p->last_word && used - p->last_word == 2) {
        uint8_t last = base[p->last_word];
        if (last == (uint8_t)letter && last != 'A' && last != 'H')
            return; /* a date or an id is many numbers */
        if (last == '#' && letter == 'D') {
            base[p->last_word] = 'D';
            return;
        }
        if (last == 'D' && letter == '#')
            return;
    }
    if (used + 2 > FF_MASKED_BYTES_MAX)
        return;
    p->last_word = used;
    *p->end++ = (uint8_t)letter;
    *p->end++ = ' ';
}

void ff_mask_raw_word(struct ff_mask_pass *p, struct ff_slice word)
{
    size_t n = word.len, used = (size_t)(p->end - p->out->buf);
    if (used + n + 1 > FF_MASKED_BYTES_MAX)
        return;
    p->last_word = used;
    memcpy(p->end, word.ptr, n);
    p->end[n] = ' ';
    p->end += n + 1;
    ff_mask_written(p);
}

void ff_mask_ideograph(struct ff_mask_pass *p, struct ff_slice letters)
{
    uint8_t *base = p->out->buf;
    size_t used = (size_t)(p->end - base);
    if (used + letters.len + 1 > FF_MASKED_BYTES_MAX)
        return;
    if (p->tail_ideograph)
        p->end--;
    else
        p->last_word = used;
    memcpy(p->end, letters.ptr, letters.len);
    p->end += letters.len;
    *p->end++ = ' ';
    ff_mask_written(p);
    p->tail_ideograph = true;
}
