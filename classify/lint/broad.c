/* broad.c: phrases that are too broad: they fire on replies that other rules bring as examples of another
 * category.
 *
 * That is no error in itself: evidence is weighed, and "access denied" may well stand beside a listing. But it is where
 * a wrong verdict comes from when the better phrase is missing.
 */
#include <stdlib.h>

#include "classify/lint/example.h"
#include "classify/lint/passes.h"

struct stray {
    uint32_t count;
    uint32_t example; /* the first, + 1 */
};

static bool is_cause(const struct ff_rule *rule)
{
    return rule->layer != FF_LAYER_HINT && rule->layer < FF_LAYER_VAGUE;
}

static bool still_fires(struct ff_linter *l, const struct ff_example *x, uint32_t rule)
{
    (void)ff_example_try(&l->whatif->rules, l->whatif->classifier, x, &l->why);
    for (size_t i = 0; i < l->why.count; i++)
        if (l->why.evidence[i].index == rule)
            return true;
    return false;
}

/** Blames the phrases without which the rule would not have fired; when several matched, the first. */
static void blame(struct ff_linter *l, struct stray *strays, uint32_t example, uint32_t rule)
{
    const struct ff_example *x = &l->rules->examples[example];
    uint32_t first = l->phrase_first[rule], i = first;
    for (; i < l->phrase_first[rule + 1]; i++) {
        uint32_t phrase = l->phrase_of_rule[i];
        if (l->rules->phrases[phrase].role == FF_ROLE_NOT)
            continue;
        ff_whatif_phrase(l->whatif, phrase, false);
        if (still_fires(l, x, rule))
            continue;
        strays[phrase].count++;
        if (!strays[phrase].example)
            strays[phrase].example = example + 1;
        i++;
        break;
    }
    for (uint32_t k = first; k < i; k++)
        ff_whatif_phrase(l->whatif, l->phrase_of_rule[k], true);
}

static void collect(struct ff_linter *l, struct stray *strays)
{
    uint32_t rules[FF_EVIDENCE_MAX];
    for (uint32_t i = 0; i < l->rules->example_count; i++) {
        const struct ff_example *x = &l->rules->examples[i];
        const struct ff_rule *own = &l->rules->rules[x->rule];
        if (!x->positive || !is_cause(own) || ff_example_try(l->rules, l->whatif->classifier, x, &l->why))
            continue;
        size_t n = 0;
        for (size_t k = 0; k < l->why.count; k++) {
            const struct ff_rule *other = &l->rules->rules[l->why.evidence[k].index];
            if (is_cause(other) && other->category != own->category && (other->has_any || other->with_count))
                rules[n++] = l->why.evidence[k].index;
        }
        for (size_t k = 0; k < n; k++)
            blame(l, strays, i, rules[k]);
    }
}

/** Words that stand in replies of every kind: alone they name no cause. Folded. */
static bool is_common(struct ff_slice word)
{
    static const char *const words[] = {
        "a",          "access",  "account",     "action",    "address", "blocked", "client",   "command",
        "connection", "contact", "delivery",    "denied",    "domain",  "email",   "error",    "failed",
        "failure",    "from",    "host",        "invalid",   "ip",      "mail",    "message",  "not",
        "please",     "policy",  "receive",     "recipient", "refused", "reject",  "rejected", "reply",
        "sender",     "sent",    "server",      "service",   "smtp",    "spam",    "system",   "the",
        "this",       "to",      "transaction", "try",       "unable",  "unknown", "user",     "your"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ff_slice_eq(word, ff_slice_str(words[i])))
            return true;
    return false;
}

static void find_common(struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    for (uint32_t i = 0; i < r->literal_count; i++) {
        if (!is_common(ff_slice_trim(r->literals[i].text)))
            continue;
        for (uint32_t k = 0; k < r->phrase_count; k++) {
            const struct ff_phrase *ph = &r->phrases[k];
            const struct ff_rule *rule = &r->rules[ph->rule];
            bool alone = ph->role == FF_ROLE_ANY && ph->count == 1 && l->group_size[ph->element[0].group] == 1 &&
                         rule->with_count == 0 && is_cause(rule);
            bool holds = false;
            for (uint32_t m = r->literals[i].group_first; m < r->literals[i].group_first + r->literals[i].group_count;
                 m++)
                holds |= r->literal_groups[m] == ph->element[0].group;
            if (alone && holds)
                ff_findings_report(&l->findings,
                                   (struct ff_lint){.kind = FF_LINT_BROAD,
                                                    .rule = rule->id,
                                                    .words = r->source.phrase_words[k],
                                                    .what = "a single word that replies of every kind use",
                                                    .remedy = "say more of the phrase, or make it vague"},
                                   ph->line, 0);
        }
    }
}

enum ff_err ff_lint_broad(struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    struct stray *strays = calloc(r->phrase_count + 1u, sizeof *strays);
    if (!strays)
        return FF_ERR_NOMEM;
    find_common(l);
    collect(l, strays);
    for (uint32_t i = 0; i < r->phrase_count; i++) {
        if (!strays[i].count)
            continue;
        const struct ff_example *x = &r->examples[strays[i].example - 1];
        ff_findings_report(&l->findings,
                           (struct ff_lint){.kind = FF_LINT_BROAD,
                                            .rule = r->rules[r->phrases[i].rule].id,
                                            .words = r->source.phrase_words[i],
                                            .what = "a phrase that fires on examples of other categories",
                                            .count = strays[i].count,
                                            .counted = "examples",
                                            .remedy = "narrow it, or leave it to the weights",
                                            .other_rule = r->rules[x->rule].id},
                           r->phrases[i].line, x->line);
    }
    free(strays);
    return FF_OK;
}
