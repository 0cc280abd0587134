/* rules_load.c: reads a rules file (classify/rules/README.md). Line-oriented, so that every error has a line. What a
 * line holds is read by rules_rule.c, rules_provider.c, rules_phrase.c and rules_include.c.
 *
 * Two passes over nothing: each line is understood when it is read; sets must be defined before they are used. Errors
 * are collected one at a time: the first one ends the load, with its line and what to do.
 */
#include "classify/load/rules_load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- messages and memory ----------------------------------------------------------------------------------------- */

bool ff_load_fail(struct ff_loader *l, const char *format, ...)
{
    if (l->err != FF_OK)
        return false;
    l->err = FF_ERR_CONFIG;
    uint32_t line;
    struct ff_slice file = ff_ruleset_place(l->rules, l->line, &line);
    int n = snprintf(l->message, l->message_size, "%.*s:%u: ", (int)file.len, (const char *)file.ptr, line);
    if (n < 0 || (size_t)n >= l->message_size)
        return false;
    va_list ap;
    va_start(ap, format);
    vsnprintf(l->message + n, l->message_size - (size_t)n, format, ap);
    va_end(ap);
    return false;
}

bool ff_load_room(struct ff_loader *l, void **array, uint32_t count, uint32_t *size, size_t element, uint32_t max,
                  const char *what)
{
    if (count < *size)
        return true;
    if (count >= max)
        return ff_load_fail(l, "more than %u %s (is this a rules file?)", max, what);
    uint32_t n = *size ? *size * 2 : 256;
    void *grown = realloc(*array, n * element);
    if (!grown) {
        l->err = FF_ERR_NOMEM;
        return false;
    }
    *array = grown;
    *size = n;
    return true;
}

struct ff_slice ff_load_keep(struct ff_loader *l, struct ff_slice s)
{
    struct ff_ruleset *r = l->rules;
    if (s.len > r->pool_size - r->pool_used) { /* sized from the text; cannot happen */
        l->err = FF_ERR_DEFECT;
        return ff_slice_of(NULL, 0);
    }
    uint8_t *p = r->pool + r->pool_used;
    if (s.len)
        memcpy(p, s.ptr, s.len);
    r->pool_used += s.len;
    return ff_slice_of(p, s.len);
}

/* ---- words of a line --------------------------------------------------------------------------------------------- */

