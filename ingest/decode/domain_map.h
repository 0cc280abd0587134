/* domain_map.h: which of some domains a domain belongs to: the one that it is, else the longest that it lies below.
 *
 * Domains are compared as lower-case A-labels, as address keys are (proto/address.h). Filled before the first record is
 * read; a look-up allocates nothing for a domain of ASCII.
 */
#ifndef FF_INGEST_DOMAIN_MAP_H
#define FF_INGEST_DOMAIN_MAP_H

#include "proto/error.h"
#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Begins as zeros. */
struct ff_domain_map {
    struct ff_domain_entry {
        struct ff_slice domain, value; /* the bytes of both belong to the map */
    } *entries;                        /* in the order of the domains' bytes */
    size_t count;
};

/**
 * @param domain  in any spelling; a dot before it or behind it does not count
 * @return FF_OK; FF_ERR_SYNTAX: no domain; FF_ERR_CONFIG: it is there with another value; FF_ERR_NOMEM
 */
FF_MUST_CHECK enum ff_err ff_domain_map_add(struct ff_domain_map *m, struct ff_slice domain, struct ff_slice value);
void ff_domain_map_fini(struct ff_domain_map *m);
/** The value of `domain` or of the longest domain above it; NULL: there is none. `m` may be NULL: an empty map. */
const struct ff_slice *ff_domain_map_find(const struct ff_domain_map *m, struct ff_slice domain);

#ifdef __cplusplus
}
#endif
#endif
