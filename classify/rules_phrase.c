/* rules_phrase.c: phrases and sets of a rules file, and the index over all their literals.
 *
 * Phrases are folded by the masker's own function, so a rule may be written as a server writes it. Which automaton finds them
 * was measured: docs/performance.md, "classifier".
 */
#include <stdlib.h>

#include "classify/mask.h"
#include "classify/phrase_index.h"
#include "classify/rules_load.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define LITERAL_SLOTS (4u * FF_LITERALS_MAX / 2)

bool ff_load_begin(struct ff_loader *l, struct ff_slice text)
{
    struct ff_ruleset *r = calloc(1, sizeof *r);
    l->rules = r;
    l->literal_slots = calloc(LITERAL_SLOTS, sizeof *l->literal_slots);
    l->alone = calloc(FF_LITERALS_MAX, sizeof *l->alone);
    if (!r || !l->literal_slots || !l->alone)
        return false;
    r->pool_size = 4 * (text.len + ff_rules_builtin().len) + 4096; /* it may be included */
    r->text = malloc(text.len + 1);
    r->pool = malloc(r->pool_size);
    if (!r->text || !r->pool)
        return false;
    memcpy(r->text, text.ptr, text.len);
    return true;
}

void ff_load_end(struct ff_loader *l)
{
    for (uint32_t i = 0; i < l->group_count; i++)
        free(l->groups[i].members);
    free(l->groups);
    free(l->literal_slots);
    free(l->alone);
}

void ff_ruleset_free(struct ff_ruleset *r)
{
    if (!r)
        return;
    ff_phrase_index_free(r->index);
    free(r->text);
    free(r->pool);
    free(r->rules);
    free(r->phrases);
    free(r->literals);
    free(r->literal_groups);
    free(r->examples);
    free(r->source.lines);
    free(r->source.members);
    free(r->source.set_names);
    free(r->source.set_lines);
    free(r->source.phrase_words);
    free(r);
}

uint32_t ff_ruleset_version(const struct ff_ruleset *rules)
{
    return rules->version;
}

uint32_t ff_ruleset_rule_count(const struct ff_ruleset *rules)
{
    return rules->rule_count;
}

struct ff_slice ff_ruleset_rule_name(const struct ff_ruleset *rules, uint32_t index)
{
    return rules->rules[index - 1].id;
}

uint32_t ff_ruleset_rule_category(const struct ff_ruleset *rules, uint32_t index)
{
    return rules->rules[index - 1].category;
}

/* ---- literals and groups ----------------------------------------------------------------------------------------- */

/** Index of the literal with this text (a new one if need be); UINT32_MAX on failure. */
static uint32_t literal_index(struct ff_loader *l, struct ff_slice text)
{
    struct ff_ruleset *r = l->rules;
    size_t i = XXH3_64bits(text.ptr, text.len) & (LITERAL_SLOTS - 1);
    for (; l->literal_slots[i]; i = (i + 1) & (LITERAL_SLOTS - 1))
        if (ff_slice_eq(r->literals[l->literal_slots[i] - 1].text, text))
            return l->literal_slots[i] - 1;
    if (!ff_load_room(l, (void **)&r->literals, r->literal_count, &l->literals_size, sizeof *r->literals,
                      FF_LITERALS_MAX, "different words"))
        return UINT32_MAX;
    r->literals[r->literal_count] = (struct ff_literal){.text = ff_load_keep(l, text)};
    l->literal_slots[i] = ++r->literal_count;
    return r->literal_count - 1;
}

static uint32_t new_group(struct ff_loader *l, struct ff_slice name)
{
    if (!ff_load_room(l, (void **)&l->groups, l->group_count, &l->groups_size, sizeof *l->groups, FF_GROUPS_MAX,
                      "sets and choices"))
        return UINT32_MAX;
    l->groups[l->group_count] = (struct ff_load_group){.name = name};
    return l->group_count++;
}

static bool group_has(const struct ff_load_group *g, uint32_t literal)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (g->members[i].literal == literal)
            return true;
    return false;
}

