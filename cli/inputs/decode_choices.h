/* decode_choices.h: what the user says of mail that a log does not: its tenant, its stream, its year and zone,
 * which hosts are our own, what is no newsletter. */
#ifndef FF_CLI_DECODE_CHOICES_H
#define FF_CLI_DECODE_CHOICES_H

#include "cli/options/options_table.h"
#include "ingest/decode/decode.h"

#define FF_STREAM_MAP_MAX 4096
#define FF_TENANT_MAP_MAX 4096
/** Sorted NAME=STREAM pairs; at most FF_STREAM_MAP_MAX. */
struct ff_stream_map {
    struct ff_stream_pair {
        struct ff_slice name, stream;
    } *pairs;
    char *text; /* of all of them */
    size_t count;
};
/** From repeated --stream-map NAME=STREAM, of which nothing is borrowed: a map outlives options that are read
 * again. 0, or 64 with a message. */
FF_MUST_CHECK int ff_stream_map_init(struct ff_stream_map *m, const struct ff_option_list *list);
void ff_stream_map_fini(struct ff_stream_map *m);
/** For ff_decode_options: ctx is a struct ff_stream_map. Empty when the name is not in the map. */
struct ff_slice ff_stream_map_find(void *ctx, struct ff_slice name);

/** Options of `run`, `ingest`, `decode` and `templates`: a member of their structs, FF_DECODE_CHOICES() in their
 * tables. */
struct ff_decode_choices {
    struct ff_option_list stream_map, tenant_map, own_relay, only_from, skip_recipients;
    const char *zone;
    uint64_t year;
};

/** Rows of the table of the struct `options`, whose member `member` is the struct. `again`: the maps take effect on
 * SIGHUP. */
#define FF_DECODE_CHOICES(options, member, again)                                                                     \
    {.name = "tenant-map", .type = FF_OPTION_LIST, .value = "DOMAIN=TENANT",                                          \
     .offset = offsetof(options, member.tenant_map), .reread = again,                                                 \
     .help = "tenant of mail from this domain"},                                                                      \
    {.name = "stream-map", .type = FF_OPTION_LIST, .value = "NAME=STREAM",                                            \
     .offset = offsetof(options, member.stream_map), .reread = again,                                                 \
     .help = "stream of this egress pool or syslog name"},                                                            \
    {.name = "own-relay", .type = FF_OPTION_LIST, .value = "HOST|NET",                                                \
     .offset = offsetof(options, member.own_relay), .reread = again,                                                  \
     .help = "a hop of ours, not the receiver: a host, an address, 10.0.0.0/8; none: not even loopback and sockets"}, \
    {.name = "only-from", .type = FF_OPTION_LIST, .value = "DOMAIN", .offset = offsetof(options, member.only_from),   \
     .reread = again,                                                                                                 \
     .help = "leave out mail from elsewhere than this domain"},                                                       \
    {.name = "skip-recipients", .type = FF_OPTION_LIST, .value = "DOMAIN",                                            \
     .offset = offsetof(options, member.skip_recipients), .reread = again,                                            \
     .help = "leave out mail to this domain"},                                                                        \
    {.name = "zone", .type = FF_OPTION_STRING, .value = "ZONE", .offset = offsetof(options, member.zone),             \
     .help = "zone of syslog times that have none (default: UTC, and says so)"},                                      \
    {.name = "year", .type = FF_OPTION_UINT, .value = "YYYY", .offset = offsetof(options, member.year), .min = 1970,  \
     .max = 9999,                                                                                                     \
     .help = "year of syslog times that have none (default: the latest that is not in the future)"}

/** What decoders look things up in; begins as zeros. */
struct ff_decode_maps {
    struct ff_stream_map streams;
    struct ff_domain_map tenants, only_from, skip_recipients;
    struct ff_own_relays own_relays;
};
/** 0, or a status with a message; what was made is freed with ff_decode_maps_fini() in both cases. */
FF_MUST_CHECK int ff_decode_maps_init(struct ff_decode_maps *m, const struct ff_decode_choices *choices);
void ff_decode_maps_fini(struct ff_decode_maps *m);

/** --zone; NULL: nothing was given, and *ret stays zeros. Before the process has a second thread
 * (ingest/decode/time_zone.h). 0, or 64 with a message. */
FF_MUST_CHECK int ff_zone_init(struct ff_time_zone *ret, const char *name);

/** 0; 64 with a message. */
FF_MUST_CHECK int ff_default_tenant_check(const char *name);
/** Decode options from what the user gave. `maps` and `zone` are borrowed; maps may get other contents between two
 * records. */
struct ff_decode_options ff_inputs_decode_options(const char *default_tenant, uint64_t year,
                                                  struct ff_decode_maps *maps, const struct ff_time_zone *zone);

#endif
