/* phrase_build.c: builds a phrase index: its literals by phrase_literals.c, its sets by phrase_parts.c, what leads
 * from them to phrases by phrase_hooks.c; the rest is here.
 */
#include "classify/ruleset/phrase_build.h"

#include "classify/ruleset/phrase_hooks.h"
#include "classify/ruleset/phrase_literals.h"
#include "classify/ruleset/phrase_parts.h"

#include <stdlib.h>

/* ---- rules by codes --------------------------------------------------------------------------------------------- */

static bool may_have_code(const struct ff_rule *rule, uint32_t code)
{
    if (rule->code_count == 0 || code >= FF_INDEX_CODES - 1)
        return true;
    for (unsigned i = 0; i < rule->code_count; i++)
        if (code >= rule->code[i].from && code <= rule->code[i].to)
            return true;
    return false;
}

/** May the rule hold at an enhanced code of this number? */
static bool may_have_enhanced(const struct ff_rule *rule, uint32_t number)
{
    uint32_t c = number / 650 + 4, s = number / 65 % 10, d = number % 65;
    if (rule->enhanced_count == 0 || number == FF_INDEX_ENHANCED - 1)
        return true;
    for (unsigned k = 0; k < rule->enhanced_count; k++) {
        const struct ff_enhanced_pattern *p = &rule->enhanced[k];
        if (number == FF_INDEX_ENHANCED - 2) {
            if (p->c == 0)
                return true;
        } else if (p->c != 0 && (p->c == 0xffff || p->c == c) &&
                   (p->s == 0xffff || p->s == s || (s == 9 && p->s > 9)) &&
                   (p->d == 0xffff || p->d == d || (d == 64 && p->d > 64))) {
            return true;
        }
    }
    return false;
}

static void index_rule(struct ff_phrase_index *x, const struct ff_rule *rule, uint32_t i, bool open)
{
    size_t words = x->rule_words, w = i / 64;
    uint64_t bit = UINT64_C(1) << i % 64;
    for (uint32_t code = 0; code < FF_INDEX_CODES; code++)
        if (open || may_have_code(rule, code))
            x->by_code[code * words + w] |= bit;
    for (uint32_t e = 0; e < FF_INDEX_ENHANCED; e++)
        if (open || may_have_enhanced(rule, e))
            x->by_enhanced[e * words + w] |= bit;
    for (uint32_t stage = 0; stage < FF_STAGE_COUNT; stage++)
        if (open || rule->stages == 0 || rule->stages >> stage & 1)
            x->by_stage[stage * words + w] |= bit;
    if (ff_rule_is_fingerprint(rule))
        x->naming[w] |= bit;
}

/** Apart, rules with phrases may be changed, so that no code rules them out. */
static enum ff_err index_rules(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind)
{
    size_t words = x->rule_words = (rules->rule_count + 63) / 64;
    x->by_code = calloc(words * FF_INDEX_CODES + 1, sizeof *x->by_code);
    x->by_enhanced = calloc(words * FF_INDEX_ENHANCED + 1, sizeof *x->by_enhanced);
    x->by_stage = calloc(words * FF_STAGE_COUNT + 1, sizeof *x->by_stage);
    x->plain = calloc(words + 1, sizeof *x->plain);
    x->naming = calloc(words + 1, sizeof *x->naming);
    if (!x->by_code || !x->by_enhanced || !x->by_stage || !x->plain || !x->naming)
        return FF_ERR_NOMEM;
    for (uint32_t i = 0; i < rules->rule_count; i++) {
        bool plain = !rules->rules[i].has_any && rules->rules[i].with_count == 0;
        x->plain[i / 64] |= (uint64_t)plain << i % 64;
        index_rule(x, &rules->rules[i], i, kind == FF_INDEX_APART && !plain);
    }
    return FF_OK;
}

/* ---- fillers, asides, words that ask where they stand ------------------------------------------------------------ */

static bool is_filler(const struct ff_rule *rule)
{
    return rule->hint & FF_HINT_FILLER;
}

