/* rules_include.c: rules that stand on other rules: "include builtin", and what may be done to what was read before.
 *
 * Lines are counted through all texts, and a table of parts turns such a number back into FILE:LINE, so that a message
 * about an included text names that text. A dropped rule keeps its place until everything is read (numbers of rules are
 * in phrases and examples) and is then taken out with all that belongs to it, so that the matcher never sees it.
 */
#include "classify/load/rules_load.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- file and line ----------------------------------------------------------------------------------------------- */

/** The part that a line belongs to; NULL before the first. */
static const struct ff_rules_part *part_of(const struct ff_ruleset *r, uint32_t line)
{
    uint32_t i = r->source.part_count;
    while (i > 1 && r->source.parts[i - 1].first > line)
        i--;
    return i ? &r->source.parts[i - 1] : NULL;
}

struct ff_slice ff_ruleset_place(const struct ff_ruleset *r, uint32_t line, uint32_t *ret_line)
{
    const struct ff_rules_part *part = part_of(r, line);
    *ret_line = !part ? line : part->line + (line > part->first ? line - part->first : 0);
    return part ? part->name : FF_SLICE("rules");
}

bool ff_ruleset_is_included(const struct ff_ruleset *r, uint32_t line)
{
    const struct ff_rules_part *part = part_of(r, line);
    return part && part->included;
}

bool ff_load_part(struct ff_loader *l, struct ff_slice name, uint32_t line)
{
    struct ff_rules_source *s = &l->rules->source;
    if (s->part_count >= FF_RULES_PARTS_MAX)
        return ff_load_fail(l, "more than %d files in one (join them without \"file\" lines)", FF_RULES_PARTS_MAX);
    s->parts[s->part_count++] =
        (struct ff_rules_part){ff_slice_sub(name, 0, FF_FILE_NAME_MAX), l->line + 1, line, l->included};
    return true;
}

bool ff_load_include(struct ff_loader *l, struct ff_slice rest)
{
    const struct ff_ruleset *r = l->rules;
    if (!ff_slice_eq(rest, FF_SLICE("builtin")))
        return ff_load_fail(l, "\"%.*s\" cannot be included (write: include builtin)", (int)rest.len,
                            (const char *)rest.ptr);
    if (l->included)
        return ff_load_fail(l, "the built-in rules stand here already (leave the line out)");
    if (r->rule_count || r->provider_count || l->group_count || r->hosts.count)
        return ff_load_fail(l, "include builtin must come first (move it above all sets, lists, providers and rules)");
    uint32_t line;
    struct ff_slice name = ff_ruleset_place(r, l->line, &line);
    l->included = true;
    bool ok = ff_load_part(l, FF_SLICE("built-in rules"), 1);
    l->line++;
    if (!ok || !ff_load_lines(l, ff_rules_builtin()))
        return false;
    l->included = false;
    l->included_hash = XXH3_64bits(ff_rules_builtin().ptr, ff_rules_builtin().len);
    l->rule = NULL;
    l->provider = 0;
    l->line--; /* the next line is counted by whoever reads the including text */
    return ff_load_part(l, name, line + 1);
}

/* ---- drop, replace, extend --------------------------------------------------------------------------------------- */

bool ff_load_change(struct ff_loader *l, struct ff_slice verb, struct ff_slice rest)
{
    struct ff_slice kind = ff_load_word(&rest), all = rest, id = ff_load_word(&rest);
    bool is_hint = ff_slice_eq(kind, FF_SLICE("hint"));
    l->rule = NULL;
    l->provider = 0;
    if ((!is_hint && !ff_slice_eq(kind, FF_SLICE("rule"))) || id.len == 0)
        return ff_load_fail(l, "write: %.*s rule NAME", (int)verb.len, (const char *)verb.ptr);
    uint32_t i = ff_load_find(l, id);
    if (i == UINT32_MAX)
        return ff_load_fail(l,
                            "there is no rule %.*s to %.*s (fivefifty rules list shows the built-in ones; \"include "
                            "builtin\" brings them in)",
                            (int)id.len, (const char *)id.ptr, (int)verb.len, (const char *)verb.ptr);
    struct ff_rule *rule = &l->rules->rules[i];
    if (is_hint != (rule->layer == FF_LAYER_HINT))
        return ff_load_fail(l, "%.*s is a %s (write: %.*s %s %.*s)", (int)id.len, (const char *)id.ptr,
                            is_hint ? "rule" : "hint", (int)verb.len, (const char *)verb.ptr, is_hint ? "rule" : "hint",
                            (int)id.len, (const char *)id.ptr);
    bool replace = ff_slice_eq(verb, FF_SLICE("replace"));
    if (rest.len && !replace)
        return ff_load_fail(l, "\"%.*s\" is too much (write: %.*s %.*s %.*s)", (int)rest.len, (const char *)rest.ptr,
                            (int)verb.len, (const char *)verb.ptr, (int)kind.len, (const char *)kind.ptr, (int)id.len,
                            (const char *)id.ptr);
    if (ff_slice_eq(verb, FF_SLICE("extend"))) {
        l->rule = rule;
        return true;
    }
    rule->dropped = true;
    return replace ? ff_load_rule(l, all, is_hint) : true;
}

void ff_load_forget_dropped(struct ff_ruleset *r)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->phrase_count; i++) /* while the numbers of rules still hold */
        if (!r->rules[r->phrases[i].rule].dropped) {
            r->source.phrase_words[n] = r->source.phrase_words[i];
            r->phrases[n++] = r->phrases[i];
        }
    r->phrase_count = n;
    n = 0;
    for (uint32_t i = 0; i < r->example_count; i++)
        if (!r->rules[r->examples[i].rule].dropped)
            r->examples[n++] = r->examples[i];
    r->example_count = n;
    /* phrases and examples are not sorted by rule ("extend"), so each looks its new number up: dropped ones before it
     */
    for (uint32_t i = r->rule_count; i-- > 0;) {
        if (!r->rules[i].dropped)
            continue;
        for (uint32_t k = 0; k < r->phrase_count; k++)
            r->phrases[k].rule -= r->phrases[k].rule > i;
        for (uint32_t k = 0; k < r->example_count; k++)
            r->examples[k].rule -= r->examples[k].rule > i;
        r->rule_count--;
        memmove(&r->rules[i], &r->rules[i + 1], (r->rule_count - i) * sizeof *r->rules);
    }
}
