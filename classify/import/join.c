/* join.c: alternatives of one pattern that differ in a code only, or of which one covers the other, become one.
 */
#include <stdlib.h>

#include "classify/import/join.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/** Lists of fixed-size texts; 0: any. The union is any when one of them is. */
static bool unite(char *list, unsigned *count, const char *other, unsigned other_count, size_t size, unsigned max)
{
    if (*count == 0 || other_count == 0) {
        *count = 0;
        return true;
    }
    for (unsigned i = 0; i < other_count; i++) {
        bool there = false;
        for (unsigned k = 0; k < *count && !there; k++)
            there = strcmp(list + k * size, other + i * size) == 0;
        if (there)
            continue;
        if (*count == max)
            return false;
        memcpy(list + (*count)++ * size, other + i * size, size);
    }
    qsort(list, *count, size, by_text);
    return true;
}

static bool same_list(const char *a, unsigned a_count, const char *b, unsigned b_count, size_t size)
{
    bool same = a_count == b_count;
    for (unsigned i = 0; i < a_count && same; i++)
        same = strcmp(a + i * size, b + i * size) == 0;
    return same;
}

bool ff_import_same_codes(const struct ff_import_rule *a, const struct ff_import_rule *b)
{
    return a->wrapped == b->wrapped && same_list(a->code[0], a->code_count, b->code[0], b->code_count, sizeof *a->code);
}

bool ff_import_same_enhanced(const struct ff_import_rule *a, const struct ff_import_rule *b)
{
    return same_list(a->enhanced[0], a->enhanced_count, b->enhanced[0], b->enhanced_count, sizeof *a->enhanced);
}

/** The text that a phrase without gaps looks for: an end without * has a blank. Returns its length. */
static size_t literal_of(const char *phrase, char ret[FF_IMPORT_PHRASE_MAX + 2])
{
    size_t len = strlen(phrase), n = 0;
    size_t from = len > 0 && phrase[0] == '*' ? 1 : 0;
    size_t to = len > from && phrase[len - 1] == '*' ? len - 1 : len; /* of "*" alone, one end is open */
    if (from == 0)
        ret[n++] = ' ';
    memcpy(ret + n, phrase + from, to - from);
    n += to - from;
    if (to == len)
        ret[n++] = ' ';
    return n;
}

/** Does whatever holds phrase b hold phrase a too? "*no such user*" covers "*no such users*". */
static bool covers(const struct ff_import_rule *a, const struct ff_import_rule *b)
{
    char x[FF_IMPORT_PHRASE_MAX + 2], y[FF_IMPORT_PHRASE_MAX + 2];
    if (!a->phrase[0] || !b->phrase[0] || strchr(a->phrase, '~') || strchr(b->phrase, '~'))
        return false;
    size_t x_len = literal_of(a->phrase, x), y_len = literal_of(b->phrase, y);
    return ff_slice_find(ff_slice_of(y, y_len), 0, ff_slice_of(x, x_len)) != SIZE_MAX;
}

/** b's replies become a's too; false: they cannot in one rule. */
static bool absorb(struct ff_import_rule *a, const struct ff_import_rule *b)
{
    struct ff_import_rule both = *a;
    if (strcmp(a->phrase, b->phrase) != 0)
        return covers(a, b) && ff_import_same_codes(a, b) && ff_import_same_enhanced(a, b);
    if (ff_import_same_codes(a, b)) {
        if (!unite(both.enhanced[0], &both.enhanced_count, b->enhanced[0], b->enhanced_count, sizeof *b->enhanced,
                   FF_IMPORT_ENHANCED_MAX))
            return false;
    } else if (ff_import_same_enhanced(a, b) && a->wrapped == b->wrapped) {
        if (!unite(both.code[0], &both.code_count, b->code[0], b->code_count, sizeof *b->code, FF_IMPORT_CODES_MAX))
            return false;
    } else {
        return false;
    }
    both.loss |= b->loss;
    if (!both.phrase[0] && !both.code_count && !both.enhanced_count)
        return false; /* it would fire on everything */
    *a = both;
    return true;
}

/** "^(450|550) [45]\.1\.[12]" is sixteen alternatives and one rule. */
size_t ff_import_join(struct ff_import_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) { /* lists are compared in order */
        qsort(rules[i].code, rules[i].code_count, sizeof *rules[i].code, by_text);
        qsort(rules[i].enhanced, rules[i].enhanced_count, sizeof *rules[i].enhanced, by_text);
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < count;) {
                if (k == i || !absorb(&rules[i], &rules[k])) {
                    k++;
                    continue;
                }
                i -= k < i;
                memmove(&rules[k], &rules[k + 1], (count - k - 1) * sizeof *rules);
                count--;
                changed = true;
            }
    }
    return count;
}
