/* config.c: see config.h. The file is read whole (at most FF_CONFIG_BYTES_MAX): it is small, and a configuration that
 * changes while it is read must not be taken half. */
#include "proto/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct reader {
    const char *path;
    char section[FF_CONFIG_WORD_MAX], key[FF_CONFIG_WORD_MAX], value[FF_CONFIG_WORD_MAX];
    const char *(*each)(void *ctx, const struct ff_config_line *line);
    void *ctx;
};

/* _ and . are in no name, but in spellings of some: whoever knows the names says more of those than that they are
 * wrong. */
static bool is_name(struct ff_slice s)
{
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
            return false;
    }
    return true;
}

static bool copy_word(char *to, struct ff_slice s)
{
    if (s.len >= FF_CONFIG_WORD_MAX)
        return false;
    if (s.len)
        memcpy(to, s.ptr, s.len);
    to[s.len] = 0;
    return true;
}

/* A quoted value: blanks inside count, \" and \\ are " and \. What stands behind the closing quote must be a
 * comment. */
static const char *unquote(char *to, struct ff_slice s)
{
    size_t n = 0, i = 1;
    for (; i < s.len && s.ptr[i] != '"'; i++) {
        if (s.ptr[i] == '\\' && i + 1 < s.len && (s.ptr[i + 1] == '"' || s.ptr[i + 1] == '\\'))
            i++;
        if (n + 1 >= FF_CONFIG_WORD_MAX)
            return "the value is too long (at most 4095 bytes)";
        to[n++] = (char)s.ptr[i];
    }
    if (i >= s.len)
        return "the closing \" is missing (write \\\" for a quote inside quotes)";
    to[n] = 0;
    struct ff_slice rest = ff_slice_trim(ff_slice_sub(s, i + 1, s.len));
    if (rest.len > 0 && rest.ptr[0] != '#')
        return "there is text behind the closing \" (put the whole value into one pair of quotes)";
    return NULL;
}

/* Some would have `a:1 # main` be a comment, as TOML has it, others a value, as Postfix has it. Whoever is wrong
 * finds out in production, so it is neither. */
static bool looks_commented(struct ff_slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((value.ptr[i] == '#' || value.ptr[i] == ';') &&
            (i == 0 || value.ptr[i - 1] == ' ' || value.ptr[i - 1] == '\t'))
            return true;
    return false;
}

static const char *read_line(struct reader *r, struct ff_slice line, unsigned number)
{
    struct ff_config_line out = {r->section, NULL, NULL, number};
    line = ff_slice_trim(line);
    if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
        return NULL;
    if (line.ptr[0] == '[') {
        struct ff_slice name = ff_slice_trim(ff_slice_sub(line, 1, line.len - 1));
        if (line.ptr[line.len - 1] != ']' || !is_name(name) || !copy_word(r->section, name))
            return "a section is [subcommand] (lower case, nothing behind the bracket)";
        return r->each(r->ctx, &out);
    }
    size_t eq = ff_slice_chr(line, 0, '=');
    if (eq == SIZE_MAX)
        return "neither a [section] nor key = value (begin a comment with #)";
    struct ff_slice key = ff_slice_trim(ff_slice_sub(line, 0, eq));
    struct ff_slice value = ff_slice_trim(ff_slice_sub(line, eq + 1, line.len));
    if (!is_name(key) || !copy_word(r->key, key))
        return "the key is no option name (lower-case letters, digits and -)";
    if (value.len > 0 && value.ptr[0] == '"') {
        const char *wrong = unquote(r->value, value);
        if (wrong)
            return wrong;
    } else if (looks_commented(value)) {
        return "a comment behind a value (give it a line of its own; if it belongs to the value, put the whole value "
               "into quotes)";
    } else if (!copy_word(r->value, value)) {
        return "the value is too long (at most 4095 bytes)";
    }
    if (memchr(value.ptr ? value.ptr : (const uint8_t *)"", 0, value.len))
        return "the value holds a NUL byte (write the file as plain text)";
    out.key = r->key;
    out.value = r->value;
    return r->each(r->ctx, &out);
}

static enum ff_err read_text(struct reader *r, struct ff_slice text, char *ret_message, size_t size)
{
    unsigned number = 0;
    for (size_t pos = 0; pos < text.len;) {
        size_t end = ff_slice_chr(text, pos, '\n');
        if (end == SIZE_MAX)
            end = text.len;
        const char *wrong = read_line(r, ff_slice_sub(text, pos, end), ++number);
        if (wrong) {
            snprintf(ret_message, size, "%s:%u: %s", r->path, number, wrong);
            return FF_ERR_CONFIG;
        }
        pos = end + 1;
    }
    return FF_OK;
}

enum ff_err ff_config_read(const char *path, const char *(*each)(void *ctx, const struct ff_config_line *line),
                           void *ctx, char *ret_message, size_t size)
{
    enum ff_err err = FF_ERR_CONFIG;
    struct reader *r = NULL;
    uint8_t *text = NULL;
    size_t len;
    FILE *f = fopen(path, "rb");
    if (!f) {
        snprintf(ret_message, size, "%s: %s (name a file that can be read with --config)", path, strerror(errno));
        return FF_ERR_CONFIG;
    }
    r = calloc(1, sizeof *r);
    text = malloc(FF_CONFIG_BYTES_MAX + 1);
    if (!r || !text) {
        snprintf(ret_message, size, "%s: out of memory", path);
        err = FF_ERR_NOMEM;
        goto done;
    }
    len = fread(text, 1, FF_CONFIG_BYTES_MAX + 1, f);
    if (ferror(f)) {
        snprintf(ret_message, size, "%s: %s (name a file that can be read with --config)", path, strerror(errno));
        goto done;
    }
    if (len > FF_CONFIG_BYTES_MAX) {
        snprintf(ret_message, size, "%s: larger than %u bytes (this is no configuration file)", path,
                 FF_CONFIG_BYTES_MAX);
        goto done;
    }
    *r = (struct reader){.path = path, .each = each, .ctx = ctx};
    err = read_text(r, ff_slice_of(text, len), ret_message, size);
done:
    free(r);
    free(text);
    fclose(f);
    return err;
}
