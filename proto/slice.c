/* slice.c: searching, trimming and checking of borrowed bytes.
 *
 * Nearly all text we see is ASCII, so the UTF-8 check decodes only where a byte has its high bit set.
 */
#include "proto/slice.h"

size_t ff_slice_find(struct ff_slice s, size_t from, struct ff_slice needle)
{
    if (from > s.len || needle.len > s.len - from)
        return SIZE_MAX;
    if (needle.len == 0)
        return from;
    const uint8_t *p = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);
    return p ? (size_t)(p - s.ptr) : SIZE_MAX;
}

bool ff_slice_has_control(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct ff_slice ff_slice_trim(struct ff_slice s)
{
    while (s.len && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* RFC 3629 4: which second bytes a lead byte allows; all further bytes are 80..bf. */
static size_t sequence_len(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
    *ret_low = 0x80;
    *ret_high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef) {
        if (lead == 0xe0)
            *ret_low = 0xa0; /* shorter forms exist */
        else if (lead == 0xed)
            *ret_high = 0x9f; /* surrogates */
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (lead == 0xf0)
            *ret_low = 0x90;
        else if (lead == 0xf4)
            *ret_high = 0x8f; /* over U+10FFFF */
        return 4;
    }
    return 0;
}

size_t ff_utf8_next(struct ff_slice s, size_t at, bool *ret_valid)
{
    uint8_t low, high;
    *ret_valid = true;
    if (s.ptr[at] < 0x80)
        return 1;
    size_t want = sequence_len(s.ptr[at], &low, &high);
    *ret_valid = false;
    if (want == 0 || at + 1 >= s.len || s.ptr[at + 1] < low || s.ptr[at + 1] > high)
        return 1;
    for (size_t i = 2; i < want; i++) {
        if (at + i >= s.len || (s.ptr[at + i] & 0xc0) != 0x80)
            return i;
    }
    *ret_valid = true;
    return want;
}

bool ff_slice_is_utf8(struct ff_slice s)
{
    if (ff_slice_is_ascii(s))
        return true;
    size_t at = 0;
    while (at < s.len) {
        if (s.len - at >= 8 && ff_slice_is_ascii(ff_slice_of(s.ptr + at, 8))) {
            at += 8;
            continue;
        }
        if (s.ptr[at] < 0x80) {
            at++;
            continue;
        }
        bool valid;
        at += ff_utf8_next(s, at, &valid);
        if (!valid)
            return false;
    }
    return true;
}

bool ff_slice_u64(struct ff_slice s, uint64_t max, uint64_t *ret_value)
{
    uint64_t v = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t digit = (uint8_t)(s.ptr[i] - '0');
        if (digit > 9 || v > (max - digit) / 10 || digit > max)
            return false;
        v = v * 10 + digit;
    }
    *ret_value = v;
    return true;
}

bool ff_arena_copy(struct ff_arena *a, struct ff_slice s, struct ff_slice *ret_copy)
{
    uint8_t *p = ff_arena_bytes(a, s.len);
    if (!p)
        return false;
    if (s.len)
        memcpy(p, s.ptr, s.len);
    *ret_copy = ff_slice_of(p, s.len);
    return true;
}
