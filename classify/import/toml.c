/* toml.c: the part of TOML 1.0 that a classifier's rules file uses: tables, keys, the four kinds of strings,
 * arrays of strings, comments. Numbers, dates, inline tables and nested arrays are refused with their line rather than
 * guessed at (docs/decisions/toml.md says why this is no library).
 */
#include <stdlib.h>

#include "classify/import/toml.h"

#define NAME_BYTES_MAX 256

struct toml {
    struct ff_slice text;
    size_t at;
    unsigned line;
    const char *wrong;
    uint8_t *value; /* of the string that is read; as long as the text */
    size_t value_len;
    uint8_t table[NAME_BYTES_MAX], key[NAME_BYTES_MAX];
    size_t table_len, key_len;
};

static bool fail(struct toml *t, const char *wrong)
{
    if (!t->wrong)
        t->wrong = wrong;
    return false;
}

/** The byte n behind the next one; 0 behind the end (a NUL in the text is refused as any control byte). */
static uint8_t peek(const struct toml *t, size_t n)
{
    return t->at + n < t->text.len ? t->text.ptr[t->at + n] : 0;
}

static uint8_t take(struct toml *t)
{
    uint8_t c = peek(t, 0);
    t->at++;
    t->line += c == '\n';
    return c;
}

static bool at_end(const struct toml *t)
{
    return t->at >= t->text.len;
}

static void skip_blanks(struct toml *t)
{
    while (peek(t, 0) == ' ' || peek(t, 0) == '\t' || (peek(t, 0) == '\r' && peek(t, 1) == '\n'))
        t->at++;
}

static void skip_comment(struct toml *t)
{
    if (peek(t, 0) == '#')
        while (!at_end(t) && peek(t, 0) != '\n')
            t->at++;
}

/** Blanks, comments and line ends. */
static void skip_lines(struct toml *t)
{
    for (;;) {
        skip_blanks(t);
        skip_comment(t);
        if (at_end(t) || peek(t, 0) != '\n')
            return;
        take(t);
    }
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

static void put(struct toml *t, uint8_t c)
{
    t->value[t->value_len++] = c; /* never longer than what was read */
}

static bool put_point(struct toml *t, uint32_t cp)
{
    if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
        return fail(t, "an escape that is no character");
    if (cp < 0x80) {
        put(t, (uint8_t)cp);
    } else if (cp < 0x800) {
        put(t, (uint8_t)(0xc0 | cp >> 6));
        put(t, (uint8_t)(0x80 | (cp & 0x3f)));
    } else if (cp < 0x10000) {
        put(t, (uint8_t)(0xe0 | cp >> 12));
        put(t, (uint8_t)(0x80 | (cp >> 6 & 0x3f)));
        put(t, (uint8_t)(0x80 | (cp & 0x3f)));
    } else {
        put(t, (uint8_t)(0xf0 | cp >> 18));
        put(t, (uint8_t)(0x80 | (cp >> 12 & 0x3f)));
        put(t, (uint8_t)(0x80 | (cp >> 6 & 0x3f)));
        put(t, (uint8_t)(0x80 | (cp & 0x3f)));
    }
    return true;
}

/** Behind a backslash of a basic string. */
static bool read_escape(struct toml *t, bool lines)
{
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
    uint8_t c = take(t);
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        put(t, (uint8_t)to[known - from]);
        return true;
    }
    if (c == 'u' || c == 'U') {
        uint32_t cp = 0;
        for (int i = c == 'u' ? 4 : 8; i > 0; i--) {
            uint8_t d = take(t);
            const char *hex = d ? strchr("0123456789abcdefABCDEF", d) : NULL;
            if (!hex)
                return fail(t, "a \\u escape without its digits");
            cp = cp << 4 | (uint32_t)(d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
        }
        return put_point(t, cp);
    }
    if (lines &&
        (c == '\n' || c == ' ' || c == '\t' || c == '\r')) { /* a line end that does not count, with blanks around it */
        bool ended = c == '\n';
        while (!at_end(t) && (peek(t, 0) == ' ' || peek(t, 0) == '\t' || peek(t, 0) == '\r' || peek(t, 0) == '\n'))
            ended |= take(t) == '\n';
        return ended || fail(t, "a backslash before blanks (write \\\\)");
    }
    return fail(t, "a backslash that escapes nothing (in \"...\" write \\\\, or use '...')");
}

/** A string of any kind; the value is in t->value. */
static bool read_string(struct toml *t)
{
    uint8_t quote = take(t);
    bool basic = quote == '"', lines = peek(t, 0) == quote && peek(t, 1) == quote;
    t->value_len = 0;
    if (lines) {
        t->at += 2;
        if (peek(t, 0) == '\r' && peek(t, 1) == '\n')
            t->at++;
        if (peek(t, 0) == '\n')
            take(t);
    } else if (peek(t, 0) == quote) {
        t->at++;
        return true;
    }
    while (!at_end(t)) {
        uint8_t c = take(t);
        if (c == quote && !lines)
            return true;
        if (c == quote && peek(t, 0) == quote && peek(t, 1) == quote && peek(t, 2) != quote) {
            t->at += 2;
            return true;
        }
        if (c == '\n' && !lines)
            return fail(t, "a string that does not end on its line");
        if (c == '\\' && basic) {
            if (!read_escape(t, lines))
                return false;
        } else if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
            return fail(t, "a control byte in a string");
        } else {
            put(t, c);
        }
    }
    return fail(t, "a string that does not end");
}

