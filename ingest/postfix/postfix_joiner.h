/* postfix_joiner.h: what the earlier lines of a message said that its result lines do not repeat.
 *
 * The key is host + queue id. All memory is made at start; at a limit the message that was silent for longest is
 * evicted and counted. One thread per instance.
 */
#ifndef FF_INGEST_POSTFIX_JOINER_H
#define FF_INGEST_POSTFIX_JOINER_H

#include "ingest/postfix/postfix_joiner_limits.h"
#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is known of a message; slices live in the arena that was given. */
struct ff_joined {
    struct ff_slice sender, message_id;
    bool sender_known; /* an empty sender is the null sender when this is set */
    uint32_t attempts;
    uint32_t size;
    int32_t zone_s; /* what ff_joiner_zone() was told; FF_ZONE_UNKNOWN: nothing */
};

/** A recipient that was last heard of as deferred. */
struct ff_joined_recipient {
    struct ff_slice recipient, original, reason, host, address;
};

struct ff_joiner;

FF_MUST_CHECK struct ff_joiner *ff_joiner_new(const struct ff_joiner_limits *limits);
void ff_joiner_free(struct ff_joiner *j);

/** 64-bit identity of host and queue id; a collision among open messages is a 2^-47 matter and accepted. */
uint64_t ff_joiner_key(struct ff_slice host, struct ff_slice queue_id);

/** A line says that a message begins: what was known under this (short, re-used) id is forgotten. */
void ff_joiner_begin(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at);
void ff_joiner_message_id(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at, struct ff_slice id);
/** An attempt begins. A line that was seen before (its partition is read again) does not count twice. */
void ff_joiner_active(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at, struct ff_slice sender,
                      uint32_t size);
/** Offset of the log's zone from UTC, as a result line of this message gave it away. */
void ff_joiner_zone(struct ff_joiner *j, uint64_t key, int32_t zone_s);
/** false: nothing is known, *ret is zero. */
bool ff_joiner_get(struct ff_joiner *j, uint64_t key, struct ff_arena *arena, struct ff_joined *ret);

void ff_joiner_deferred(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at,
                        const struct ff_joined_recipient *r);
void ff_joiner_settled(struct ff_joiner *j, uint64_t key, struct ff_slice recipient, struct ff_slice original);
/** Takes one deferred recipient of the message out, the oldest first; false: there is none (left). */
bool ff_joiner_take_deferred(struct ff_joiner *j, uint64_t key, struct ff_arena *arena,
                             struct ff_joined_recipient *ret);
/** Were recipients of this message dropped at a limit? */
bool ff_joiner_lost_recipients(struct ff_joiner *j, uint64_t key);
/** The message is gone. */
void ff_joiner_removed(struct ff_joiner *j, uint64_t key);

/** Notes that the partition was read up to here; see ff_decoder_ops.needs_from. */
void ff_joiner_seen(struct ff_joiner *j, const struct ff_joiner_at *at);
int64_t ff_joiner_needs_from(const struct ff_joiner *j, const char *name, int32_t partition);
void ff_joiner_stats(const struct ff_joiner *j, struct ff_joiner_stats *ret);

#ifdef __cplusplus
}
#endif
#endif
