/* lint_overlap.c: phrases that say nothing new, or nothing at all.
 *
 * Whether others cover a phrase is found by writing out the texts it stands for (every combination of its members, its gaps
 * empty and full) and matching them without it. That knows all the matcher knows: sets, gaps, open ends. A phrase with more
 * combinations than the limit is let be; one text that nothing else matches ends the search, so it is quick for good phrases.
 */
#include <stdlib.h>

#include "classify/lint_int.h"

#define COMBINATIONS_MAX 20000u
#define FILLER "q" /* a word that no rule knows */

struct overlap {
    struct ff_linter *linter;
    uint32_t *member_first, *member_of_group; /* literals of group g: [first[g], first[g + 1]) */
    uint64_t *group_hash;
    struct ff_masked text; /* written out */
    struct ff_masked masked;
    struct ff_fired fired[FF_FIRED_MAX];
};

static bool index_groups(struct overlap *o)
{
    const struct ff_linter *l = o->linter;
    const struct ff_ruleset *r = l->rules;
    uint32_t total = 0;
    for (uint32_t g = 0; g < r->group_count; g++)
        total += l->group_size[g];
    o->member_first = calloc(r->group_count + 2u, sizeof *o->member_first);
    o->member_of_group = calloc(total + 1u, sizeof *o->member_of_group);
    o->group_hash = calloc(r->group_count + 1u, sizeof *o->group_hash);
    uint32_t *at = calloc(r->group_count + 1u, sizeof *at);
    bool enough = o->member_first && o->member_of_group && o->group_hash && at;
    for (uint32_t g = 0; enough && g < r->group_count; g++)
        o->member_first[g + 1] = o->member_first[g] + l->group_size[g];
    for (uint32_t i = 0; enough && i < r->literal_count; i++)
        for (uint32_t k = 0; k < r->literals[i].group_count; k++) {
            uint16_t g = r->literal_groups[r->literals[i].group_first + k];
            o->member_of_group[o->member_first[g] + at[g]++] = i;
            o->group_hash[g] += (i + 1) * 0x9e3779b97f4a7c15u ^ (uint64_t)(i + 1) << 29; /* whatever the order */
        }
    free(at);
    return enough;
}

/* ---- the texts of a phrase ------------------------------------------------------------------------------------------ */

static void put(struct ff_masked *t, struct ff_slice s)
{
    if (s.len > sizeof t->buf - t->len)
        return; /* six parts of 120 bytes and gaps of 40 words fit */
    memcpy(t->buf + t->len, s.ptr, s.len);
    t->len += s.len;
}

static void put_blank(struct ff_masked *t)
{
    if (t->len == 0 || t->buf[t->len - 1] != ' ')
        put(t, FF_SLICE(" "));
}

/** An open end is written with a letter more, so that a closed literal does not seem to cover it. */
static void put_literal(struct ff_masked *t, struct ff_slice literal)
{
    put_blank(t);
    if (literal.ptr[0] != ' ')
        put(t, FF_SLICE(FILLER));
    put(t, literal.ptr[0] == ' ' ? ff_slice_sub(literal, 1, literal.len) : literal);
    if (literal.ptr[literal.len - 1] != ' ')
        put(t, FF_SLICE(FILLER));
}

static size_t combinations(const struct overlap *o, const struct ff_phrase *ph)
{
    size_t n = 1;
    for (unsigned k = 0; k < ph->count && n <= COMBINATIONS_MAX; k++)
        n *= o->linter->group_size[ph->element[k].group];
    return n;
}

static void write_out(struct overlap *o, const struct ff_phrase *ph, size_t combination, bool full)
{
    o->text.len = 0;
    put_blank(&o->text);
    for (unsigned k = 0; k < ph->count; k++) {
        uint16_t g = ph->element[k].group;
        uint32_t size = o->linter->group_size[g];
        for (unsigned w = 0; full && k && w < ph->element[k].gap_words; w++) {
            put_blank(&o->text);
            put(&o->text, FF_SLICE(FILLER));
        }
        put_literal(&o->text, o->linter->rules->literals[o->member_of_group[o->member_first[g] + combination % size]].text);
        combination /= size;
    }
    put_blank(&o->text);
}

