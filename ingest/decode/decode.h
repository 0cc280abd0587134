/* decode.h: the seam between input formats and the pipeline: one struct of functions, one decode_<format>.c each.
 *
 * A decoder gets one record at a time (a line, a Kafka record value, a packed record) and answers for every item in it
 * exactly once: an event, an ignored unit with its reason, or a dead letter with its bytes. That is the accounting
 * identity: items = events + ignored + dead-lettered. Blank lines are no items; a record of Kafka that holds nothing
 * else is one.
 */
#ifndef FF_INGEST_DECODE_H
#define FF_INGEST_DECODE_H

#include "ingest/decode/own_relays.h"
#include "ingest/decode/time_zone.h"
#include "proto/error.h"
#include "proto/event.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Longest line or record that is decoded; a longer one is a dead letter `too_large` that keeps its first
 * FF_DEAD_PAYLOAD_MAX bytes. */
#define FF_RECORD_BYTES_MAX (8u << 20)
#define FF_DEAD_PAYLOAD_MAX (64u << 10)

/** Why a unit that is valid but says nothing about a recipient was left out. */
enum ff_ignored {
    FF_IGNORED_CONTEXT,      /* only informs later lines (Postfix from=, message-id=, client=) */
    FF_IGNORED_INBOUND,      /* our own server refusing or receiving mail (smtpd, NOQUEUE, Rejection) */
    FF_IGNORED_LOG_HOOK,     /* KumoMTA's log of its own log messages */
    /* the MTA's own house-keeping (rebinds, transfers, segment headers, removed, handed to a hop of ours) */
    FF_IGNORED_INTERNAL,
    FF_IGNORED_NEXT_HOST,    /* an attempt at one of several hosts; the result follows */
    FF_IGNORED_RECEPTION,    /* mail accepted into the queue */
    FF_IGNORED_NO_RESULT,    /* a line of the right program without a result */
    FF_IGNORED_OTHER_PROGRAM,
    FF_IGNORED_LEFT_OUT, /* an event of mail that the user does not want judged (ff_decode_options.only_from) */
    /* a record of Kafka without a value, or with one of no bytes or, in a format of lines, of blanks: no decoder
     * sees it */
    FF_IGNORED_EMPTY,
    FF_IGNORED_COUNT
};
const char *ff_ignored_name(enum ff_ignored reason); /* "context", "inbound", "log_hook", ... */

/** Why an item is a dead letter: the header dlq.reason (docs/kafka.md; docs/formats-*.md say which of a format). */
enum ff_dead {
    FF_DEAD_UNKNOWN_FORMAT,
    FF_DEAD_JSON_SYNTAX,
    FF_DEAD_JSON_SHAPE,
    FF_DEAD_SYSLOG_PREFIX,
    FF_DEAD_POSTFIX_GRAMMAR,
    FF_DEAD_PROTOBUF_TRUNCATED,
    FF_DEAD_PROTOBUF_WIRE_TYPE,
    FF_DEAD_DECOMPRESS_FAILED,
    FF_DEAD_TOO_LARGE,
    FF_DEAD_MISSING_RECIPIENT,
    FF_DEAD_BAD_TIME,
    FF_DEAD_BAD_TENANT, /* or stream (ff_event_tenant_is_valid()) */
    FF_DEAD_COUNT
};
const char *ff_dead_name(enum ff_dead reason); /* "unknown_format", "json_syntax", ... */

/** Where a record came from; `name` is a topic or a file name and lives as long as the source. */
struct ff_position {
    const char *name;
    int32_t partition; /* -1: a file; then offset is the line number, 1-based */
    int64_t offset;
};

struct ff_record {
    struct ff_slice value;
    struct ff_slice key;
    struct ff_position position;
    int64_t timestamp_us; /* of the Kafka record; 0 when there is none (files) */
    struct ff_slice tenant; /* header tenant-id; empty when there is none, or no valid one (ff_tenant_is_valid()) */
    uint64_t full_bytes;  /* of a line that was cut because it is over FF_RECORD_BYTES_MAX; else 0 */
};