static bool group_add(struct ff_loader *l, uint32_t group, uint32_t literal, struct ff_slice words, uint32_t line)
{
    struct ff_load_group *g = &l->groups[group];
    for (uint32_t i = 0; i < g->count; i++)
        if (g->members[i].literal == literal) {
            if (g->name.len == 0)
                return true; /* in a choice two spellings may fold to one */
            uint32_t other;
            struct ff_slice file = ff_ruleset_place(l->rules, g->members[i].line, &other);
            return ff_load_fail(l, "\"%.*s\" stands here already, %.*s:%u (remove one)", (int)words.len,
                                (const char *)words.ptr, (int)file.len, (const char *)file.ptr, other);
        }
    if (!ff_load_room(l, (void **)&g->members, g->count, &g->size, sizeof *g->members, FF_LITERALS_MAX,
                      "different words"))
        return false;
    g->members[g->count++] = (struct ff_load_member){words, literal, line};
    return true;
}

/** The anonymous group that holds just this literal. */
static uint32_t group_of_literal(struct ff_loader *l, uint32_t literal, struct ff_slice words)
{
    if (l->alone[literal])
        return l->alone[literal] - 1;
    uint32_t g = new_group(l, ff_slice_of(NULL, 0));
    if (g == UINT32_MAX || !group_add(l, g, literal, words, l->line))
        return UINT32_MAX;
    l->alone[literal] = g + 1;
    return g;
}

static uint32_t group_named(struct ff_loader *l, struct ff_slice name)
{
    for (uint32_t i = 0; i < l->group_count; i++)
        if (l->groups[i].name.len && ff_slice_eq(l->groups[i].name, name))
            return i;
    return UINT32_MAX;
}

/* ---- words of a literal ------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *word;
} placeholders[] = {
    {"<addr>", "A"},
    {"<host>", "H"},
    {"<ip>", "I"},
    {"<url>", "U"},
    {"<id>", "D"},
    {"<num>", "#"},
    {"#", "#"},
    {"<null>", "N"},
    {"<list-ip>", "Lip"},
    {"<list-domain>", "Ldom"},
    {"<list-uri>", "Luri"},
    {"<url-ip>", "Uip"},
    {"<url-domain>", "Udom"},
    {"<url-uri>", "Uuri"},
    {"<p>", "Up"},
    {"<c>", "Uc"},
};

const char *ff_placeholder_name(struct ff_slice word)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
        if (ff_slice_eq(word, ff_slice_str(placeholders[i].word)))
            return placeholders[i].name;
    return NULL;
}

static bool is_ideograph(uint8_t c)
{
    return c >= 0xe0; /* three-byte letters that survive folding have no word spaces (Han, kana, hangul, Thai) */
}

/** Makes the literal of some words and gives its index; UINT32_MAX on failure. */
static uint32_t make_literal(struct ff_loader *l, struct ff_slice words)
{
    uint8_t buf[2 * FF_LITERAL_BYTES_MAX + 8];
    size_t n = 0;
    bool open_end = false, first = true;
    if (words.len > FF_LITERAL_BYTES_MAX) {
        (void)ff_load_fail(l, "a phrase of more than %d bytes (split it with ~)", FF_LITERAL_BYTES_MAX);
        return UINT32_MAX;
    }
    for (struct ff_slice rest = words; rest.len;) {
        struct ff_slice w = ff_load_word(&rest);
        bool open_start = w.len && w.ptr[0] == '*';
        open_end = w.len > 1 && w.ptr[w.len - 1] == '*';
        const char *placeholder = NULL;
        for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
            if (ff_slice_eq(w, ff_slice_str(placeholders[i].name)))
                placeholder = placeholders[i].word;
        uint8_t folded[2 * FF_LITERAL_BYTES_MAX];
        size_t len = 0;
        if (placeholder)
            memcpy(folded, placeholder, len = strlen(placeholder));
        else
            len = ff_mask_fold(w, folded);
        if (len == 0) {
            (void)ff_load_fail(l, "\"%.*s\" has no letter in it (punctuation is not matched; leave it out)", (int)w.len,
                               (const char *)w.ptr);
            return UINT32_MAX;
        }
        if (!first || (!open_start && !is_ideograph(folded[0])))
            buf[n++] = ' ';
        if (n + len + 2 > sizeof buf) {
            (void)ff_load_fail(l, "a phrase of more than %d bytes (split it with ~)", FF_LITERAL_BYTES_MAX);
            return UINT32_MAX;
        }
        memcpy(buf + n, folded, len);
        n += len;
        if (first && (open_start || is_ideograph(folded[0])))
            open_start = true;
        if ((open_start && !first) || (open_end && rest.len)) {
            (void)ff_load_fail(l, "* may stand only at the ends of a phrase (here it stands inside \"%.*s\")",
                               (int)words.len, (const char *)words.ptr);
            return UINT32_MAX;
        }
        open_end |= is_ideograph(folded[len - 1]) || (len >= 3 && is_ideograph(folded[len - 3]));
        first = false;
    }
    if (!open_end)
        buf[n++] = ' ';
    if (n < 2) {
        (void)ff_load_fail(l, "an empty phrase (write words between the separators)");
        return UINT32_MAX;
    }
    return literal_index(l, ff_slice_of(buf, n));
}

