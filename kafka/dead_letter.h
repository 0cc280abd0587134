/* dead_letter.h: what a record of a dead-letter topic says of itself in its headers (docs/kafka.md).
 *
 * The value of a dead letter is the item that could not be read, its key that of the record it came in; both may be
 * cut. Everything else is in headers, whose values are text, the same of `ingest` and `suppress`, so that one program
 * can feed both back. Knows no librdkafka.
 */
#ifndef FF_KAFKA_DEAD_LETTER_H
#define FF_KAFKA_DEAD_LETTER_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_kafka_header {
    const char *name;
    struct ff_slice value;
};

/** How many bytes a value, a key had before it was cut. */
#define FF_LETTER_FULL_BYTES "dlq.full-bytes"
#define FF_LETTER_FULL_KEY_BYTES "dlq.full-key-bytes"
/** "refused": the topic does not take the record's timestamp, the letter has that of its sending. */
#define FF_LETTER_TIMESTAMP "dlq.timestamp"
#define FF_LETTER_TIMESTAMP_REFUSED "refused"
#define FF_LETTER_SOURCE_TOPIC "dlq.source-topic"
#define FF_LETTER_SOURCE_PARTITION "dlq.source-partition"
#define FF_LETTER_SOURCE_OFFSET "dlq.source-offset"
#define FF_LETTER_SOURCE_TIMESTAMP "dlq.source-timestamp"

struct ff_kafka_letter {
    const char *reason;  /* a name: "too_large" */
    const char *message; /* in words */
    const char *stage, *format;
    uint64_t byte_offset;               /* of the error, in the record's value */
    int64_t item_index;                 /* in the record; negative: there are no items, or it is about all of them */
    uint64_t full_bytes, full_key_bytes; /* 0: not cut */
    const char *source_topic;
    int32_t source_partition;
    int64_t source_offset, source_timestamp_ms; /* the latter -1: none */
};

/** One more than a letter has: room for FF_LETTER_TIMESTAMP. */
#define FF_LETTER_HEADERS_MAX 13
#define FF_LETTER_NUMBERS 8
/** Values point into the letter's texts and into `numbers`: not to be copied. */
struct ff_kafka_letter_headers {
    size_t count;
    struct ff_kafka_header list[FF_LETTER_HEADERS_MAX];
    size_t number_count;
    char numbers[FF_LETTER_NUMBERS][24];
};
void ff_kafka_letter_headers(const struct ff_kafka_letter *letter, struct ff_kafka_letter_headers *ret);

/** Cuts the tail beyond `kept` bytes. Returns the length before, for the headers; 0: there was nothing to cut. */
static inline uint64_t ff_kafka_letter_cut(struct ff_slice *value, size_t kept)
{
    size_t full = value->len;
    if (full <= kept)
        return 0;
    value->len = kept;
    return full;
}

#ifdef __cplusplus
}
#endif
#endif
