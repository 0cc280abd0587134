/* terminal.c: see terminal.h. Text is built in the same growable buffer as JSON, so that every output goes one way. */
#include "cli/process/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proto/shell_word.h"

bool ff_terminal_colour(int fd)
{
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
    return isatty(fd) && !(no && no[0]) && !(term && strcmp(term, "dumb") == 0);
}

unsigned ff_terminal_width(int fd, unsigned otherwise)
{
    struct winsize w;
    if (ioctl(fd, TIOCGWINSZ, &w) != 0 || w.ws_col < 40)
        return otherwise;
    return w.ws_col;
}

void ff_text_put_slice(struct ff_json_out *o, struct ff_slice s)
{
    ff_json_append(o, s);
}

void ff_text_put(struct ff_json_out *o, const char *text)
{
    ff_text_put_slice(o, ff_slice_str(text));
}

void ff_text_format(struct ff_json_out *o, const char *format, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    ff_text_put(o, text);
}

void ff_text_put_word(struct ff_json_out *o, struct ff_slice word)
{
    ff_text_put(o, " ");
    ff_shell_put_word(o, word);
}

/* A mark that turns the direction of what stands behind it, to the end of the line: U+061C, U+200E, U+200F, U+202A
 * to U+202E, U+2066 to U+2069. A reply with one shows an address, or the columns behind it, in another order than it
 * is. */
static bool turns_direction(const uint8_t *p, size_t n)
{
    if (n == 2)
        return p[0] == 0xd8 && p[1] == 0x9c;
    if (n != 3 || p[0] != 0xe2)
        return false;
    return (p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae))) ||
           (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

/* Bytes of the character at the beginning of s that may be shown as it is; 0: none. */
static size_t printable(struct ff_slice s)
{
    uint8_t c = s.ptr[0];
    if (c < 0x20 || c == 0x7f)
        return 0;
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    struct ff_slice whole = ff_slice_sub(s, 0, n);
    if (whole.len < n || !ff_slice_is_utf8(whole) || (c == 0xc2 && s.ptr[1] < 0xa0))
        return 0; /* C1 controls too: some terminals obey them */
    if (turns_direction(s.ptr, n))
        return 0;
    return n;
}

/* What stands for a byte that may not be shown. */
static char stand_in(uint8_t byte)
{
    return byte < 0x80 ? '.' : '?';
}

void ff_terminal_clean(char *text)
{
    struct ff_slice rest = ff_slice_str(text);
    for (size_t at = 0, n; at < rest.len; at += n ? n : 1) {
        n = printable(ff_slice_sub(rest, at, rest.len));
        if (n == 0)
            text[at] = stand_in(rest.ptr[at]);
    }
}

size_t ff_terminal_put(struct ff_json_out *o, struct ff_slice text, size_t columns, bool pad)
{
    size_t shown = 0, at = 0;
    while (at < text.len && shown < columns) {
        struct ff_slice rest = ff_slice_sub(text, at, text.len);
        if (shown + 3 >= columns && rest.len > columns - shown) {
            ff_text_put_slice(o, ff_slice_sub(FF_SLICE("..."), 0, columns - shown));
            shown = columns;
            break;
        }
        size_t n = printable(rest);
        char instead = stand_in(rest.ptr[0]);
        ff_text_put_slice(o, n ? ff_slice_sub(rest, 0, n) : ff_slice_of(&instead, 1));
        at += n ? n : 1;
        shown++;
    }
    size_t written = shown;
    while (pad && shown++ < columns)
        ff_text_put_slice(o, FF_SLICE(" "));
    return written;
}
