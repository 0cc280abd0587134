/* gen_replies.h: the wordings the generator speaks: who says what, with which codes, at which stage.
 *
 * Written after what providers and common servers say; each row knows, as the author of a plan does and a classifier
 * does not, what it means for the address. Nothing here is shared with classify/.
 */
#ifndef FF_INGEST_GEN_REPLIES_H
#define FF_INGEST_GEN_REPLIES_H

#include "proto/event.h"

/** Receiving systems of the generated world. */
enum gen_host {
    GEN_HOST_ANY,
    GEN_HOST_GOOGLE,
    GEN_HOST_OUTLOOK,  /* consumer */
    GEN_HOST_EXCHANGE, /* Exchange Online */
    GEN_HOST_YAHOO,
    GEN_HOST_POSTFIX,
    GEN_HOST_EXIM,
    GEN_HOST_GMX,
    GEN_HOST_ORANGE,
    GEN_HOST_COUNT
};

/** What a reply means in the plan. */
enum gen_meaning {
    GEN_DELIVERED,
    GEN_DEAD,     /* the mailbox or its domain is gone: the address must be suppressed */
    GEN_DEAD_4XX, /* says so for now only */
    GEN_INACTIVE,
    GEN_SYNTAX,
    GEN_FULL,
    GEN_BLOCKED_BY_USER,
    GEN_ODD,      /* counts towards N in any sensible policy; the plan keeps it to one day for an address */
    GEN_GREYLIST, /* deferred, delivered at the next attempt */
    GEN_BUSY,     /* deferred for reasons of the receiver or the sender */
    GEN_LOCAL,    /* never left our host */
    GEN_BLOCK,    /* refused, and it is the sender's problem, whatever the code says */
    GEN_LISTED,   /* the incident: one sending IP on a public list */
    GEN_DMARC,    /* the incident: one tenant's DMARC record is broken */
    GEN_HARVEST,  /* the incident: too many unknown recipients from one IP */
    GEN_OOB,
    GEN_COMPLAINT,
    GEN_EXPIRED,
    GEN_ADMIN,
    GEN_MEANING_COUNT
};

struct gen_reply {
    enum gen_meaning meaning;
    enum gen_host host; /* GEN_HOST_ANY: any receiver may say it */
    uint32_t kind, origin, stage;
    uint32_t code, enhanced;
    /* {rcpt} {domain} {host} {ip} (ours) {from} (our domain) {id} {n}; lines separated by LF */
    const char *text;
};

extern const struct gen_reply gen_replies[];
extern const size_t gen_reply_count;

/** MX host name and remote IP's last octet of a receiver. */
struct gen_receiver {
    const char *domain;
    enum gen_host host;
    const char *mx;
    uint8_t ip[4];
};
extern const struct gen_receiver gen_receivers[];
extern const size_t gen_receiver_count;

#endif
