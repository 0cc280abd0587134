/* rules_compile.c: the tables of a rule set, when all of its lines are read. */
#include "classify/load/rules_compile.h"

#include "classify/load/rules_change.h"
#include "classify/load/rules_kept.h"
#include "classify/ruleset/phrase_build.h"

#include <stdlib.h>

static bool make_indexes(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    size_t memberships = 0;
    for (uint32_t g = 0; g < l->group_count; g++)
        memberships += l->groups[g].count;
    r->group_count = l->group_count;
    r->literal_groups = calloc(memberships + 1, sizeof *r->literal_groups);
    r->source.members = calloc(memberships + 1, sizeof *r->source.members);
    r->source.set_names = calloc(l->group_count + 1u, sizeof *r->source.set_names);
    r->source.set_lines = calloc(l->group_count + 1u, sizeof *r->source.set_lines);
    if (r->literal_groups && r->source.members && r->source.set_names && r->source.set_lines)
        return true;
    l->err = FF_ERR_NOMEM;
    return false;
}

/** Groups that a phrase uses: only their literals go into the automaton. */
static bool *groups_in_use(struct ff_loader *l)
{
    const struct ff_ruleset *r = l->rules;
    bool *used = calloc(l->group_count + 1u, sizeof *used);
    if (!used) {
        l->err = FF_ERR_NOMEM;
        return NULL;
    }
    for (uint32_t i = 0; i < r->phrase_count; i++)
        for (unsigned k = 0; k < r->phrases[i].count; k++)
            used[r->phrases[i].element[k].group] = true;
    return used;
}

static bool index_groups(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    bool *used = make_indexes(l) ? groups_in_use(l) : NULL;
    if (!used)
        return false;
    for (uint32_t g = 0; g < l->group_count; g++)
        for (uint32_t i = 0; used[g] && i < l->groups[g].count; i++)
            r->literals[l->groups[g].members[i].literal].group_count++;
    uint32_t at = 0;
    for (uint32_t i = 0; i < r->literal_count; i++) {
        r->literals[i].group_first = at;
        at += r->literals[i].group_count;
        r->literals[i].group_count = 0;
    }
    for (uint32_t g = 0; g < l->group_count; g++) {
        r->source.set_names[g] = l->groups[g].name;
        r->source.set_lines[g] = l->groups[g].count ? l->groups[g].members[0].line : 0;
        for (uint32_t i = 0; used[g] && i < l->groups[g].count; i++) {
            const struct ff_load_member *m = &l->groups[g].members[i];
            struct ff_literal *lit = &r->literals[m->literal];
            r->source.members[lit->group_first + lit->group_count] = (struct ff_member){m->words, m->line};
            r->literal_groups[lit->group_first + lit->group_count++] = (uint16_t)g;
        }
    }
    free(used);
    return true;
}

/** Names it a code of one matter, as 5.2.1 is, and nothing but such codes? 5.0.0, 5.1.x and "none" say of every
 * failure. */
static bool names_matter(const struct ff_rule *rule)
{
    for (unsigned i = 0; i < rule->enhanced_count; i++)
        if (rule->enhanced[i].s == 0 || rule->enhanced[i].s == UINT16_MAX || rule->enhanced[i].d == 0 ||
            rule->enhanced[i].d == UINT16_MAX)
            return false;
    return rule->enhanced_count > 0;
}

/** Would it suppress by codes, the stage or the provider alone? Servers give 550 and 5.1.1 for whatever they like,
 * so that needs words; only what one provider means by a code of its own may be known without. */
static bool suppresses_without_words(const struct ff_rule *rule)
{
    const struct ff_category_info *info = ff_category_info(rule->category);
    bool may_suppress = info && info->action == FF_ACTION_SUPPRESS_NOW && rule->layer != FF_LAYER_HINT &&
                        rule->layer < FF_LAYER_VAGUE && rule->weight >= FF_SUPPRESS_WEIGHT_MIN;
    bool for_codes = rule->layer == FF_LAYER_SHORT || rule->layer == FF_LAYER_TABLE;
    bool own_code = for_codes && rule->provider_count && names_matter(rule);
    return may_suppress && !rule->has_any && !rule->with_count && !own_code;
}

static bool asks_for_nothing(const struct ff_rule *rule)
{
    return !rule->has_any && !rule->with_count && !rule->code_count && !rule->enhanced_count && !rule->stages &&
           !rule->provider_count;
}

/** A rule that asks for nothing would decide every reply, one that asks for a code alone nearly all. */
static bool all_conditioned(struct ff_loader *l)
{
    for (uint32_t i = 0; i < l->rules->rule_count; i++) {
        const struct ff_rule *rule = &l->rules->rules[i];
        l->line = rule->line;
        if (asks_for_nothing(rule))
            return ff_load_fail(l,
                                "rule %.*s asks for nothing and would fire on every reply (add any, with, code, "
                                "enhanced, stage or from)",
                                (int)rule->id.len, (const char *)rule->id.ptr);
        if (suppresses_without_words(rule))
            return ff_load_fail(l,
                                "rule %.*s would suppress addresses by a code alone, whatever the reply says (add the "
                                "words: any ...; or layer table with from PROVIDER and its own code, enhanced 5.2.1; "
                                "or layer prior, which never suppresses)",
                                (int)rule->id.len, (const char *)rule->id.ptr);
    }
    return true;
}

bool ff_load_compile(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    ff_load_forget_dropped(r);
    if (!all_conditioned(l) || !index_groups(l) || !ff_load_kept(l))
        return false;
    enum ff_err err = ff_phrase_index_new(r, FF_INDEX_SHARED, &r->index);
    if (err == FF_ERR_NOMEM)
        l->err = err;
    else if (err != FF_OK)
        return ff_load_fail(l, "the matcher refuses the phrases (leave some out)");
    return err == FF_OK;
}