/* ---- sets -------------------------------------------------------------------------------------------------------- */

static struct ff_slice next_item(struct ff_slice *rest)
{
    size_t bar = ff_slice_chr(*rest, 0, '|');
    size_t end = bar == SIZE_MAX ? rest->len : bar;
    struct ff_slice item = ff_slice_trim(ff_slice_sub(*rest, 0, end));
    *rest = ff_slice_sub(*rest, bar == SIZE_MAX ? end : end + 1, rest->len);
    return item;
}

bool ff_load_set(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_slice name = ff_load_word(&rest), sign = ff_load_word(&rest);
    l->rule = NULL;
    l->provider = 0;
    if (name.len == 0 || !ff_slice_eq(sign, FF_SLICE("=")))
        return ff_load_fail(l, "write: set NAME = words | words");
    uint32_t g = group_named(l, name);
    if (g == UINT32_MAX)
        g = new_group(l, name);
    while (g != UINT32_MAX && rest.len) {
        struct ff_slice item = next_item(&rest);
        if (item.len == 0)
            continue;
        if (item.ptr[0] == '$') {
            uint32_t other = group_named(l, ff_slice_sub(item, 1, item.len));
            if (other == UINT32_MAX)
                return ff_load_fail(l, "set %.*s is not defined (define it above)", (int)item.len,
                                    (const char *)item.ptr);
            for (uint32_t i = 0; other != g && i < l->groups[other].count; i++) {
                const struct ff_load_member m = l->groups[other].members[i];
                if (group_has(&l->groups[g], m.literal))
                    continue; /* two sets may share a word */
                if (!group_add(l, g, m.literal, m.words, m.line))
                    return false;
            }
            continue;
        }
        uint32_t literal = make_literal(l, item);
        if (literal == UINT32_MAX || !group_add(l, g, literal, item, l->line))
            return false;
    }
    if (g != UINT32_MAX && l->groups[g].count == 0)
        return ff_load_fail(l, "set %.*s has no member (write: set NAME = words | words)", (int)name.len,
                            (const char *)name.ptr);
    return g != UINT32_MAX;
}

/* ---- phrases ----------------------------------------------------------------------------------------------------- */

static bool add_element(struct ff_loader *l, struct ff_phrase *ph, uint32_t group, unsigned gap)
{
    if (group == UINT32_MAX)
        return false;
    if (ph->count >= FF_PHRASE_ELEMENTS_MAX)
        return ff_load_fail(l, "a phrase of more than %d parts (make it two phrases)", FF_PHRASE_ELEMENTS_MAX);
    ph->element[ph->count].group = (uint16_t)group;
    ph->element[ph->count++].gap_words = (uint8_t)gap;
    return true;
}

static bool add_literal(struct ff_loader *l, struct ff_phrase *ph, struct ff_slice words, unsigned gap)
{
    uint32_t literal = make_literal(l, words);
    return literal != UINT32_MAX && add_element(l, ph, group_of_literal(l, literal, words), gap);
}

