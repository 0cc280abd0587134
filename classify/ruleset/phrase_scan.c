/* phrase_scan.c: see phrase_scan.h. */
#include "classify/ruleset/phrase_scan.h"

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
