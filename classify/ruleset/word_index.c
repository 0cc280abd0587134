/* word_index.c: builds a word index: see word_index.h. Tables only grow while rules are loaded; word_scan.c reads
 * them. */
#include "classify/ruleset/word_index_int.h"

#include <stdlib.h>
#include <sys/random.h>

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

static const struct word *find_word(const struct ff_word_index *x, const struct word *w)
{
    for (uint32_t i = mix(w->head, w->next) & x->slot_mask; x->slots[i]; i = (i + 1) & x->slot_mask) {
        const struct word *have = &words_of(&x->words)[x->slots[i] - 1];
        if (same_word(have, w))
            return have;
    }
    return NULL;
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
    slots[i] = index + 1;
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
    if (!nodes_of(x)[node].literal)
        nodes_of(x)[node].literal = number + 1;
    return true;
}

static bool know(struct ff_word_index *x, struct ff_slice text, bool wakes)
{
    struct word w;
    uint32_t index;
    set_bytes(&w, text.ptr, (uint32_t)text.len);
    if (!add_word(x, &w, &index))
        return false;
    words_of(&x->words)[index].wakes |= wakes;
    return true;
}

bool ff_word_index_wake(struct ff_word_index *x, struct ff_slice word)
{
    return know(x, word, true);
}

bool ff_word_index_know(struct ff_word_index *x, const char *words)
{
    for (const char *end; *words; words = end + (*end == ' ')) {
        end = words + strcspn(words, " ");
        if (!know(x, ff_slice_of(words, (size_t)(end - words)), false))
            return false;
    }
    return true;
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

/** Half of the entries stay free: most words of a text are found, or not, at their first. */
static bool make_entries(struct ff_word_index *x)
{
    uint32_t mask = 1023;
    while (mask < 2 * x->words.count)
        mask = 2 * mask + 1;
    x->entries = aligned_alloc(64, (mask + 1u) * sizeof *x->entries);
    if (!x->entries)
        return false;
    memset(x->entries, 0, (mask + 1u) * sizeof *x->entries);
    x->entry_mask = mask;
    for (uint32_t k = 0; k < x->words.count; k++) {
        const struct word *w = &words_of(&x->words)[k];
        uint32_t i = mix(w->head, w->next) & mask;
        while (x->entries[i].word)
            i = (i + 1) & mask;
        x->entries[i] =
            (struct entry){.head = w->head,
                           .next = w->next,
                           .word = k + 1,
                           .node = w->node,
                           .starts = w->starts,
                           .len = (uint16_t)w->len,
                           .marks = (uint8_t)((w->wakes ? MARK_WAKES : 0) | (is_number(w) ? MARK_NUMBER : 0))};
    }
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
    ok = ok && make_entries(x);
    free(x->slots); /* entries are found without them */
    x->slots = NULL;
    return ok;
}

struct ff_word_index *ff_word_index_new(void)
{
    struct ff_word_index *x = calloc(1, sizeof *x);
    uint32_t root;
    if (x && getentropy(&x->seed, sizeof x->seed) == 0 && grow_slots(x) && grow_edges(x) &&
        new_node(x, &root)) /* node 0 is nobody's */
        return x;
    ff_word_index_free(x);
    return NULL;
}

uint64_t ff_word_index_seed(const struct ff_word_index *x)
{
    return x->seed;
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
    free(x->entries);
    free(x->edges);
    free(x);
}
