/* phrase_index.c: see phrase_index.h. */
#include "classify/phrase_index.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static bool is_foreign(struct ff_slice s)
{
    uint8_t any = 0;
    for (size_t i = 0; i < s.len; i++)
        any |= s.ptr[i] >= 0xe0;
    return any != 0;
}

/* ---- literals --------------------------------------------------------------------------------------------------- */

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
    hs_error_t e =
        hs_compile_lit_multi(r->texts, r->flags, r->ids, r->lens, r->count, HS_MODE_BLOCK, NULL, &x->rest, &why);
    hs_free_compile_error(why);
    return e == HS_SUCCESS ? FF_OK : e == HS_NOMEM ? FF_ERR_NOMEM : FF_ERR_CONFIG;
}

/** By the longest word that stands whole in it; false: there is none. */
static bool wake_by_word(struct ff_phrase_index *x, struct ff_slice literal, enum ff_err *err)
{
    struct ff_slice longest = {NULL, 0};
    size_t from = ff_slice_chr(literal, 0, ' ');
    for (size_t to; from != SIZE_MAX && (to = ff_slice_chr(literal, from + 1, ' ')) != SIZE_MAX; from = to)
        if (to - from - 1 > longest.len)
            longest = ff_slice_sub(literal, from + 1, to);
    if (longest.len && !ff_word_index_wake(x->words, longest))
        *err = FF_ERR_NOMEM;
    return longest.len != 0;
}

static enum ff_err index_literals(struct ff_phrase_index *x, const struct ff_ruleset *rules)
{
    size_t n = rules->literal_count + 1u;
    struct rest r = {calloc(n, sizeof *r.texts), calloc(n, sizeof *r.lens), calloc(n, sizeof *r.ids),
                     calloc(n, sizeof *r.flags), 0};
    enum ff_err err = r.texts && r.lens && r.ids && r.flags ? FF_OK : FF_ERR_NOMEM;
    x->rest_is_rare = true;
    for (uint32_t i = 0; i < rules->literal_count && err == FF_OK; i++) {
        struct ff_slice text = rules->literals[i].text;
        if (rules->literals[i].group_count == 0)
            continue;
        if (ff_word_index_takes(text)) {
            if (!ff_word_index_add(x->words, text, i))
                err = FF_ERR_NOMEM;
            continue;
        }
        if (!is_foreign(text) && !wake_by_word(x, text, &err))
            x->rest_is_rare = false;
        r.texts[r.count] = (const char *)text.ptr;
        r.lens[r.count] = text.len;
        r.ids[r.count++] = i;
    }
    if (err == FF_OK)
        err = ff_word_index_seal(x->words) ? compile_rest(x, &r) : FF_ERR_NOMEM;
    free(r.texts);
    free(r.lens);
    free(r.ids);
    free(r.flags);
    return err;
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

/** What the groups of the rule set are called here. */
struct naming {
    uint16_t *part;           /* [group of the rule set] */
    uint64_t *hash;           /* of its literals */
    uint32_t *common;         /* in how many groups its literals stand, all together: how common they are */
    uint32_t *size, *literal; /* how many literals, and the last of them */
    uint32_t set_count;
};

static void describe_groups(const struct ff_ruleset *rules, struct naming *n)
{
    for (uint32_t i = 0; i < rules->literal_count; i++)
        for (uint32_t k = 0; k < rules->literals[i].group_count; k++) {
            uint16_t g = rules->literal_groups[rules->literals[i].group_first + k];
            n->hash[g] += XXH3_64bits(&i, sizeof i); /* a sum: the order does not matter */
            n->common[g] += rules->literals[i].group_count;
            n->size[g]++;
            n->literal[g] = i;
        }
}

static enum ff_err name_parts(const struct ff_ruleset *rules, enum ff_index_kind kind, struct naming *n)
{
    size_t groups = rules->group_count + 1u;
    uint32_t mask = 1;
    while (mask < 2 * groups)
        mask = 2 * mask + 1;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots); /* sets by their literals: group + 1 */
    *n = (struct naming){calloc(groups, sizeof *n->part),    calloc(groups, sizeof *n->hash),
                         calloc(groups, sizeof *n->common),  calloc(groups, sizeof *n->size),
                         calloc(groups, sizeof *n->literal), 0};
    if (!n->part || !n->hash || !n->common || !n->size || !n->literal || !slots) {
        free(slots);
        return FF_ERR_NOMEM;
    }
    describe_groups(rules, n);
    for (uint32_t g = 0; g < rules->group_count; g++) {
        if (kind == FF_INDEX_APART) {
            n->part[g] = (uint16_t)n->set_count++;
            continue;
        }
        if (n->size[g] == 1) {
            n->part[g] = (uint16_t)(n->literal[g] | FF_PART_LITERAL);
            continue;
        }
        uint32_t at = (uint32_t)n->hash[g] & mask;
        while (slots[at] && n->hash[slots[at] - 1] != n->hash[g])
            at = (at + 1) & mask;
        if (!slots[at]) {
            slots[at] = g + 1;
            n->part[g] = (uint16_t)n->set_count++;
        } else {
            n->part[g] = n->part[slots[at] - 1];
        }
    }
    free(slots);
    return FF_OK;
}

