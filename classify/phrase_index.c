/* phrase_index.c: see phrase_index.h. */
#include "classify/phrase_index.h"

#include "classify/masked_words.h"
#include "classify/wrappers.h"

#include <limits.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

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
        if (!ff_has_foreign(text.ptr, text.len) && !wake_by_word(x, text, &err))
            x->rest_is_rare = false;
        r.texts[r.count] = (const char *)text.ptr;
        r.lens[r.count] = text.len;
        r.ids[r.count++] = i;
    }
    if (err == FF_OK)
        err = ff_wrappers_know(x->words) && ff_word_index_seal(x->words) ? compile_rest(x, &r) : FF_ERR_NOMEM;
    free(r.texts);
    free(r.lens);
    free(r.ids);
    free(r.flags);
    return err;
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

#define NO_SET 0xffffu

/** What the groups of the rule set are called here. */
struct naming {
    uint16_t *set;            /* [group of the rule set]; NO_SET: a single literal that is nothing but a whole phrase */
    uint64_t *hash;           /* of its literals */
    uint32_t *common;         /* in how many groups its literals stand, all together: how common they are */
    uint32_t *size, *literal; /* how many literals, and the last of them */
    bool *joined;             /* is it one part of several in some phrase? */
    uint16_t *hook;           /* [set]: number of its hook + 1; 0: no phrase hangs on it, or the literal has it */
    uint32_t set_count;
};

static bool naming_new(struct naming *n, size_t groups)
{
    *n = (struct naming){.set = calloc(groups, sizeof *n->set),
                         .hash = calloc(groups, sizeof *n->hash),
                         .common = calloc(groups, sizeof *n->common),
                         .size = calloc(groups, sizeof *n->size),
                         .literal = calloc(groups, sizeof *n->literal),
                         .joined = calloc(groups, sizeof *n->joined),
                         .hook = calloc(groups, sizeof *n->hook)};
    return n->set && n->hash && n->common && n->size && n->literal && n->joined && n->hook;
}

static void naming_free(struct naming *n)
{
    free(n->set);
    free(n->hash);
    free(n->common);
    free(n->size);
    free(n->literal);
    free(n->joined);
    free(n->hook);
}

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
    for (uint32_t i = 0; i < rules->phrase_count; i++)
        for (unsigned k = 0; k < rules->phrases[i].count && rules->phrases[i].count > 1; k++)
            n->joined[rules->phrases[i].element[k].group] = true;
}

/** Numbers the groups of several literals, or of one. */
static void name_sets(const struct ff_ruleset *rules, struct naming *n, bool several, uint32_t *slots, uint32_t mask)
{
    for (uint32_t g = 0; g < rules->group_count; g++) {
        if ((n->size[g] != 1) != several)
            continue;
        n->set[g] = NO_SET;
        if (!several && !n->joined[g])
            continue;
        uint32_t at = (uint32_t)n->hash[g] & mask;
        while (slots[at] && n->hash[slots[at] - 1] != n->hash[g])
            at = (at + 1) & mask;
        if (!slots[at]) {
            slots[at] = g + 1;
            n->set[g] = (uint16_t)n->set_count++;
        } else {
            n->set[g] = n->set[slots[at] - 1];
        }
    }
}

static enum ff_err name_parts(const struct ff_ruleset *rules, enum ff_index_kind kind, struct naming *n)
{
    size_t groups = rules->group_count + 1u;
    uint32_t mask = 1;
    while (mask < 2 * groups)
        mask = 2 * mask + 1;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots); /* sets by their literals: group + 1 */
    if (!naming_new(n, groups) || !slots) {
        free(slots);
        return FF_ERR_NOMEM;
    }
    describe_groups(rules, n);
    if (kind == FF_INDEX_APART) {
        for (uint32_t g = 0; g < rules->group_count; g++)
            n->set[g] = (uint16_t)n->set_count++;
    } else {
        name_sets(rules, n, true, slots, mask);
        name_sets(rules, n, false, slots, mask);
    }
    free(slots);
    return FF_OK;
}

/* ---- hooks ------------------------------------------------------------------------------------------------------ */

/** Which element of the phrase is the rarest, `but` this one. */
static unsigned rarest_of(const struct ff_phrase *ph, const struct naming *n, unsigned but)
{
    unsigned rarest = but == 0;
    for (unsigned k = rarest + 1; k < ph->count; k++)
        if (k != but && n->common[ph->element[k].group] < n->common[ph->element[rarest].group])
            rarest = k;
    return rarest;
}

/** The group that the phrase hangs on. */
static uint16_t hanging_group(const struct ff_phrase *ph, const struct naming *n)
{
    return ph->element[rarest_of(ph, n, UINT_MAX)].group;
}

