/* match.c: what stands in the text, the phrases it completes, the rules whose conditions hold.
 *
 * Nothing is allocated per reply. The literals of a text are its hits; of each set of the rules a row of bits says
 * which hits are of it: its places. A phrase is looked at only when the rarest of its parts was seen, and touched only
 * when the next rarest was, too; where its parts stand is then a matter of bits. The places are cleared by those who
 * set them, so that the number of sets costs nothing.
 */
#include "classify/judge/match.h"

#include <limits.h>
#include <stdlib.h>

#include "classify/judge/place.h"
#include "classify/ruleset/phrase_scan.h"

/** The longest phrase that matched. */
struct longest {
    uint16_t bytes, start, end;
};

struct rule_state {
    struct longest of[FF_INDEX_ROLES];
    uint8_t seen; /* of what it asks for */
};

#define PLACE_BITS 32u
#define ASIDES_MAX 8u /* rules whose asides are left out of one text at once */
#define ASIDE_ROUNDS_MAX 3u
_Static_assert(FF_HITS_MAX % PLACE_BITS == 0, "hits are whole rows of places");

struct ff_matcher {
    const struct ff_ruleset *rules;
    const struct ff_phrase_index *index;
    hs_scratch_t *scratch;
    uint8_t *literal_tried; /* [literal] */
    uint64_t *hanging;      /* bit per hook of a set: it was seen */
    uint32_t *places;       /* [hit / PLACE_BITS][set]: a bit per hit */
    uint32_t place_sets;    /* sets of one row of places */
    struct rule_state *states;
    uint64_t *touched;    /* bit per rule with a matching phrase */
    uint64_t *candidates; /* bit per rule that neither the codes nor the stage rule out */
    size_t hit_count, place_rows; /* of this text */
    struct ff_word_hit hits[FF_HITS_MAX];
    struct ff_words words;
};

