/* match.c: what stands in the text, the phrases it completes, the rules whose conditions hold.
 *
 * Nothing is allocated per reply. The literals of a text are its hits; the sets they belong to are one row of bits. A
 * phrase is looked at only when the rarest of its parts was seen, and tried only when all of them were.
 */
#include "classify/match.h"

#include <limits.h>
#include <stdlib.h>

#include "classify/phrase_index.h"

enum seen { SEEN_NOT, SEEN, SEEN_AND_TRIED };

struct rule_state {
    uint16_t any_bytes, with_bytes, start, end;
    uint8_t with_bits;
    bool refused;
};

struct ff_matcher {
    const struct ff_ruleset *rules;
    const struct ff_phrase_index *index;
    hs_scratch_t *scratch;
    uint8_t *literal_seen; /* [literal]: enum seen */
    uint64_t *set_seen;    /* a row of the index: sets of the literals in the text */
    struct rule_state *states;
    uint64_t *touched; /* bit per rule with a matching phrase */
    uint32_t touched_words;
    uint32_t *rule_list; /* the same as a list */
    size_t rule_list_count;
    struct ff_slice text;
    size_t hit_count;
    struct ff_word_hit hits[FF_HITS_MAX];
    const uint64_t *hit_rows[FF_HITS_MAX]; /* of each hit: its sets */
};

struct ff_matcher *ff_matcher_new(const struct ff_ruleset *rules)
{
    struct ff_matcher *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->rules = rules;
    m->index = rules->index;
    m->touched_words = (rules->rule_count + 63) / 64;
    m->literal_seen = calloc(rules->literal_count + 1u, sizeof *m->literal_seen);
    m->set_seen = calloc(m->index->row_words + 1u, sizeof *m->set_seen);
    m->states = calloc(rules->rule_count + 1u, sizeof *m->states);
    m->touched = calloc(m->touched_words + 1u, sizeof *m->touched);
    m->rule_list = calloc(rules->rule_count + 1u, sizeof *m->rule_list);
    if (!m->literal_seen || !m->set_seen || !m->states || !m->touched || !m->rule_list ||
        (m->index->rest && hs_alloc_scratch(m->index->rest, &m->scratch) != HS_SUCCESS)) {
        ff_matcher_free(m);
        return NULL;
    }
    return m;
}

void ff_matcher_free(struct ff_matcher *m)
{
    if (!m)
        return;
    hs_free_scratch(m->scratch);
    free(m->literal_seen);
    free(m->set_seen);
    free(m->states);
    free(m->touched);
    free(m->rule_list);
    free(m);
}

static void add_row(uint64_t *restrict to, const uint64_t *restrict row, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to[w] |= row[w];
}

static void note_hits(struct ff_matcher *m)
{
    const struct ff_phrase_index *x = m->index;
    memset(m->set_seen, 0, x->row_words * sizeof *m->set_seen);
    for (size_t i = 0; i < m->hit_count; i++) {
        uint32_t literal = m->hits[i].literal;
        m->hit_rows[i] = ff_index_row(x, literal);
        if (m->literal_seen[literal])
            continue;
        m->literal_seen[literal] = SEEN;
        add_row(m->set_seen, m->hit_rows[i], x->row_words);
    }
}

static bool is_seen(const struct ff_matcher *m, uint16_t part)
{
    return part & FF_PART_LITERAL ? m->literal_seen[part - FF_PART_LITERAL] != SEEN_NOT
                                  : m->set_seen[part / 64] >> part % 64 & 1;
}

/** The first hit of the part, from number *at on; NULL: there is none. Moves *at behind it. */
static const struct ff_word_hit *next_hit(const struct ff_matcher *m, uint16_t part, size_t *at)
{
    size_t i = *at, n = m->hit_count;
    if (part & FF_PART_LITERAL)
        while (i < n && m->hits[i].literal != part - FF_PART_LITERAL)
            i++;
    else
        while (i < n && !(m->hit_rows[i][part / 64] >> part % 64 & 1))
            i++;
    *at = i + 1;
    return i < n ? &m->hits[i] : NULL;
}

