/* postfix_joiner_limits.h: how much of a log the joiner keeps, and from where on a restart must read it again. */
#ifndef FF_INGEST_POSTFIX_JOINER_LIMITS_H
#define FF_INGEST_POSTFIX_JOINER_LIMITS_H

#include <stdint.h>

/** Messages that are followed at once; about 100 bytes each. */
#define FF_JOINER_MESSAGES (1u << 17)
/** Recipients that wait for another attempt; 40 bytes each. */
#define FF_JOINER_RECIPIENTS (1u << 18)
/** Pieces of 64 bytes for senders, message ids, recipients and reasons: 32 MiB. */
#define FF_JOINER_PIECES (1u << 19)
/** Bytes kept of a sender, a message id and an address, and of the reason of a deferral. */
#define FF_JOINER_TEXT_MAX 512
#define FF_JOINER_REASON_MAX 768
/** (topic, partition) pairs and files whose offsets are held back, those that hold back none left aside; further
 * ones are joined too, but nothing is read again for them after a restart. */
#define FF_JOINER_SOURCES 256
/** A message open for longer than this many records of its partition no longer holds back the commit. */
#define FF_JOINER_HOLD_RECORDS 200000

struct ff_joiner_limits {
    uint32_t messages, recipients, pieces; /* 0: the constants above */
};

/** Where a line stood. */
struct ff_joiner_at {
    const char *name;
    int32_t partition;
    int64_t offset;
    uint32_t item; /* in the record */
};

struct ff_joiner_stats {
    uint64_t evicted;                      /* messages given up at a limit */
    uint64_t recipients_dropped;           /* deferrals that could not be kept */
    uint32_t messages, recipients, pieces; /* in use */
};

/** Of a zone in seconds ahead of UTC: no line of the message gave it away. */
#define FF_ZONE_UNKNOWN INT32_MIN

#endif