/** A single literal has the hook itself. */
static bool hangs_on_literal(const struct naming *n, enum ff_index_kind kind, uint16_t group)
{
    return kind == FF_INDEX_SHARED && n->size[group] == 1;
}

static enum ff_err make_hooks(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                              struct naming *n)
{
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        uint16_t group = hanging_group(&rules->phrases[i], n);
        if (!hangs_on_literal(n, kind, group))
            n->hook[n->set[group]] = 1;
    }
    for (uint32_t set = 0; set < n->set_count; set++)
        if (n->hook[set])
            n->hook[set] = (uint16_t)++x->hook_count;
    x->set_hooks = calloc(x->hook_count + 1u, sizeof *x->set_hooks);
    x->hanging_sets = calloc(x->hook_count + 1u, sizeof *x->hanging_sets);
    if (!x->set_hooks || !x->hanging_sets)
        return FF_ERR_NOMEM;
    for (uint32_t set = 0; set < n->set_count; set++)
        if (n->hook[set])
            x->hanging_sets[n->hook[set] - 1] = (uint16_t)set;
    return FF_OK;
}

static struct ff_index_hook *hook_of(struct ff_phrase_index *x, const struct ff_phrase *ph, enum ff_index_kind kind,
                                     const struct naming *n)
{
    uint16_t group = hanging_group(ph, n);
    return hangs_on_literal(n, kind, group) ? &x->literals[n->literal[group]].own
                                            : &x->set_hooks[n->hook[n->set[group]] - 1];
}

/** Apart, it may be that nothing is left of a phrase's part. */
static bool is_single(const struct ff_phrase *ph, enum ff_index_kind kind)
{
    return ph->count == 1 && kind == FF_INDEX_SHARED;
}

static void place_hook(struct ff_index_hook *hook, uint32_t *at)
{
    hook->first = (uint16_t)*at;
    *at += hook->singles + hook->count;
    hook->singles = hook->count = 0;
}

/* ---- literals and their sets ------------------------------------------------------------------------------------ */

static uint32_t add_sorted(uint16_t *list, uint32_t count, uint16_t set)
{
    uint32_t k = count;
    while (k > 0 && list[k - 1] > set)
        k--;
    if (k > 0 && list[k - 1] == set)
        return count;
    memmove(list + k + 1, list + k, (count - k) * sizeof *list);
    list[k] = set;
    return count + 1;
}

/** Writes the sets of a literal to x->sets, from `at` on, in fours. */
static void list_sets(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                      const struct naming *n, uint32_t literal, uint32_t at)
{
    const struct ff_literal *lit = &rules->literals[literal];
    uint16_t *list = x->sets + at;
    uint32_t count = 0;
    for (uint32_t k = 0; k < lit->group_count; k++) {
        uint16_t set = n->set[rules->literal_groups[lit->group_first + k]];
        if (kind == FF_INDEX_APART)
            list[count++] = set;
        else if (set != NO_SET)
            count = add_sorted(list, count, set);
    }
    while (count % 4)
        list[count++] = (uint16_t)(x->set_count + 1);
    x->literals[literal].sets = at;
    x->literals[literal].set_fours = (uint16_t)(count / 4);
}

/** The same list, written before? Then that one is used. */
static bool share_list(struct ff_phrase_index *x, uint32_t literal, uint32_t *slots, uint32_t mask)
{
    struct ff_index_literal *own = &x->literals[literal];
    size_t bytes = 4u * own->set_fours * sizeof *x->sets;
    uint32_t at = (uint32_t)XXH3_64bits(x->sets + own->sets, bytes) & mask;
    for (; slots[at]; at = (at + 1) & mask) {
        const struct ff_index_literal *other = &x->literals[slots[at] - 1];
        if (other->set_fours == own->set_fours && memcmp(x->sets + other->sets, x->sets + own->sets, bytes) == 0) {
            own->sets = other->sets;
            own->hook_count = other->hook_count;
            return true;
        }
    }
    slots[at] = literal + 1;
    return false;
}

/** Writes the hooks of a literal behind its sets. */
static void list_hooks(struct ff_phrase_index *x, const struct naming *n, uint32_t literal)
{
    struct ff_index_literal *lit = &x->literals[literal];
    const uint16_t *sets = x->sets + lit->sets;
    uint16_t *hooks = x->sets + lit->sets + 4u * lit->set_fours;
    for (uint32_t k = 0; k < 4u * lit->set_fours; k++)
        if (sets[k] < x->set_count && n->hook[sets[k]])
            hooks[lit->hook_count++] = (uint16_t)(n->hook[sets[k]] - 1);
}

