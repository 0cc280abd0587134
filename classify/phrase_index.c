/* phrase_index.c: see phrase_index.h. */
#include "classify/phrase_index.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static bool is_foreign(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 0xe0)
            return true;
    return false;
}

/* ---- literals ------------------------------------------------------------------------------------------------------- */

struct rest {
    const char **texts;
    size_t *lens;
    unsigned *ids, *flags, count;
};

static enum ff_err compile_rest(struct ff_phrase_index *x, const struct rest *r)
{
    hs_compile_error_t *why = NULL;
    if (r->count == 0)
        return FF_OK;
    hs_error_t e = hs_compile_lit_multi(r->texts, r->flags, r->ids, r->lens, r->count, HS_MODE_BLOCK, NULL, &x->rest, &why);
    hs_free_compile_error(why);
    return e == HS_SUCCESS ? FF_OK : e == HS_NOMEM ? FF_ERR_NOMEM : FF_ERR_CONFIG;
}

static enum ff_err index_literals(struct ff_phrase_index *x, const struct ff_ruleset *rules)
{
    size_t n = rules->literal_count + 1u;
    struct rest r = {calloc(n, sizeof *r.texts), calloc(n, sizeof *r.lens), calloc(n, sizeof *r.ids), calloc(n, sizeof *r.flags), 0};
    enum ff_err err = r.texts && r.lens && r.ids && r.flags ? FF_OK : FF_ERR_NOMEM;
    x->rest_is_foreign = true;
    for (uint32_t i = 0; i < rules->literal_count && err == FF_OK; i++) {
        struct ff_slice text = rules->literals[i].text;
        if (rules->literals[i].group_count == 0)
            continue;
        if (ff_word_index_takes(text)) {
            if (!ff_word_index_add(x->words, text, i))
                err = FF_ERR_NOMEM;
            continue;
        }
        x->rest_is_foreign &= is_foreign(text);
        r.texts[r.count] = (const char *)text.ptr;
        r.lens[r.count] = text.len;
        r.ids[r.count++] = i;
    }
    if (err == FF_OK)
        err = compile_rest(x, &r);
    free(r.texts);
    free(r.lens);
    free(r.ids);
    free(r.flags);
    return err;
}

/* ---- groups --------------------------------------------------------------------------------------------------------- */

/** What the groups of the rule set are called here: groups of the same literals are one. */
struct naming {
    uint16_t *name;      /* [group of the rule set] */
    uint64_t *hash;      /* of its literals */
    uint32_t *rarity;    /* how common its literals are: in how many groups they stand, all together */
    uint32_t count;
};

static enum ff_err name_groups(const struct ff_ruleset *rules, struct naming *n)
{
    size_t groups = rules->group_count + 1u;
    *n = (struct naming){calloc(groups, sizeof *n->name), calloc(groups, sizeof *n->hash), calloc(groups, sizeof *n->rarity), 0};
    uint32_t mask = 1;
    while (mask < 2 * groups)
        mask = 2 * mask + 1;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots);
    if (!n->name || !n->hash || !n->rarity || !slots) {
        free(slots);
        return FF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < rules->literal_count; i++)
        for (uint32_t k = 0; k < rules->literals[i].group_count; k++) {
            uint16_t g = rules->literal_groups[rules->literals[i].group_first + k];
            n->hash[g] += XXH3_64bits(&i, sizeof i); /* a sum: the order does not matter */
            n->rarity[g] += rules->literals[i].group_count;
        }
    for (uint32_t g = 0; g < rules->group_count; g++) {
        uint32_t at = (uint32_t)n->hash[g] & mask;
        while (slots[at] && n->hash[slots[at] - 1] != n->hash[g])
            at = (at + 1) & mask;
        if (!slots[at]) {
            slots[at] = g + 1;
            n->name[g] = (uint16_t)n->count++;
        } else {
            n->name[g] = n->name[slots[at] - 1];
        }
    }
    free(slots);
    return FF_OK;
}

static bool has(const uint16_t *groups, uint32_t count, uint16_t g)
{
    for (uint32_t i = 0; i < count; i++)
        if (groups[i] == g)
            return true;
    return false;
}

