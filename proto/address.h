/* address.h: the canonical recipient and its key: the only place that decides whether two spellings are one mailbox.
 *
 * Key = local part with ASCII letters lower-cased + "@" + domain as lower-case A-labels (IDNA2008, UTS 46
 * non-transitional). Nothing else is folded: no dots, no +tags, no provider aliases (folding would turn one bounced tag
 * into a block of the base mailbox). Source: RFC 5321 2.3.11 and 2.4, RFC 6530, RFC 5890.
 */
#ifndef FF_PROTO_ADDRESS_H
#define FF_PROTO_ADDRESS_H

#include "proto/error.h"
#include "proto/event.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Rules above, numbered; stored with every snapshot. */
#define FF_ADDRESS_KEY_VERSION 1
/** RFC 5321 4.5.3.1: local part 64, path 256 with its brackets. */
#define FF_ADDRESS_LOCAL_MAX 64
#define FF_ADDRESS_BYTES_MAX 254
/** Room for any key: an A-label domain may be longer than what was written, at most 255. */
#define FF_ADDRESS_KEY_MAX 320

/**
 * Strips blanks, one pair of <> and a trailing dot of the domain, unquotes a quoted local part whose content is a
 * dot-atom, drops needless backslashes, makes A-labels, NFC for a local part that is not ASCII, lower-cases.
 * @param ret_key  at least FF_ADDRESS_KEY_MAX bytes, no NUL written
 * @return FF_OK; FF_ERR_SYNTAX: no '@', empty local part or domain, control bytes, not UTF-8, a domain IDNA refuses;
 *         FF_ERR_TOO_LARGE: over the limits of RFC 5321
 * Cost: about 20 ns for plain ASCII; other addresses take libidn2 and libunistring, which allocate.
 */
FF_MUST_CHECK enum ff_err ff_address_key(struct ff_slice address, uint8_t *ret_key, size_t *ret_len);

/** The domain part (behind the last '@' outside quotes); empty when there is none. */
struct ff_slice ff_address_domain(struct ff_slice address);

/** Separates tenant, stream scope and address key in the keys of mail.suppressions.v1. */
#define FF_KEY_SEPARATOR 0x1f
/** Scope of a suppression that covers all streams of a tenant. */
#define FF_SCOPE_ALL "*"

/** Longest name of a tenant or of a stream: part of every key of the suppression list. */
#define FF_TENANT_BYTES_MAX 255

/** May an event have this tenant or stream? Valid UTF-8 of at most FF_TENANT_BYTES_MAX bytes. FF_SCOPE_ALL may not
 * come out of a log, or it would suppress for everybody: only commands name it. Nor may control bytes, of which
 * FF_KEY_SEPARATOR is one. Empty may: none is named. */
bool ff_tenant_is_valid(struct ff_slice name);
/** The same of both that an event has. */
bool ff_event_tenant_is_valid(const struct ff_event *ev);
/** What the dead letter of an event says whose tenant or stream is not. */
#define FF_BAD_TENANT_MESSAGE \
    "tenant or stream is *, or over 255 bytes, or has control bytes or bytes that are not UTF-8"

/** Partition of mail.results.v1, mail.suppressions.v1, mail.suppression-state.v1 and mail.suppression-commands.v1 for a
 * recipient: toPositive(murmur2(tenant 0x1f address_key)) mod partitions, with Kafka's murmur2 (seed 0x9747b28c) as
 * the Java clients compute it. The scope is left out, so that all scopes of an address have one owner. partitions
 * >= 1. */
uint32_t ff_address_partition(struct ff_slice tenant, struct ff_slice address_key, uint32_t partitions);

#ifdef __cplusplus
}
#endif
#endif
