/* postfix_utf8.c: text fields and JSON must be UTF-8; what a server said and Postfix wrote down need not be. */
#include "ingest/postfix/postfix_utf8.h"

/* Bytes of a valid sequence at p, else 0. */
static size_t utf8_length(struct ff_slice s, size_t p)
{
    for (size_t n = 1; n <= 4 && p + n <= s.len; n++)
        if (ff_slice_is_utf8(ff_slice_sub(s, p, p + n)))
            return n;
    return 0;
}

struct ff_slice ff_postfix_repaired(struct ff_slice s, struct ff_arena *arena)
{
    uint8_t *out = ff_arena_bytes(arena, 3 * s.len);
    size_t len = 0;
    if (!out)
        return ff_slice_of(NULL, 0);
    for (size_t p = 0; p < s.len;) {
        size_t n = utf8_length(s, p);
        if (n)
            memcpy(out + len, s.ptr + p, n);
        else
            memcpy(out + len, "\xef\xbf\xbd", 3);
        len += n ? n : 3;
        p += n ? n : 1;
    }
    return ff_slice_of(out, len);
}