struct ff_slice ff_load_word(struct ff_slice *rest)
{
    struct ff_slice s = ff_slice_trim(*rest);
    size_t i = 0;
    while (i < s.len && s.ptr[i] != ' ' && s.ptr[i] != '\t')
        i++;
    *rest = ff_slice_trim(ff_slice_sub(s, i, s.len));
    return ff_slice_sub(s, 0, i);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/** An included text's version says nothing of the whole. */
static bool read_version(struct ff_loader *l, struct ff_slice rest)
{
    uint64_t v;
    if (!ff_slice_u64(rest, UINT32_MAX, &v))
        return ff_load_fail(l, "\"%.*s\" is no version (write: version 7)", (int)rest.len, (const char *)rest.ptr);
    if (!l->included)
        l->rules->version = (uint32_t)v;
    return true;
}

static bool read_line(struct ff_loader *l, struct ff_slice line)
{
    bool indented = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
    struct ff_slice rest = ff_slice_trim(line);
    if (rest.len == 0 || rest.ptr[0] == '#')
        return true;
    struct ff_slice key = ff_load_word(&rest);
    if (indented && l->rule)
        return ff_load_rule_line(l, key, rest);
    if (indented && l->provider)
        return ff_load_provider_line(l, key, rest);
    if (indented)
        return ff_load_fail(l, "an indented line belongs to a rule or provider (begin one above it)");
    if (ff_slice_eq(key, FF_SLICE("rule")))
        return ff_load_rule(l, rest, false);
    if (ff_slice_eq(key, FF_SLICE("hint")))
        return ff_load_rule(l, rest, true);
    if (ff_slice_eq(key, FF_SLICE("provider")))
        return ff_load_provider(l, rest);
    if (ff_slice_eq(key, FF_SLICE("set")))
        return ff_load_set(l, rest);
    if (ff_slice_eq(key, FF_SLICE("list")))
        return ff_load_list(l, rest);
    if (ff_slice_eq(key, FF_SLICE("version")))
        return read_version(l, rest);
    if (ff_slice_eq(key, FF_SLICE("include")))
        return ff_load_include(l, rest);
    if (ff_slice_eq(key, FF_SLICE("file")))
        return rest.len ? ff_load_part(l, rest, 1)
                        : ff_load_fail(l, "write: file NAME (what the lines that follow are a copy of)");
    if (ff_slice_eq(key, FF_SLICE("drop")) || ff_slice_eq(key, FF_SLICE("replace")) ||
        ff_slice_eq(key, FF_SLICE("extend")))
        return ff_load_change(l, key, rest);
    return ff_load_fail(
        l, "\"%.*s\" begins no entry (version include set list provider rule hint replace drop extend file)",
        (int)key.len, (const char *)key.ptr);
}

static bool keep_line(struct ff_loader *l, struct ff_slice line)
{
    struct ff_rules_source *s = &l->rules->source;
    if (!ff_load_room(l, (void **)&s->lines, l->line, &l->lines_size, sizeof line, FF_RULES_LINES_MAX, "lines"))
        return false;
    s->lines[l->line] = line;
    s->line_count = l->line;
    return true;
}

bool ff_load_lines(struct ff_loader *l, struct ff_slice text)
{
    bool ok = true;
    for (size_t at = 0; ok && at < text.len; l->line += ok) {
        size_t end = ff_slice_chr(text, at, '\n');
        if (end == SIZE_MAX)
            end = text.len;
        struct ff_slice line = ff_slice_sub(text, at, end);
        ok = keep_line(l, line) && read_line(l, line);
        at = end + 1;
    }
    return ok;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

enum ff_err ff_ruleset_load(struct ff_slice text, const char *name, struct ff_ruleset **ret_rules, char *ret_message,
                            size_t size)
{
    if (size)
        ret_message[0] = 0;
    if (text.len == 0) {
        text = ff_rules_builtin();
        name = "built-in rules";
    }
    struct ff_loader l = {.message = ret_message, .message_size = size};
    if (text.len > FF_RULES_TEXT_MAX) {
        snprintf(ret_message, size, "%s: larger than %u bytes (is this a rules file?)", name ? name : "rules",
                 FF_RULES_TEXT_MAX);
        return FF_ERR_CONFIG;
    }
    if (!ff_load_begin(&l, text)) {
        ff_load_end(&l);
        ff_ruleset_free(l.rules);
        return FF_ERR_NOMEM;
    }
    struct ff_slice copy = ff_slice_of(l.rules->text, text.len);
    if (ff_slice_starts(copy, FF_SLICE("\xef\xbb\xbf")))
        copy = ff_slice_sub(copy, 3, copy.len); /* some editors begin a file with U+FEFF */
    bool ok =
        ff_load_part(&l, ff_load_keep(&l, ff_slice_sub(ff_slice_str(name ? name : "rules"), 0, FF_FILE_NAME_MAX)), 1);
    l.line = 1;
    ok = ok && ff_load_lines(&l, copy) && ff_load_compile(&l);
    struct ff_ruleset *rules = l.rules;
    ff_load_end(&l);
    if (!ok) {
        ff_ruleset_free(rules);
        return l.err == FF_OK ? FF_ERR_CONFIG : l.err;
    }
    if (rules->version == 0) /* results must say which rules made them, also when nobody counts versions */
        rules->version = (uint32_t)XXH3_64bits_withSeed(text.ptr, text.len, l.included_hash) | 1u << 31;
    *ret_rules = rules;
    return FF_OK;
}
