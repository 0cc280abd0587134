/* mask_bytes.h: kinds of bytes in a reply. */
#ifndef FF_CLASSIFY_MASK_BYTES_H
#define FF_CLASSIFY_MASK_BYTES_H

#include "proto/slice.h"

/** A control byte or a blank: what no address between angle brackets holds. DEL is one. */
static inline bool ff_mask_is_control(uint8_t c)
{
    return c <= ' ' || c == 0x7f;
}

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