struct ff_matcher *ff_matcher_new(const struct ff_ruleset *rules)
{
    struct ff_matcher *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->rules = rules;
    m->index = rules->index;
    m->literal_tried = calloc(rules->literal_count + 1u, sizeof *m->literal_tried);
    m->hanging = calloc(m->index->hook_count / 64 + 1u, sizeof *m->hanging);
    m->place_sets = m->index->set_count + 2;
    m->places = calloc((FF_HITS_MAX / PLACE_BITS + 1) * m->place_sets, /* the last stays empty */
                       sizeof *m->places);
    m->states = calloc(rules->rule_count + 1u, sizeof *m->states);
    m->touched = calloc(m->index->rule_words + 1u, sizeof *m->touched);
    m->candidates = calloc(m->index->rule_words + 1u, sizeof *m->candidates);
    if (!m->literal_tried || !m->hanging || !m->places || !m->states || !m->touched || !m->candidates ||
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
    free(m->literal_tried);
    free(m->hanging);
    free(m->places);
    free(m->states);
    free(m->touched);
    free(m->candidates);
    free(m);
}

/* ---- phrases ---------------------------------------------------------------------------------------------------- */

static inline void note_hit(struct ff_matcher *m, const struct ff_index_literal *lit, uint32_t *places, uint32_t bit)
{
    const uint16_t *set = m->index->sets + lit->sets;
    for (unsigned left = lit->set_fours; left > 0; left--, set += 4) {
        places[set[0]] |= bit;
        places[set[1]] |= bit;
        places[set[2]] |= bit;
        places[set[3]] |= bit;
    }
    const uint16_t *hook = set; /* they stand behind the sets */
    for (unsigned left = lit->hook_count; left > 0; left--, hook++)
        m->hanging[*hook / 64] |= UINT64_C(1) << *hook % 64;
}

static void note_hits(struct ff_matcher *m)
{
    uint32_t *places = m->places;
    m->place_rows = (m->hit_count + PLACE_BITS - 1) / PLACE_BITS;
    for (size_t i = 0; i < m->hit_count; i++) {
        if (i && i % PLACE_BITS == 0)
            places += m->place_sets;
        note_hit(m, &m->index->literals[m->hits[i].literal], places, UINT32_C(1) << i % PLACE_BITS);
    }
}

static void forget_hits(struct ff_matcher *m)
{
    uint32_t *places = m->places;
    for (size_t i = 0; i < m->hit_count; i++) {
        const struct ff_index_literal *lit = &m->index->literals[m->hits[i].literal];
        const uint16_t *set = m->index->sets + lit->sets;
        if (i && i % PLACE_BITS == 0)
            places += m->place_sets;
        for (unsigned left = lit->set_fours; left > 0; left--, set += 4)
            places[set[0]] = places[set[1]] = places[set[2]] = places[set[3]] = 0;
        m->literal_tried[m->hits[i].literal] = false;
    }
}

/** The first hit that is of the set, from number `at` on, which is at most hit_count; SIZE_MAX: there is none. */
static inline size_t next_hit(const struct ff_matcher *m, uint16_t set, size_t at)
{
    size_t row = at / PLACE_BITS;
    if (m->place_rows == 1) { /* nearly every text */
        uint64_t bits = (uint64_t)m->places[set] >> at << at;
        return bits ? (size_t)__builtin_ctzll(bits) : SIZE_MAX;
    }
    const uint32_t *place = m->places + row * m->place_sets + set;
    uint32_t bits = *place >> at % PLACE_BITS << at % PLACE_BITS;
    while (!bits) {
        if (++row >= m->place_rows)
            return SIZE_MAX;
        bits = *(place += m->place_sets);
    }
    return row * PLACE_BITS + (size_t)__builtin_ctz(bits);
}

/** Words between two literals; -1 when they overlap. */
static int words_between(struct ff_slice text, const struct ff_word_hit *a, const struct ff_word_hit *b)
{
    unsigned at = a->end - (text.ptr[a->end - 1] == ' ' ? 1u : 0u);
    if (b->start < at)
        return -1;
    return b->first_word > a->last_word ? b->first_word - a->last_word - 1 : 0;
}

/** Finds the elements of a phrase from element `k` on behind a hit; the end of the last one, or 0. */
static unsigned follow(const struct ff_matcher *m, const struct ff_index_phrase *ph, unsigned k, size_t before,
                       unsigned *bytes)
{
    if (k == ph->count)
        return m->hits[before].end;
    size_t at = before; /* hits are in the order of their ends: none before this one is behind it */
    for (unsigned i = 0; i < FF_OCCURRENCES_MAX && (at = next_hit(m, ph->part[k], at + 1)) != SIZE_MAX; i++) {
        const struct ff_word_hit *hit = &m->hits[at];
        int gap = words_between(m->words.text, &m->hits[before], hit);
        if (gap < 0 || gap > ph->gap_words[k])
            continue;
        unsigned more = 0, to = follow(m, ph, k + 1, at, &more);
        if (to) {
            *bytes = more + (unsigned)(hit->end - hit->start);
            return to;
        }
    }
    return 0;
}

/** Of equally long phrases the first that was found counts. */
static inline void note_phrase(struct ff_matcher *m, struct ff_index_single phrase, struct longest found)
{
    struct rule_state *st = &m->states[phrase.rule];
    struct longest *longest = &st->of[phrase.role];
    m->touched[phrase.rule / 64] |= UINT64_C(1) << phrase.rule % 64;
    st->seen |= phrase.seen;
    if (found.bytes > longest->bytes)
        *longest = found;
}

static void try_phrase(struct ff_matcher *m, const struct ff_index_phrase *ph)
{
    size_t at = next_hit(m, ph->part[0], 0);
    for (unsigned i = 0; i < FF_OCCURRENCES_MAX && at != SIZE_MAX; i++) {
        const struct ff_word_hit *hit = &m->hits[at];
        unsigned bytes = 0, to = follow(m, ph, 1, at, &bytes);
        if (to) {
            bytes += (unsigned)(hit->end - hit->start);
            note_phrase(m, ff_index_single(ph->rule, ph->role),
                        (struct longest){(uint16_t)bytes, hit->start, (uint16_t)to});
            return;
        }
        at = next_hit(m, ph->part[0], at + 1);
    }
}

/** Phrases that hang on a part whose first hit this is. */
static inline void try_hook(struct ff_matcher *m, struct ff_index_hook hook, const struct ff_word_hit *hit)
{
    const union ff_index_step *step = m->index->steps + hook.first, *others = step + hook.singles,
                              *end = others + hook.count;
    const struct longest found = {(uint16_t)(hit->end - hit->start), hit->start, hit->end};
    for (; step < others; step++)
        note_phrase(m, step->single, found);
    for (; step < end; step++)
        if (next_hit(m, step->need.set, 0) != SIZE_MAX)
            try_phrase(m, &m->index->phrases[step->need.phrase]);
}

static void try_literals(struct ff_matcher *m)
{
    for (size_t i = 0; i < m->hit_count; i++) {
        uint32_t literal = m->hits[i].literal;
        const struct ff_index_hook hook = m->index->literals[literal].own;
        if (hook.singles + hook.count == 0 || m->literal_tried[literal])
            continue;
        m->literal_tried[literal] = true;
        try_hook(m, hook, &m->hits[i]);
    }
}

static void try_sets(struct ff_matcher *m)
{
    const struct ff_phrase_index *x = m->index;
    for (uint32_t w = 0; w <= x->hook_count / 64; w++) {
        for (uint64_t bits = m->hanging[w]; bits; bits &= bits - 1) {
            uint32_t hook = w * 64 + (uint32_t)__builtin_ctzll(bits);
            size_t first = next_hit(m, x->hanging_sets[hook], 0);
            if (first != SIZE_MAX) /* apart, its literals may have been taken out */
                try_hook(m, x->set_hooks[hook], &m->hits[first]);
        }
        m->hanging[w] = 0;
    }
}

static void add_provider(struct ff_context *ctx, uint16_t provider)
{
    ctx->providers[provider >> 6] |= 1ull << (provider & 63);
}

/** Providers by their fingerprints; of several, whoever speaks first. */
static void find_providers(const struct ff_matcher *m, struct ff_context *ctx)
{
    unsigned first = UINT_MAX;
    bool by_host = ctx->text_provider != 0;
    for (uint32_t w = 0; w < m->index->rule_words; w++)
        for (uint64_t bits = m->touched[w] & m->index->naming[w]; bits; bits &= bits - 1) {
            uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
            uint16_t provider = m->rules->rules[i].provider[0];
            if (!m->states[i].of[FF_INDEX_ANY].bytes)
                continue;
            add_provider(ctx, provider);
            if (!by_host && m->states[i].of[FF_INDEX_ANY].start < first) {
                first = m->states[i].of[FF_INDEX_ANY].start;
                ctx->text_provider = provider;
            }
        }
}

const struct ff_words *ff_match_read(struct ff_matcher *m, struct ff_slice masked)
{
    ff_word_index_read(m->index->words, masked, &m->words);
    return &m->words;
}

uint64_t ff_match_skeleton(const struct ff_matcher *m)
{
    return ff_phrase_index_is_words(m->index, &m->words) ? m->words.skeleton : 0;
}

static bool is_within_aside(const struct ff_matcher *m, size_t at)
{
    const struct ff_word_hit *hit = &m->hits[at];
    for (size_t i = 0; i < m->hit_count; i++)
        if (ff_index_is_aside(m->index, m->hits[i].literal) && hit->literal != m->hits[i].literal &&
            hit->start >= m->hits[i].start && hit->end <= m->hits[i].end)
            return true;
    return false;
}

/** "Dear sender, ..." speaks to the sender, not of him. */
static void leave_asides_out(struct ff_matcher *m)
{
    size_t kept = 0, asides = 0;
    for (size_t i = 0; i < m->hit_count; i++)
        asides += ff_index_is_aside(m->index, m->hits[i].literal);
    if (!asides)
        return;
    uint8_t out[FF_HITS_MAX];
    for (size_t i = 0; i < m->hit_count; i++)
        out[i] = is_within_aside(m, i);
    for (size_t i = 0; i < m->hit_count; i++)
        if (!out[i])
            m->hits[kept++] = m->hits[i];
    m->hit_count = kept;
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
    unsigned with = (1u << rule->with_count) - 1, any = 1u << FF_ROLE_ANY;
    return (st->seen | (rule->has_any ? 0 : any)) == (with << FF_ROLE_WITH | any);
}

static void forget_states(struct ff_matcher *m)
{
    for (uint32_t w = 0; w < m->index->rule_words; w++) {
        for (uint64_t bits = m->touched[w]; bits; bits &= bits - 1)
            m->states[w * 64 + (uint32_t)__builtin_ctzll(bits)] = (struct rule_state){0};
        m->touched[w] = 0;
    }
}

/* ---- the text --------------------------------------------------------------------------------------------------- */

static void find_phrases(struct ff_matcher *m)
{
    note_hits(m);
    try_literals(m);
    try_sets(m);
    forget_hits(m);
}

/** An aside of several parts, which was found. */
struct aside {
    uint32_t rule;
    struct rule_state state;
};

static size_t find_asides(const struct ff_matcher *m, const struct ff_context *ctx, struct aside ret[ASIDES_MAX])
{
    size_t n = 0;
    for (uint32_t w = 0; w < m->index->rule_words; w++)
        for (uint64_t bits = m->touched[w] & m->index->aside_rules[w]; bits && n < ASIDES_MAX; bits &= bits - 1) {
            uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
            const struct ff_rule *rule = &m->rules->rules[i];
            if (phrases_hold(rule, &m->states[i]) && predicates_hold(rule, ctx))
                ret[n++] = (struct aside){i, m->states[i]};
        }
    return n;
}

/** Takes out what stands between the ends of an aside: its own parts and what rules have of the words between. */
static bool take_out(struct ff_matcher *m, const struct aside *asides, size_t count)
{
    size_t kept = 0, hits = m->hit_count;
    for (size_t i = 0; i < hits; i++) {
        bool within = false;
        for (size_t k = 0; k < count; k++) {
            const struct longest *found = &asides[k].state.of[FF_INDEX_ANY];
            within |= m->hits[i].start >= found->start && m->hits[i].end <= found->end;
        }
        if (!within)
            m->hits[kept++] = m->hits[i];
    }
    m->hit_count = kept;
    return kept < hits;
}

/** "Hosts that keep mailing unknown users get blocked" is no part of what is said of one address. What it was is known
 * only when all phrases were found; so they are found again without it, a few times where one aside stands twice. */
static void leave_aside_phrases_out(struct ff_matcher *m, const struct ff_context *ctx)
{
    struct aside asides[ASIDES_MAX];
    for (unsigned round = 0; round < ASIDE_ROUNDS_MAX; round++) {
        size_t count = find_asides(m, ctx, asides);
        if (!count || !take_out(m, asides, count))
            return;
        forget_states(m);
        find_phrases(m);
        for (size_t k = 0; k < count; k++) {
            uint32_t rule = asides[k].rule;
            if (m->states[rule].of[FF_INDEX_ANY].bytes == 0)
                m->states[rule] = asides[k].state;
            m->touched[rule / 64] |= UINT64_C(1) << rule % 64;
        }
    }
}

void ff_match_text(struct ff_matcher *m, struct ff_context *ctx)
{
    m->hit_count = ff_phrase_index_scan(m->index, m->rules, m->scratch, &m->words, m->hits);
    leave_asides_out(m);
    find_phrases(m);
    find_providers(m, ctx);
    if (ctx->mx_provider)
        add_provider(ctx, ctx->mx_provider);
    if (ctx->text_provider)
        add_provider(ctx, ctx->text_provider);
    leave_aside_phrases_out(m, ctx); /* knows providers, too */
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static const uint64_t *code_row(const struct ff_phrase_index *x, uint32_t code)
{
    return x->by_code + (code < FF_INDEX_CODES ? code : FF_INDEX_CODES - 1) * x->rule_words;
}

static const uint64_t *enhanced_row(const struct ff_phrase_index *x, uint32_t e)
{
    return x->by_enhanced + ff_index_enhanced(e / 1000000, e / 1000 % 1000, e % 1000) * x->rule_words;
}

static void find_candidates(struct ff_matcher *m, const struct ff_context *ctx)
{
    const struct ff_phrase_index *x = m->index;
    const uint64_t *by_code = code_row(x, ctx->code), *by_stage = x->by_stage + ctx->stage * x->rule_words,
                   *by_enhanced = enhanced_row(x, ctx->enhanced_count ? ctx->enhanced[0] : 0);
    for (uint32_t w = 0; w < x->rule_words; w++) {
        uint64_t code = by_code[w], enhanced = by_enhanced[w];
        for (uint32_t i = 0; i < ctx->inner_count; i++)
            code |= code_row(x, ctx->inner[i])[w];
        for (uint32_t i = 1; i < ctx->enhanced_count; i++)
            enhanced |= enhanced_row(x, ctx->enhanced[i])[w];
        m->candidates[w] = code & enhanced & by_stage[w];
    }
}

static void fire(struct ff_matcher *m, uint32_t index, struct ff_fired *fired, size_t *count, uint32_t *hints)
{
    const struct rule_state *st = &m->states[index];
    *hints |= m->rules->rules[index].hint;
    if (*count < FF_FIRED_MAX)
        fired[(*count)++] = (struct ff_fired){index, st->of[FF_INDEX_ANY].start, st->of[FF_INDEX_ANY].end,
                                              (uint16_t)(st->of[FF_INDEX_ANY].bytes + st->of[FF_INDEX_WITH].bytes)};
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

static void fire_phrases(struct ff_matcher *m, const struct ff_context *ctx, uint32_t w, struct ff_fired *fired,
                         size_t *count, uint32_t *hints)
{
    for (uint64_t bits = m->touched[w] & m->candidates[w] & ~m->index->placed_rules[w]; bits; bits &= bits - 1) {
        uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
        const struct ff_rule *rule = &m->rules->rules[i];
        bool plain = !rule->has_any && rule->with_count == 0; /* only a "not" phrase was seen */
        if (!plain && phrases_hold(rule, &m->states[i]) && predicates_hold(rule, ctx))
            fire(m, i, fired, count, hints);
    }
}

static void fire_plain(struct ff_matcher *m, const struct ff_context *ctx, uint32_t w, struct ff_fired *fired,
                       size_t *count, uint32_t *hints)
{
    for (uint64_t bits = m->index->plain[w] & m->candidates[w]; bits; bits &= bits - 1) {
        uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
        if (!(m->states[i].seen & FF_INDEX_SEEN_NOT) && predicates_hold(&m->rules->rules[i], ctx))
            fire(m, i, fired, count, hints);
    }
}

/** Last, so that they take no place from a cause; what finds none stays unexplained. */
static void fire_fillers(struct ff_matcher *m, struct ff_fired *fired, size_t *count)
{
    for (size_t i = 0; i < m->hit_count && *count < FF_FIRED_MAX; i++) {
        const struct ff_word_hit *hit = &m->hits[i];
        uint32_t rule = m->index->filler[hit->literal];
        if (rule && m->states[rule - 1].seen)
            fired[(*count)++] = (struct ff_fired){rule - 1, hit->start, hit->end, 0};
    }
}

/** Do words of this hint stand where it asks for them? The longest it found, or any that is a phrase by itself. */
static bool find_placed(const struct ff_matcher *m, uint32_t rule, const struct ff_fired *fired, size_t count,
                        struct longest *ret)
{
    unsigned where = m->rules->rules[rule].where;
    struct ff_slice text = m->words.text;
    *ret = m->states[rule].of[FF_INDEX_ANY];
    if (ff_place_holds(m->rules, text, fired, count, where, ret->start, ret->end))
        return true;
    for (size_t i = 0; i < m->hit_count; i++) {
        const struct ff_word_hit *hit = &m->hits[i];
        if (m->index->placed[hit->literal] != rule + 1 ||
            !ff_place_holds(m->rules, text, fired, count, where, hit->start, hit->end))
            continue;
        *ret = (struct longest){(uint16_t)(hit->end - hit->start), hit->start, hit->end};
        return true;
    }
    return false;
}

/** Behind all that claims something, and behind the fillers, which say what is no noun of its own. */
static void fire_placed(struct ff_matcher *m, const struct ff_context *ctx, struct ff_fired *fired, size_t *count,
                        uint32_t *hints)
{
    size_t before = *count;
    if (!ff_place_has_claim(m->rules, fired, before))
        return;
    for (uint32_t w = 0; w < m->index->rule_words; w++)
        for (uint64_t bits = m->touched[w] & m->candidates[w] & m->index->placed_rules[w]; bits; bits &= bits - 1) {
            uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(bits);
            const struct ff_rule *rule = &m->rules->rules[i];
            if (!phrases_hold(rule, &m->states[i]) || !predicates_hold(rule, ctx) ||
                !find_placed(m, i, fired, before, &m->states[i].of[FF_INDEX_ANY]))
                continue;
            fire(m, i, fired, count, hints);
        }
}

size_t ff_match_rules(struct ff_matcher *m, const struct ff_context *ctx, struct ff_fired ret_fired[FF_FIRED_MAX],
                      uint32_t *ret_hints)
{
    size_t n = 0;
    *ret_hints = 0;
    find_candidates(m, ctx);
    for (uint32_t w = 0; w < m->index->rule_words; w++)
        fire_phrases(m, ctx, w, ret_fired, &n, ret_hints);
    sort_by_start(ret_fired, n);
    for (uint32_t w = 0; w < m->index->rule_words; w++)
        fire_plain(m, ctx, w, ret_fired, &n, ret_hints);
    fire_fillers(m, ret_fired, &n);
    fire_placed(m, ctx, ret_fired, &n, ret_hints);
    forget_states(m);
    return n;
}
