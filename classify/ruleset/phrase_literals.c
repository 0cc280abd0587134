/* phrase_literals.c: how the literals of an index are found: rows of words by the word index, the rest as bytes.
 *
 * The rest begin inside a word, have letters of scripts without word spaces, or are long (ff_word_index_takes()). No
 * text is searched for them whose words say that it holds none (ff_phrase_index_is_words()).
 */
#include "classify/ruleset/phrase_literals.h"

#include "classify/mask/masked_words.h"
#include "classify/ruleset/wrappers.h"

#include <stdlib.h>

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

/** Does the blank at s[at] stand for the apostrophe of "doesn't"? */
static bool is_apostrophe(struct ff_slice s, size_t at)
{
    return at > 2 && at + 2 < s.len && s.ptr[at] == ' ' && s.ptr[at - 1] == 'n' && s.ptr[at - 2] != ' ' &&
           s.ptr[at + 1] == 't' && s.ptr[at + 2] == ' ';
}

/** " doesn t exist " is found as " doesnt exist " too: many type it so. A text that is a literal itself keeps its
 * number. */
static enum ff_err index_without_apostrophe(struct ff_phrase_index *x, struct ff_slice literal, uint32_t number)
{
    size_t from = 0, len = 0;
    while (from < literal.len && !is_apostrophe(literal, from))
        from++;
    if (from == literal.len)
        return FF_OK;
    struct ff_spelling *s = malloc(sizeof *s + literal.len);
    if (!s)
        return FF_ERR_NOMEM;
    for (size_t i = 0; i < literal.len; i++)
        if (!is_apostrophe(literal, i))
            s->text[len++] = literal.ptr[i];
    s->next = x->spellings;
    x->spellings = s;
    return ff_word_index_add(x->words, ff_slice_of(s->text, len), number) ? FF_OK : FF_ERR_NOMEM;
}

enum ff_err ff_index_literals(struct ff_phrase_index *x, const struct ff_ruleset *rules)
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
    for (uint32_t i = 0; i < rules->literal_count && err == FF_OK; i++)
        if (rules->literals[i].group_count && ff_word_index_takes(rules->literals[i].text))
            err = index_without_apostrophe(x, rules->literals[i].text, i);
    if (err == FF_OK)
        err = ff_wrappers_know(x->words) && ff_word_index_seal(x->words) ? compile_rest(x, &r) : FF_ERR_NOMEM;
    free(r.texts);
    free(r.lens);
    free(r.ids);
    free(r.flags);
    return err;
}