/* ---- keys and tables --------------------------------------------------------------------------------------------- */

static bool is_bare(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '_' || c == '-';
}

/** "a.b", "\"a\"": the parts joined by dots. */
static bool read_key(struct toml *t, uint8_t *ret, size_t *ret_len)
{
    size_t n = 0;
    for (;;) {
        skip_blanks(t);
        uint8_t c = peek(t, 0);
        if (c == '"' || c == '\'') {
            if (peek(t, 1) == c && peek(t, 2) == c)
                return fail(t, "a key over several lines");
            if (!read_string(t))
                return false;
            if (t->value_len > NAME_BYTES_MAX - n)
                return fail(t, "a key of more than 256 bytes");
            memcpy(ret + n, t->value, t->value_len);
            n += t->value_len;
        } else {
            size_t from = n;
            for (; is_bare(peek(t, 0)); ret[n++] = take(t))
                if (n == NAME_BYTES_MAX)
                    return fail(t, "a key of more than 256 bytes");
            if (n == from)
                return fail(t, "neither a table, a key nor a comment");
        }
        skip_blanks(t);
        if (peek(t, 0) != '.')
            break;
        take(t);
        if (n == NAME_BYTES_MAX)
            return fail(t, "a key of more than 256 bytes");
        ret[n++] = '.';
    }
    *ret_len = n;
    return true;
}

static bool read_table(struct toml *t)
{
    take(t);
    if (peek(t, 0) == '[')
        return fail(t, "an array of tables ([[...]]), which rules files do not have");
    if (!read_key(t, t->table, &t->table_len))
        return false;
    return take(t) == ']' ? true : fail(t, "a table without its \"]\"");
}

static bool read_value(struct toml *t, void (*each)(void *, const struct ff_toml_string *), void *ctx)
{
    bool array = peek(t, 0) == '[';
    if (array) {
        take(t);
        skip_lines(t);
    }
    do {
        uint8_t c = peek(t, 0);
        if (array && c == ']')
            break;
        if (c != '"' && c != '\'')
            return fail(t, "a value that is no string and no array of strings");
        unsigned line = t->line;
        if (!read_string(t))
            return false;
        const struct ff_toml_string s = {ff_slice_of(t->table, t->table_len), ff_slice_of(t->key, t->key_len),
                                         ff_slice_of(t->value, t->value_len), line};
        each(ctx, &s);
        if (!array)
            return true;
        skip_lines(t);
        if (peek(t, 0) == ',') {
            take(t);
            skip_lines(t);
        } else if (peek(t, 0) != ']') {
            return fail(t, "an array without \",\" or \"]\"");
        }
    } while (array);
    take(t);
    return true;
}

static bool read_line(struct toml *t, void (*each)(void *, const struct ff_toml_string *), void *ctx)
{
    bool ok;
    if (peek(t, 0) == '[') {
        ok = read_table(t);
    } else {
        ok = read_key(t, t->key, &t->key_len);
        if (ok && peek(t, 0) != '=')
            return fail(t, "a key without \"=\"");
        t->at++;
        skip_blanks(t);
        ok = ok && read_value(t, each, ctx);
    }
    if (!ok)
        return false;
    skip_blanks(t);
    skip_comment(t);
    return at_end(t) || peek(t, 0) == '\n' ? true : fail(t, "something behind the value");
}

enum ff_err ff_toml_strings(struct ff_slice text, void (*each)(void *ctx, const struct ff_toml_string *s), void *ctx,
                            unsigned *ret_line, const char **ret_what)
{
    struct toml t = {.text = text, .line = 1, .value = malloc(text.len + 1)};
    if (!t.value)
        return FF_ERR_NOMEM;
    bool ok = ff_slice_is_utf8(text) || fail(&t, "bytes that are no UTF-8");
    while (ok) {
        skip_lines(&t);
        if (at_end(&t))
            break;
        ok = read_line(&t, each, ctx);
    }
    free(t.value);
    if (ok)
        return FF_OK;
    *ret_line = t.line;
    *ret_what = t.wrong;
    return FF_ERR_SYNTAX;
}