static size_t match(struct overlap *o)
{
    struct ff_context ctx = {0};
    uint32_t hints;
    ff_match_text(o->linter->whatif->matcher, ff_slice_of(o->text.buf, o->text.len), &ctx);
    return ff_match_rules(o->linter->whatif->matcher, &ctx, o->fired, &hints);
}

/* ---- shadowed ------------------------------------------------------------------------------------------------------- */

static bool has_predicates(const struct ff_rule *rule)
{
    return rule->code_count || rule->enhanced_count || rule->stages || rule->provider_count;
}

/** Of what fired: the rule itself, or one that outranks it whatever the codes. UINT32_MAX: neither. */
static uint32_t covered_by(const struct overlap *o, size_t fired, uint32_t rule)
{
    const struct ff_ruleset *r = o->linter->rules;
    const struct ff_rule *own = &r->rules[rule];
    uint32_t found = UINT32_MAX;
    for (size_t i = 0; i < fired; i++) {
        const struct ff_rule *other = &r->rules[o->fired[i].rule];
        if (o->fired[i].rule == rule)
            return rule;
        bool works = own->layer == FF_LAYER_HINT || own->mechanism.len || own->list.len;
        if (!works && other->layer != FF_LAYER_HINT && other->category != own->category && other->weight > own->weight && !has_predicates(other))
            found = o->fired[i].rule;
    }
    return found;
}

static void shadow(struct overlap *o, uint32_t phrase)
{
    struct ff_linter *l = o->linter;
    const struct ff_phrase *ph = &l->rules->phrases[phrase];
    size_t n = combinations(o, ph);
    uint32_t by = UINT32_MAX;
    bool own = true;
    if (n > COMBINATIONS_MAX)
        return;
    ff_whatif_phrase(l->whatif, phrase, false);
    for (size_t i = 0; i < 2 * n; i++) {
        write_out(o, ph, i / 2, i % 2);
        uint32_t found = covered_by(o, match(o), ph->rule);
        if (found == UINT32_MAX || (ph->role != FF_ROLE_ANY && found != ph->rule)) {
            ff_whatif_phrase(l->whatif, phrase, true);
            return;
        }
        own &= found == ph->rule;
        if (found != ph->rule)
            by = found;
    }
    /* it stays out, so that of two equal phrases only one is named */
    struct ff_slice words = l->rules->source.phrase_words[phrase], rule = l->rules->rules[ph->rule].id;
    if (own)
        ff_linter_report(l, (struct ff_lint){.kind = FF_LINT_SHADOWED, .rule = rule, .words = words,
                         .what = "other phrases of the rule match all that this one does", .remedy = "leave it out"}, ph->line, 0);
    else
        ff_linter_report(l, (struct ff_lint){.kind = FF_LINT_SHADOWED, .rule = rule, .words = words, .other_rule = l->rules->rules[by].id,
                         .what = "a heavier rule of another category fires wherever this phrase does", .remedy = "leave it out of one of them"},
                         ph->line, l->rules->rules[by].line);
}

static void shadow_role(struct overlap *o, uint32_t rule, unsigned role)
{
    struct ff_linter *l = o->linter;
    struct ff_whatif *w = l->whatif;
    uint32_t first = l->phrase_first[rule], end = l->phrase_first[rule + 1];
    w->rules.rules[rule] = (struct ff_rule){.id = l->rules->rules[rule].id, .layer = l->rules->rules[rule].layer,
                                            .hint = l->rules->rules[rule].hint, .provider = {l->rules->rules[rule].provider[0]}, .has_any = true};
    for (uint32_t i = first; i < end; i++) {
        uint32_t phrase = l->phrase_of_rule[i];
        w->rules.phrases[phrase].role = FF_ROLE_ANY;
        ff_whatif_phrase(w, phrase, l->rules->phrases[phrase].role == role);
    }
    for (uint32_t i = end; i-- > first;)
        if (l->rules->phrases[l->phrase_of_rule[i]].role == role)
            shadow(o, l->phrase_of_rule[i]);
    for (uint32_t i = first; i < end; i++)
        w->rules.phrases[l->phrase_of_rule[i]] = l->rules->phrases[l->phrase_of_rule[i]];
    ff_whatif_rule(w, rule, true);
}

