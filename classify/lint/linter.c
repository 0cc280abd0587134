/* linter.c: see linter.h. */
#include "classify/lint/linter.h"

#include <stdlib.h>

#include "classify/ruleset/phrase_scan.h"

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
    free(l->swallowed.list);
    free(l->phrase_first);
    free(l->phrase_of_rule);
    free(l->group_size);
    free(l->member_first);
    free(l->member);
    free(l->literal_of);
    free(l);
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