static enum ff_err index_sets(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                              const struct naming *n)
{
    size_t room = 1;
    uint32_t mask = 1, at = 0;
    while (mask < 2 * (rules->literal_count + 1))
        mask = 2 * mask + 1;
    for (uint32_t i = 0; i < rules->literal_count; i++)
        room += 2u * rules->literals[i].group_count + 3u;
    x->sets = calloc(room, sizeof *x->sets);
    uint32_t *slots = calloc(mask + 1u, sizeof *slots); /* lists by their content: literal + 1 */
    if (!x->sets || !slots) {
        free(slots);
        return FF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < rules->literal_count; i++) {
        list_sets(x, rules, kind, n, i, at);
        if (kind == FF_INDEX_SHARED && share_list(x, i, slots, mask))
            continue;
        list_hooks(x, n, i);
        at += 4u * x->literals[i].set_fours + x->literals[i].hook_count;
    }
    free(slots);
    return FF_OK;
}

/* ---- phrases ---------------------------------------------------------------------------------------------------- */

/** A phrase of one part needs that. */
static uint16_t needed_set(const struct ff_phrase *ph, const struct naming *n)
{
    unsigned hook = rarest_of(ph, n, UINT_MAX);
    return n->set[ph->element[ph->count > 1 ? rarest_of(ph, n, hook) : hook].group];
}

static void put_phrase(struct ff_phrase_index *x, const struct ff_phrase *ph, const struct naming *n, uint32_t number)
{
    struct ff_index_phrase *own = &x->phrases[number];
    own->rule = (uint16_t)ph->rule;
    own->role = ph->role;
    own->count = ph->count;
    for (unsigned k = 0; k < ph->count; k++) {
        own->part[k] = n->set[ph->element[k].group];
        own->gap_words[k] = ph->element[k].gap_words;
    }
}

/** Counts the phrases of each hook. */
static void count_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                          const struct naming *n)
{
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        struct ff_index_hook *hook = hook_of(x, &rules->phrases[i], kind, n);
        if (is_single(&rules->phrases[i], kind))
            hook->singles++;
        else
            hook->count++;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < rules->literal_count; i++)
        place_hook(&x->literals[i].own, &at);
    for (uint32_t i = 0; i < x->hook_count; i++)
        place_hook(&x->set_hooks[i], &at);
}

/** @param single  the single ones of each hook, or all others: these come behind */
static void hang_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                         const struct naming *n, bool single)
{
    for (uint32_t i = 0; i < rules->phrase_count; i++) {
        const struct ff_phrase *ph = &rules->phrases[i];
        struct ff_index_hook *hook = hook_of(x, ph, kind, n);
        if (is_single(ph, kind) != single)
            continue;
        if (single)
            x->steps[hook->first + hook->singles++].single = ff_index_single(ph->rule, ph->role);
        else
            x->steps[hook->first + hook->singles + hook->count++].need =
                (struct ff_index_need){(uint16_t)i, needed_set(ph, n)};
    }
}

static enum ff_err index_phrases(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind,
                                 struct naming *n)
{
    x->set_count = n->set_count;
    x->phrases = calloc(rules->phrase_count + 1u, sizeof *x->phrases);
    x->steps = calloc(rules->phrase_count + 1u, sizeof *x->steps);
    x->literals = calloc(rules->literal_count + 1u, sizeof *x->literals);
    if (!x->phrases || !x->steps || !x->literals || make_hooks(x, rules, kind, n) != FF_OK)
        return FF_ERR_NOMEM;
    count_phrases(x, rules, kind, n);
    hang_phrases(x, rules, kind, n, true);
    hang_phrases(x, rules, kind, n, false);
    for (uint32_t i = 0; i < rules->phrase_count; i++)
        put_phrase(x, &rules->phrases[i], n, i);
    return index_sets(x, rules, kind, n);
}

/* ---- rules by codes --------------------------------------------------------------------------------------------- */

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

static void index_rule(struct ff_phrase_index *x, const struct ff_rule *rule, uint32_t i, bool open)
{
    size_t words = x->rule_words, w = i / 64;
    uint64_t bit = UINT64_C(1) << i % 64;
    for (uint32_t code = 0; code < FF_INDEX_CODES; code++)
        if (open || may_have_code(rule, code))
            x->by_code[code * words + w] |= bit;
    for (uint32_t e = 0; e < FF_INDEX_ENHANCED; e++)
        if (open || may_have_enhanced(rule, e))
            x->by_enhanced[e * words + w] |= bit;
    for (uint32_t stage = 0; stage < FF_STAGE_COUNT; stage++)
        if (open || rule->stages == 0 || rule->stages >> stage & 1)
            x->by_stage[stage * words + w] |= bit;
    if (ff_rule_is_fingerprint(rule))
        x->naming[w] |= bit;
}

