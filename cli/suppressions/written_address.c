/* written_address.c: see written_address.h. */
#include "cli/suppressions/written_address.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/** Index behind the quoted string that it begins with; 0: it begins with none. */
static size_t behind_quotes(struct ff_slice s)
{
    if (s.len == 0 || s.ptr[0] != '"')
        return 0;
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            return i + 1;
    }
    return 0;
}

static struct ff_slice without_note(struct ff_slice s)
{
    for (size_t i = behind_quotes(s) + 1; i < s.len; i++)
        if (s.ptr[i] == '#' && is_blank(s.ptr[i - 1]))
            return ff_slice_sub(s, 0, i);
    return s;
}

/** Of "Ann <a@example.net>" what is in the brackets; the whole where the name may be another address. */
static struct ff_slice without_name(struct ff_slice s)
{
    size_t open = ff_slice_chr(s, 0, '<');
    if (s.len == 0 || s.ptr[s.len - 1] != '>' || open >= s.len || ff_slice_chr(s, 0, '@') < open)
        return s;
    return ff_slice_sub(s, open + 1, s.len - 1);
}

static struct ff_slice without_quotes(struct ff_slice s)
{
    uint8_t quote = s.len > 2 ? s.ptr[0] : 0;
    if ((quote == '"' || quote == '\'') && ff_slice_chr(s, 1, quote) == s.len - 1)
        return ff_slice_sub(s, 1, s.len - 1);
    return s;
}

static struct ff_slice without_scheme(struct ff_slice s)
{
    static const char scheme[] = "mailto:";
    size_t n = sizeof scheme - 1;
    if (s.len <= n || !ff_slice_caseeq(ff_slice_sub(s, 0, n), ff_slice_str(scheme)))
        return s;
    size_t query = ff_slice_chr(s, 0, '?'); /* ?subject=... */
    return ff_slice_sub(s, n, query < s.len ? query : s.len);
}

static const char *wrong_local_part(struct ff_slice local)
{
    if (behind_quotes(local) == local.len)
        return NULL;
    if (ff_slice_chr(local, 0, '@') < local.len)
        return "these are several addresses, or an @ too many: write each by itself";
    if (ff_slice_chr(local, 0, '*') < local.len)
        return "this is a pattern, and only whole addresses are suppressed: if it has that *, write \"*\"@example.net";
    for (size_t i = 0; i < local.len; i++)
        if (local.ptr[i] && strchr(" \t()<>[]:;\\,\"", local.ptr[i]))
            return "before the @ is a sign that no address has outside quotes: write the address alone, or \"odd, "
                   "one\"@example.net";
    return NULL;
}

const char *ff_written_address(struct ff_slice written, struct ff_slice *ret)
{
    struct ff_slice s = ff_slice_trim(written);
    size_t before;
    do { /* "<mailto:a@example.net>;" has one in the other */
        before = s.len;
        s = ff_slice_trim(without_note(s));
        if (s.len > 0 && (s.ptr[s.len - 1] == ';' || s.ptr[s.len - 1] == ','))
            s.len--;
        s = without_scheme(without_quotes(without_name(ff_slice_trim(s))));
    } while (s.len < before);
    *ret = s;
    const uint8_t *at = s.len ? memrchr(s.ptr, '@', s.len) : NULL;
    return at ? wrong_local_part(ff_slice_sub(s, 0, (size_t)(at - s.ptr))) : NULL;
}