static enum ff_err index_groups(struct ff_phrase_index *x, const struct ff_ruleset *rules, const struct naming *n)
{
    size_t members = 0;
    for (uint32_t i = 0; i < rules->literal_count; i++)
        members += rules->literals[i].group_count;
    x->literal_first = calloc(rules->literal_count + 1u, sizeof *x->literal_first);
    x->literal_groups = calloc(members + 1, sizeof *x->literal_groups);
    x->groups = calloc(n->count + 1u, sizeof *x->groups);
    x->group_count = n->count;
    if (!x->literal_first || !x->literal_groups || !x->groups)
        return FF_ERR_NOMEM;
    uint32_t at = 0;
    for (uint32_t i = 0; i < rules->literal_count; i++) {
        uint16_t *mine = x->literal_groups + at;
        uint32_t count = 0;
        for (uint32_t k = 0; k < rules->literals[i].group_count; k++) {
            uint16_t g = n->name[rules->literal_groups[rules->literals[i].group_first + k]];
            if (!has(mine, count, g))
                mine[count++] = g;
        }
        x->literal_first[i] = at;
        at += count;
        if (count > x->groups_per_literal_max)
            x->groups_per_literal_max = count;
    }
    x->literal_first[rules->literal_count] = at;
    return FF_OK;
}

/* ---- phrases -------------------------------------------------------------------------------------------------------- */

static uint16_t rarest(const struct ff_phrase *ph, const struct naming *n)
{
    unsigned best = 0;
    for (unsigned k = 1; k < ph->count; k++)
        if (n->rarity[ph->element[k].group] < n->rarity[ph->element[best].group])
            best = k;
    return n->name[ph->element[best].group];
}

static enum ff_err index_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, const struct naming *n)
{
    x->phrases = calloc(rules->phrase_count + 1u, sizeof *x->phrases);
    if (!x->phrases)
        return FF_ERR_NOMEM;
    for (uint32_t i = 0; i < rules->phrase_count; i++)
        x->groups[rarest(&rules->phrases[i], n)].phrase_count++;
    uint32_t at = 0;
    for (uint32_t g = 0; g < x->group_count; g++) {
        x->groups[g].phrase_first = at;
        at += x->groups[g].phrase_count;
        x->groups[g].phrase_count = 0;
    }
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        const struct ff_phrase *ph = &rules->phrases[i];
        struct ff_index_group *g = &x->groups[rarest(ph, n)];
        struct ff_index_phrase *own = &x->phrases[g->phrase_first + g->phrase_count++];
        own->rule = (uint16_t)ph->rule;
        own->role = ph->role;
        own->count = ph->count;
        for (unsigned k = 0; k < ph->count; k++) {
            own->group[k] = n->name[ph->element[k].group];
            own->gap_words[k] = ph->element[k].gap_words;
        }
    }
    for (uint32_t i = 0; i < x->literal_first[rules->literal_count]; i++)
        if (x->groups[x->literal_groups[i]].phrase_count)
            x->literal_groups[i] |= FF_INDEX_HANGS;
    return FF_OK;
}

/* ---- rules without phrases ------------------------------------------------------------------------------------------ */

static bool may_have_code(const struct ff_rule *rule, uint32_t code)
{
    if (rule->code_count == 0 || code >= FF_INDEX_CODES - 1)
        return true;
    for (unsigned i = 0; i < rule->code_count; i++)
        if (code >= rule->code[i].from && code <= rule->code[i].to)
            return true;
    return false;
}

static bool may_have_enhanced(const struct ff_rule *rule, uint32_t index)
{
    uint32_t c = index / 10, s = index % 10;
    if (rule->enhanced_count == 0 || index >= FF_INDEX_ENHANCED - 1)
        return true;
    for (unsigned k = 0; k < rule->enhanced_count; k++) {
        const struct ff_enhanced_pattern *p = &rule->enhanced[k];
        if (index == 0 ? p->c == 0 : p->c != 0 && (p->c == 0xffff || p->c == c) && (p->s == 0xffff || p->s == s || (s == 9 && p->s > 9)))
            return true;
    }
    return false;
}