struct ff_dead_letter {
    enum ff_dead reason;
    const char *message; /* constant text, at most 256 bytes, never an address */
    const char *stage;   /* "decode" or "join" */
    struct ff_slice payload; /* the undecodable item, untouched; secrets are redacted */
    size_t byte_offset;  /* where it broke, from the start of the record */
    int64_t item_index;  /* in the record, 0-based; -1: the record as a whole */
    uint64_t full_bytes; /* length of the item when payload is only its beginning, else 0 */
};

/** Where a decoder answers. Called in the order of the items; slices are valid for the call only. */
struct ff_decode_sink {
    void *ctx;
    void (*event)(void *ctx, const struct ff_event *ev, const struct ff_record *record);
    void (*ignored)(void *ctx, enum ff_ignored reason);
    void (*dead)(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record);
};

struct ff_decode_options {
    struct ff_slice
        default_tenant;  /* "default" when the user says nothing; a valid one (ff_tenant_is_valid()), and so are the
                                     * streams below; borrowed while the decoder lives */
    int year;            /* of RFC 3164 times; 0: infer from what says when it was read or written */
    int64_t now_us;      /* the time it is, for year inference; 0: the machine's clock, which goes on while a run lasts.
                          * Anything else stands still: for tests */
    /* Map from egress pool or syslog name to stream id; NULL: no map. Returns an empty slice when there is none. */
    struct ff_slice (*stream_of)(void *ctx, struct ff_slice pool);
    void *stream_ctx;
    /* All of these are borrowed, may be NULL, and may get other contents between two records. */
    const struct ff_domain_map *tenants; /* of mail whose record names no tenant, by the domain of mail_from */
    const struct ff_own_relays *own_relays;
    const struct ff_time_zone *zone; /* of times that say none (RFC 3164); NULL: UTC, a guess */
    /* Called when a failure's time rests on that guess, once per decoder, in its thread. */
    void (*zone_is_guessed)(void);
    /* The pipeline's, not a decoder's: what is not from these domains, or goes to those, is ignored
     * (FF_IGNORED_LEFT_OUT), but for complaints and opt-outs. NULL or empty: nothing is. An unknown sender is from
     * nowhere. */
    const struct ff_domain_map *only_from, *skip_recipients;
    /* Deliveries are only counted: a decoder may leave everything out of them but the kind, as long as what is no event
     * is still answered for as such. */
    bool deliveries_counted;
};

enum ff_framing { FF_FRAMING_LINES, FF_FRAMING_VARINT };

/** A format. All functions are called by one thread per instance. */
struct ff_decoder_ops {
    const char *name;
    const char *summary; /* for --list-formats */
    enum ff_framing framing; /* of a file: lines, or varint-delimited records */
    void *(*new_)(const struct ff_decode_options *opts); /* NULL when memory is short */
    /** Answers for every item of the record. A value with several lines is several items. Never fails. */
    void (*decode)(void *self, const struct ff_record *record, const struct ff_decode_sink *sink);
    /** Offset of the oldest record of (name, partition) whose content later records may need; INT64_MAX: none. A
     * consumer commits no further, so that a restart reads it again. May be NULL (stateless format). */
    int64_t (*needs_from)(void *self, const char *name, int32_t partition);
    void (*free_)(void *self);
};

/** Tenant of an event whose own content names none: its record's, that of its sender's domain, the default. */
struct ff_slice ff_decode_tenant(const struct ff_decode_options *opts, const struct ff_record *record,
                                 struct ff_slice mail_from);

/** Counts of one run; the sums are the accounting identity. */
struct ff_accounting {
    uint64_t records, items, events;
    uint64_t ignored, ignored_by[FF_IGNORED_COUNT];
    uint64_t dead, dead_by[FF_DEAD_COUNT];
};

/** Adds b to a. */
void ff_accounting_add(struct ff_accounting *a, const struct ff_accounting *b);
/** items == events + ignored + dead, and the reasons add up. */
bool ff_accounting_holds(const struct ff_accounting *a);

#ifdef __cplusplus
}
#endif
#endif
