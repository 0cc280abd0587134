/* word_scan.c: reads a text by a word index: its words, its skeleton, its literals. See word_index.h. */
#include "classify/ruleset/word_index_int.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- words ------------------------------------------------------------------------------------------------------- */

/** The word that begins at p; its last blank is known to come. */
static inline struct word read_word(const uint8_t *p)
{
    struct word w = {.text = p};
    struct ff_word_start s = ff_word_start(p);
    w.head = s.head;
    w.next = s.next;
    w.len = s.len < 16 ? s.len : 16 + (uint32_t)ff_word_length(p + 16);
    return w;
}

/** The word's entry, or a free one. */
static inline const struct entry *find_entry(const struct ff_word_index *x, const struct word *w)
{
    for (uint32_t i = mix(w->head, w->next) & x->entry_mask;; i = (i + 1) & x->entry_mask) {
        const struct entry *e = &x->entries[i];
        if (e->head == w->head && e->next == w->next && e->len == w->len &&
            (w->len <= 16 || memcmp(words_of(&x->words)[e->word - 1].text + 16, w->text + 16, w->len - 16) == 0))
            return e;
        if (!e->word)
            return e;
    }
}

/* ---- beginnings of a word that is not in the vocabulary --------------------------------------------------------- */

/** The first in the chain from `start` on that the word begins with; 0: there is none. */
static inline uint32_t fitting_start(const struct ff_word_index *x, const struct word *w, uint32_t start)
{
    while (start && !begins_with(w, &words_of(&x->starts)[start - 1]))
        start = words_of(&x->starts)[start - 1].starts;
    return start;
}

static inline uint32_t short_start(const struct ff_word_index *x, const struct word *w)
{
    return x->short_heads & short_bit(w->head) ? fitting_start(x, w, x->short_starts) : 0;
}

/** Index + 1; long ones first. */
static inline uint32_t first_start(const struct ff_word_index *x, const struct word *w)
{
    uint32_t start = fitting_start(x, w, x->start_slots[start_slot(w->head)]);
    return start ? start : short_start(x, w);
}

static inline uint32_t next_start(const struct ff_word_index *x, const struct word *w, uint32_t start)
{
    const struct word *have = &words_of(&x->starts)[start - 1];
    uint32_t next = fitting_start(x, w, have->starts);
    return next || have->len < 3 ? next : short_start(x, w);
}