/** Apart, rules with phrases may be changed, so that no code rules them out. */
static enum ff_err index_rules(struct ff_phrase_index *x, const struct ff_ruleset *rules, enum ff_index_kind kind)
{
    size_t words = x->rule_words = (rules->rule_count + 63) / 64;
    x->by_code = calloc(words * FF_INDEX_CODES + 1, sizeof *x->by_code);
    x->by_enhanced = calloc(words * FF_INDEX_ENHANCED + 1, sizeof *x->by_enhanced);
    x->by_stage = calloc(words * FF_STAGE_COUNT + 1, sizeof *x->by_stage);
    x->plain = calloc(words + 1, sizeof *x->plain);
    x->naming = calloc(words + 1, sizeof *x->naming);
    if (!x->by_code || !x->by_enhanced || !x->by_stage || !x->plain || !x->naming)
        return FF_ERR_NOMEM;
    for (uint32_t i = 0; i < rules->rule_count; i++) {
        bool plain = !rules->rules[i].has_any && rules->rules[i].with_count == 0;
        x->plain[i / 64] |= (uint64_t)plain << i % 64;
        index_rule(x, &rules->rules[i], i, kind == FF_INDEX_APART && !plain);
    }
    return FF_OK;
}

/* ---- fillers ---------------------------------------------------------------------------------------------------- */

static enum ff_err index_fillers(struct ff_phrase_index *x, const struct ff_ruleset *rules)
{
    uint16_t *of_group = calloc(rules->group_count + 1u, sizeof *of_group);
    x->filler = calloc(rules->literal_count + 1u, sizeof *x->filler);
    for (uint32_t i = 0; of_group && i < rules->phrase_count; i++) {
        const struct ff_phrase *ph = &rules->phrases[i];
        uint16_t *rule = &of_group[ph->element[0].group];
        if (!*rule && rules->rules[ph->rule].hint & FF_HINT_FILLER && ph->role == FF_ROLE_ANY && ph->count == 1)
            *rule = (uint16_t)(ph->rule + 1);
    }
    for (uint32_t i = 0; of_group && x->filler && i < rules->literal_count; i++)
        for (uint32_t k = 0; k < rules->literals[i].group_count && !x->filler[i]; k++)
            x->filler[i] = of_group[rules->literal_groups[rules->literals[i].group_first + k]];
    enum ff_err err = of_group && x->filler ? FF_OK : FF_ERR_NOMEM;
    free(of_group);
    return err;
}

void ff_phrase_index_take_phrase(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t phrase, bool there)
{
    x->phrases[phrase].part[0] = there ? rules->phrases[phrase].element[0].group : (uint16_t)x->set_count;
}

void ff_phrase_index_take_member(struct ff_phrase_index *x, const struct ff_ruleset *rules, uint32_t literal,
                                 uint32_t nth, bool there)
{
    x->sets[x->literals[literal].sets + nth] =
        there ? rules->literal_groups[rules->literals[literal].group_first + nth] : (uint16_t)(x->set_count + 1);
}

enum ff_err ff_phrase_index_new(const struct ff_ruleset *rules, enum ff_index_kind kind,
                                struct ff_phrase_index **ret_index)
{
    struct naming n = {0};
    struct ff_phrase_index *x = calloc(1, sizeof *x);
    enum ff_err err = x && (x->words = ff_word_index_new()) ? FF_OK : FF_ERR_NOMEM;
    if (err == FF_OK)
        err = index_literals(x, rules);
    if (err == FF_OK)
        err = name_parts(rules, kind, &n);
    if (err == FF_OK)
        err = index_phrases(x, rules, kind, &n);
    if (err == FF_OK)
        err = index_rules(x, rules, kind);
    if (err == FF_OK)
        err = index_fillers(x, rules);
    naming_free(&n);
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
    free(x->literals);
    free(x->sets);
    free(x->hanging_sets);
    free(x->set_hooks);
    free(x->phrases);
    free(x->steps);
    free(x->filler);
    free(x->by_code);
    free(x->by_enhanced);
    free(x->by_stage);
    free(x->plain);
    free(x->naming);
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
                            const struct ff_words *words, struct ff_word_hit ret_hits[FF_HITS_MAX])
{
    size_t n = ff_word_index_scan(x->words, words, ret_hits, FF_HITS_MAX);
    if (ff_phrase_index_is_words(x, words))
        return n;
    struct byte_scan s = {rules, ret_hits, n};
    (void)hs_scan(x->rest, (const char *)words->text.ptr, (unsigned)words->text.len, 0, scratch, on_literal, &s);
    for (size_t i = n; i < s.count; i++)
        number_words(words->text, &ret_hits[i]);
    sort_by_end(ret_hits, n, s.count);
    return s.count;
}
