/* options_names.c: which option or subcommand a word is, and which one was probably meant when it is none. */
#include "cli/options/options_names.h"

#include <string.h>

#include "proto/nearest.h"

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

const char *ff_option_nearest(const struct ff_subcommand *sub, const char *word, size_t len)
{
    struct ff_nearest search = ff_nearest_to(ff_slice_of(word, len));
    for (const struct ff_option *o = sub->options; o->name; o++)
        ff_nearest_try(&search, o->name);
    for (const struct ff_option *o = ff_options_common; o->name; o++)
        ff_nearest_try(&search, o->name);
    return search.name;
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
    struct ff_nearest search = ff_nearest_to(ff_slice_str(name));
    for (const struct ff_subcommand *const *s = ff_subcommands; *s; s++)
        ff_nearest_try(&search, (*s)->name);
    return search.name;
}