/** "[a/b c]": an anonymous set. */
static bool add_choice(struct ff_loader *l, struct ff_phrase *ph, struct ff_slice inside, unsigned gap)
{
    uint32_t g = new_group(l, ff_slice_of(NULL, 0));
    while (g != UINT32_MAX && inside.len) {
        size_t bar = ff_slice_chr(inside, 0, '/');
        size_t end = bar == SIZE_MAX ? inside.len : bar;
        struct ff_slice words = ff_slice_trim(ff_slice_sub(inside, 0, end));
        if (words.len && words.ptr[0] == '$')
            return ff_load_fail(l, "set %.*s cannot stand in brackets (write it as a phrase of its own)", (int)words.len,
                                (const char *)words.ptr);
        uint32_t literal = make_literal(l, words);
        if (literal == UINT32_MAX || !group_add(l, g, literal, words, l->line))
            return false;
        inside = ff_slice_sub(inside, bar == SIZE_MAX ? end : end + 1, inside.len);
    }
    return add_element(l, ph, g, gap);
}

/** One phrase for the rule that is open; of a provider: for the rule l->fingerprint. */
static bool read_phrase(struct ff_loader *l, struct ff_slice s, unsigned role)
{
    struct ff_ruleset *r = l->rules;
    if (!ff_load_room(l, (void **)&r->phrases, r->phrase_count, &l->phrases_size, sizeof *r->phrases, FF_PHRASES_MAX,
                      "phrases"))
        return false;
    if (!ff_load_room(l, (void **)&r->source.phrase_words, r->phrase_count, &l->words_size, sizeof s, FF_PHRASES_MAX,
                      "phrases"))
        return false;
    uint32_t rule = l->rule ? (uint32_t)(l->rule - r->rules) : l->fingerprint;
    struct ff_phrase ph = {.rule = rule, .line = l->line, .role = (uint8_t)role};
    unsigned gap = 0;
    size_t from = SIZE_MAX; /* first byte of the words not yet made a literal */
    for (size_t i = 0; i <= s.len;) {
        uint8_t c = i < s.len ? s.ptr[i] : 0;
        bool at_word = i == 0 || (i < s.len && (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == ']'));
        /* a word with an open end is a part of its own: "recipient* failed" */
        bool open_word =
            from != SIZE_MAX && i < s.len && ((c == ' ' && s.ptr[i - 1] == '*') || (c == '*' && s.ptr[i - 1] == ' '));
        bool special = i == s.len || open_word || (at_word && (c == '~' || c == '$' || c == '['));
        if (!special) {
            if (from == SIZE_MAX && c != ' ')
                from = i;
            i++;
            continue;
        }
        if (from != SIZE_MAX) {
            if (!add_literal(l, &ph, ff_slice_trim(ff_slice_sub(s, from, i)), gap))
                return false;
            gap = 0;
            from = SIZE_MAX;
        }
        if (i == s.len)
            break;
        if (open_word)
            continue;
        size_t end = i + 1;
        if (c == '[') {
            while (end < s.len && s.ptr[end] != ']')
                end++;
            if (end == s.len)
                return ff_load_fail(l, "\"[\" without \"]\" (write: [words/words])");
            if (!add_choice(l, &ph, ff_slice_sub(s, i + 1, end), gap))
                return false;
            gap = 0;
            i = end + 1;
            continue;
        }
        while (end < s.len && s.ptr[end] != ' ')
            end++;
        if (c == '$') {
            uint32_t g = group_named(l, ff_slice_sub(s, i + 1, end));
            if (g == UINT32_MAX)
                return ff_load_fail(l, "set %.*s is not defined (define it above)", (int)(end - i),
                                    (const char *)s.ptr + i);
            if (!add_element(l, &ph, g, gap))
                return false;
            gap = 0;
        } else {
            uint64_t n = 4;
            if (end > i + 1 && !ff_slice_u64(ff_slice_sub(s, i + 1, end), 40, &n))
                return ff_load_fail(l, "\"%.*s\" is no gap (write ~ or ~7)", (int)(end - i), (const char *)s.ptr + i);
            gap = (unsigned)n;
        }
        i = end;
    }
    if (ph.count == 0)
        return ff_load_fail(l, "an empty phrase (a gap alone says nothing)");
    r->source.phrase_words[r->phrase_count] = s;
    r->phrases[r->phrase_count++] = ph;
    return true;
}

