/* own_relays.h: which hosts that answer our MTA are hops of ours, and no receiving side: content filters, a second
 * instance, the store of our own mailboxes.
 *
 * What such a hop says is a verdict of nobody's mailbox, whatever its words: one wrong table in it refuses everybody.
 */
#ifndef FF_INGEST_OWN_RELAYS_H
#define FF_INGEST_OWN_RELAYS_H

#include "ingest/decode/domain_map.h"
#include "proto/event.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_OWN_NETS_MAX 256

/** Begins as zeros: those that are told without being named. */
struct ff_own_relays {
    bool named_only; /* not even those on loopback and sockets */
    struct ff_domain_map names; /* hosts, and what is below them; values are empty */
    size_t net_count;
    struct ff_own_net {
        uint8_t ip[16];
        uint8_t ip_len, bits; /* 4 or 16; the leading bits that count */
    } nets[FF_OWN_NETS_MAX];
};

/** @param text  "none" (sets named_only), an IP address, a network "10.0.0.0/8", or the name of a host
 *  @return FF_OK; FF_ERR_SYNTAX: none of these; FF_ERR_TOO_LARGE: more than FF_OWN_NETS_MAX networks; FF_ERR_NOMEM */
FF_MUST_CHECK enum ff_err ff_own_relays_add(struct ff_own_relays *own, struct ff_slice text);
void ff_own_relays_fini(struct ff_own_relays *own);

/** Who answered. */
struct ff_relay {
    struct ff_slice name; /* as the MTA names it; a literal address when it was configured as one */
    struct ff_slice ip;   /* 0, 4 or 16 bytes */
    uint32_t port;        /* 0: not known */
    bool socket;          /* of this host's file system */
};

/** The port at the end of "127.0.0.1:10025", "[::1]:10025", "mx.example.net[192.0.2.1]:25"; 0: there is none. */
uint32_t ff_relay_port(struct ff_slice text);

/**
 * false: whoever answered from there is no hop of ours, and nothing of him need be taken apart. That is so of nearly
 * all: nothing was named, and the address is of IPv4 and not on loopback. A few instructions where
 * ff_own_relays_have() and what it wants to know take 260.
 * @param address  as text, with or without a port; empty: not known
 */
bool ff_own_relays_may_have(const struct ff_own_relays *own, struct ff_slice address);
/**
 * Is it a hop of ours? It is when it was named, and, unless named_only, when it is a socket, or an address on loopback
 * that no MX can be: one configured as a literal or as localhost, or on a port other than 25.
 * @param own  NULL: nothing was named
 */
bool ff_own_relays_have(const struct ff_own_relays *own, const struct ff_relay *relay);

/** A reply that a hop of ours gave: our policy, with a code that nobody made up, of a host. */
bool ff_event_is_of_own_relay(const struct ff_event *ev);

#ifdef __cplusplus
}
#endif
#endif
