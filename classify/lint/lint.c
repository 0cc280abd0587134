/* lint.c: the linter's order of work, and findings about whole rules. Phrases are in proof.c, overlap.c,
 * members.c, broad.c and masked.c, examples in example.c. */
#include <stdlib.h>

#include "classify/lint/lint_int.h"
#include "classify/ruleset/phrase_scan.h"

const char *ff_lint_kind_name(enum ff_lint_kind kind)
{
    static const char *const names[FF_LINT_KIND_COUNT] = {"example",  "no-example", "dead",  "undecided", "impossible",
                                                          "shadowed", "duplicate",  "broad", "unproven",  "unused"};
    return (unsigned)kind < FF_LINT_KIND_COUNT ? names[kind] : "?";
}

void ff_linter_report(struct ff_linter *l, struct ff_lint finding, uint32_t line, uint32_t other)
{
    finding.file = ff_ruleset_place(l->rules, line, &finding.line);
    if (other)
        finding.other_file = ff_ruleset_place(l->rules, other, &finding.other_line);
    finding.included = ff_ruleset_is_included(l->rules, line) && (!other || ff_ruleset_is_included(l->rules, other));
    if (finding.error)
        l->counts->errors++;
    else
        l->counts->notes++;
    if (l->each)
        l->each(l->ctx, &finding);
}

bool ff_phrase_uses(const struct ff_phrase *ph, uint16_t group)
{
    for (unsigned k = 0; k < ph->count; k++)
        if (ph->element[k].group == group)
            return true;
    return false;
}

bool ff_group_has_members(const struct ff_linter *l, uint16_t group)
{
    return l->group_size[group] > 1 || l->rules->source.set_names[group].len;
}

struct ff_slice ff_group_user(const struct ff_linter *l, uint16_t group)
{
    if (l->rules->source.set_names[group].len)
        return ff_slice_of(NULL, 0);
    for (uint32_t i = 0; i < l->rules->phrase_count; i++)
        if (ff_phrase_uses(&l->rules->phrases[i], group))
            return l->rules->rules[l->rules->phrases[i].rule].id;
    return ff_slice_of(NULL, 0);
}

bool ff_member_is_same(const struct ff_linter *l, uint32_t a, uint32_t b)
{
    return l->rules->source.members[a].words.ptr == l->rules->source.members[b].words.ptr;
}

uint32_t ff_member_first(const struct ff_linter *l, uint32_t member)
{
    uint32_t k = l->rules->literals[l->literal_of[member]].group_first;
    while (!ff_member_is_same(l, k, member))
        k++;
    return k;
}

void ff_linter_take_member(struct ff_linter *l, uint32_t member, bool there)
{
    const struct ff_literal *lit = &l->rules->literals[l->literal_of[member]];
    for (uint32_t k = lit->group_first; k < lit->group_first + lit->group_count; k++)
        if (ff_member_is_same(l, k, member))
            ff_whatif_member(l->whatif, k, there);
}

void ff_linter_literals(struct ff_linter *l, struct ff_slice masked, void (*on)(void *ctx, uint32_t literal),
                        void *ctx)
{
    struct ff_word_hit hits[FF_HITS_MAX];
    uint8_t text[FF_MASKED_BYTES_MAX + FF_WORD_INDEX_SLACK]; /* a scan reads on behind its text */
    memcpy(text, masked.ptr, masked.len);
    ff_word_index_read(l->rules->index->words, ff_slice_of(text, masked.len), &l->words);
    size_t n = ff_phrase_index_scan(l->rules->index, l->rules, l->scratch, &l->words, hits);
    for (size_t i = 0; i < n; i++)
        on(ctx, hits[i].literal);
}

/* ---- rules and their examples ------------------------------------------------------------------------------------ */

/** What a rule does for its own examples. */
struct service {
    bool proven; /* has a "yes" */
    bool decides;
    uint32_t rival; /* rule that decided instead, + 1 */
};

static void try_examples(struct ff_linter *l, struct service *services)
{
    for (uint32_t i = 0; i < l->rules->example_count; i++) {
        const struct ff_example *x = &l->rules->examples[i];
        const struct ff_rule *rule = &l->rules->rules[x->rule];
        const char *wrong = ff_example_try(l->rules, l->whatif->classifier, x, &l->why);
        l->counts->examples++;
        services[x->rule].proven |= x->positive;
        if (wrong) {
            l->counts->failing++;
            ff_linter_report(
                l,
                (struct ff_lint){.kind = FF_LINT_EXAMPLE,
                                 .error = true,
                                 .rule = rule->id,
                                 .what = wrong,
                                 .words = x->text,
                                 .remedy = "correct the rule or the example; rules explain says what fired",
                                 .other_rule = l->why.verdict.rule},
                x->line, 0);
        }
        if (!x->positive)
            continue;
        for (size_t k = 0; k < l->why.count; k++)
            if (ff_slice_eq(l->why.verdict.rule, l->why.evidence[k].rule) && l->why.evidence[k].category) {
                services[x->rule].decides |= l->why.evidence[k].index == x->rule;
                services[x->rule].rival = l->why.evidence[k].index + 1;
            }
    }
}

bool ff_rule_works_undecided(const struct ff_rule *rule)
{
    return rule->layer == FF_LAYER_HINT || rule->mechanism.len || rule->list.len;
}

