/* word_index.c: see word_index.h. Tables only grow while rules are loaded; a scan reads. */
#include "classify/word_index.h"

#include <stdlib.h>

#include "classify/masked_words.h"

/** A word of the vocabulary, or the beginning of words. */
struct word {
    uint64_t head, next; /* its first 16 bytes, 0 behind its end */
    const uint8_t *text; /* of the literal it was first met in */
    uint32_t len;
    uint32_t node;   /* where literals that begin with it go on; 0: none does */
    uint32_t starts; /* of a word: where its beginnings are in x->starts_of; of a beginning: the next one with the same
                        first bytes, index + 1 */
    bool wakes;      /* ff_word_index_wake() */
};

struct node {
    uint32_t literal; /* that ends here, + 1 */
    uint32_t nexts;   /* a bit per number (modulo 32) of the words that may follow: most do not, and cost no look-up */
};

/** node, word -> node. Whole words have even numbers, beginnings odd ones: 2 * index + is_start. */
struct edge {
    uint32_t from, word, to; /* to 0: free */
};

struct table {
    void *at;
    uint32_t count, size;
};

#define START_SLOTS 4096u /* by the first three bytes of a beginning; shorter ones are in a chain of their own */

struct ff_word_index {
    struct table words, starts, nodes; /* struct word, struct word, struct node */
    struct table starts_of; /* uint32_t: rows of beginnings, index + 1, each with a 0 behind; the first is empty */
    uint32_t *slots;        /* of words: index + 1, under 8 bits of the hash */
    uint32_t slot_mask;
    struct edge *edges;
    uint32_t edge_mask, edge_count;
    uint32_t start_slots[START_SLOTS]; /* index + 1 */
    uint32_t short_starts;
    uint64_t short_heads; /* a bit per hash of the first two bytes of one */
};

static struct word *words_of(const struct table *t)
{
    return t->at;
}

static struct node *nodes_of(const struct ff_word_index *x)
{
    return x->nodes.at;
}

static uint32_t mix(uint64_t a, uint64_t b)
{
    return (uint32_t)((a ^ (b << 29 | b >> 35)) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static uint32_t edge_hash(uint32_t from, uint32_t word)
{
    return (uint32_t)(((uint64_t)from << 32 | word) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static uint32_t start_slot(uint64_t head)
{
    return (uint32_t)((head & 0xffffff) * UINT64_C(0x9e3779b97f4a7c15) >> 52) & (START_SLOTS - 1);
}

static uint64_t short_bit(uint64_t head)
{
    return UINT64_C(1) << ((uint32_t)(head & 0xffff) * 0x9e3779b1u >> 26);
}

static void set_bytes(struct word *w, const uint8_t *text, uint32_t len)
{
    *w = (struct word){.text = text, .len = len};
    memcpy(&w->head, text, len < 8 ? len : 8);
    if (len > 8)
        memcpy(&w->next, text + 8, len < 16 ? len - 8 : 8);
}

static bool same_word(const struct word *a, const struct word *b)
{
    return a->head == b->head && a->next == b->next && a->len == b->len &&
           (a->len <= 16 || memcmp(a->text + 16, b->text + 16, a->len - 16) == 0);
}

#define TAG UINT32_C(0xff000000)

static inline const struct word *find_word(const struct ff_word_index *x, const struct word *w)
{
    uint32_t hash = mix(w->head, w->next);
    for (uint32_t i = hash & x->slot_mask; x->slots[i]; i = (i + 1) & x->slot_mask) {
        if ((x->slots[i] ^ hash) & TAG)
            continue;
        const struct word *have = &words_of(&x->words)[(x->slots[i] & ~TAG) - 1];
        if (same_word(have, w))
            return have;
    }
    return NULL;
}

static inline uint32_t find_edge(const struct ff_word_index *x, uint32_t from, uint32_t word)
{
    for (uint32_t i = edge_hash(from, word) & x->edge_mask; x->edges[i].to; i = (i + 1) & x->edge_mask)
        if (x->edges[i].from == from && x->edges[i].word == word)
            return x->edges[i].to;
    return 0;
}

/* ---- building --------------------------------------------------------------------------------------------------- */

bool ff_word_index_takes(struct ff_slice s)
{
    size_t words = 0;
    if (s.len < 3 || s.ptr[0] != ' ' || s.len > 1000)
        return false;
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] >= 0xe0)
            return false; /* scripts without word spaces are searched as bytes */
        if (s.ptr[i] == ' ' && s.ptr[i - 1] == ' ')
            return false;
        words += s.ptr[i - 1] == ' ';
    }
    bool open = s.ptr[s.len - 1] != ' ';
    if (open && s.ptr[s.len - 2] == ' ')
        return false; /* a beginning of one byte would match too much */
    return words <= FF_WORD_INDEX_WORDS_MAX;
}

static bool grow(struct table *t, size_t element)
{
    if (t->count < t->size)
        return true;
    uint32_t size = t->size ? 2 * t->size : 256;
    void *at = realloc(t->at, size * element);
    if (!at)
        return false;
    t->at = at;
    t->size = size;
    return true;
}

static void put_slot(uint32_t *slots, uint32_t mask, uint32_t hash, uint32_t index)
{
    uint32_t i = hash & mask;
    while (slots[i])
        i = (i + 1) & mask;
    slots[i] = (index + 1) | (hash & TAG);
}

static bool grow_slots(struct ff_word_index *x)
{
    if (x->slots && 2 * (x->words.count + 1) <= x->slot_mask)
        return true;
    uint32_t mask = x->slots ? 2 * x->slot_mask + 1 : 1023;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t k = 0; k < x->words.count; k++)
        put_slot(slots, mask, mix(words_of(&x->words)[k].head, words_of(&x->words)[k].next), k);
    free(x->slots);
    x->slots = slots;
    x->slot_mask = mask;
    return true;
}

