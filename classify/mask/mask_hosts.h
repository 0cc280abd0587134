/* mask_hosts.h: hosts and URLs in a reply. */
#ifndef FF_CLASSIFY_MASK_HOSTS_H
#define FF_CLASSIFY_MASK_HOSTS_H

#include "classify/mask/mask_pass.h"

/** A URL without its scheme. */
static inline bool ff_mask_starts_www(struct ff_slice s)
{
    return s.len >= 4 && (s.ptr[0] | 0x20) == 'w' && (s.ptr[1] | 0x20) == 'w' && (s.ptr[2] | 0x20) == 'w' &&
           s.ptr[3] == '.';
}

/** A host in running text. */
void ff_mask_host(struct ff_mask_pass *p, struct ff_slice host);
void ff_mask_url(struct ff_mask_pass *p, struct ff_slice behind_scheme);
/** Labels of letters, digits, '-' and '_' between dots, ending in something that can be a top-level domain. */
bool ff_mask_is_host(struct ff_slice s);

/** Does "?ip=" stand at `at`, of which four bytes may be read? */
static inline bool ff_mask_asks_about_ip(const uint8_t *at)
{
    return at[0] == '?' && (at[1] | 0x20) == 'i' && (at[2] | 0x20) == 'p' && at[3] == '=';
}

#endif
