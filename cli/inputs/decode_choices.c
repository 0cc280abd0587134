/* decode_choices.c: see decode_choices.h. */
#include "cli/inputs/decode_choices.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "cli/process/messages.h"
#include "proto/address.h"

static int pair_order(const void *a, const void *b)
{
    const struct ff_stream_pair *x = a, *y = b;
    return ff_slice_order(x->name, y->name);
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

/* "NAME=VALUE" at its first '='; false: there is none, or no name. Nothing is copied: SIGHUP reads such options
 * again and again. */
static bool split(struct ff_slice pair, struct ff_slice *ret_name, struct ff_slice *ret_value)
{
    size_t eq = ff_slice_chr(pair, 0, '=');
    if (eq == SIZE_MAX || eq == 0)
        return false;
    *ret_name = ff_slice_sub(pair, 0, eq);
    *ret_value = ff_slice_sub(pair, eq + 1, pair.len);
    return true;
}

int ff_stream_map_init(struct ff_stream_map *m, const struct ff_option_list *list)
{
    size_t used = 0;
    *m = (struct ff_stream_map){NULL, NULL, 0};
    if (list->count == 0)
        return 0;
    if (list->count > FF_STREAM_MAP_MAX)
        return ff_fail(FF_EXIT_USAGE, "--stream-map: %zu pairs are too many (at most %d)", list->count,
                       FF_STREAM_MAP_MAX);
    m->pairs = calloc(list->count, sizeof *m->pairs);
    m->text = malloc(bytes_of(list) + 1);
    if (!m->pairs || !m->text)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        struct ff_slice name, stream;
        if (!split(copy(m, &used, list->items[i]), &name, &stream))
            return ff_fail(FF_EXIT_USAGE, "--stream-map: \"%s\" is no NAME=STREAM", list->items[i]);
        if (!ff_tenant_is_valid(stream))
            return ff_fail(FF_EXIT_USAGE,
                           "--stream-map %s: no name of a stream (at most 255 bytes of UTF-8; \"*\" is all of them)",
                           list->items[i]);
        m->pairs[m->count++] = (struct ff_stream_pair){name, stream};
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

/* What is wrong with an item of a list of domains or hosts. */
static int refuse(const char *option, const char *item, enum ff_err err, const char *expected)
{
    switch (err) {
    case FF_OK:
        return 0;
    case FF_ERR_SYNTAX:
        return ff_fail(FF_EXIT_USAGE, "--%s: \"%s\" is no %s", option, item, expected);
    case FF_ERR_CONFIG:
        return ff_fail(FF_EXIT_USAGE, "--%s %s: the domain is there twice, with another tenant", option, item);
    case FF_ERR_TOO_LARGE:
        return ff_fail(FF_EXIT_USAGE, "--%s: too many networks (at most %d)", option, FF_OWN_NETS_MAX);
    default:
        return ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    }
}

static int read_domains(struct ff_domain_map *m, const char *option, const struct ff_option_list *list)
{
    int status = 0;
    for (size_t i = 0; i < list->count && status == 0; i++)
        status = refuse(option, list->items[i],
                        ff_domain_map_add(m, ff_slice_str(list->items[i]), (struct ff_slice){NULL, 0}), "domain");
    return status;
}

static int read_tenants(struct ff_domain_map *m, const struct ff_option_list *list)
{
    int status = 0;
    if (list->count > FF_TENANT_MAP_MAX)
        return ff_fail(FF_EXIT_USAGE, "--tenant-map: %zu pairs are too many (at most %d)", list->count,
                       FF_TENANT_MAP_MAX);
    for (size_t i = 0; i < list->count && status == 0; i++) {
        struct ff_slice domain, tenant;
        if (!split(ff_slice_str(list->items[i]), &domain, &tenant))
            return refuse("tenant-map", list->items[i], FF_ERR_SYNTAX, "DOMAIN=TENANT");
        if (!tenant.len || !ff_tenant_is_valid(tenant))
            return ff_fail(FF_EXIT_USAGE, "--tenant-map %s: no name of a tenant (\"*\" is all of them)",
                           list->items[i]);
        status = refuse("tenant-map", list->items[i], ff_domain_map_add(m, domain, tenant), "DOMAIN=TENANT");
    }
    return status;
}

static int read_own_relays(struct ff_own_relays *own, const struct ff_option_list *list)
{
    int status = 0;
    for (size_t i = 0; i < list->count && status == 0; i++)
        status = refuse("own-relay", list->items[i], ff_own_relays_add(own, ff_slice_str(list->items[i])),
                        "host, address or network");
    return status;
}

int ff_decode_maps_init(struct ff_decode_maps *m, const struct ff_decode_choices *choices)
{
    *m = (struct ff_decode_maps){.streams = {.count = 0}};
    int status = ff_stream_map_init(&m->streams, &choices->stream_map);
    if (status == 0)
        status = read_tenants(&m->tenants, &choices->tenant_map);
    if (status == 0)
        status = read_own_relays(&m->own_relays, &choices->own_relay);
    if (status == 0)
        status = read_domains(&m->only_from, "only-from", &choices->only_from);
    if (status == 0)
        status = read_domains(&m->skip_recipients, "skip-recipients", &choices->skip_recipients);
    return status;
}

void ff_decode_maps_fini(struct ff_decode_maps *m)
{
    ff_stream_map_fini(&m->streams);
    ff_domain_map_fini(&m->tenants);
    ff_domain_map_fini(&m->only_from);
    ff_domain_map_fini(&m->skip_recipients);
    ff_own_relays_fini(&m->own_relays);
}

int ff_zone_init(struct ff_time_zone *ret, const char *name)
{
    switch (name ? ff_time_zone_load(ret, name) : FF_OK) {
    case FF_OK:
        return 0;
    case FF_ERR_SYNTAX:
        return ff_fail(FF_EXIT_USAGE, "--zone: \"%s\" is no zone (Europe/Berlin, +02:00, UTC)", name);
    case FF_ERR_NOT_FOUND:
        return ff_fail(FF_EXIT_USAGE, "--zone %s: this host's zone database (package tzdata) has none of that name",
                       name);
    default:
        return ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    }
}

/* Once per process, however many decoders it has. */
static void tell_zone_is_guessed(void)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&told))
        ff_warn(
            "log lines with local times: they say no zone, and short queue ids do not give it away; they are read as "
            "UTC (give --zone, for example Europe/Berlin, or UTC when that is right)");
}

int ff_default_tenant_check(const char *name)
{
    if (*name && ff_tenant_is_valid(ff_slice_str(name)))
        return 0;
    return ff_fail(FF_EXIT_USAGE,
                   "--default-tenant \"%s\": no name of a tenant (1 to 255 bytes of UTF-8; \"*\" is all of them)",
                   name);
}

struct ff_decode_options ff_inputs_decode_options(const char *default_tenant, uint64_t year,
                                                  struct ff_decode_maps *maps, const struct ff_time_zone *zone)
{
    return (struct ff_decode_options){
        .default_tenant = ff_slice_str(default_tenant),
        .year = (int)year,
        .stream_of = ff_stream_map_find,
        .stream_ctx = &maps->streams,
        .tenants = &maps->tenants,
        .own_relays = &maps->own_relays,
        .only_from = &maps->only_from,
        .skip_recipients = &maps->skip_recipients,
        .zone = zone && zone->count ? zone : NULL,
        .zone_is_guessed = zone ? tell_zone_is_guessed : NULL,
    };
}
