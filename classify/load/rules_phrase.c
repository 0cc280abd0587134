/* rules_phrase.c: phrases and sets of a rules file, as literals and groups of these.
 *
 * Phrases are folded by the masker's own function, so a rule may be written as a server writes it. What finds them in a
 * text was measured: docs/performance.md, "classifier".
 */
#include "classify/load/rules_phrase.h"

#include "classify/load/near_name.h"
#include "classify/mask/mask.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- literals and groups ----------------------------------------------------------------------------------------- */

/** Index of the literal with this text (a new one if need be); UINT32_MAX on failure. */
static uint32_t literal_index(struct ff_loader *l, struct ff_slice text)
{
    struct ff_ruleset *r = l->rules;
    size_t i = XXH3_64bits(text.ptr, text.len) & (FF_LITERAL_SLOTS - 1);
    for (; l->literal_slots[i]; i = (i + 1) & (FF_LITERAL_SLOTS - 1))
        if (ff_slice_eq(r->literals[l->literal_slots[i] - 1].text, text))
            return l->literal_slots[i] - 1;
    if (!ff_load_room(l, (void **)&r->literals, r->literal_count, &l->literals_size, sizeof *r->literals,
                      FF_LITERALS_MAX, "different runs of words"))
        return UINT32_MAX;
    r->literals[r->literal_count] = (struct ff_literal){.text = ff_load_keep(l, text)};
    l->literal_slots[i] = ++r->literal_count;
    return r->literal_count - 1;
}

static uint32_t new_group(struct ff_loader *l, struct ff_slice name)
{
    if (!ff_load_room(l, (void **)&l->groups, l->group_count, &l->groups_size, sizeof *l->groups, FF_GROUPS_MAX,
                      "sets, choices and single runs of words"))
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
                      "different runs of words"))
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