bool ff_word_index_is_open(const struct ff_word_index *x, const uint8_t *word)
{
    const struct word w = read_word(word);
    return !find_entry(x, &w)->word && !first_start(x, &w);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* What a word says, as a number: even ones are known words, odd ones all others. */
#define SAYS_SHORT UINT64_C(1)
#define SAYS_LONG UINT64_C(3)

/* Of a text without words. No small number: the first words would cancel it, and what follows would begin anew. */
#define SAYS_NOTHING UINT64_C(0xd6e8feb86659fd93)

/* The seed is in every step: each of them is a bijection, so whoever knew it could choose the last words of a reply
 * such that it has the skeleton, and with it the verdict, of any other. */
static inline uint64_t said(const struct ff_word_index *x, uint64_t so_far, uint64_t what)
{
    uint64_t h = (so_far ^ (what + x->seed)) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/** Of a word that is not in the vocabulary. */
static uint64_t unknown_says(const struct ff_word_index *x, const struct word *w, unsigned *marks)
{
    if (is_number(w))
        *marks |= MARK_NUMBER;
    if ((*w->text < 'a' || *w->text > 'z') && *w->text < 0x80)
        return XXH3_64bits_withSeed(w->text, w->len, x->seed) | 1;
    uint64_t says = w->len > 2 ? SAYS_LONG : SAYS_SHORT;
    for (uint32_t start = first_start(x, w); start; start = next_start(x, w, start))
        says = said(x, says, start) | 1;
    return says;
}

void ff_word_index_read(const struct ff_word_index *x, struct ff_slice text, struct ff_words *ret)
{
    unsigned marks = 0;
    uint64_t skeleton = SAYS_NOTHING;
    struct ff_word *to = ret->word;
    for (size_t at = 1; at < text.len; to++) {
        const struct word w = read_word(text.ptr + at);
        const struct entry *e = find_entry(x, &w);
        *to = (struct ff_word){(uint32_t)(e - x->entries), (uint16_t)at, (uint16_t)w.len};
        skeleton = said(x, skeleton, e->word ? 2 * (uint64_t)e->word : unknown_says(x, &w, &marks));
        marks |= e->marks;
        at += w.len + 1;
    }
    ret->text = text;
    ret->count = (size_t)(to - ret->word);
    ret->skeleton = skeleton | 1;
    ret->wakes = marks & MARK_WAKES || ff_has_foreign(text.ptr, text.len);
    ret->numbers = marks & MARK_NUMBER;
}

/* ---- literals --------------------------------------------------------------------------------------------------- */

struct path {
    uint32_t node;
    uint16_t start, first_word;
};

/** Everything in it is known to the compiler: all functions that have one are inline. */
struct scan {
    const struct ff_word_index *x;
    const struct node *nodes;
    struct ff_word_hit *hit, *end; /* the next one; the room ends */
    size_t path_count;
    struct path *paths;
};

static inline void report(struct scan *s, uint32_t literal, struct path p, size_t end, size_t word)
{
    if (literal && s->hit < s->end)
        *s->hit++ = (struct ff_word_hit){literal - 1, p.start, (uint16_t)end, p.first_word, (uint16_t)word};
}

static inline uint32_t follow(const struct scan *s, uint32_t node, uint32_t word)
{
    return s->nodes[node].nexts >> word % 32 & 1 ? find_edge(s->x, node, word) : 0;
}

/** Literals whose last word is this beginning of the word at `at`. */
static inline void match_start(struct scan *s, uint32_t start, size_t at, size_t number)
{
    const struct word *w = &words_of(&s->x->starts)[start - 1];
    for (size_t k = 0; k < s->path_count; k++) {
        uint32_t to = follow(s, s->paths[k].node, 2 * (start - 1) + 1);
        if (to)
            report(s, s->nodes[to].literal, s->paths[k], at + w->len, number);
    }
    if (w->node)
        report(s, s->nodes[w->node].literal, (struct path){0, (uint16_t)(at - 1), (uint16_t)number}, at + w->len,
               number);
}

/** The same for a word that is not in the vocabulary. */
static inline void match_unknown(struct scan *s, const uint8_t *text, size_t at, size_t number)
{
    const struct word w = read_word(text + at);
    for (uint32_t start = first_start(s->x, &w); start; start = next_start(s->x, &w, start))
        match_start(s, start, at, number);
    s->path_count = 0;
}

static inline void match_known(struct scan *s, const struct entry *w, size_t at, size_t number)
{
    size_t end = at + w->len + 1, kept = 0;
    uint32_t word = 2 * (w->word - 1);
    if (w->starts)
        for (const uint32_t *start = (const uint32_t *)s->x->starts_of.at + w->starts; *start; start++)
            match_start(s, *start, at, number);
    for (size_t k = 0; k < s->path_count; k++) {
        struct path p = s->paths[k];
        if (!(p.node = follow(s, p.node, word)))
            continue;
        struct node node = s->nodes[p.node];
        report(s, node.literal, p, end, number);
        s->paths[kept] = p;
        kept += node.nexts != 0;
    }
    if (w->node) {
        struct node node = s->nodes[w->node];
        struct path p = {w->node, (uint16_t)(at - 1), (uint16_t)number};
        report(s, node.literal, p, end, number);
        s->paths[kept] = p;
        kept += node.nexts != 0;
    }
    s->path_count = kept;
}

size_t ff_word_index_scan(const struct ff_word_index *x, const struct ff_words *words, struct ff_word_hit *ret_hits,
                          size_t max)
{
    struct path paths[FF_WORD_INDEX_WORDS_MAX + 1];
    struct scan s = {.x = x, .nodes = nodes_of(x), .hit = ret_hits, .end = ret_hits + max, .paths = paths};
    for (size_t i = 0; i < words->count; i++) {
        const struct ff_word *w = &words->word[i];
        const struct entry *e = &x->entries[w->entry];
        if (e->word)
            match_known(&s, e, w->at, i);
        else
            match_unknown(&s, words->text.ptr, w->at, i);
    }
    return (size_t)(s.hit - ret_hits);
}
