/* rulebook.c: see rulebook.h. Names are only ever added: readers see a prefix of the list that no longer changes. */
#include "ingest/pipeline/rulebook.h"

#include <stdlib.h>
#include <xxhash.h>

#define SLOTS (2 * FF_RULE_NAMES_MAX) /* a power of two */

struct name {
    uint32_t category;
    uint32_t len;
    uint8_t text[];
};

struct ff_rule_names {
    _Atomic uint32_t count;
    struct name *names[FF_RULE_NAMES_MAX];
    uint16_t slots[SLOTS]; /* number; 0: free */
};

static struct name *name_new(struct ff_slice text, uint32_t category)
{
    struct name *n = malloc(sizeof *n + text.len);
    if (!n)
        return NULL;
    n->category = category;
    n->len = (uint32_t)text.len;
    if (text.len)
        memcpy(n->text, text.ptr, text.len);
    return n;
}

struct ff_rule_names *ff_rule_names_new(void)
{
    struct ff_rule_names *names = calloc(1, sizeof *names);
    if (!names)
        return NULL;
    names->names[FF_RULE_NONE] = name_new(FF_SLICE("(none)"), FF_CATEGORY_NONE);
    names->names[FF_RULE_OTHER] = name_new(FF_SLICE("(other)"), FF_CATEGORY_NONE);
    atomic_init(&names->count, 2);
    if (!names->names[FF_RULE_NONE] || !names->names[FF_RULE_OTHER]) {
        ff_rule_names_free(names);
        return NULL;
    }
    return names;
}

void ff_rule_names_free(struct ff_rule_names *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < FF_RULE_NAMES_MAX; i++)
        free(names->names[i]);
    free(names);
}

uint32_t ff_rule_names_count(const struct ff_rule_names *names)
{
    /* pairs with the release in number_of(): what is counted is written */
    return atomic_load_explicit(&names->count, memory_order_acquire);
}

struct ff_slice ff_rule_name(const struct ff_rule_names *names, uint32_t number, uint32_t *ret_category)
{
    const struct name *n = names->names[number];
    *ret_category = n->category;
    return ff_slice_of(n->text, n->len);
}

static size_t hash(struct ff_slice text, uint32_t category)
{
    return (size_t)XXH3_64bits_withSeed(text.ptr, text.len, category) & (SLOTS - 1);
}

/* The number of a rule; a new one for a name not seen before. A rule that now stands for another category is
 * another one: else the counts under its old label would go on growing. */
static uint16_t number_of(struct ff_rule_names *names, struct ff_slice text, uint32_t category)
{
    size_t i = hash(text, category);
    for (; names->slots[i]; i = (i + 1) & (SLOTS - 1)) {
        const struct name *n = names->names[names->slots[i]];
        if (n->category == category && ff_slice_eq(ff_slice_of(n->text, n->len), text))
            return names->slots[i];
    }
    uint32_t count = atomic_load_explicit(&names->count, memory_order_relaxed);
    if (count == FF_RULE_NAMES_MAX || !(names->names[count] = name_new(text, category)))
        return FF_RULE_OTHER;
    names->slots[i] = (uint16_t)count;
    atomic_store_explicit(&names->count, count + 1, memory_order_release);
    return (uint16_t)count;
}

struct ff_rulebook *ff_rulebook_new(struct ff_rule_names *names, struct ff_ruleset *live, struct ff_ruleset *shadow)
{
    struct ff_rulebook *book = calloc(1, sizeof *book);
    uint32_t count = ff_ruleset_rule_count(live);
    uint16_t *numbers = calloc(count + 1, sizeof *numbers);
    if (!book || !numbers) {
        free(book);
        free(numbers);
        ff_ruleset_free(live);
        ff_ruleset_free(shadow);
        return NULL;
    }
    for (uint32_t i = 1; i <= count; i++) {
        uint32_t category = ff_ruleset_rule_category(live, i);
        if (category != FF_CATEGORY_NONE)
            numbers[i] = number_of(names, ff_ruleset_rule_name(live, i), category);
    }
    atomic_init(&book->users, 1);
    book->live = live;
    book->shadow = shadow;
    book->numbers = numbers;
    return book;
}

struct ff_rulebook *ff_rulebook_keep(struct ff_rulebook *book)
{
    atomic_fetch_add_explicit(&book->users, 1, memory_order_relaxed);
    return book;
}

void ff_rulebook_drop(struct ff_rulebook *book)
{
    /* acquire and release: whatever any user did with the rules happened before they are freed */
    if (!book || atomic_fetch_sub_explicit(&book->users, 1, memory_order_acq_rel) != 1)
        return;
    ff_ruleset_free(book->live);
    ff_ruleset_free(book->shadow);
    free(book->numbers);
    free(book);
}
