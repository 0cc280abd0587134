/* options_kept.c: see options_kept.h. */
#include "cli/options/options_kept.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/error.h"

struct kept {
    struct kept *next;
};
static struct kept *kept_all;

void *ff_options_keep(size_t bytes)
{
    struct kept *k = calloc(1, sizeof *k + bytes);
    if (!k) {
        fputs("fivefifty: out of memory\n", stderr);
        exit(FF_EXIT_OSERR);
    }
    k->next = kept_all;
    kept_all = k;
    return k + 1;
}

const char *ff_options_keep_string(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(ff_options_keep(n), s, n);
}

static void forget_since(const struct kept *before)
{
    while (kept_all != before) {
        struct kept *next = kept_all->next;
        free(kept_all);
        kept_all = next;
    }
}

void ff_options_keep_anew(void)
{
    static struct kept *before;
    static bool begun;
    if (begun)
        forget_since(before);
    before = kept_all;
    begun = true;
}

void ff_options_forget(void)
{
    forget_since(NULL);
}