static void fill_row(const struct ff_ruleset *rules, const struct naming *n, uint32_t literal, uint64_t *ret_row)
{
    const struct ff_literal *lit = &rules->literals[literal];
    for (uint32_t k = 0; k < lit->group_count; k++) {
        uint16_t part = n->part[rules->literal_groups[lit->group_first + k]];
        if (!(part & FF_PART_LITERAL))
            ret_row[part / 64] |= UINT64_C(1) << part % 64;
    }
}

/** A row for each literal; equal rows become one. */
static enum ff_err index_sets(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                              const struct naming *n)
{
    uint32_t count = rules->literal_count, mask = 1;
    while (mask < 2 * (count + 1))
        mask = 2 * mask + 1;
    x->set_count = n->set_count;
    x->row_words = n->set_count / 64 + 1;
    size_t row_bytes = x->row_words * sizeof *x->rows;
    x->literal_row = calloc(count + 1u, sizeof *x->literal_row);
    x->rows = calloc(count + 1u, row_bytes + 1);
    x->hanging = calloc(1, row_bytes + 1);
    uint32_t *slots = calloc(mask + 1u, sizeof *slots); /* rows by their content: index + 1 */
    if (!x->literal_row || !x->rows || !x->hanging || !slots) {
        free(slots);
        return FF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t *row = x->rows + (size_t)x->row_count * x->row_words;
        memset(row, 0, row_bytes);
        fill_row(rules, n, i, row);
        uint32_t at = (uint32_t)XXH3_64bits(row, row_bytes) & mask;
        while (slots[at] && (kind == FF_INDEX_APART ||
                             memcmp(x->rows + (size_t)(slots[at] - 1) * x->row_words, row, row_bytes) != 0))
            at = (at + 1) & mask;
        if (!slots[at])
            slots[at] = ++x->row_count;
        x->literal_row[i] = slots[at] - 1;
    }
    free(slots);
    uint64_t *fitted = realloc(x->rows, x->row_count * row_bytes + 1);
    if (fitted)
        x->rows = fitted;
    return FF_OK;
}

/* ---- phrases ---------------------------------------------------------------------------------------------------- */

static struct ff_index_hook *hook_of(struct ff_phrase_index *x, const struct ff_phrase *ph, const struct naming *n)
{
    unsigned rarest = 0;
    for (unsigned k = 1; k < ph->count; k++)
        if (n->common[ph->element[k].group] < n->common[ph->element[rarest].group])
            rarest = k;
    uint16_t part = n->part[ph->element[rarest].group];
    return part & FF_PART_LITERAL ? &x->literal_hooks[part - FF_PART_LITERAL] : &x->set_hooks[part];
}

static uint32_t place_hooks(struct ff_index_hook *hooks, uint32_t count, uint32_t at)
{
    for (uint32_t i = 0; i < count; i++) {
        hooks[i].first = at;
        at += hooks[i].count;
        hooks[i].count = 0;
    }
    return at;
}

