/* hosts.h: what a host name means: whose MX it is, whose help page, which DNSBL. One map of domain suffixes. */
#ifndef FF_CLASSIFY_HOSTS_H
#define FF_CLASSIFY_HOSTS_H

#include "proto/slice.h"

#define FF_HOSTS_MAX 676 /* two letters in the masked text */
#define FF_HOST_SLOTS 2048
#define FF_HOST_ENDS 8192

enum ff_list_type { FF_LIST_NONE, FF_LIST_IP, FF_LIST_DOMAIN, FF_LIST_URI };

struct ff_host {
    struct ff_slice name; /* lower-case suffix, "spamhaus.org" */
    uint64_t hash;
    uint16_t mx_provider;   /* 1-based index into the rule set's providers; 0: none */
    uint16_t text_provider; /* provider whose replies name this host */
    uint8_t list_type;      /* enum ff_list_type */
    struct ff_slice list;   /* published name of the list */
};

struct ff_hosts {
    struct ff_host entry[FF_HOSTS_MAX];
    uint16_t slot[FF_HOST_SLOTS];     /* index + 1 */
    uint64_t ends[FF_HOST_ENDS / 64]; /* what entries end in: see hosts.c */
    bool unfiltered;
    uint16_t count;
};

/** The entry with the longest suffix of `host` that is one, any case, a trailing dot allowed; NULL when there is none.
 * Only whole labels count. */
const struct ff_host *ff_hosts_find(const struct ff_hosts *h, struct ff_slice host);

/** False: ff_hosts_find() finds nothing, said for the price of a few hashed bytes. Most hosts in mail are of this kind.
 */
bool ff_hosts_may_know(const struct ff_hosts *h, struct ff_slice host);

/** Existing entry for exactly this name or a new one; NULL when the map is full. `name` is lower-case and lives as
 * long. */
struct ff_host *ff_hosts_add(struct ff_hosts *h, struct ff_slice name);

/** Is this label a top-level domain that we know (all two-letter ones, and the generic ones in use for mail)? */
bool ff_tld_known(struct ff_slice label);

#endif
