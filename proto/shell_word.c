/* shell_word.c: see shell_word.h. */
#include "proto/shell_word.h"

static bool is_plain(struct ff_slice word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,+=@%";
    for (size_t i = 0; i < word.len; i++)
        if (!memchr(plain, word.ptr[i], sizeof plain - 1))
            return false;
    return word.len > 0;
}

void ff_shell_put_word(struct ff_json_out *o, struct ff_slice word)
{
    if (is_plain(word)) {
        ff_json_append(o, word);
        return;
    }
    ff_json_append(o, FF_SLICE("'"));
    for (size_t at = 0, quote; at <= word.len; at = quote + 1) {
        quote = ff_slice_chr(word, at, '\'');
        if (quote == SIZE_MAX)
            quote = word.len;
        ff_json_append(o, ff_slice_sub(word, at, quote));
        if (quote < word.len)
            ff_json_append(o, FF_SLICE("'\\''"));
    }
    ff_json_append(o, FF_SLICE("'"));
}
