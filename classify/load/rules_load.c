/* rules_load.c: reads a rules file (classify/rules/README.md). Line-oriented, so that every error has a line. What a
 * line holds is read by rules_rule.c, rules_provider.c, rules_phrase.c and rules_change.c.
 *
 * Two passes over nothing: each line is understood when it is read; sets must be defined before they are used. Errors
 * are collected one at a time: the first one ends the load, with its line and what to do.
 */
#include "classify/load/rules_change.h"
#include "classify/load/rules_compile.h"
#include "classify/load/rules_phrase.h"
#include "classify/load/rules_provider.h"
#include "classify/load/rules_rule.h"

#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define FF_RULES_LINES_MAX (1u << 20)

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/** An included text's version says nothing of the whole. */
static bool read_version(struct ff_loader *l, struct ff_slice rest)
{
    uint64_t v;
    if (!ff_slice_u64(rest, UINT32_MAX, &v))
        return ff_load_fail(l, "\"%.*s\" is no version (write: version 7)", (int)rest.len, (const char *)rest.ptr);
    if (l->included)
        return true;
    if (l->versioned)
        return ff_load_fail(l, "a second version (leave one of the lines out)");
    l->versioned = true;
    l->rules->label = (uint32_t)v;
    return true;
}

static bool read_lines(struct ff_loader *l, struct ff_slice text);

static bool include_builtin(struct ff_loader *l)
{
    const struct ff_ruleset *r = l->rules;
    uint32_t line;
    struct ff_slice name = ff_ruleset_place(r, l->line, &line);
    l->included = true;
    bool ok = ff_load_part(l, FF_SLICE("built-in rules"), 1);
    l->line++;
    if (!ok || !read_lines(l, ff_rules_builtin()))
        return false;
    l->included = false;
    l->included_hash = XXH3_64bits(ff_rules_builtin().ptr, ff_rules_builtin().len);
    l->rule = NULL;
    l->provider = 0;
    l->line--; /* the next line is counted by whoever reads the including text */
    return ff_load_part(l, name, line + 1);
}

/** "include builtin", which counts once, so that texts that begin with it can be joined; "include nothing". */
static bool read_include(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_ruleset *r = l->rules;
    bool builtin = ff_slice_eq(rest, FF_SLICE("builtin"));
    if (!builtin && !ff_slice_eq(rest, FF_SLICE("nothing")))
        return ff_load_fail(l, "\"%.*s\" cannot be included (write: include builtin)", (int)rest.len,
                            (const char *)rest.ptr);
    if (l->included)
        return ff_load_fail(l, "the built-in rules stand here already (leave the line out)");
    if (builtin && l->included_hash)
        return true;
    if (r->whole)
        return ff_load_fail(l, "%s (leave one of the lines out)",
                            l->included_hash ? "the built-in rules stand above"
                                             : "the text has said that it stands alone");
    if (r->rule_count || r->provider_count || l->group_count || r->hosts.count)
        return ff_load_fail(l, "include %.*s must come first (move it above all sets, lists, providers and rules)",
                            (int)rest.len, (const char *)rest.ptr);
    r->whole = true;
    return builtin ? include_builtin(l) : true;
}

/** Examples are what a server said, in whatever bytes; the rest is matched and printed as UTF-8. */
static bool is_readable(struct ff_loader *l, struct ff_slice key, struct ff_slice line)
{
    bool example = ff_slice_eq(key, FF_SLICE("yes")) || ff_slice_eq(key, FF_SLICE("no"));
    return example || ff_slice_is_utf8(line) ? true
                                             : ff_load_fail(l, "bytes that are no UTF-8 (save the file as UTF-8)");
}

static bool read_line(struct ff_loader *l, struct ff_slice line)
{
    bool indented = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
    struct ff_slice rest = ff_slice_trim(line);
    if (rest.len == 0 || rest.ptr[0] == '#')
        return true;
    struct ff_slice key = ff_load_word(&rest);
    if (!is_readable(l, key, line))
        return false;
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
        return read_include(l, rest);
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

/** All lines of a text, which must live as long as the rules. */
static bool read_lines(struct ff_loader *l, struct ff_slice text)
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
    struct ff_loader l = {.message = ret_message, .message_size = size, .builtin = text.ptr == ff_rules_builtin().ptr};
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
    l.rules->whole = l.builtin;
    struct ff_slice copy = ff_slice_of(l.rules->text, text.len);
    if (ff_slice_starts(copy, FF_SLICE("\xef\xbb\xbf")))
        copy = ff_slice_sub(copy, 3, copy.len); /* some editors begin a file with U+FEFF */
    bool ok =
        ff_load_part(&l, ff_load_keep(&l, ff_slice_sub(ff_slice_str(name ? name : "rules"), 0, FF_FILE_NAME_MAX)), 1);
    l.line = 1;
    ok = ok && read_lines(&l, copy) && ff_load_compile(&l);
    struct ff_ruleset *rules = l.rules;
    ff_load_end(&l);
    if (!ok) {
        ff_ruleset_free(rules);
        return l.err == FF_OK ? FF_ERR_CONFIG : l.err;
    }
    /* results must say which rules made them, also when nobody counts versions, or forgets to */
    rules->version = (uint32_t)XXH3_64bits_withSeed(text.ptr, text.len, l.included_hash) | 1u << 31;
    *ret_rules = rules;
    return FF_OK;
}