static enum ff_err index_plain_rules(struct ff_phrase_index *x, const struct ff_ruleset *rules)
{
    size_t words = x->plain_words = (rules->plain_count + 63) / 64;
    x->plain_by_code = calloc(words * FF_INDEX_CODES + 1, sizeof *x->plain_by_code);
    x->plain_by_enhanced = calloc(words * FF_INDEX_ENHANCED + 1, sizeof *x->plain_by_enhanced);
    if (!x->plain_by_code || !x->plain_by_enhanced)
        return FF_ERR_NOMEM;
    for (uint32_t i = 0; i < rules->plain_count; i++) {
        const struct ff_rule *rule = &rules->rules[rules->plain_rules[i]];
        uint64_t bit = UINT64_C(1) << i % 64;
        for (uint32_t code = 0; code < FF_INDEX_CODES; code++)
            if (may_have_code(rule, code))
                x->plain_by_code[code * words + i / 64] |= bit;
        for (uint32_t e = 0; e < FF_INDEX_ENHANCED; e++)
            if (may_have_enhanced(rule, e))
                x->plain_by_enhanced[e * words + i / 64] |= bit;
    }
    return FF_OK;
}

enum ff_err ff_phrase_index_new(const struct ff_ruleset *rules, struct ff_phrase_index **ret_index)
{
    struct naming n = {NULL, NULL, NULL, 0};
    struct ff_phrase_index *x = calloc(1, sizeof *x);
    enum ff_err err = x && (x->words = ff_word_index_new()) ? FF_OK : FF_ERR_NOMEM;
    if (err == FF_OK)
        err = index_literals(x, rules);
    if (err == FF_OK)
        err = name_groups(rules, &n);
    if (err == FF_OK)
        err = index_groups(x, rules, &n);
    if (err == FF_OK)
        err = index_phrases(x, rules, &n);
    if (err == FF_OK)
        err = index_plain_rules(x, rules);
    free(n.name);
    free(n.hash);
    free(n.rarity);
    if (err != FF_OK) {
        ff_phrase_index_free(x);
        return err;
    }
    *ret_index = x;
    return FF_OK;
}

void ff_phrase_index_free(struct ff_phrase_index *x)
{
    if (!x)
        return;
    ff_word_index_free(x->words);
    hs_free_database(x->rest);
    free(x->literal_first);
    free(x->literal_groups);
    free(x->groups);
    free(x->phrases);
    free(x->plain_by_code);
    free(x->plain_by_enhanced);
    free(x);
}

/* ---- scanning ------------------------------------------------------------------------------------------------------- */

struct byte_scan {
    const struct ff_ruleset *rules;
    struct ff_word_hit *hits;
    size_t count;
};

static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
    struct byte_scan *s = arg;
    (void)from;
    (void)flags;
    if (s->count < FF_HITS_MAX)
        s->hits[s->count++] = (struct ff_word_hit){.literal = id, .start = (uint16_t)(to - s->rules->literals[id].text.len), .end = (uint16_t)to};
    return 0;
}

/** Numbers of the words that hold the first and the last byte that is no blank. */
static void number_words(struct ff_slice text, struct ff_word_hit *h)
{
    uint16_t blanks = 0;
    unsigned first = h->start + (text.ptr[h->start] == ' ' ? 1u : 0u), last = h->end - 1u - (text.ptr[h->end - 1] == ' ' ? 1u : 0u);
    for (unsigned i = 0; i <= last; i++) {
        blanks = (uint16_t)(blanks + (text.ptr[i] == ' '));
        if (i == first)
            h->first_word = (uint16_t)(blanks - 1);
    }
    h->last_word = (uint16_t)(blanks - 1);
}

static void sort_by_end(struct ff_word_hit *h, size_t from, size_t count)
{
    for (size_t i = from; i < count; i++) {
        struct ff_word_hit hit = h[i];
        size_t k = i;
        for (; k > 0 && h[k - 1].end > hit.end; k--)
            h[k] = h[k - 1];
        h[k] = hit;
    }
}

size_t ff_phrase_index_scan(const struct ff_phrase_index *x, const struct ff_ruleset *rules, hs_scratch_t *scratch, struct ff_slice text,
                            struct ff_word_hit ret_hits[FF_HITS_MAX])
{
    size_t words = ff_word_index_scan(x->words, text, ret_hits, FF_HITS_MAX);
    if (!x->rest || text.len == 0 || (x->rest_is_foreign && !is_foreign(text)))
        return words;
    struct byte_scan s = {rules, ret_hits, words};
    (void)hs_scan(x->rest, (const char *)text.ptr, (unsigned)text.len, 0, scratch, on_literal, &s);
    for (size_t i = words; i < s.count; i++)
        number_words(text, &ret_hits[i]);
    sort_by_end(ret_hits, words, s.count);
    return s.count;
}
