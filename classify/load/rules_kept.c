/* rules_kept.c: see rules_kept.h. */
#include "classify/load/rules_kept.h"

#include "classify/mask/mask.h"
#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_kept.h"
#include "classify/ruleset/word_index.h"

/** What a word of a literal is made of. */
enum made { OF_LETTERS, OF_DIGITS, OF_BOTH, OF_MORE };

static enum made made_of(struct ff_slice word)
{
    size_t letters = 0, digits = 0;
    for (size_t i = 0; i < word.len; i++) {
        letters += word.ptr[i] >= 'a' && word.ptr[i] <= 'z';
        digits += ff_is_digit(word.ptr[i]);
    }
    if (letters + digits < word.len || word.len > FF_KEPT_BYTES_MAX)
        return OF_MORE;
    return digits == 0 ? OF_LETTERS : letters ? OF_BOTH : OF_DIGITS;
}

/** Does the masker keep numbers behind the word anyhow, or on purpose not: "in 300 seconds"? */
static bool has_its_way(struct ff_slice word)
{
    uint8_t upper[FF_KEPT_BYTES_MAX];
    for (size_t i = 0; i < word.len; i++)
        upper[i] = word.ptr[i] & 0xdf;
    return ff_mask_keeps(word) != FF_KEEPS_NONE || ff_mask_keeps(ff_slice_of(upper, word.len)) != FF_KEEPS_NONE;
}

/** Is it a number that the masker lets stand anywhere, as it does the codes of replies? Only for the others it has
 * to look, which costs a look-up a word. */
static bool stays(struct ff_slice number)
{
    static const struct ff_hosts none;
    uint8_t text[2 + FF_KEPT_DIGITS_MAX] = "q ";
    memcpy(text + 2, number.ptr, number.len);
    struct ff_masked masked;
    ff_mask(&(struct ff_mask_context){.hosts = &none}, ff_slice_of(text, 2 + number.len), &masked);
    return ff_slice_find(ff_slice_of(masked.buf, masked.len), 0, number) != SIZE_MAX;
}

/** Words between blanks only: of one with an open end nobody knows what it is. */
static bool keep_words(struct ff_kept_words *kept, struct ff_slice literal)
{
    struct ff_slice before = ff_slice_of(NULL, 0);
    size_t from = ff_slice_chr(literal, 0, ' ');
    for (size_t to; from != SIZE_MAX && (to = ff_slice_chr(literal, from + 1, ' ')) != SIZE_MAX; from = to) {
        struct ff_slice word = ff_slice_sub(literal, from + 1, to);
        enum made made = made_of(word);
        bool number =
            made == OF_DIGITS && before.len && word.len <= FF_KEPT_DIGITS_MAX && !has_its_way(before) && !stays(word);
        if (made == OF_BOTH && !ff_mask_is_kept_mix(word) && !ff_kept_words_add(kept, word))
            return false;
        if (number && !ff_kept_words_add(kept, ff_slice_of(before.ptr, before.len + 1 + word.len)))
            return false;
        before = made == OF_LETTERS ? word : ff_slice_of(NULL, 0);
    }
    return true;
}

bool ff_load_kept(struct ff_loader *l)
{
    struct ff_ruleset *r = l->rules;
    for (uint32_t g = 0; g < l->group_count && !l->builtin; g++)
        for (uint32_t i = 0; i < l->groups[g].count; i++) {
            const struct ff_load_member *m = &l->groups[g].members[i];
            const struct ff_literal *lit = &r->literals[m->literal];
            /* what the word index does not take, outlines may hold for a name (outline_words.c) */
            if (lit->group_count && !ff_ruleset_is_included(r, m->line) && ff_word_index_takes(lit->text) &&
                !keep_words(&r->kept, lit->text)) {
                l->err = FF_ERR_NOMEM;
                return false;
            }
        }
    return true;
}
