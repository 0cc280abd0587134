/* mask_scalar.c: the masker in plain C: cuts a reply into chunks; mask_chunk.c then says what each chunk is,
 * mask_foreign.c what has letters outside ASCII. The vector paths (mask_walk.h) give the same bytes faster and come
 * here for whatever is rare.
 *
 * Nearly all chunks are plain ASCII words: those are written at once.
 */
#include "classify/mask/mask_scalar.h"

#include "classify/mask/mask_address.h"
#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_chunk.h"
#include "classify/mask/mask_foreign.h"
#include "classify/mask/mask_paths.h"
#include "classify/mask/mask_write.h"

/** Longest address that is looked for between angle brackets: 64 bytes before the '@', 255 behind it (RFC 5321
 * 4.5.3.1). */
#define ADDRESS_BYTES_MAX 320

enum byte_class { WORD, SEPARATOR, OTHER };

/* One row per 16 bytes. W letters; S blanks, control bytes, brackets, quotes, comma, semicolon; O the rest. */
#define S SEPARATOR
#define W WORD
#define O OTHER
static const uint8_t class_of[256] = {
    S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, O, S, O, O,
    O, O, S, S, S, O, O, S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, S, S, O, S, O, O, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, S, O, S, O, O, S, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, S, O, S, O, S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
};
#undef S
#undef W
#undef O

bool ff_mask_is_separator(uint8_t c)
{
    return class_of[c] == SEPARATOR;
}

/** Length of a quoted local part with its '@' at s[at] (RFC 5321 4.1.2 Quoted-string), 0 when there is none. */
size_t ff_mask_quoted_local_length(struct ff_slice s, size_t at)
{
    size_t i = at + 1;
    if (at >= s.len || s.ptr[at] != '"')
        return 0;
    while (i < s.len && i - at <= ADDRESS_BYTES_MAX && s.ptr[i] != '"' && s.ptr[i] >= ' ')
        i += s.ptr[i] == '\\' ? 2 : 1;
    return i + 1 < s.len && s.ptr[i] == '"' && s.ptr[i + 1] == '@' ? i + 2 - at : 0;
}

/** "<greylist>" and "<user@example.com>" are addresses whatever they hold: one token in angle brackets. Returns the
 * bytes that were consumed, 0 when it is something else. */
size_t ff_mask_bracketed(struct ff_mask_pass *p, struct ff_slice s, size_t at)
{
    size_t quoted = ff_mask_quoted_local_length(s, at + 1), i = at + 1 + quoted;
    bool at_sign = false;
    while (i < s.len && i - at <= ADDRESS_BYTES_MAX && s.ptr[i] != '>') {
        uint8_t c = s.ptr[i];
        if (ff_mask_is_control(c) || c == '<' || c == '/')
            return 0;
        at_sign |= c == '@';
        i++;
    }
    if (i >= s.len || s.ptr[i] != '>')
        return 0;
    if (i == at + 1) {
        ff_mask_placeholder(p, 'N');
        return 2;
    }
    struct ff_slice inside = ff_slice_sub(s, at + 1, i);
    if (quoted) { /* its blanks would cut it into words: "<\"no such user\"@example.com>" says nothing */
        ff_mask_found_address(p, inside);
        return i + 1 - at;
    }
    bool line_end = ff_slice_caseeq(inside, FF_SLICE("lf")) || ff_slice_caseeq(inside, FF_SLICE("cr")) ||
                    ff_slice_caseeq(inside, FF_SLICE("crlf")) || ff_slice_caseeq(inside, FF_SLICE("cr><lf")) ||
                    ff_slice_caseeq(inside, FF_SLICE("nul"));
    if (at_sign || line_end || ff_mask_is_ip(inside))
        return 0; /* of addresses, the ordinary path compares them with sender and recipient */
    ff_mask_placeholder(p, 'A');
    return i + 1 - at;
}

/** Escaped line ends that logs leave in a reply: "#012", "#015", "\n", "\r". Returns their length or 0. */
static size_t escaped_line_end(struct ff_slice s, size_t at)
{
    if (s.ptr[at] == '#' && s.len - at >= 4 && s.ptr[at + 1] == '0' && s.ptr[at + 2] == '1' &&
        (s.ptr[at + 3] == '2' || s.ptr[at + 3] == '5'))
        return 4;
    if (s.ptr[at] == '\\' && s.len - at >= 2 && (s.ptr[at + 1] == 'n' || s.ptr[at + 1] == 'r'))
        return 2;
    return 0;
}

/** "smtp; 550 ...", "X-Postfix; ...", "x-pmta;...": the diagnostic type of a report (RFC 3464 2.3.6) is no part of it.
 */
size_t ff_mask_diagnostic_type(struct ff_slice s)
{
    size_t i = 0;
    while (i < s.len && i < 24 && (ff_is_alpha(s.ptr[i]) || ff_is_digit(s.ptr[i]) || s.ptr[i] == '-'))
        i++;
    if (i == 0 || i >= s.len || s.ptr[i] != ';')
        return 0;
    struct ff_slice type = ff_slice_sub(s, 0, i);
    bool known = ff_slice_caseeq(type, FF_SLICE("smtp")) || ff_slice_caseeq(type, FF_SLICE("lmtp")) ||
                 ff_slice_caseeq(type, FF_SLICE("dns")) || ff_slice_caseeq(type, FF_SLICE("unix")) ||
                 (i > 2 && (s.ptr[0] | 0x20) == 'x' && s.ptr[1] == '-');
    return known ? i + 1 : 0;
}

size_t ff_mask_step(struct ff_mask_pass *p, struct ff_slice s, size_t i)
{
    uint8_t c = s.ptr[i];
    if (class_of[c] == SEPARATOR) {
        size_t n = c == '<' ? ff_mask_bracketed(p, s, i) : 0;
        if (n)
            return i + n;
        p->tail_ideograph = false;
        return i + 1;
    }
    size_t start = i, plain;
    while (i < s.len && class_of[s.ptr[i]] == WORD)
        i++;
    plain = i;
    bool foreign = false;
    while (i < s.len && class_of[s.ptr[i]] != SEPARATOR && i - start < FF_MASK_CHUNK_BYTES_MAX) {
        if ((s.ptr[i] == '#' || s.ptr[i] == '\\') && escaped_line_end(s, i))
            break;
        foreign |= s.ptr[i] >= 0x80;
        i++;
    }
    if (foreign && i - start == FF_MASK_CHUNK_BYTES_MAX)
        i = ff_mask_foreign_cut(s, start, i);
    struct ff_slice chunk = ff_slice_sub(s, start, i);
    if (chunk.len == 0) {
        /* an escaped line end only */
    } else if (foreign) {
        i = ff_mask_foreign(p, s, start, i);
    } else if (plain == i || (plain == i - 1 && plain > start && (s.ptr[plain] == '.' || s.ptr[plain] == ':'))) {
        ff_mask_part(p, ff_slice_sub(s, start, plain));
    } else {
        ff_mask_chunk(p, chunk);
    }
    if (i < s.len && (s.ptr[i] == '#' || s.ptr[i] == '\\'))
        i += escaped_line_end(s, i);
    return i;
}

void ff_mask_scalar(struct ff_mask_pass *p, struct ff_slice s)
{
    for (size_t i = ff_mask_diagnostic_type(s); i < s.len;)
        i = ff_mask_step(p, s, i);
}