/** The set of "$name"; UINT32_MAX on failure. */
static uint32_t set_named(struct ff_loader *l, struct ff_slice item)
{
    uint32_t g = group_named(l, ff_slice_sub(item, 1, item.len));
    struct ff_near_name near = {.wanted = ff_slice_sub(item, 1, item.len)};
    for (uint32_t i = 0; i < l->group_count && g == UINT32_MAX; i++)
        if (l->groups[i].name.len)
            ff_near_name_offer(&near, l->groups[i].name);
    if (g == UINT32_MAX && near.found.len)
        (void)ff_load_fail(l, "set %.*s is not defined (did you mean $%.*s? else define it above)", (int)item.len,
                           (const char *)item.ptr, (int)near.found.len, (const char *)near.found.ptr);
    else if (g == UINT32_MAX)
        (void)ff_load_fail(l, "set %.*s is not defined (define it above)", (int)item.len, (const char *)item.ptr);
    return g;
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
    {"<i>", "Ui"},
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
        if (!placeholder && w.ptr[0] == '<' && ff_slice_chr(w, 0, '>') != SIZE_MAX) {
            (void)ff_load_fail(l,
                               "\"%.*s\" is no placeholder (<addr> <host> <ip> <url> <id> <num> <null> are, and those "
                               "of lists; a word stands without < >)",
                               (int)w.len, (const char *)w.ptr);
            return UINT32_MAX;
        }
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

/** "a | | b" has lost a phrase. Nothing but bars is for the caller to refuse. */
static bool no_item_is_missing(struct ff_loader *l, struct ff_slice rest)
{
    bool any = false, missing = false;
    for (size_t from = 0, bar = 0; bar != SIZE_MAX; from = bar + 1) {
        bar = ff_slice_chr(rest, from, '|');
        bool empty = ff_slice_trim(ff_slice_sub(rest, from, bar == SIZE_MAX ? rest.len : bar)).len == 0;
        any |= !empty;
        missing |= empty;
    }
    return any && missing ? ff_load_fail(l, "no words beside a \"|\" (take it away, or write what is missing)") : true;
}

bool ff_load_set(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_slice name = ff_load_word(&rest), sign = ff_load_word(&rest);
    l->rule = NULL;
    l->provider = 0;
    if (name.len == 0 || !ff_slice_eq(sign, FF_SLICE("=")))
        return ff_load_fail(l, "write: set NAME = words | words");
    if (!no_item_is_missing(l, rest))
        return false;
    uint32_t g = group_named(l, name);
    if (g == UINT32_MAX)
        g = new_group(l, name);
    while (g != UINT32_MAX && rest.len) {
        struct ff_slice item = next_item(&rest);
        if (item.len == 0)
            continue;
        if (item.ptr[0] == '$') {
            uint32_t other = set_named(l, item);
            if (other == UINT32_MAX)
                return false;
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
            return ff_load_fail(l, "set %.*s cannot stand in brackets (write it as a phrase of its own)",
                                (int)words.len, (const char *)words.ptr);
        if (ff_slice_chr(words, 0, '~') != SIZE_MAX)
            return ff_load_fail(
                l, "a gap in \"%.*s\", inside a choice (gaps stand between parts: make it a phrase of its own)",
                (int)words.len, (const char *)words.ptr);
        uint32_t literal = make_literal(l, words);
        if (literal == UINT32_MAX || !group_add(l, g, literal, words, l->line))
            return false;
        inside = ff_slice_sub(inside, bar == SIZE_MAX ? end : end + 1, inside.len);
    }
    return add_element(l, ph, g, gap);
}

/** Is s[at] the first byte of a choice, a set or a gap? */
static bool begins_part(struct ff_slice s, size_t at)
{
    bool at_word = at == 0 || s.ptr[at - 1] == ' ' || s.ptr[at - 1] == ']';
    return at_word && (s.ptr[at] == '~' || s.ptr[at] == '$' || s.ptr[at] == '[');
}

/** Where the words that begin at `from` end. A word with an open end is a part of its own: "recipient* failed". */
static size_t words_end(struct ff_slice s, size_t from)
{
    size_t at = from + 1;
    for (; at < s.len && !begins_part(s, at); at++)
        if ((s.ptr[at] == ' ' && s.ptr[at - 1] == '*') || (s.ptr[at] == '*' && s.ptr[at - 1] == ' '))
            break;
    return at;
}

/** "~" or "~7". */
static bool read_gap(struct ff_loader *l, struct ff_slice token, unsigned *ret_gap)
{
    uint64_t n = 4;
    if (token.len > 1 && !ff_slice_u64(ff_slice_sub(token, 1, token.len), 40, &n))
        return ff_load_fail(l, "\"%.*s\" is no gap (write ~ or ~7)", (int)token.len, (const char *)token.ptr);
    *ret_gap = (unsigned)n;
    return true;
}

/** Takes the choice, set or gap at s[*at], and moves behind it. *gap is the one before what comes next. */
static bool read_part(struct ff_loader *l, struct ff_phrase *ph, struct ff_slice s, size_t *at, unsigned *gap)
{
    uint8_t kind = s.ptr[*at];
    size_t end = ff_slice_chr(s, *at + 1, kind == '[' ? ']' : ' ');
    if (kind == '[' && end == SIZE_MAX)
        return ff_load_fail(l, "\"[\" without \"]\" (write: [words/words])");
    struct ff_slice token = ff_slice_sub(s, *at, end == SIZE_MAX ? s.len : end);
    *at += token.len + (kind == '[');
    if (kind == '~')
        return read_gap(l, token, gap);
    unsigned before = *gap;
    *gap = 0;
    if (kind == '[')
        return add_choice(l, ph, ff_slice_sub(token, 1, token.len), before);
    uint32_t g = set_named(l, token);
    return g != UINT32_MAX && add_element(l, ph, g, before);
}

static bool phrase_room(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    return ff_load_room(l, (void **)&r->phrases, r->phrase_count, &l->phrases_size, sizeof *r->phrases,
                        FF_PHRASES_MAX, "phrases") &&
           ff_load_room(l, (void **)&r->source.phrase_words, r->phrase_count, &l->words_size,
                        sizeof *r->source.phrase_words, FF_PHRASES_MAX, "phrases");
}

/** One phrase for the rule that is open; of a provider: for the rule l->fingerprint. */
static bool read_phrase(struct ff_loader *l, struct ff_slice s, unsigned role)
{
    struct ff_ruleset *r = l->rules;
    if (!phrase_room(l))
        return false;
    uint32_t rule = l->rule ? (uint32_t)(l->rule - r->rules) : l->fingerprint;
    struct ff_phrase ph = {.rule = rule, .line = l->line, .role = (uint8_t)role};
    unsigned gap = 0;
    for (size_t at = 0; at < s.len;) {
        if (begins_part(s, at)) {
            if (!read_part(l, &ph, s, &at, &gap))
                return false;
        } else if (s.ptr[at] == ' ') {
            at++;
        } else {
            size_t end = words_end(s, at);
            if (!add_literal(l, &ph, ff_slice_trim(ff_slice_sub(s, at, end)), gap))
                return false;
            gap = 0;
            at = end;
        }
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
    if (!no_item_is_missing(l, rest))
        return false;
    while (rest.len) {
        struct ff_slice item = next_item(&rest);
        if (item.len && !read_phrase(l, item, role))
            return false;
    }
    return l->rules->phrase_count > before ? true : ff_load_fail(l, "no phrase behind it (write: any words | words)");
}