/* ---- duplicates ----------------------------------------------------------------------------------------------------- */

struct signature {
    uint64_t hash;
    uint32_t phrase;
};

static int signature_order(const void *a, const void *b)
{
    const struct signature *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->phrase > y->phrase) - (x->phrase < y->phrase);
}

static bool codes_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    for (unsigned i = 0; i < a->code_count; i++)
        for (unsigned k = 0; k < b->code_count; k++)
            if (a->code[i].from <= b->code[k].to && b->code[k].from <= a->code[i].to)
                return true;
    return a->code_count == 0 || b->code_count == 0;
}

static bool part_overlaps(uint16_t a, uint16_t b)
{
    return a == b || a == 0xffff || b == 0xffff;
}

static bool enhanced_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    for (unsigned i = 0; i < a->enhanced_count; i++)
        for (unsigned k = 0; k < b->enhanced_count; k++)
            if (part_overlaps(a->enhanced[i].c, b->enhanced[k].c) && part_overlaps(a->enhanced[i].s, b->enhanced[k].s) &&
                part_overlaps(a->enhanced[i].d, b->enhanced[k].d))
                return true;
    return a->enhanced_count == 0 || b->enhanced_count == 0;
}

static bool providers_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    for (unsigned i = 0; i < a->provider_count; i++)
        for (unsigned k = 0; k < b->provider_count; k++)
            if (a->provider[i] == b->provider[k])
                return true;
    return a->provider_count == 0 || b->provider_count == 0;
}

/** Is there a reply for which the predicates of both hold? */
static bool rules_overlap(const struct ff_rule *a, const struct ff_rule *b)
{
    return (!a->stages || !b->stages || (a->stages & b->stages)) && codes_overlap(a, b) && enhanced_overlap(a, b) && providers_overlap(a, b);
}

static void compare(struct ff_linter *l, uint32_t first, uint32_t second)
{
    const struct ff_ruleset *r = l->rules;
    const struct ff_phrase *a = &r->phrases[first], *b = &r->phrases[second];
    const struct ff_rule *ra = &r->rules[a->rule], *rb = &r->rules[b->rule];
    if (a->rule == b->rule || ra->layer == FF_LAYER_HINT || rb->layer == FF_LAYER_HINT || !rules_overlap(ra, rb))
        return;
    bool narrowed = ra->with_count || rb->with_count || ra->has_not || rb->has_not;
    bool undecided = ra->category != rb->category && ra->weight == rb->weight && !narrowed;
    ff_linter_report(l, (struct ff_lint){.kind = FF_LINT_DUPLICATE, .error = undecided, .rule = rb->id, .words = r->source.phrase_words[second],
                     .what = undecided ? "a phrase that gives two categories the same weight" : "a phrase that stands in two rules which overlap",
                     .remedy = "keep it in one of them", .other_rule = ra->id}, b->line, a->line);
}

static bool find_duplicates(struct overlap *o)
{
    const struct ff_ruleset *r = o->linter->rules;
    struct signature *s = calloc(r->phrase_count + 1u, sizeof *s);
    uint32_t n = 0;
    if (!s)
        return false;
    for (uint32_t i = 0; i < r->phrase_count; i++) {
        const struct ff_phrase *ph = &r->phrases[i];
        uint64_t hash = ph->count;
        for (unsigned k = 0; k < ph->count; k++)
            hash = (hash ^ o->group_hash[ph->element[k].group]) * 0x9e3779b97f4a7c15u + (k ? ph->element[k].gap_words : 0u);
        if (ph->role == FF_ROLE_ANY)
            s[n++] = (struct signature){hash, i};
    }
    qsort(s, n, sizeof *s, signature_order);
    for (uint32_t i = 0; i + 1 < n; i++)
        for (uint32_t k = i + 1; k < n && s[k].hash == s[i].hash; k++)
            compare(o->linter, s[i].phrase, s[k].phrase);
    free(s);
    return true;
}

