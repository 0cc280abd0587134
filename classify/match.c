/* match.c: what stands in the text, the phrases it completes, the rules whose conditions hold.
 *
 * Nothing is allocated per reply, and nothing is walked that the reply did not touch: groups and rules are reset by the lists
 * of what was seen. A phrase is looked at only when the rarest of its groups was seen, and tried only when all of them were.
 */
#include "classify/match.h"

#include <limits.h>
#include <stdlib.h>

#include "classify/phrase_index.h"

/** A literal of a group was seen: marks of one group are a chain, in the order of the text. */
struct mark {
    uint16_t group, hit;
    uint32_t next; /* index + 1; 0: the last */
};

struct rule_state {
    uint16_t any_bytes, with_bytes, start, end;
    uint8_t with_bits;
    bool refused;
};

struct ff_matcher {
    const struct ff_ruleset *rules;
    const struct ff_phrase_index *index;
    hs_scratch_t *scratch;
    uint32_t *chains; /* of each group: its first mark, + 1; 0: not seen */
    struct mark *marks;
    uint32_t mark_count;
    uint16_t *begun; /* groups seen that phrases hang on */
    uint32_t begun_count;
    struct rule_state *states;
    uint64_t *touched; /* bit per rule with a matching phrase */
    uint32_t touched_words;
    struct ff_slice text;
    struct ff_word_hit hits[FF_HITS_MAX];
};

