/* rules_change.c: what may be done to what was read before: "drop", "replace", "extend".
 *
 * A dropped rule keeps its place until everything is read (numbers of rules are in phrases and examples) and is then
 * taken out with all that belongs to it, so that the matcher never sees it.
 */
#include "classify/load/rules_change.h"

#include "classify/load/near_name.h"
#include "classify/load/rules_rule.h"

/** There is no such rule to drop, replace or extend: ends the load. */
static bool refuse_name(struct ff_loader *l, struct ff_slice id, struct ff_slice verb)
{
    struct ff_near_name near = {.wanted = id};
    for (uint32_t i = 0; i < l->rules->rule_count; i++)
        if (!l->rules->rules[i].dropped && !ff_rule_is_fingerprint(&l->rules->rules[i]))
            ff_near_name_offer(&near, l->rules->rules[i].id);
    if (near.found.len)
        return ff_load_fail(
            l, "there is no rule %.*s to %.*s (did you mean %.*s? fivefifty rules list shows the built-in ones)",
            (int)id.len, (const char *)id.ptr, (int)verb.len, (const char *)verb.ptr, (int)near.found.len,
            (const char *)near.found.ptr);
    return ff_load_fail(l,
                        "there is no rule %.*s to %.*s (fivefifty rules list shows the built-in ones; \"include "
                        "builtin\" brings them in)",
                        (int)id.len, (const char *)id.ptr, (int)verb.len, (const char *)verb.ptr);
}

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
        return refuse_name(l, id, verb);
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
