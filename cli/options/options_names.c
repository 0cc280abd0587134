/* options_names.c: which option or subcommand a word is, and which one was probably meant when it is none. */
#include "cli/options/options_names.h"

#include <string.h>

const struct ff_option *ff_option_in(const struct ff_option *table, const char *name, size_t len)
{
    for (const struct ff_option *o = table; o->name; o++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

const struct ff_option *ff_option_long(const struct ff_subcommand *sub, const char *name, size_t len)
{
    const struct ff_option *o = ff_option_in(sub->options, name, len);
    return o ? o : ff_option_in(ff_options_common, name, len);
}

const struct ff_option *ff_option_letter(const struct ff_subcommand *sub, char letter)
{
    for (const struct ff_option *o = sub->options; o->name; o++)
        if (o->letter == letter)
            return o;
    for (const struct ff_option *o = ff_options_common; o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

/* ---- suggestions ------------------------------------------------------------------------------------------------- */

#define WORD_MAX 40

unsigned ff_name_distance(const char *a, size_t a_len, const char *b)
{
    unsigned row[WORD_MAX + 1];
    size_t n = strlen(b);
    if (a_len > WORD_MAX || n > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned replace = diagonal + (a[i - 1] != b[j - 1]);
            unsigned best = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best < replace ? best : replace;
        }
    }
    return row[n];
}

static void consider(const char *word, size_t len, const char *candidate, unsigned *best, const char **ret)
{
    unsigned d = ff_name_distance(word, len, candidate);
    if (len >= 3 && strlen(candidate) > len && memcmp(candidate, word, len) == 0)
        d = 1; /* a beginning of the name */
    if (d < *best) {
        *best = d;
        *ret = candidate;
    }
}

const char *ff_option_nearest(const struct ff_subcommand *sub, const char *word, size_t len)
{
    unsigned best = 3;
    const char *found = NULL;
    for (const struct ff_option *o = sub->options; o->name; o++)
        consider(word, len, o->name, &best, &found);
    for (const struct ff_option *o = ff_options_common; o->name; o++)
        consider(word, len, o->name, &best, &found);
    return found;
}

const struct ff_subcommand *ff_subcommand_find(const char *name)
{
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++)
        if (strcmp((*s)->name, name) == 0)
            return *s;
    return NULL;
}

const char *ff_subcommand_nearest(const char *name)
{
    unsigned best = 3;
    const char *found = NULL;
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++)
        consider(name, strlen(name), (*s)->name, &best, &found);
    return found;
}