/** Words between two literals; -1 when they overlap or are too far apart. */
static int words_between(struct ff_slice text, const struct ff_word_hit *a, const struct ff_word_hit *b)
{
    unsigned at = a->end - (text.ptr[a->end - 1] == ' ' ? 1u : 0u);
    if (b->start < at || b->start - at > 400)
        return -1;
    return b->first_word > a->last_word ? b->first_word - a->last_word - 1 : 0;
}

/** Finds the elements of a phrase from element `k` on behind a hit; the end of the last one, or 0. */
static unsigned follow(const struct ff_matcher *m, const struct ff_index_phrase *ph, unsigned k,
                       const struct ff_word_hit *before, unsigned *bytes)
{
    if (k == ph->count)
        return before->end;
    const struct ff_word_hit *hit;
    size_t at =
        (size_t)(before - m->hits) + 1; /* hits are in the order of their ends: none before this one is behind it */
    for (unsigned i = 0; i < FF_OCCURRENCES_MAX && (hit = next_hit(m, ph->part[k], &at)); i++) {
        int gap = words_between(m->text, before, hit);
        if (gap < 0 || gap > ph->gap_words[k])
            continue;
        unsigned more = 0, to = follow(m, ph, k + 1, hit, &more);
        if (to) {
            *bytes = more + (unsigned)(hit->end - hit->start);
            return to;
        }
    }
    return 0;
}

static void note_phrase(struct ff_matcher *m, const struct ff_index_phrase *ph, unsigned start, unsigned end,
                        unsigned bytes)
{
    struct rule_state *st = &m->states[ph->rule];
    m->touched[ph->rule / 64] |= UINT64_C(1) << ph->rule % 64;
    if (ph->role == FF_ROLE_NOT) {
        st->refused = true;
    } else if (ph->role == FF_ROLE_ANY) {
        if (bytes > st->any_bytes) {
            st->any_bytes = (uint16_t)bytes;
            st->start = (uint16_t)start;
            st->end = (uint16_t)end;
        }
    } else {
        st->with_bits |= (uint8_t)(1u << (ph->role - FF_ROLE_WITH));
        if (bytes > st->with_bytes)
            st->with_bytes = (uint16_t)bytes;
    }
}

/** @param from  hit where its first part may be, at the earliest */
static void try_phrase(struct ff_matcher *m, const struct ff_index_phrase *ph, size_t from)
{
    const struct ff_word_hit *hit;
    size_t at = from;
    for (unsigned k = 0; k < ph->count; k++)
        if (!is_seen(m, ph->part[k]))
            return;
    for (unsigned i = 0; i < FF_OCCURRENCES_MAX && (hit = next_hit(m, ph->part[0], &at)); i++) {
        unsigned bytes = 0, to = follow(m, ph, 1, hit, &bytes);
        if (to) {
            note_phrase(m, ph, hit->start, to, bytes + (unsigned)(hit->end - hit->start));
            return;
        }
    }
}

/** Phrases that hang on a literal, when its first hit is reached: where one of them begins with it, it begins there. */
static void try_at_literal(struct ff_matcher *m, size_t hit)
{
    uint32_t literal = m->hits[hit].literal;
    const struct ff_index_hook *hook = &m->index->literal_hooks[literal];
    if (m->literal_seen[literal] == SEEN_AND_TRIED)
        return;
    m->literal_seen[literal] = SEEN_AND_TRIED;
    for (uint32_t k = 0; k < hook->count; k++) {
        const struct ff_index_phrase *ph = &m->index->phrases[hook->first + k];
        try_phrase(m, ph, ph->part[0] == (literal | FF_PART_LITERAL) ? hit : 0);
    }
}

static void try_at_set(struct ff_matcher *m, uint32_t set)
{
    const struct ff_index_hook *hook = &m->index->set_hooks[set];
    for (uint32_t k = 0; k < hook->count; k++)
        try_phrase(m, &m->index->phrases[hook->first + k], 0);
}

