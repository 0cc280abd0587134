/* masked.c: words that can never match, because the masker takes them for an address, a host, a number, an id.
 *
 * The words of a rule and of a reply go two ways: the loader folds those of the rule, the masker looks at the reply
 * first. So the words are written as a reply might write them, and masked.
 */
#include <stdlib.h>

#include "classify/lint/passes.h"
#include "classify/mask/mask.h"

#define SEPARATORS " _-#.:"
#define SEPARATOR_COUNT (sizeof SEPARATORS - 1)
#define BLANKS_MAX 3
#define NEIGHBOURS_MAX 16

struct written {
    struct ff_linter *linter;
    struct ff_masked masked;
    size_t len;
    uint8_t text[4 * FF_LITERAL_BYTES_MAX];
};

static void put(struct written *w, uint8_t c)
{
    if (w->len < sizeof w->text)
        w->text[w->len++] = c;
}

/** What the loader folded to blanks may have been any separator ("OFR_417", "AUP#I-1250"). */
static void write_variant(struct written *w, struct ff_slice words, bool upper, bool at_head, size_t separators)
{
    w->len = 0;
    if (!at_head) { /* codes are taken off at the head */
        put(w, 'q');
        put(w, ' ');
    }
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
        put(w, c);
    }
}

/** Does any way to write the words reach the matcher as this literal? Words with placeholders are taken on trust. */
static bool survives(struct written *w, struct ff_slice words, struct ff_slice literal)
{
    const struct ff_mask_context ctx = {.hosts = &w->linter->rules->hosts, .kept = ff_ruleset_kept(w->linter->rules)};
    size_t variants = 1, blanks = 0;
    for (size_t i = 0; i < words.len; i++) {
        if (words.ptr[i] == '<' || words.ptr[i] == '#')
            return true;
        if (words.ptr[i] == ' ' && blanks++ < BLANKS_MAX)
            variants *= SEPARATOR_COUNT;
    }
    for (size_t i = 0; i < 4 * variants; i++) {
        write_variant(w, words, i & 1, i & 2, i / 4);
        ff_mask(&ctx, ff_slice_of(w->text, w->len), &w->masked);
        if (ff_slice_find(ff_slice_of(w->masked.buf, w->masked.len), 0, ff_slice_trim(literal)) != SIZE_MAX)
            return true;
    }
    return false;
}

/** Behind the words of the part before it in a phrase: the number of a provider's code survives there. */
static bool survives_behind(struct written *w, uint16_t before, struct ff_slice words, struct ff_slice literal)
{
    const struct ff_linter *l = w->linter;
    for (uint32_t i = l->member_first[before];
         i < l->member_first[before + 1] && i < l->member_first[before] + NEIGHBOURS_MAX; i++) {
        uint8_t both[2 * FF_LITERAL_BYTES_MAX + 1];
        struct ff_slice first = l->rules->source.members[l->member[i]].words;
        if (first.len + 1 + words.len > sizeof both)
            continue;
        memcpy(both, first.ptr, first.len);
        both[first.len] = ' ';
        memcpy(both + first.len + 1, words.ptr, words.len);
        if (survives(w, ff_slice_of(both, first.len + 1 + words.len), literal))
            return true;
    }
    return false;
}

static bool survives_in_phrase(struct written *w, uint16_t group, struct ff_slice words, struct ff_slice literal)
{
    const struct ff_ruleset *r = w->linter->rules;
    for (uint32_t i = 0; i < r->phrase_count; i++)
        for (unsigned k = 1; k < r->phrases[i].count; k++)
            if (r->phrases[i].element[k].group == group &&
                survives_behind(w, r->phrases[i].element[k - 1].group, words, literal))
                return true;
    return false;
}

enum ff_err ff_lint_masked(struct ff_linter *l)
{
    struct written *w = calloc(1, sizeof *w);
    const struct ff_ruleset *r = l->rules;
    if (!w)
        return FF_ERR_NOMEM;
    w->linter = l;
    for (uint32_t i = 0; i < r->literal_count; i++) {
        const struct ff_literal *lit = &r->literals[i];
        const struct ff_member *m = &r->source.members[lit->group_first];
        bool possible = lit->group_count == 0 || survives(w, m->words, lit->text);
        for (uint32_t k = 0; k < lit->group_count && !possible; k++)
            possible = survives_in_phrase(w, r->literal_groups[lit->group_first + k], m->words, lit->text);
        if (!possible)
            ff_findings_report(
                &l->findings,
                (struct ff_lint){.kind = FF_LINT_IMPOSSIBLE,
                                 .words = m->words,
                                 .what = "no reply that is written so keeps these words when it is masked, so they "
                                         "never match",
                                 .remedy =
                                     "write <host>, <addr>, <num>, <id>, ... for what varies"},
                m->line, 0);
    }
    free(w);
    return FF_OK;
}
