/* mask_address.h: IP addresses and mail addresses in a reply. */
#ifndef FF_CLASSIFY_MASK_ADDRESS_H
#define FF_CLASSIFY_MASK_ADDRESS_H

#include "classify/mask/mask_pass.h"

/** Writes the placeholder, and notes whose it is. */
void ff_mask_ip(struct ff_mask_pass *p, struct ff_slice text);
void ff_mask_found_address(struct ff_mask_pass *p, struct ff_slice address);
/** Nothing but an IPv4 or IPv6 address? */
bool ff_mask_is_ip(struct ff_slice s);
/** Dotted quad at the beginning of s: its length, 0 when there is none. */
size_t ff_mask_ipv4_length(struct ff_slice s);
/** Hex groups and colons that cannot be a time of day: likewise. */
size_t ff_mask_ipv6_length(struct ff_slice s);

#endif