static void put_edge(struct edge *edges, uint32_t mask, struct edge e)
{
    uint32_t i = edge_hash(e.from, e.word) & mask;
    while (edges[i].to)
        i = (i + 1) & mask;
    edges[i] = e;
}

static bool grow_edges(struct ff_word_index *x)
{
    if (x->edges && 2 * (x->edge_count + 1) <= x->edge_mask)
        return true;
    uint32_t mask = x->edges ? 2 * x->edge_mask + 1 : 1023;
    struct edge *edges = calloc(mask + 1u, sizeof *edges);
    if (!edges)
        return false;
    for (uint32_t i = 0; x->edges && i <= x->edge_mask; i++)
        if (x->edges[i].to)
            put_edge(edges, mask, x->edges[i]);
    free(x->edges);
    x->edges = edges;
    x->edge_mask = mask;
    return true;
}

static bool new_node(struct ff_word_index *x, uint32_t *ret_node)
{
    if (!grow(&x->nodes, sizeof(struct node)))
        return false;
    nodes_of(x)[x->nodes.count] = (struct node){.literal = 0};
    *ret_node = x->nodes.count++;
    return true;
}

/** Index of the word in the vocabulary, added if need be. */
static bool add_word(struct ff_word_index *x, const struct word *w, uint32_t *ret_index)
{
    const struct word *have = find_word(x, w);
    if (have) {
        *ret_index = (uint32_t)(have - words_of(&x->words));
        return true;
    }
    if (!grow(&x->words, sizeof *w) || !grow_slots(x))
        return false;
    *ret_index = x->words.count;
    words_of(&x->words)[x->words.count] = *w;
    put_slot(x->slots, x->slot_mask, mix(w->head, w->next), x->words.count++);
    return true;
}

static bool add_start(struct ff_word_index *x, struct word w, uint32_t *ret_index)
{
    uint32_t *slot = w.len < 3 ? &x->short_starts : &x->start_slots[start_slot(w.head)];
    for (uint32_t i = *slot; i; i = words_of(&x->starts)[i - 1].starts)
        if (same_word(&words_of(&x->starts)[i - 1], &w)) {
            *ret_index = i - 1;
            return true;
        }
    if (!grow(&x->starts, sizeof w))
        return false;
    if (w.len < 3)
        x->short_heads |= short_bit(w.head);
    w.starts = *slot;
    *ret_index = x->starts.count;
    words_of(&x->starts)[x->starts.count] = w;
    *slot = ++x->starts.count;
    return true;
}

/** The node behind `word` from `node` on (0: from the beginning), made if need be. */
static bool step(struct ff_word_index *x, uint32_t *node, struct word *first, uint32_t word)
{
    uint32_t to = *node ? find_edge(x, *node, word) : first->node;
    if (!to) {
        if (!new_node(x, &to))
            return false;
        if (*node) {
            put_edge(x->edges, x->edge_mask, (struct edge){*node, word, to});
            x->edge_count++;
        } else {
            first->node = to;
        }
    }
    if (*node)
        nodes_of(x)[*node].nexts |= UINT32_C(1) << word % 32;
    *node = to;
    return true;
}

bool ff_word_index_add(struct ff_word_index *x, struct ff_slice literal, uint32_t number)
{
    uint32_t node = 0;
    for (size_t at = 1; at < literal.len;) {
        size_t end = ff_slice_chr(literal, at, ' ');
        bool is_start = end == SIZE_MAX;
        struct word w;
        uint32_t index;
        set_bytes(&w, literal.ptr + at, (uint32_t)((is_start ? literal.len : end) - at));
        if (!grow_edges(x) || !(is_start ? add_start(x, w, &index) : add_word(x, &w, &index)))
            return false;
        struct word *first = &words_of(is_start ? &x->starts : &x->words)[index];
        if (!step(x, &node, first, 2 * index + is_start))
            return false;
        at = is_start ? literal.len : end + 1;
    }
    nodes_of(x)[node].literal = number + 1;
    return true;
}

