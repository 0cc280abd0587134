/* word_index.h: which of thousands of rows of words stand in a masked text.
 *
 * A masked text is words between single blanks, and so is nearly every literal of the rules. So the automaton steps by
 * words: each word of the text is looked up once in the vocabulary of all literals; a literal is a path of word numbers
 * in a tree whose edges are one hash table. Words that no literal has (names, most of what varies) end every path at
 * once.
 */
#ifndef FF_CLASSIFY_WORD_INDEX_H
#define FF_CLASSIFY_WORD_INDEX_H

#include "classify/mask/masked.h"

#define FF_WORD_INDEX_WORDS_MAX 64 /* of one literal */
/** Words of one text: each has a blank behind it. */
#define FF_WORDS_MAX (FF_MASKED_BYTES_MAX / 2)
/** Bytes that must be readable behind a text. */
#define FF_WORD_INDEX_SLACK 16

/** A word of a text. */
struct ff_word {
    uint32_t entry;   /* the index's own: where it is in the vocabulary, or would be */
    uint16_t at, len; /* bytes of the text */
};

/** A text and its words. */
struct ff_words {
    struct ff_slice text;
    size_t count;
    /* What is left of the text when every word that no literal has, whole or by its beginning, is only a word of up to
     * two letters or a longer one: texts of one skeleton hold the same literals between equally many words. What begins
     * with no letter (codes, placeholders) counts as it stands. A hash, never 0, another one in each index. */
    uint64_t skeleton;
    bool wakes;   /* it has a word of ff_word_index_wake(), or a letter beyond U+07FF */
    bool numbers; /* it has a word that begins with a digit */
    struct ff_word word[FF_WORDS_MAX];
};

/** A literal found. */
struct ff_word_hit {
    uint32_t literal;
    uint16_t start, end; /* bytes of the text, the blank before included; behind it too unless its end is open */
    uint16_t first_word, last_word; /* which words of the text */
};

struct ff_word_index;

/** Can it be in the index? " user unknown " (whole words) and " receiv" (the last one may go on), no more than
 * FF_WORD_INDEX_WORDS_MAX words. */
bool ff_word_index_takes(struct ff_slice literal);

/** NULL when memory is short, or a kernel before 3.17 has no getentropy(3). */
FF_MUST_CHECK struct ff_word_index *ff_word_index_new(void);
/** A random number of this index: the seed for hashes of what others wrote by which a verdict is found. Without one,
 * whoever answers our mail could make a reply that shares the hash of another server's, and its verdict. */
uint64_t ff_word_index_seed(const struct ff_word_index *x);
void ff_word_index_free(struct ff_word_index *x);
/** `literal` must be one that the index takes and live as long as the index; a text that
 * was added before keeps its number. */
FF_MUST_CHECK bool ff_word_index_add(struct ff_word_index *x, struct ff_slice literal, uint32_t number);

/** Marks a word: a text that holds it says so. For literals that only a scan of the bytes finds, but that have this
 * word whole. */
FF_MUST_CHECK bool ff_word_index_wake(struct ff_word_index *x, struct ff_slice word);

/** Makes words, with single blanks between them, part of the vocabulary, for whoever else must tell them from
 * others. The text lives as long as the index. */
FF_MUST_CHECK bool ff_word_index_know(struct ff_word_index *x, const char *words);

/** After the last of the above, before the first scan. False when memory is short. */
FF_MUST_CHECK bool ff_word_index_seal(struct ff_word_index *x);

/**
 * Looks up all words of a text.
 * @param text  " word word ": at most FF_MASKED_BYTES_MAX bytes, a blank at both ends, FF_WORD_INDEX_SLACK bytes
 * readable
 *              behind it
 * @param ret   borrows the text
 */
void ff_word_index_read(const struct ff_word_index *x, struct ff_slice text, struct ff_words *ret);

/** Is the word that begins here, a blank behind it, one that no literal has, neither whole nor by its beginning?
 * May read FF_WORD_INDEX_SLACK bytes from it on. */
FF_MUST_CHECK bool ff_word_index_is_open(const struct ff_word_index *x, const uint8_t *word);

/** Finds all literals, by their last word and then by their first. @return hits written to ret_hits; what is over
 * `max` is not reported */
size_t ff_word_index_scan(const struct ff_word_index *x, const struct ff_words *words, struct ff_word_hit *ret_hits,
                          size_t max);

#endif
