/* match.c: one pass of the automaton, then only the phrases whose first part was seen.
 *
 * Nothing is allocated per reply: counters of groups and rules are reset by walking the lists of what was touched.
 */
#include "classify/match.h"

#include <stdlib.h>

struct occurrence {
    uint16_t start, end;
};

struct group_state {
    uint8_t count;
    struct occurrence at[FF_OCCURRENCES_MAX];
};

struct rule_state {
    uint16_t any_bytes, with_bytes, start, end;
    uint8_t with_bits;
    bool refused, touched;
};

struct ff_matcher {
    const struct ff_ruleset *rules;
    hs_scratch_t *scratch;
    struct group_state *groups;
    struct rule_state *states;
    uint16_t *active; /* groups seen in this reply */
    uint32_t active_count;
    uint32_t *touched; /* rules with a matching phrase */
    uint32_t touched_count;
    struct ff_slice text;
};

struct ff_matcher *ff_matcher_new(const struct ff_ruleset *rules)
{
    struct ff_matcher *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->rules = rules;
    m->groups = calloc(rules->group_count + 1u, sizeof *m->groups);
    m->states = calloc(rules->rule_count + 1u, sizeof *m->states);
    m->active = calloc(rules->group_count + 1u, sizeof *m->active);
    m->touched = calloc(rules->rule_count + 1u, sizeof *m->touched);
    if (!m->groups || !m->states || !m->active || !m->touched ||
        (rules->db && hs_alloc_scratch(rules->db, &m->scratch) != HS_SUCCESS)) {
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
    free(m->groups);
    free(m->states);
    free(m->active);
    free(m->touched);
    free(m);
}

static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
    struct ff_matcher *m = arg;
    const struct ff_literal *lit = &m->rules->literals[id];
    (void)from;
    (void)flags;
    for (uint32_t i = 0; i < lit->group_count; i++) {
        uint16_t g = m->rules->literal_groups[lit->group_first + i];
        struct group_state *s = &m->groups[g];
        if (s->count == 0)
            m->active[m->active_count++] = g;
        if (s->count < FF_OCCURRENCES_MAX)
            s->at[s->count++] = (struct occurrence){(uint16_t)(to - lit->text.len), (uint16_t)to};
    }
    return 0;
}

/** Words between two parts; -1 when they overlap or are too far apart. */
static int words_between(struct ff_slice text, unsigned end, unsigned start)
{
    unsigned at = end && text.ptr[end - 1] == ' ' ? end - 1 : end;
    int blanks = -1;
    if (start < at || start - at > 400)
        return -1;
    for (unsigned i = at; i <= start && i < text.len; i++)
        blanks += text.ptr[i] == ' ';
    return blanks < 0 ? 0 : blanks;
}

/** Finds the elements of a phrase from element `k` on behind `end`; the end of the last one, or 0. */
static unsigned follow(const struct ff_matcher *m, const struct ff_phrase *ph, unsigned k, unsigned end, unsigned *bytes)
{
    if (k == ph->count)
        return end;
    const struct group_state *s = &m->groups[ph->element[k].group];
    for (unsigned i = 0; i < s->count; i++) {
        int gap = words_between(m->text, end, s->at[i].start);
        if (gap < 0 || gap > ph->element[k].gap_words)
            continue;
        unsigned more = 0, to = follow(m, ph, k + 1, s->at[i].end, &more);
        if (to) {
            *bytes = more + (unsigned)(s->at[i].end - s->at[i].start);
            return to;
        }
    }
    return 0;
}

static void try_phrase(struct ff_matcher *m, const struct ff_phrase *ph)
{
    const struct group_state *s = &m->groups[ph->element[0].group];
    struct rule_state *st = &m->states[ph->rule];
    for (unsigned i = 0; i < s->count; i++) {
        unsigned bytes = 0, to = follow(m, ph, 1, s->at[i].end, &bytes);
        if (!to)
            continue;
        bytes += (unsigned)(s->at[i].end - s->at[i].start);
        if (!st->touched) {
            st->touched = true;
            m->touched[m->touched_count++] = ph->rule;
        }
        if (ph->role == FF_ROLE_NOT) {
            st->refused = true;
        } else if (ph->role == FF_ROLE_ANY) {
            if (bytes > st->any_bytes) {
                st->any_bytes = (uint16_t)bytes;
                st->start = s->at[i].start;
                st->end = (uint16_t)to;
            }
        } else {
            st->with_bits |= (uint8_t)(1u << (ph->role - FF_ROLE_WITH));
            if (bytes > st->with_bytes)
                st->with_bytes = (uint16_t)bytes;
        }
        return;
    }
}

static void add_provider(struct ff_context *ctx, uint16_t provider)
{
    ctx->providers[provider >> 6] |= 1ull << (provider & 63);
}

void ff_match_text(struct ff_matcher *m, struct ff_slice masked, struct ff_context *ctx)
{
    m->text = masked;
    if (m->rules->db && masked.len)
        (void)hs_scan(m->rules->db, (const char *)masked.ptr, (unsigned)masked.len, 0, m->scratch, on_literal, m);
    for (uint32_t i = 0; i < m->active_count; i++) {
        const struct ff_group *g = &m->rules->groups[m->active[i]];
        for (uint32_t k = 0; k < g->phrase_count; k++)
            try_phrase(m, &m->rules->phrases[m->rules->group_phrases[g->phrase_first + k]]);
    }
    for (uint32_t i = 0; i < m->touched_count; i++) {
        const struct ff_rule *rule = &m->rules->rules[m->touched[i]];
        if (rule->layer == FF_LAYER_HINT && rule->hint == 0 && m->states[m->touched[i]].any_bytes) {
            add_provider(ctx, rule->provider[0]);
            if (!ctx->text_provider)
                ctx->text_provider = rule->provider[0];
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

size_t ff_match_rules(struct ff_matcher *m, const struct ff_context *ctx, struct ff_fired ret_fired[FF_FIRED_MAX], uint32_t *ret_hints)
{
    size_t n = 0;
    uint32_t hints = 0;
    for (uint32_t i = 0; i < m->touched_count; i++) {
        const struct ff_rule *rule = &m->rules->rules[m->touched[i]];
        struct rule_state *st = &m->states[m->touched[i]];
        bool plain = !rule->has_any && rule->with_count == 0; /* only a "not" phrase was seen */
        if (!plain && phrases_hold(rule, st) && predicates_hold(rule, ctx)) {
            hints |= rule->hint;
            if (n < FF_FIRED_MAX)
                ret_fired[n++] = (struct ff_fired){m->touched[i], st->start, st->end, (uint16_t)(st->any_bytes + st->with_bytes)};
        }
    }
    for (uint32_t i = 0; i < m->rules->plain_count; i++) {
        const struct ff_rule *rule = &m->rules->rules[m->rules->plain_rules[i]];
        if (!m->states[m->rules->plain_rules[i]].refused && predicates_hold(rule, ctx)) {
            hints |= rule->hint;
            if (n < FF_FIRED_MAX)
                ret_fired[n++] = (struct ff_fired){m->rules->plain_rules[i], 0, 0, 0};
        }
    }
    for (uint32_t i = 0; i < m->touched_count; i++)
        m->states[m->touched[i]] = (struct rule_state){0};
    for (uint32_t i = 0; i < m->active_count; i++)
        m->groups[m->active[i]].count = 0;
    m->touched_count = m->active_count = 0;
    *ret_hints = hints;
    return n;
}
