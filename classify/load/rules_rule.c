/* rules_rule.c: rules and hints of a rules file: their heads, and which lines they may have. What most of these hold is
 * for rules_phrase.c, rules_predicates.c and rules_provider.c to read.
 */
#include "classify/load/rules_rule.h"

#include "classify/load/rules_example.h"
#include "classify/load/rules_phrase.h"
#include "classify/load/rules_predicates.h"
#include "classify/load/rules_provider.h"

/* ---- heads ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t weight;
} layers[FF_LAYER_COUNT] = {
    [FF_LAYER_HINT] = {"hint", 0},   [FF_LAYER_SHORT] = {"short", 95}, [FF_LAYER_VETO] = {"veto", 85},
    [FF_LAYER_LISTING] = {"listing", 80}, [FF_LAYER_TABLE] = {"table", 60},  [FF_LAYER_TEXT] = {"text", 70},
    [FF_LAYER_VAGUE] = {"vague", 35},     [FF_LAYER_PRIOR] = {"prior", 25},
};

const char *ff_layer_name(unsigned layer)
{
    return layer < FF_LAYER_COUNT ? layers[layer].name : "?";
}

static const struct {
    const char *name;
    uint16_t hint;
} hints[] = {
    {"temporary", FF_HINT_TEMPORARY},   {"sender-subject", FF_HINT_SENDER}, {"after-accept", FF_HINT_AFTER_ACCEPT},
    {"at-rcpt", FF_HINT_AT_RCPT},       {"at-mail", FF_HINT_AT_MAIL},       {"at-data-end", FF_HINT_AT_DATA_END},
    {"at-connect", FF_HINT_AT_CONNECT}, {"local", FF_HINT_LOCAL},           {"structured", FF_HINT_STRUCTURED},
    {"retry", FF_HINT_RETRY},           {"filler", FF_HINT_FILLER},
    {"aside", FF_HINT_ASIDE},           {"about-mail", FF_HINT_ABOUT_MAIL},
    {"other-matter", FF_HINT_OTHER_MATTER},
};

uint32_t ff_load_find(const struct ff_loader *l, struct ff_slice id)
{
    for (uint32_t i = 0; i < l->rules->rule_count; i++) {
        const struct ff_rule *rule = &l->rules->rules[i];
        if (!rule->dropped && !ff_rule_is_fingerprint(rule) && ff_slice_eq(rule->id, id))
            return i;
    }
    return UINT32_MAX;
}

bool ff_load_rule(struct ff_loader *l, struct ff_slice rest, bool is_hint)
{
    struct ff_slice id = ff_load_word(&rest), what = ff_load_word(&rest), layer = ff_load_word(&rest),
                    weight = ff_load_word(&rest);
    if (id.len == 0 || what.len == 0)
        return ff_load_fail(l, is_hint ? "a hint needs a name and what it says (hint NAME SAYS)"
                                       : "a rule needs a name and a category (rule NAME CATEGORY LAYER [WEIGHT])");
    struct ff_slice more = is_hint ? layer : rest;
    if (more.len)
        return ff_load_fail(l, "\"%.*s\" is one word too many (%s)", (int)more.len, (const char *)more.ptr,
                            is_hint ? "hint NAME SAYS" : "rule NAME CATEGORY LAYER [WEIGHT]");
    uint32_t other = ff_load_find(l, id);
    if (other != UINT32_MAX) {
        uint32_t line;
        struct ff_slice file = ff_ruleset_place(l->rules, l->rules->rules[other].line, &line);
        return ff_load_fail(l, "rule %.*s exists already, %.*s:%u (give it another name, or write: replace rule)",
                            (int)id.len, (const char *)id.ptr, (int)file.len, (const char *)file.ptr, line);
    }
    struct ff_rule *rule = ff_load_new_rule(l, id);
    if (!rule)
        return false;
    l->provider = 0;
    l->rule = rule;
    if (is_hint) {
        rule->layer = FF_LAYER_HINT;
        for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
            if (ff_slice_eq(what, ff_slice_str(hints[i].name)))
                rule->hint = hints[i].hint;
        return rule->hint ? true
                          : ff_load_fail(l, "\"%.*s\" is no hint (docs/rules.md lists them)", (int)what.len,
                                         (const char *)what.ptr);
    }
    enum ff_category category = ff_category_parse(what);
    if (category == FF_CATEGORY_COUNT || category == FF_ACCEPTED || category == FF_UNCLASSIFIED)
        return ff_load_fail(l, "\"%.*s\" is no category that a rule may give (see docs/categories.md)", (int)what.len,
                            (const char *)what.ptr);
    rule->category = (uint8_t)category;
    for (unsigned i = 1; i < FF_LAYER_COUNT; i++)
        if (ff_slice_eq(layer, ff_slice_str(layers[i].name)))
            rule->layer = (uint8_t)i;
    if (rule->layer == FF_LAYER_HINT)
        return ff_load_fail(l, "\"%.*s\" is no layer (short veto listing table text vague prior)", (int)layer.len,
                            (const char *)layer.ptr);
    rule->weight = layers[rule->layer].weight;
    uint64_t w;
    if (weight.len) {
        if (!ff_slice_u64(weight, 100, &w) || w == 0)
            return ff_load_fail(l, "weight \"%.*s\" is none (1 to 100)", (int)weight.len, (const char *)weight.ptr);
        rule->weight = (uint8_t)w;
    }
    return true;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

bool ff_load_rule_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest)
{
    struct ff_rule *rule = l->rule;
    if (rest.len == 0)
        return ff_load_fail(l, "nothing behind \"%.*s\" (leave the line out, or say what it holds)", (int)key.len,
                            (const char *)key.ptr);
    if (ff_slice_eq(key, FF_SLICE("any"))) {
        rule->has_any = true;
        return ff_load_phrases(l, rest, FF_ROLE_ANY);
    }
    if (ff_slice_eq(key, FF_SLICE("with"))) {
        if (rule->with_count >= FF_RULE_WITH_MAX)
            return ff_load_fail(l, "more than %d lines \"with\" (join them, or use ~)", FF_RULE_WITH_MAX);
        return ff_load_phrases(l, rest, FF_ROLE_WITH + rule->with_count++);
    }
    if (ff_slice_eq(key, FF_SLICE("not"))) {
        rule->has_not = true;
        return ff_load_phrases(l, rest, FF_ROLE_NOT);
    }
    if (ff_slice_eq(key, FF_SLICE("code")))
        return ff_load_codes(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("enhanced")))
        return ff_load_enhanced(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("stage")))
        return ff_load_stages(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("where")))
        return ff_load_where(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("from")))
        return ff_load_from(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("mechanism"))) {
        rule->mechanism = rest;
        return true;
    }
    if (ff_slice_eq(key, FF_SLICE("names")))
        return ff_load_names(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("yes")) || ff_slice_eq(key, FF_SLICE("no")))
        return ff_load_example(l, rest, (uint32_t)(rule - l->rules->rules), key.len == 3);
    return ff_load_fail(l,
                        "\"%.*s\" is no line of a rule (any with not code enhanced stage from mechanism names where "
                        "yes no)",
                        (int)key.len, (const char *)key.ptr);
}