static void add_provider(struct ff_context *ctx, uint16_t provider)
{
    ctx->providers[provider >> 6] |= 1ull << (provider & 63);
}

/** Touched rules in the order of the file, so that ties do not depend on the order of the text. */
static size_t list_touched(struct ff_matcher *m)
{
    size_t n = 0;
    for (uint32_t w = 0; w < m->touched_words; w++) {
        for (uint64_t bits = m->touched[w]; bits; bits &= bits - 1)
            m->rule_list[n++] = w * 64 + (uint32_t)__builtin_ctzll(bits);
        m->touched[w] = 0;
    }
    m->rule_list_count = n;
    return n;
}

void ff_match_text(struct ff_matcher *m, struct ff_slice masked, struct ff_context *ctx)
{
    const struct ff_phrase_index *x = m->index;
    m->text = masked;
    m->hit_count = ff_phrase_index_scan(x, m->rules, m->scratch, masked, m->hits);
    note_hits(m);
    for (size_t i = 0; i < m->hit_count; i++)
        try_at_literal(m, i);
    for (uint32_t w = 0; w < x->row_words; w++)
        for (uint64_t bits = m->set_seen[w] & x->hanging[w]; bits; bits &= bits - 1)
            try_at_set(m, w * 64 + (uint32_t)__builtin_ctzll(bits));
    for (size_t i = 0; i < m->hit_count; i++)
        m->literal_seen[m->hits[i].literal] = SEEN_NOT;
    unsigned first = UINT_MAX;
    bool by_host = ctx->text_provider != 0;
    for (size_t n = list_touched(m), k = 0; k < n; k++) {
        uint32_t i = m->rule_list[k];
        const struct ff_rule *rule = &m->rules->rules[i];
        if (rule->layer == FF_LAYER_HINT && rule->hint == 0 && m->states[i].any_bytes) {
            add_provider(ctx, rule->provider[0]);
            if (!by_host && m->states[i].start < first) { /* of several, whoever speaks first */
                first = m->states[i].start;
                ctx->text_provider = rule->provider[0];
            }
        }
    }
    if (ctx->mx_provider)
        add_provider(ctx, ctx->mx_provider);
    if (ctx->text_provider)
        add_provider(ctx, ctx->text_provider);
}

/* ---- predicates ------------------------------------------------------------------------------------------------- */

static bool code_in(const struct ff_rule *rule, uint32_t code)
{
    for (unsigned i = 0; i < rule->code_count; i++)
        if (code >= rule->code[i].from && code <= rule->code[i].to)
            return true;
    return false;
}

static bool code_holds(const struct ff_rule *rule, const struct ff_context *ctx)
{
    if (rule->code_count == 0 || code_in(rule, ctx->code))
        return true;
    if (ctx->code == 0 || rule->any_code)
        for (uint32_t i = 0; i < ctx->inner_count; i++)
            if (code_in(rule, ctx->inner[i]))
                return true;
    return false;
}

static bool enhanced_is(const struct ff_enhanced_pattern *p, uint32_t e)
{
    uint32_t c = e / 1000000, s = e / 1000 % 1000, d = e % 1000;
    return (p->c == 0xffff || p->c == c) && (p->s == 0xffff || p->s == s) && (p->d == 0xffff || p->d == d);
}

static bool enhanced_holds(const struct ff_rule *rule, const struct ff_context *ctx)
{
    if (rule->enhanced_count == 0)
        return true;
    for (unsigned k = 0; k < rule->enhanced_count; k++) {
        if (ctx->enhanced_count == 0 && rule->enhanced[k].c == 0)
            return true;
        for (uint32_t i = 0; i < ctx->enhanced_count; i++)
            if (rule->enhanced[k].c != 0 && enhanced_is(&rule->enhanced[k], ctx->enhanced[i]))
                return true;
    }
    return false;
}

