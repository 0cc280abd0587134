/* decode_choices.c: see decode_choices.h. */
#include "cli/inputs/decode_choices.h"

#include <stdlib.h>

#include "cli/process/messages.h"
#include "proto/address.h"

static int slice_order(struct ff_slice a, struct ff_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int pair_order(const void *a, const void *b)
{
    const struct ff_stream_pair *x = a, *y = b;
    return slice_order(x->name, y->name);
}

/* A copy of an option's value behind those before it. */
static struct ff_slice copy(struct ff_stream_map *m, size_t *at, const char *item)
{
    struct ff_slice to = ff_slice_of(m->text + *at, strlen(item));
    memcpy(m->text + *at, item, to.len);
    *at += to.len;
    return to;
}

static size_t bytes_of(const struct ff_option_list *list)
{
    size_t bytes = 0;
    for (size_t i = 0; i < list->count; i++)
        bytes += strlen(list->items[i]);
    return bytes;
}

int ff_stream_map_init(struct ff_stream_map *m, const struct ff_option_list *list)
{
    size_t used = 0;
    *m = (struct ff_stream_map){NULL, NULL, 0};
    if (list->count == 0)
        return 0;
    if (list->count > FF_STREAM_MAP_MAX)
        return ff_fail(FF_EXIT_USAGE, "--stream-map: %zu pairs are too many (at most %d)", list->count, FF_STREAM_MAP_MAX);
    m->pairs = calloc(list->count, sizeof *m->pairs);
    m->text = malloc(bytes_of(list) + 1);
    if (!m->pairs || !m->text)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        struct ff_slice pair = copy(m, &used, list->items[i]);
        size_t eq = ff_slice_chr(pair, 0, '=');
        struct ff_slice stream = ff_slice_sub(pair, eq == SIZE_MAX ? pair.len : eq + 1, pair.len);
        if (eq == SIZE_MAX || eq == 0)
            return ff_fail(FF_EXIT_USAGE, "--stream-map: \"%s\" is no NAME=STREAM", list->items[i]);
        if (!ff_tenant_is_valid(stream))
            return ff_fail(FF_EXIT_USAGE, "--stream-map %s: no name of a stream (at most 255 bytes of UTF-8; \"*\" is all of them)", list->items[i]);
        m->pairs[m->count++] = (struct ff_stream_pair){ff_slice_sub(pair, 0, eq), stream};
    }
    qsort(m->pairs, m->count, sizeof *m->pairs, pair_order);
    return 0;
}

void ff_stream_map_fini(struct ff_stream_map *m)
{
    free(m->pairs);
    free(m->text);
    *m = (struct ff_stream_map){NULL, NULL, 0};
}

struct ff_slice ff_stream_map_find(void *ctx, struct ff_slice name)
{
    const struct ff_stream_map *m = ctx;
    struct ff_stream_pair key = {.name = name};
    const struct ff_stream_pair *found =
        m->count ? bsearch(&key, m->pairs, m->count, sizeof key, pair_order) : NULL;
    return found ? found->stream : (struct ff_slice){NULL, 0};
}

int ff_default_tenant_check(const char *name)
{
    if (*name && ff_tenant_is_valid(ff_slice_str(name)))
        return 0;
    return ff_fail(FF_EXIT_USAGE, "--default-tenant \"%s\": no name of a tenant (1 to 255 bytes of UTF-8; \"*\" is all of them)", name);
}

struct ff_decode_options ff_inputs_decode_options(const char *default_tenant, uint64_t year, struct ff_stream_map *map)
{
    return (struct ff_decode_options){
        .default_tenant = ff_slice_str(default_tenant),
        .year = (int)year,
        .stream_of = map ? ff_stream_map_find : NULL,
        .stream_ctx = map,
    };
}