bool ff_word_index_wake(struct ff_word_index *x, struct ff_slice text)
{
    struct word w;
    uint32_t index;
    set_bytes(&w, text.ptr, (uint32_t)text.len);
    if (!add_word(x, &w, &index))
        return false;
    words_of(&x->words)[index].wakes = true;
    return true;
}

static inline bool begins_with(const struct word *w, const struct word *start)
{
    if (w->len < start->len)
        return false;
    if (start->len < 8)
        return (w->head & ((UINT64_C(1) << 8 * start->len) - 1)) == start->head;
    return w->head == start->head && memcmp(w->text, start->text, start->len) == 0;
}

static bool put_start(struct ff_word_index *x, uint32_t start)
{
    if (!grow(&x->starts_of, sizeof start))
        return false;
    ((uint32_t *)x->starts_of.at)[x->starts_of.count++] = start;
    return true;
}

/** Lists the beginnings of a word that are in the chain from `start` on. */
static bool list_starts(struct ff_word_index *x, struct word *w, uint32_t start)
{
    for (; start; start = words_of(&x->starts)[start - 1].starts)
        if (begins_with(w, &words_of(&x->starts)[start - 1]) && !put_start(x, start))
            return false;
    return true;
}

bool ff_word_index_seal(struct ff_word_index *x)
{
    bool ok = put_start(x, 0);
    for (uint32_t i = 0; i < x->words.count && ok; i++) {
        struct word *w = &words_of(&x->words)[i];
        uint32_t first = x->starts_of.count;
        ok = list_starts(x, w, x->start_slots[start_slot(w->head)]) && list_starts(x, w, x->short_starts);
        w->starts = x->starts_of.count == first ? 0 : first;
        ok = ok && (!w->starts || put_start(x, 0));
    }
    return ok;
}

struct ff_word_index *ff_word_index_new(void)
{
    struct ff_word_index *x = calloc(1, sizeof *x);
    uint32_t root;
    if (x && grow_slots(x) && grow_edges(x) && new_node(x, &root)) /* node 0 is nobody's */
        return x;
    ff_word_index_free(x);
    return NULL;
}

void ff_word_index_free(struct ff_word_index *x)
{
    if (!x)
        return;
    free(x->words.at);
    free(x->starts.at);
    free(x->nodes.at);
    free(x->starts_of.at);
    free(x->slots);
    free(x->edges);
    free(x);
}

/* ---- scanning --------------------------------------------------------------------------------------------------- */

static inline uint64_t before(uint64_t v, uint64_t blank)
{
    return v & (((blank & -blank) >> 7) - 1);
}

/** The word that begins at p; its last blank is known to come. */
static inline struct word read_word(const uint8_t *p)
{
    struct word w = {.text = p};
    uint64_t v = ff_load8(p), b = ff_blanks(v);
    if (b) {
        w.head = before(v, b);
        w.len = (uint32_t)__builtin_ctzll(b) / 8;
        return w;
    }
    w.head = v;
    v = ff_load8(p + 8);
    b = ff_blanks(v);
    if (b) {
        w.next = before(v, b);
        w.len = 8 + (uint32_t)__builtin_ctzll(b) / 8;
        return w;
    }
    w.next = v;
    w.len = 16 + (uint32_t)ff_word_length(p + 16);
    return w;
}

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
static inline void match_unknown(struct scan *s, const struct word *w, size_t at, size_t number)
{
    uint32_t start = s->x->start_slots[start_slot(w->head)];
    bool is_short = !start;
    if (is_short)
        start = s->x->short_heads & short_bit(w->head) ? s->x->short_starts : 0;
    while (start) {
        const struct word *have = &words_of(&s->x->starts)[start - 1];
        if (begins_with(w, have))
            match_start(s, start, at, number);
        start = have->starts;
        if (!start && !is_short) {
            is_short = true;
            start = s->x->short_heads & short_bit(w->head) ? s->x->short_starts : 0;
        }
    }
    s->path_count = 0;
}

static inline void match_known(struct scan *s, const struct word *w, size_t at, size_t number)
{
    size_t end = at + w->len + 1, kept = 0;
    uint32_t word = 2 * (uint32_t)(w - words_of(&s->x->words));
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

size_t ff_word_index_scan(const struct ff_word_index *x, struct ff_slice text, struct ff_word_hit *ret_hits, size_t max,
                          bool *ret_wakes)
{
    struct path paths[FF_WORD_INDEX_WORDS_MAX + 1];
    struct scan s = {.x = x, .nodes = nodes_of(x), .hit = ret_hits, .end = ret_hits + max, .paths = paths};
    bool wakes = false;
    size_t number = 0;
    for (size_t at = 1; at < text.len; number++) {
        struct word w = read_word(text.ptr + at);
        const struct word *known = find_word(x, &w);
        if (known) {
            wakes |= known->wakes;
            match_known(&s, known, at, number);
        } else {
            match_unknown(&s, &w, at, number);
        }
        at += w.len + 1;
    }
    *ret_wakes = wakes;
    return (size_t)(s.hit - ret_hits);
}