static bool is_aside(const struct ff_rule *rule)
{
    return rule->hint & FF_HINT_ASIDE;
}

static bool is_placed(const struct ff_rule *rule)
{
    return rule->where != FF_WHERE_ANYWHERE;
}

/** [literal]: 1 + the first rule of this kind that it is a phrase of, alone. NULL when memory is short. */
static uint16_t *rules_alone(const struct ff_ruleset *rules, bool (*is_kind)(const struct ff_rule *rule))
{
    uint16_t *of_group = calloc(rules->group_count + 1u, sizeof *of_group);
    uint16_t *ret = calloc(rules->literal_count + 1u, sizeof *ret);
    for (uint32_t i = 0; of_group && i < rules->phrase_count; i++) {
        const struct ff_phrase *ph = &rules->phrases[i];
        uint16_t *rule = &of_group[ph->element[0].group];
        if (!*rule && is_kind(&rules->rules[ph->rule]) && ph->role == FF_ROLE_ANY && ph->count == 1)
            *rule = (uint16_t)(ph->rule + 1);
    }
    for (uint32_t i = 0; of_group && ret && i < rules->literal_count; i++)
        for (uint32_t k = 0; k < rules->literals[i].group_count && !ret[i]; k++)
            ret[i] = of_group[rules->literal_groups[rules->literals[i].group_first + k]];
    if (!of_group) {
        free(ret);
        ret = NULL;
    }
    free(of_group);
    return ret;
}

/** A phrase of several parts: what it found is known only when it was matched (classify/judge/match.c). */
static void index_aside_rules(struct ff_phrase_index *x, const struct ff_ruleset *rules)
{
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        const struct ff_phrase *ph = &rules->phrases[i];
        if (rules->rules[ph->rule].hint & FF_HINT_ASIDE && ph->role == FF_ROLE_ANY && ph->count > 1)
            x->aside_rules[ph->rule / 64] |= UINT64_C(1) << ph->rule % 64;
    }
}

static enum ff_err index_hints(struct ff_phrase_index *x, const struct ff_ruleset *rules)
{
    uint16_t *aside = rules_alone(rules, is_aside);
    x->filler = rules_alone(rules, is_filler);
    x->placed = rules_alone(rules, is_placed);
    x->asides = calloc(rules->literal_count / 64 + 1u, sizeof *x->asides);
    x->aside_rules = calloc(x->rule_words + 1, sizeof *x->aside_rules);
    x->placed_rules = calloc(x->rule_words + 1, sizeof *x->placed_rules);
    for (uint32_t i = 0; x->placed_rules && i < rules->rule_count; i++)
        x->placed_rules[i / 64] |= (uint64_t)is_placed(&rules->rules[i]) << i % 64;
    if (x->aside_rules)
        index_aside_rules(x, rules);
    for (uint32_t i = 0; aside && x->asides && i < rules->literal_count; i++)
        if (aside[i])
            x->asides[i / 64] |= UINT64_C(1) << i % 64;
    bool whole = aside && x->filler && x->placed && x->asides && x->aside_rules && x->placed_rules;
    free(aside);
    return whole ? FF_OK : FF_ERR_NOMEM;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

enum ff_err ff_phrase_index_new(const struct ff_ruleset *rules, enum ff_index_kind kind,
                                struct ff_phrase_index **ret_index)
{
    struct naming n = {0};
    struct ff_phrase_index *x = calloc(1, sizeof *x);
    enum ff_err err = x && (x->words = ff_word_index_new()) ? FF_OK : FF_ERR_NOMEM;
    if (err == FF_OK)
        err = ff_index_literals(x, rules);
    if (err == FF_OK)
        err = ff_index_name_parts(rules, kind, &n);
    if (err == FF_OK)
        err = ff_index_phrases(x, rules, kind, &n);
    if (err == FF_OK)
        err = index_rules(x, rules, kind);
    if (err == FF_OK)
        err = index_hints(x, rules);
    ff_index_naming_free(&n);
    if (err != FF_OK) {
        ff_phrase_index_free(x);
        return err;
    }
    *ret_index = x;
    return FF_OK;
}
