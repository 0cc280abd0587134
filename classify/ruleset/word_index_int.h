/* word_index_int.h: what the vocabulary and the literals of a word index are made of: shared by word_index.c, which
 * builds them, and word_scan.c, which reads texts.
 */
#ifndef FF_CLASSIFY_WORD_INDEX_INT_H
#define FF_CLASSIFY_WORD_INDEX_INT_H

#include "classify/mask/masked_words.h"
#include "classify/ruleset/word_index.h"

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

/** A word as a text is read: half a cache line. */
struct entry {
    uint64_t head, next;   /* of struct word */
    uint32_t word;         /* its index + 1; 0: free */
    uint32_t node, starts; /* of struct word */
    uint16_t len;
    uint8_t marks; /* MARK_... */
};
#define MARK_WAKES 1u  /* ff_word_index_wake() */
#define MARK_NUMBER 2u /* begins with a digit */
_Static_assert(sizeof(struct entry) == 32, "two to a cache line");

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
    uint32_t *slots;        /* of words, while literals are added: index + 1 */
    uint32_t slot_mask;
    struct entry *entries; /* of words, when all are there; by their hash */
    uint32_t entry_mask;
    struct edge *edges;
    uint32_t edge_mask, edge_count;
    uint32_t start_slots[START_SLOTS]; /* index + 1 */
    uint32_t short_starts;
    uint64_t short_heads; /* a bit per hash of the first two bytes of one */
    uint64_t seed;        /* of skeletons: nobody outside knows it */
};

static inline struct word *words_of(const struct table *t)
{
    return t->at;
}

static inline struct node *nodes_of(const struct ff_word_index *x)
{
    return x->nodes.at;
}

static inline uint32_t mix(uint64_t a, uint64_t b)
{
    return (uint32_t)((a ^ (b << 29 | b >> 35)) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static inline uint32_t edge_hash(uint32_t from, uint32_t word)
{
    return (uint32_t)(((uint64_t)from << 32 | word) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static inline uint32_t start_slot(uint64_t head)
{
    return (uint32_t)((head & 0xffffff) * UINT64_C(0x9e3779b97f4a7c15) >> 52) & (START_SLOTS - 1);
}

static inline uint64_t short_bit(uint64_t head)
{
    return UINT64_C(1) << ((uint32_t)(head & 0xffff) * 0x9e3779b1u >> 26);
}

static inline bool is_number(const struct word *w)
{
    return *w->text >= '0' && *w->text <= '9';
}

/** Does a word begin with this beginning? */
static inline bool begins_with(const struct word *w, const struct word *start)
{
    if (w->len < start->len)
        return false;
    if (start->len < 8)
        return (w->head & ((UINT64_C(1) << 8 * start->len) - 1)) == start->head;
    return w->head == start->head && memcmp(w->text, start->text, start->len) == 0;
}

static inline uint32_t find_edge(const struct ff_word_index *x, uint32_t from, uint32_t word)
{
    for (uint32_t i = edge_hash(from, word) & x->edge_mask; x->edges[i].to; i = (i + 1) & x->edge_mask)
        if (x->edges[i].from == from && x->edges[i].word == word)
            return x->edges[i].to;
    return 0;
}

#endif
