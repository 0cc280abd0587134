/* list.c: what is in a rule set: rules with their numbers, and their text as it was written. */
#include "classify/lint/list.h"

#include "classify/ruleset/rules_int.h"

void ff_ruleset_rule(const struct ff_ruleset *r, uint32_t index, struct ff_rule_info *ret)
{
    const struct ff_rule *rule = &r->rules[index - 1];
    bool fingerprint = ff_rule_is_fingerprint(rule);
    *ret = (struct ff_rule_info){
        .name = rule->id,
        .category = rule->category,
        .layer = fingerprint ? "provider" : ff_layer_name(rule->layer),
        .weight = rule->weight,
        .providers = fingerprint ? 1 : rule->provider_count,
        .provider = ff_provider_name(r, rule->provider[0]),
    };
    ret->file = ff_ruleset_place(r, rule->line, &ret->line);
    for (uint32_t i = 0; i < r->phrase_count; i++)
        ret->phrases += r->phrases[i].rule == index - 1;
    for (uint32_t i = 0; i < r->example_count; i++) {
        ret->yes += r->examples[i].rule == index - 1 && r->examples[i].positive;
        ret->no += r->examples[i].rule == index - 1 && !r->examples[i].positive;
    }
}

static struct ff_slice next_word(struct ff_slice *rest)
{
    struct ff_slice s = ff_slice_trim(*rest);
    size_t end = ff_slice_chr(s, 0, ' ');
    *rest = end == SIZE_MAX ? ff_slice_of(NULL, 0) : ff_slice_sub(s, end, s.len);
    return ff_slice_sub(s, 0, end == SIZE_MAX ? s.len : end);
}

/** Does this line begin an entry of the rule: its own, one that extends it, or (wording) its provider's? */
static bool begins(const struct ff_ruleset *r, uint32_t index, uint32_t line)
{
    const struct ff_rule *rule = &r->rules[index - 1];
    struct ff_slice rest = r->source.lines[line], key = next_word(&rest), second = next_word(&rest);
    if (ff_rule_is_fingerprint(rule))
        return ff_slice_eq(key, FF_SLICE("provider")) && ff_slice_eq(second, rule->id);
    return line == rule->line ||
           (line > rule->line && ff_slice_eq(key, FF_SLICE("extend")) && ff_slice_eq(next_word(&rest), rule->id));
}

void ff_ruleset_show(const struct ff_ruleset *r, uint32_t index,
                     void (*each)(void *ctx, struct ff_slice file, uint32_t line, struct ff_slice text), void *ctx)
{
    bool open = false;
    for (uint32_t i = 1; i <= r->source.line_count; i++) {
        struct ff_slice text = r->source.lines[i];
        bool indented = text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t');
        if (text.len == 0 || ff_slice_trim(text).len == 0 || text.ptr[0] == '#')
            continue;
        if (!indented)
            open = begins(r, index, i);
        if (!open)
            continue;
        uint32_t line;
        struct ff_slice file = ff_ruleset_place(r, i, &line);
        each(ctx, file, line, text);
    }
}
