/* mask_parties.h: whose is it: our IP, our sender, our recipient? */
#ifndef FF_CLASSIFY_MASK_PARTIES_H
#define FF_CLASSIFY_MASK_PARTIES_H

#include "classify/mask/mask_pass.h"

/** What stands before the last '@' of the recipient. */
struct ff_slice ff_mask_recipient_local(struct ff_mask_pass *p);
/** Is it the IP we sent from? `len` 0: no IP at all. */
bool ff_mask_is_own_ip(struct ff_mask_pass *p, const uint8_t *ip, size_t len);
/** Is it the domain of our sender, and not the recipient's? */
bool ff_mask_is_sender_domain(struct ff_mask_pass *p, struct ff_slice host);
/** Is it the address of our sender, of the recipient? Without case. */
bool ff_mask_is_sender(const struct ff_mask_pass *p, struct ff_slice address);
bool ff_mask_is_recipient(const struct ff_mask_pass *p, struct ff_slice address);

#endif