static enum ff_err index_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, const struct naming *n)
{
    x->phrases = calloc(rules->phrase_count + 1u, sizeof *x->phrases);
    x->phrase_slot = calloc(rules->phrase_count + 1u, sizeof *x->phrase_slot);
    x->literal_hooks = calloc(rules->literal_count + 1u, sizeof *x->literal_hooks);
    x->set_hooks = calloc(n->set_count + 1u, sizeof *x->set_hooks);
    if (!x->phrases || !x->phrase_slot || !x->literal_hooks || !x->set_hooks)
        return FF_ERR_NOMEM;
    for (uint32_t i = 0; i < rules->phrase_count; i++)
        hook_of(x, &rules->phrases[i], n)->count++;
    uint32_t at = place_hooks(x->literal_hooks, rules->literal_count, 0);
    (void)place_hooks(x->set_hooks, n->set_count, at);
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        const struct ff_phrase *ph = &rules->phrases[i];
        struct ff_index_hook *hook = hook_of(x, ph, n);
        x->phrase_slot[i] = hook->first + hook->count++;
        struct ff_index_phrase *own = &x->phrases[x->phrase_slot[i]];
        own->rule = (uint16_t)ph->rule;
        own->role = ph->role;
        own->count = ph->count;
        for (unsigned k = 0; k < ph->count; k++) {
            own->part[k] = n->part[ph->element[k].group];
            own->gap_words[k] = ph->element[k].gap_words;
        }
    }
    for (uint32_t s = 0; s < n->set_count; s++)
        if (x->set_hooks[s].count)
            x->hanging[s / 64] |= UINT64_C(1) << s % 64;
    return FF_OK;
}

/* ---- rules without phrases -------------------------------------------------------------------------------------- */

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

void ff_phrase_index_take_phrase(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t phrase, bool there)
{
    /* the set behind the last has no members */
    x->phrases[x->phrase_slot[phrase]].part[0] =
        there ? rules->phrases[phrase].element[0].group : (uint16_t)x->set_count;
}

void ff_phrase_index_take_member(struct ff_phrase_index *x, uint32_t literal, uint16_t group, bool there)
{
    uint64_t *word = &x->rows[(size_t)x->literal_row[literal] * x->row_words + group / 64], bit = UINT64_C(1)
                                                                                                  << group % 64;
    *word = there ? *word | bit : *word & ~bit;
}

enum ff_err ff_phrase_index_new(const struct ff_ruleset *rules, enum ff_index_kind kind,
                                struct ff_phrase_index **ret_index)
{
    struct naming n = {NULL, NULL, NULL, NULL, NULL, 0};
    struct ff_phrase_index *x = calloc(1, sizeof *x);
    enum ff_err err = x && (x->words = ff_word_index_new()) ? FF_OK : FF_ERR_NOMEM;
    if (err == FF_OK)
        err = index_literals(x, rules);
    if (err == FF_OK)
        err = name_parts(rules, kind, &n);
    if (err == FF_OK)
        err = index_sets(x, rules, kind, &n);
    if (err == FF_OK)
        err = index_phrases(x, rules, &n);
    if (err == FF_OK)
        err = index_plain_rules(x, rules);
    free(n.part);
    free(n.hash);
    free(n.common);
    free(n.size);
    free(n.literal);
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
    free(x->literal_row);
    free(x->rows);
    free(x->hanging);
    free(x->literal_hooks);
    free(x->set_hooks);
    free(x->phrases);
    free(x->phrase_slot);
    free(x->plain_by_code);
    free(x->plain_by_enhanced);
    free(x);
}

/* ---- scanning --------------------------------------------------------------------------------------------------- */

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
        s->hits[s->count++] = (struct ff_word_hit){
            .literal = id, .start = (uint16_t)(to - s->rules->literals[id].text.len), .end = (uint16_t)to};
    return 0;
}

/** Numbers of the words that hold the first and the last byte that is no blank. */
static void number_words(struct ff_slice text, struct ff_word_hit *h)
{
    uint16_t blanks = 0;
    unsigned first = h->start + (text.ptr[h->start] == ' ' ? 1u : 0u),
             last = h->end - 1u - (text.ptr[h->end - 1] == ' ' ? 1u : 0u);
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

size_t ff_phrase_index_scan(const struct ff_phrase_index *x, const struct ff_ruleset *rules, hs_scratch_t *scratch,
                            struct ff_slice text, struct ff_word_hit ret_hits[FF_HITS_MAX])
{
    bool wakes;
    size_t words = ff_word_index_scan(x->words, text, ret_hits, FF_HITS_MAX, &wakes);
    if (!x->rest || text.len == 0 || (x->rest_is_rare && !wakes && !is_foreign(text)))
        return words;
    struct byte_scan s = {rules, ret_hits, words};
    (void)hs_scan(x->rest, (const char *)text.ptr, (unsigned)text.len, 0, scratch, on_literal, &s);
    for (size_t i = words; i < s.count; i++)
        number_words(text, &ret_hits[i]);
    sort_by_end(ret_hits, words, s.count);
    return s.count;
}
