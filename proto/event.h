/* event.h: one DeliveryEvent in memory (proto/event.proto), as slices into whatever it was read from.
 *
 * All slices are borrowed from the record (or the decoder's arena) and live until the next record is decoded. A field
 * at its default is 0 or an empty slice. Text fields that come from a decoder are valid UTF-8, except reply_text.
 */
#ifndef FF_PROTO_EVENT_H
#define FF_PROTO_EVENT_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers are those of proto/event.proto; a test compares them. */
enum ff_kind {
    FF_KIND_UNSPECIFIED,
    FF_KIND_DELIVERY,
    FF_KIND_TRANSIENT_FAILURE,
    FF_KIND_BOUNCE,
    FF_KIND_EXPIRATION,
    FF_KIND_ADMIN_BOUNCE,
    FF_KIND_OOB,
    FF_KIND_FEEDBACK,
    FF_KIND_SUPPRESSED,
    FF_KIND_DELAYED,
    FF_KIND_PROBE,
    FF_KIND_RECEPTION,
    FF_KIND_UNSUBSCRIBE,
    FF_KIND_COUNT
};

enum ff_origin {
    FF_ORIGIN_UNSPECIFIED,
    FF_ORIGIN_REMOTE_REPLY,
    FF_ORIGIN_REMOTE_DSN,
    FF_ORIGIN_LOCAL_NETWORK,
    FF_ORIGIN_LOCAL_DNS,
    FF_ORIGIN_LOCAL_POLICY,
    FF_ORIGIN_LOCAL_QUEUE,
    FF_ORIGIN_FEEDBACK_LOOP,
    FF_ORIGIN_COUNT
};

enum ff_stage {
    FF_STAGE_UNSPECIFIED,
    FF_STAGE_CONNECT,
    FF_STAGE_BANNER,
    FF_STAGE_HELO,
    FF_STAGE_STARTTLS,
    FF_STAGE_AUTH,
    FF_STAGE_MAIL_FROM,
    FF_STAGE_RCPT_TO,
    FF_STAGE_DATA,
    FF_STAGE_END_OF_DATA,
    FF_STAGE_RSET,
    FF_STAGE_QUIT,
    FF_STAGE_DNS,
    FF_STAGE_QUEUE,
    FF_STAGE_AFTER_ACCEPT,
    FF_STAGE_COUNT
};

enum ff_event_flag {
    FF_FLAG_TRUNCATED = 1,
    FF_FLAG_LOSSY_UTF8 = 2,
    FF_FLAG_CODE_MISMATCH = 4,
    FF_FLAG_CLOCK_SUSPECT = 8,
    FF_FLAG_YEAR_INFERRED = 16,
    FF_FLAG_REDACTED_RCPT = 32,
    FF_FLAG_REPLY_INHERITED = 64,
    FF_FLAG_CODE_SYNTHETIC = 128,
    FF_FLAG_TOKEN_VERIFIED = 256,
    FF_FLAG_TEST = 512,
};
#define FF_FLAG_BITS 10

/** Enhanced status code (RFC 3463) in one number: 5.1.1 -> 5001001. */
#define FF_ENHANCED(c, s, d) ((uint32_t)((c)*1000000u + (s)*1000u + (d)))

struct ff_event {
    uint32_t kind;   /* enum ff_kind; a number this version does not know counts as UNSPECIFIED */
    uint32_t origin; /* enum ff_origin */
    uint32_t stage;  /* enum ff_stage */
    uint32_t reply_code;
    uint32_t enhanced_code;
    uint32_t attempt;
    uint32_t size_bytes;
    uint32_t delay_ms;
    uint32_t flags; /* enum ff_event_flag bits */
    int64_t event_time_us;
    int64_t queued_time_us;
    struct ff_slice recipient;
    struct ff_slice tenant_id;
    struct ff_slice reply_text;
    struct ff_slice message_id;
    struct ff_slice mail_from;
    struct ff_slice remote_ip; /* 0, 4 or 16 bytes */
    struct ff_slice remote_host;
    struct ff_slice local_ip; /* 0, 4 or 16 bytes */
    struct ff_slice event_id; /* 0 or 16 bytes */
    struct ff_slice campaign_id;
    struct ff_slice stream_id;
    struct ff_slice from_domain;
    struct ff_slice rfc_message_id;
    struct ff_slice original_recipient;
    struct ff_slice egress_pool;
    struct ff_slice egress_source;
    struct ff_slice provider;
    struct ff_slice mta_node;
    struct ff_slice subaccount_id;
    struct ff_slice dsn;      /* encoded message Dsn, without its tag and length */
    struct ff_slice feedback; /* encoded message Feedback */
    struct ff_slice vendor;   /* encoded message VendorClass */
    struct ff_slice raw;
    struct ff_slice encoded; /* the whole encoded event when it was read from the wire, else empty: what a result
                                embeds verbatim, so that unknown fields and attributes survive */
};

/** Lower-case JSON name ("transient_failure"); "unspecified" for a number that is not known. */
const char *ff_kind_name(uint32_t kind);
const char *ff_origin_name(uint32_t origin);
const char *ff_stage_name(uint32_t stage);
/** Name of flag bit number `bit` (0..FF_FLAG_BITS-1), e.g. "truncated". */
const char *ff_flag_name(unsigned bit);

/** The inverse; FF_..._COUNT (or FF_FLAG_BITS) when the name is none. */
enum ff_kind ff_kind_parse(struct ff_slice name);
enum ff_origin ff_origin_parse(struct ff_slice name);
enum ff_stage ff_stage_parse(struct ff_slice name);
unsigned ff_flag_parse(struct ff_slice name);

/** Is the kind a failure that deserves a verdict (transient_failure, bounce, expiration, admin_bounce, oob, delayed)?
 */
bool ff_kind_is_failure(uint32_t kind);

/**
 * The 16 bytes that identify an event whose producer gave no id: XXH3-128 over message id, recipient, kind, time,
 * codes, text and attempt, length-prefixed, big-endian (canonical). The same log line read twice gives the same id.
 * @param salt  further identity that is no field of the event (host + queue id of a Postfix log, ...); may be empty
 */
void ff_event_content_id(const struct ff_event *ev, struct ff_slice salt, uint8_t ret_id[16]);

/** "5.1.1" -> FF_ENHANCED(5,1,1); false unless the whole of s is c.s.d with c 2..5 (RFC 3463 2), s and d 0..999. */
FF_MUST_CHECK bool ff_enhanced_parse(struct ff_slice s, uint32_t *ret_code);
/** Writes "5.1.1" and a NUL; buf has at least 12 bytes. Returns its length. */
size_t ff_enhanced_format(uint32_t code, char buf[12]);

/** Text form of an IPv4 or IPv6 address -> 4 or 16 bytes (brackets, "IPv6:" and a zone are not accepted). 0: none. */
size_t ff_ip_parse(struct ff_slice text, uint8_t ret_ip[16]);
/** The IPv4 address that text begins with -> 4 bytes and its length; 0: it begins with something else. What stands
 * behind it is the caller's business. */
size_t ff_ip4_begin(struct ff_slice text, uint8_t ret_ip[4]);
/** 4 or 16 bytes -> text with NUL (RFC 5952); buf has at least 46 bytes. Returns the length; 0 if ip is neither. */
size_t ff_ip_format(struct ff_slice ip, char buf[46]);

#ifdef __cplusplus
}
#endif
#endif
