/* postfix_joiner_memory.h: what the joiner's memory looks like: three fixed tables and a pool of texts. Entry 0 of
 * each table means "none".
 *
 * It is taken with calloc and touched only when used: an idle decoder costs a few pages. A ring buffer that overwrites
 * its oldest texts was refused: mail that is deferred for days would always be the first to go, and it is the mail
 * whose expiry needs the recipients.
 */
#ifndef FF_INGEST_POSTFIX_JOINER_MEMORY_H
#define FF_INGEST_POSTFIX_JOINER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/postfix/postfix_joiner_limits.h"

#define PIECE_BYTES 60
#define SOURCE_NONE UINT16_MAX

struct piece {
    uint32_t next;
    uint8_t bytes[PIECE_BYTES];
};

struct text {
    uint32_t first; /* piece */
    uint16_t len;
};

struct message {
    uint64_t key;
    int64_t first_offset; /* of its oldest line in its source */
    int64_t active_offset;
    uint32_t active_item;
    uint32_t hash_next;
    uint32_t older, newer;   /* by last use */
    uint32_t earlier, later; /* by first line, of one source */
    uint32_t rcpt_first, rcpt_last;
    struct text sender, message_id;
    uint32_t attempts, size;
    int32_t zone_s;
    uint16_t source;
    bool used, sender_known, lost_recipients;
};

struct recipient {
    uint64_t key;
    uint32_t hash_next;
    uint32_t previous, next; /* of one message */
    struct text text;        /* the five slices one after another */
    uint16_t len[4];         /* of the first four */
};

struct source {
    const char *name;
    int32_t partition;
    uint32_t earliest, latest; /* messages */
    int64_t offset;            /* of the newest record */
};

struct ff_joiner {
    uint32_t message_max, recipient_max, piece_max;
    uint32_t message_fresh, recipient_fresh, piece_fresh; /* never used so far; 1-based */
    uint32_t message_free, recipient_free, piece_free;    /* lists of what was given back */
    uint32_t message_mask, recipient_mask;
    uint32_t *message_heads, *recipient_heads;
    struct message *messages;
    struct recipient *recipients;
    struct piece *pieces;
    uint32_t oldest, newest;
    uint32_t source_count, source_last;
    struct source sources[FF_JOINER_SOURCES];
    struct ff_joiner_stats stats;
};

#endif