/* ---- impossible ----------------------------------------------------------------------------------------------------- */

#define SEPARATORS " _-#.:"
#define SEPARATOR_COUNT (sizeof SEPARATORS - 1)
#define BLANKS_MAX 3

/** Words as a reply may write them: what the loader folded to blanks may have been any separator ("OFR_417", "AUP#I-1250"). */
static void write_variant(struct overlap *o, struct ff_slice words, bool upper, bool at_head, size_t separators)
{
    o->text.len = 0;
    if (!at_head)
        put(&o->text, FF_SLICE(FILLER " ")); /* codes are taken off at the head */
    for (size_t i = 0; i < words.len; i++) {
        uint8_t c = words.ptr[i];
        if (c == '*')
            continue;
        if (c == ' ') {
            c = (uint8_t)SEPARATORS[separators % SEPARATOR_COUNT];
            separators /= SEPARATOR_COUNT;
        } else if (upper && c >= 'a' && c <= 'z') {
            c &= 0xdf;
        }
        put(&o->text, ff_slice_of(&c, 1));
    }
}

/** Does any way to write the words reach the matcher as this literal? Words with placeholders are taken on trust. */
static bool is_possible(struct overlap *o, struct ff_slice words, struct ff_slice literal)
{
    const struct ff_mask_context ctx = {.hosts = &o->linter->rules->hosts};
    size_t variants = 1, blanks = 0;
    for (size_t i = 0; i < words.len; i++) {
        if (words.ptr[i] == '<' || words.ptr[i] == '#')
            return true;
        if (words.ptr[i] == ' ' && blanks++ < BLANKS_MAX)
            variants *= SEPARATOR_COUNT;
    }
    for (size_t i = 0; i < 4 * variants; i++) {
        write_variant(o, words, i & 1, i & 2, i / 4);
        ff_mask(&ctx, ff_slice_of(o->text.buf, o->text.len), &o->masked);
        if (ff_slice_find(ff_slice_of(o->masked.buf, o->masked.len), 0, ff_slice_trim(literal)) != SIZE_MAX)
            return true;
    }
    return false;
}

/** A word that the masker takes for an address, host, number, ... never reaches the matcher. */
static void find_impossible(struct overlap *o)
{
    const struct ff_ruleset *r = o->linter->rules;
    for (uint32_t i = 0; i < r->literal_count; i++) {
        const struct ff_literal *lit = &r->literals[i];
        const struct ff_member *m = &r->source.members[lit->group_first];
        if (lit->group_count && !is_possible(o, m->words, lit->text))
            ff_linter_report(o->linter, (struct ff_lint){.kind = FF_LINT_IMPOSSIBLE, .words = m->words,
                             .what = "no reply that is written so keeps these words when it is masked, so they may never match",
                             .remedy = "write <host>, <addr>, <num>, <id>, ... for what varies; no ~ inside a choice"}, m->line, 0);
    }
}

enum ff_err ff_lint_overlap(struct ff_linter *l)
{
    struct overlap *o = calloc(1, sizeof *o);
    if (!o)
        return FF_ERR_NOMEM;
    o->linter = l;
    bool enough = index_groups(o);
    if (enough) {
        find_impossible(o);
        for (uint32_t i = 0; i < l->rules->rule_count; i++) {
            shadow_role(o, i, FF_ROLE_ANY);
            shadow_role(o, i, FF_ROLE_NOT);
            for (unsigned k = 0; k < l->rules->rules[i].with_count; k++)
                shadow_role(o, i, FF_ROLE_WITH + k);
        }
        enough = find_duplicates(o);
    }
    free(o->member_first);
    free(o->member_of_group);
    free(o->group_hash);
    free(o);
    return enough ? FF_OK : FF_ERR_NOMEM;
}