static enum ff_err lint_rules(struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    struct service *services = calloc(r->rule_count + 1u, sizeof *services);
    if (!services)
        return FF_ERR_NOMEM;
    try_examples(l, services);
    for (uint32_t i = 0; i < r->rule_count; i++) {
        const struct ff_rule *rule = &r->rules[i];
        bool fingerprint = ff_rule_is_fingerprint(rule);
        l->counts->rules += !fingerprint;
        if (!services[i].proven)
            ff_linter_report(l,
                             (struct ff_lint){.kind = FF_LINT_NO_EXAMPLE,
                                              .error = !fingerprint,
                                              .rule = rule->id,
                                              .what = fingerprint ? "wording of a provider without an example"
                                                                  : "a rule without an example",
                                              .remedy = "add a line: yes REPLY"},
                             rule->line, 0);
        else if (!services[i].decides && !ff_rule_works_undecided(rule)) {
            const struct ff_rule *rival = services[i].rival ? &r->rules[services[i].rival - 1] : NULL;
            ff_linter_report(
                l,
                (struct ff_lint){.kind = FF_LINT_UNDECIDED,
                                 .rule = rule->id,
                                 .what = "another rule decides each of its own examples",
                                 .remedy = "give it more weight, an example that only it decides, or drop it",
                                 .other_rule = rival ? rival->id : ff_slice_of(NULL, 0)},
                rule->line, rival ? rival->line : 0);
        }
    }
    free(services);
    return FF_OK;
}

/* ---- the linter -------------------------------------------------------------------------------------------------- */

static bool index_phrases(struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    l->phrase_first = calloc(r->rule_count + 2u, sizeof *l->phrase_first);
    l->phrase_of_rule = calloc(r->phrase_count + 1u, sizeof *l->phrase_of_rule);
    if (!l->phrase_first || !l->phrase_of_rule)
        return false;
    for (uint32_t i = 0; i < r->phrase_count; i++)
        l->phrase_first[r->phrases[i].rule + 2]++;
    for (uint32_t i = 2; i < r->rule_count + 2; i++)
        l->phrase_first[i] += l->phrase_first[i - 1];
    for (uint32_t i = 0; i < r->phrase_count; i++) /* what is now the end of the rule before becomes the rule's own */
        l->phrase_of_rule[l->phrase_first[r->phrases[i].rule + 1]++] = i;
    return true;
}

static bool index_members(struct ff_linter *l)
{
    const struct ff_ruleset *r = l->rules;
    size_t total = 0;
    for (uint32_t i = 0; i < r->literal_count; i++)
        total += r->literals[i].group_count;
    l->group_size = calloc(r->group_count + 1u, sizeof *l->group_size);
    l->member_first = calloc(r->group_count + 2u, sizeof *l->member_first);
    l->member = calloc(total + 1, sizeof *l->member);
    l->literal_of = calloc(total + 1, sizeof *l->literal_of);
    if (!l->group_size || !l->member_first || !l->member || !l->literal_of)
        return false;
    for (uint32_t i = 0; i < r->literal_count; i++)
        for (uint32_t k = r->literals[i].group_first; k < r->literals[i].group_first + r->literals[i].group_count;
             k++) {
            l->literal_of[k] = i;
            l->group_size[r->literal_groups[k]]++;
        }
    for (uint32_t g = 1; g < r->group_count + 1u; g++)
        l->member_first[g + 1] = l->member_first[g] + l->group_size[g - 1];
    for (uint32_t k = 0; k < total; k++)
        l->member[l->member_first[r->literal_groups[k] + 1]++] = k;
    return true;
}

static void lint_sets(struct ff_linter *l)
{
    for (uint32_t g = 0; g < l->rules->group_count; g++) {
        struct ff_slice name = l->rules->source.set_names[g];
        if (name.len && l->group_size[g] == 0)
            ff_linter_report(l,
                             (struct ff_lint){.kind = FF_LINT_UNUSED,
                                              .what = "a set that no rule uses",
                                              .words = name,
                                              .remedy = "use it or leave it out"},
                             l->rules->source.set_lines[g], 0);
    }
}

struct ff_linter *ff_linter_new(const struct ff_ruleset *rules)
{
    struct ff_linter *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->rules = rules;
    l->whatif = ff_whatif_new(rules);
    if (l->whatif && index_phrases(l) && index_members(l) &&
        (!rules->index->rest || hs_alloc_scratch(rules->index->rest, &l->scratch) == HS_SUCCESS))
        return l;
    ff_linter_free(l);
    return NULL;
}

void ff_linter_free(struct ff_linter *l)
{
    if (!l)
        return;
    hs_free_scratch(l->scratch);
    ff_whatif_free(l->whatif);
    free(l->phrase_first);
    free(l->phrase_of_rule);
    free(l->group_size);
    free(l->member_first);
    free(l->member);
    free(l->literal_of);
    free(l);
}

enum ff_err ff_ruleset_lint(const struct ff_ruleset *rules, void (*each)(void *ctx, const struct ff_lint *finding),
                            void *ctx, struct ff_lint_counts *ret)
{
    struct ff_linter *l = ff_linter_new(rules);
    *ret = (struct ff_lint_counts){0};
    if (!l)
        return FF_ERR_NOMEM;
    l->each = each;
    l->ctx = ctx;
    l->counts = ret;
    enum ff_err err = lint_rules(l);
    if (err == FF_OK)
        err = ff_lint_masked(l);
    if (err == FF_OK)
        err = ff_lint_overlap(l);
    if (err == FF_OK)
        err = ff_lint_members(l);
    if (err == FF_OK)
        err = ff_lint_broad(l);
    if (err == FF_OK)
        lint_sets(l);
    if (err == FF_OK)
        err = ff_lint_proof(l);
    ff_linter_free(l);
    return err;
}