struct ff_matcher *ff_matcher_new(const struct ff_ruleset *rules)
{
    struct ff_matcher *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->rules = rules;
    m->index = rules->index;
    m->touched_words = (rules->rule_count + 63) / 64;
    m->chains = calloc(m->index->group_count + 1u, sizeof *m->chains);
    m->marks = calloc((size_t)FF_HITS_MAX * m->index->groups_per_literal_max + 1, sizeof *m->marks);
    m->begun = calloc(m->index->group_count + 1u, sizeof *m->begun);
    m->states = calloc(rules->rule_count + 1u, sizeof *m->states);
    m->touched = calloc(m->touched_words + 1u, sizeof *m->touched);
    if (!m->chains || !m->marks || !m->begun || !m->states || !m->touched ||
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
    free(m->chains);
    free(m->marks);
    free(m->begun);
    free(m->states);
    free(m->touched);
    free(m);
}

/** From the last hit to the first, so that each chain is in the order of the text. */
static void mark_groups(struct ff_matcher *m, size_t hits)
{
    const struct ff_phrase_index *x = m->index;
    for (size_t i = hits; i-- > 0;) {
        uint32_t literal = m->hits[i].literal;
        for (uint32_t k = x->literal_first[literal]; k < x->literal_first[literal + 1]; k++) {
            uint16_t g = x->literal_groups[k] & (FF_INDEX_HANGS - 1);
            if (x->literal_groups[k] & FF_INDEX_HANGS && !m->chains[g])
                m->begun[m->begun_count++] = g;
            m->marks[m->mark_count] = (struct mark){g, (uint16_t)i, m->chains[g]};
            m->chains[g] = ++m->mark_count;
        }
    }
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
static unsigned follow(const struct ff_matcher *m, const struct ff_index_phrase *ph, unsigned k, const struct ff_word_hit *before, unsigned *bytes)
{
    if (k == ph->count)
        return before->end;
    uint32_t at = m->chains[ph->group[k]];
    for (unsigned i = 0; at && i < FF_OCCURRENCES_MAX; i++, at = m->marks[at - 1].next) {
        const struct ff_word_hit *hit = &m->hits[m->marks[at - 1].hit];
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

static void note_phrase(struct ff_matcher *m, const struct ff_index_phrase *ph, unsigned start, unsigned end, unsigned bytes)
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

static void try_phrase(struct ff_matcher *m, const struct ff_index_phrase *ph)
{
    for (unsigned k = 0; k < ph->count; k++)
        if (!m->chains[ph->group[k]])
            return;
    uint32_t at = m->chains[ph->group[0]];
    for (unsigned i = 0; at && i < FF_OCCURRENCES_MAX; i++, at = m->marks[at - 1].next) {
        const struct ff_word_hit *hit = &m->hits[m->marks[at - 1].hit];
        unsigned bytes = 0, to = follow(m, ph, 1, hit, &bytes);
        if (to) {
            note_phrase(m, ph, hit->start, to, bytes + (unsigned)(hit->end - hit->start));
            return;
        }
    }
}

static void add_provider(struct ff_context *ctx, uint16_t provider)
{
    ctx->providers[provider >> 6] |= 1ull << (provider & 63);
}

/** The next touched rule at or behind `*at`; false: none. */
static bool next_touched(const struct ff_matcher *m, uint32_t *at)
{
    for (uint32_t w = *at / 64; w < m->touched_words; w++) {
        uint64_t bits = m->touched[w];
        if (w == *at / 64)
            bits &= ~UINT64_C(0) << *at % 64;
        if (bits) {
            *at = w * 64 + (uint32_t)__builtin_ctzll(bits);
            return true;
        }
    }
    return false;
}

void ff_match_text(struct ff_matcher *m, struct ff_slice masked, struct ff_context *ctx)
{
    const struct ff_phrase_index *x = m->index;
    m->text = masked;
    mark_groups(m, ff_phrase_index_scan(x, m->rules, m->scratch, masked, m->hits));
    for (uint32_t i = 0; i < m->begun_count; i++) {
        const struct ff_index_group *g = &x->groups[m->begun[i]];
        for (uint32_t k = 0; k < g->phrase_count; k++)
            try_phrase(m, &x->phrases[g->phrase_first + k]);
    }
    for (uint32_t i = 0; i < m->mark_count; i++)
        m->chains[m->marks[i].group] = 0;
    m->mark_count = m->begun_count = 0;
    unsigned first = UINT_MAX;
    bool by_host = ctx->text_provider != 0;
    for (uint32_t i = 0; next_touched(m, &i); i++) {
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

/* ---- predicates ----------------------------------------------------------------------------------------------------- */

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
    return (rule->stages == 0 || rule->stages >> ctx->stage & 1) && code_holds(rule, ctx) && enhanced_holds(rule, ctx) &&
           provider_holds(rule, ctx);
}

static bool phrases_hold(const struct ff_rule *rule, const struct rule_state *st)
{
    return !st->refused && (!rule->has_any || st->any_bytes) && st->with_bits == (uint8_t)((1u << rule->with_count) - 1);
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
        by_enhanced = x->plain_by_enhanced[w];
    for (uint32_t i = 0; i < ctx->enhanced_count; i++) {
        uint32_t c = ctx->enhanced[i] / 1000000, s = ctx->enhanced[i] / 1000 % 1000;
        uint32_t e = c > 9 || c == 0 ? FF_INDEX_ENHANCED - 1 : c * 10 + (s < 9 ? s : 9);
        by_enhanced |= x->plain_by_enhanced[e * words + w];
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

size_t ff_match_rules(struct ff_matcher *m, const struct ff_context *ctx, struct ff_fired ret_fired[FF_FIRED_MAX], uint32_t *ret_hints)
{
    size_t n = 0;
    *ret_hints = 0;
    for (uint32_t i = 0; next_touched(m, &i); i++) {
        const struct ff_rule *rule = &m->rules->rules[i];
        bool plain = !rule->has_any && rule->with_count == 0; /* only a "not" phrase was seen */
        if (!plain && phrases_hold(rule, &m->states[i]) && predicates_hold(rule, ctx))
            fire(m, i, ret_fired, &n, ret_hints);
    }
    for (uint32_t w = 0; w < m->index->plain_words; w++)
        for (uint64_t bits = plain_candidates(m->index, ctx, w); bits; bits &= bits - 1) {
            uint32_t i = m->rules->plain_rules[w * 64 + (uint32_t)__builtin_ctzll(bits)];
            if (!m->states[i].refused && predicates_hold(&m->rules->rules[i], ctx))
                fire(m, i, ret_fired, &n, ret_hints);
        }
    for (uint32_t i = 0; next_touched(m, &i); i++)
        m->states[i] = (struct rule_state){0};
    memset(m->touched, 0, m->touched_words * sizeof *m->touched);
    return n;
}