static bool provider_holds(const struct ff_rule *rule, const struct ff_context *ctx)
{
    if (rule->provider_count == 0)
        return true;
    for (unsigned i = 0; i < rule->provider_count; i++)
        if (ctx->providers[rule->provider[i] >> 6] >> (rule->provider[i] & 63) & 1)
            return true;
    return false;
}

static bool predicates_hold(const struct ff_rule *rule, const struct ff_context *ctx)
{
    return (rule->stages == 0 || rule->stages >> ctx->stage & 1) && code_holds(rule, ctx) &&
           enhanced_holds(rule, ctx) && provider_holds(rule, ctx);
}

static bool phrases_hold(const struct ff_rule *rule, const struct rule_state *st)
{
    return !st->refused && (!rule->has_any || st->any_bytes) &&
           st->with_bits == (uint8_t)((1u << rule->with_count) - 1);
}

/** Which rules without phrases may hold, by the codes: word `w` of the bits. */
static uint64_t plain_candidates(const struct ff_phrase_index *x, const struct ff_context *ctx, uint32_t w)
{
    uint64_t by_code = 0, by_enhanced = 0;
    uint32_t words = x->plain_words;
    for (uint32_t i = 0; i <= ctx->inner_count; i++) {
        uint32_t code = i < ctx->inner_count ? ctx->inner[i] : ctx->code;
        by_code |= x->plain_by_code[(code < FF_INDEX_CODES ? code : FF_INDEX_CODES - 1) * words + w];
    }
    if (ctx->enhanced_count == 0)
        by_enhanced = x->plain_by_enhanced[ff_index_enhanced(0, 0, 0) * words + w];
    for (uint32_t i = 0; i < ctx->enhanced_count; i++) {
        uint32_t e = ctx->enhanced[i];
        by_enhanced |= x->plain_by_enhanced[ff_index_enhanced(e / 1000000, e / 1000 % 1000, e % 1000) * words + w];
    }
    return by_code & by_enhanced;
}

static void fire(struct ff_matcher *m, uint32_t index, struct ff_fired *fired, size_t *count, uint32_t *hints)
{
    const struct rule_state *st = &m->states[index];
    *hints |= m->rules->rules[index].hint;
    if (*count < FF_FIRED_MAX)
        fired[(*count)++] = (struct ff_fired){index, st->start, st->end, (uint16_t)(st->any_bytes + st->with_bytes)};
}

/** Whoever speaks first comes first, of those the one that stands first in the file. */
static void sort_by_start(struct ff_fired *fired, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct ff_fired f = fired[i];
        size_t k = i;
        for (; k > 0 && fired[k - 1].start > f.start; k--)
            fired[k] = fired[k - 1];
        fired[k] = f;
    }
}

size_t ff_match_rules(struct ff_matcher *m, const struct ff_context *ctx, struct ff_fired ret_fired[FF_FIRED_MAX],
                      uint32_t *ret_hints)
{
    size_t n = 0;
    *ret_hints = 0;
    for (size_t k = 0; k < m->rule_list_count; k++) {
        uint32_t i = m->rule_list[k];
        const struct ff_rule *rule = &m->rules->rules[i];
        bool plain = !rule->has_any && rule->with_count == 0; /* only a "not" phrase was seen */
        if (!plain && phrases_hold(rule, &m->states[i]) && predicates_hold(rule, ctx))
            fire(m, i, ret_fired, &n, ret_hints);
    }
    sort_by_start(ret_fired, n);
    for (uint32_t w = 0; w < m->index->plain_words; w++)
        for (uint64_t bits = plain_candidates(m->index, ctx, w); bits; bits &= bits - 1) {
            uint32_t i = m->rules->plain_rules[w * 64 + (uint32_t)__builtin_ctzll(bits)];
            if (!m->states[i].refused && predicates_hold(&m->rules->rules[i], ctx))
                fire(m, i, ret_fired, &n, ret_hints);
        }
    for (size_t k = 0; k < m->rule_list_count; k++)
        m->states[m->rule_list[k]] = (struct rule_state){0};
    m->rule_list_count = 0;
    return n;
}