bool ff_load_phrases(struct ff_loader *l, struct ff_slice rest, unsigned role)
{
    uint32_t before = l->rules->phrase_count;
    while (rest.len) {
        struct ff_slice item = next_item(&rest);
        if (item.len && !read_phrase(l, item, role))
            return false;
    }
    return l->rules->phrase_count > before ? true : ff_load_fail(l, "no phrase behind it (write: any words | words)");
}

/* ---- the automaton ----------------------------------------------------------------------------------------------- */

static bool make_indexes(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    size_t memberships = 0;
    for (uint32_t g = 0; g < l->group_count; g++)
        memberships += l->groups[g].count;
    r->group_count = l->group_count;
    r->literal_groups = calloc(memberships + 1, sizeof *r->literal_groups);
    r->source.members = calloc(memberships + 1, sizeof *r->source.members);
    r->source.set_names = calloc(l->group_count + 1u, sizeof *r->source.set_names);
    r->source.set_lines = calloc(l->group_count + 1u, sizeof *r->source.set_lines);
    if (r->literal_groups && r->source.members && r->source.set_names && r->source.set_lines)
        return true;
    l->err = FF_ERR_NOMEM;
    return false;
}

/** Groups that a phrase uses: only their literals go into the automaton. */
static bool *groups_in_use(struct ff_loader *l)
{
    const struct ff_ruleset *r = l->rules;
    bool *used = calloc(l->group_count + 1u, sizeof *used);
    if (!used) {
        l->err = FF_ERR_NOMEM;
        return NULL;
    }
    for (uint32_t i = 0; i < r->phrase_count; i++)
        for (unsigned k = 0; k < r->phrases[i].count; k++)
            used[r->phrases[i].element[k].group] = true;
    return used;
}

static bool index_groups(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    bool *used = make_indexes(l) ? groups_in_use(l) : NULL;
    if (!used)
        return false;
    for (uint32_t g = 0; g < l->group_count; g++)
        for (uint32_t i = 0; used[g] && i < l->groups[g].count; i++)
            r->literals[l->groups[g].members[i].literal].group_count++;
    uint32_t at = 0;
    for (uint32_t i = 0; i < r->literal_count; i++) {
        r->literals[i].group_first = at;
        at += r->literals[i].group_count;
        r->literals[i].group_count = 0;
    }
    for (uint32_t g = 0; g < l->group_count; g++) {
        r->source.set_names[g] = l->groups[g].name;
        r->source.set_lines[g] = l->groups[g].count ? l->groups[g].members[0].line : 0;
        for (uint32_t i = 0; used[g] && i < l->groups[g].count; i++) {
            const struct ff_load_member *m = &l->groups[g].members[i];
            struct ff_literal *lit = &r->literals[m->literal];
            r->source.members[lit->group_first + lit->group_count] = (struct ff_member){m->words, m->line};
            r->literal_groups[lit->group_first + lit->group_count++] = (uint16_t)g;
        }
    }
    free(used);
    return true;
}

/** A rule that asks for nothing would decide every reply. */
static bool all_conditioned(struct ff_loader *l)
{
    for (uint32_t i = 0; i < l->rules->rule_count; i++) {
        const struct ff_rule *rule = &l->rules->rules[i];
        if (rule->has_any || rule->with_count || rule->code_count || rule->enhanced_count || rule->stages ||
            rule->provider_count)
            continue;
        l->line = rule->line;
        return ff_load_fail(
            l,
            "rule %.*s asks for nothing and would fire on every reply (add any, with, code, enhanced, stage or from)",
            (int)rule->id.len, (const char *)rule->id.ptr);
    }
    return true;
}

bool ff_load_compile(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    ff_load_forget_dropped(r);
    if (!all_conditioned(l) || !index_groups(l))
        return false;
    enum ff_err err = ff_phrase_index_new(r, FF_INDEX_SHARED, &r->index);
    if (err == FF_ERR_NOMEM)
        l->err = err;
    else if (err != FF_OK)
        return ff_load_fail(l, "the matcher refuses the phrases (leave some out)");
    return err == FF_OK;
}
