/* texts.c: the texts that a phrase stands for, as the matcher gets them: every combination of its members, its
 * gaps empty or full. */
#include "classify/lint/texts.h"

#define FILLER "q" /* a word that no rule knows */

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

/** Members that part k is written with: the one in question, or all of its group. */
static uint32_t width(const struct ff_texts *t, const struct ff_phrase *ph, unsigned k)
{
    return k == t->part ? 1 : t->linter->group_size[ph->element[k].group];
}

size_t ff_texts_count(const struct ff_texts *t, const struct ff_phrase *ph)
{
    size_t n = 1;
    for (unsigned k = 0; k < ph->count && n <= FF_TEXTS_MAX; k++)
        n *= width(t, ph, k);
    return n;
}

void ff_texts_write(struct ff_texts *t, const struct ff_phrase *ph, size_t combination, bool full)
{
    const struct ff_linter *l = t->linter;
    t->text.len = 0;
    put_blank(&t->text);
    for (unsigned k = 0; k < ph->count; k++) {
        uint16_t g = ph->element[k].group;
        uint32_t n = width(t, ph, k);
        for (unsigned w = 0; full && k && w < ph->element[k].gap_words; w++) {
            put_blank(&t->text);
            put(&t->text, FF_SLICE(FILLER));
        }
        uint32_t member = k == t->part ? t->member : l->member[l->member_first[g] + combination % n];
        put_literal(&t->text, l->rules->literals[l->literal_of[member]].text);
        combination /= n;
    }
    put_blank(&t->text);
}

size_t ff_texts_match(struct ff_texts *t)
{
    struct ff_context ctx = {0};
    uint32_t hints;
    (void)ff_match_read(t->linter->whatif->matcher, ff_slice_of(t->text.buf, t->text.len));
    ff_match_text(t->linter->whatif->matcher, &ctx);
    return ff_match_rules(t->linter->whatif->matcher, &ctx, t->fired, &hints);
}

void ff_texts_single_role(struct ff_linter *l, uint32_t rule, unsigned role)
{
    struct ff_rule *own = &l->whatif->rules.rules[rule];
    own->code_count = own->enhanced_count = own->provider_count = own->with_count = 0;
    own->stages = 0;
    own->has_any = true;
    for (uint32_t i = l->phrase_first[rule]; i < l->phrase_first[rule + 1]; i++) {
        uint32_t phrase = l->phrase_of_rule[i];
        ff_whatif_role(l->whatif, phrase, FF_ROLE_ANY);
        ff_whatif_phrase(l->whatif, phrase, l->rules->phrases[phrase].role == role);
    }
}

void ff_texts_all_roles(struct ff_linter *l, uint32_t rule)
{
    for (uint32_t i = l->phrase_first[rule]; i < l->phrase_first[rule + 1]; i++) {
        uint32_t phrase = l->phrase_of_rule[i];
        ff_whatif_role(l->whatif, phrase, l->rules->phrases[phrase].role);
        ff_whatif_phrase(l->whatif, phrase, true);
    }
    ff_whatif_rule(l->whatif, rule, true);
}
