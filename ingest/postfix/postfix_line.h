/* postfix_line.h: the grammar of a Postfix log message, behind the syslog prefix. */
#ifndef FF_INGEST_POSTFIX_LINE_H
#define FF_INGEST_POSTFIX_LINE_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ff_postfix_kind {
    FF_POSTFIX_OTHER,       /* none of the below */
    FF_POSTFIX_RESULT,      /* qid: to=<...>, ..., status=... (...) */
    FF_POSTFIX_BROKEN,      /* begins like a result, but is none: the result is lost */
    FF_POSTFIX_ACTIVE,      /* qid: from=<...>, size=n, nrcpt=n (queue active) */
    FF_POSTFIX_EXPIRED,     /* qid: from=<...>, status=expired, returned to sender */
    FF_POSTFIX_MESSAGE_ID,  /* qid: message-id=<...> */
    FF_POSTFIX_BEGIN,       /* qid: client=... or uid=...: a new message */
    FF_POSTFIX_CONTEXT,     /* header logging, notices about notifications, from= without state */
    FF_POSTFIX_REMOVED,     /* qid: removed */
    FF_POSTFIX_NEXT_HOST,   /* an attempt at one host of several; the result follows */
    FF_POSTFIX_INBOUND,     /* our server to its clients: connect, reject, NOQUEUE */
    FF_POSTFIX_HOUSEKEEPING /* start, stop, statistics, warnings */
};

enum ff_postfix_status {
    FF_POSTFIX_SENT,
    FF_POSTFIX_DEFERRED,
    FF_POSTFIX_BOUNCED,
    FF_POSTFIX_SOFTBOUNCE,
    FF_POSTFIX_DELIVERABLE,
    FF_POSTFIX_UNDELIVERABLE,
    FF_POSTFIX_STATUS_COUNT
};

/** One message; slices point into it. Which are set depends on the kind. */
struct ff_postfix_line {
    enum ff_postfix_kind kind;
    struct ff_slice queue_id;                                      /* empty: none */
    struct ff_slice recipient, orig_to, relay, delay, delays, dsn; /* RESULT; addresses as written, without <> */
    enum ff_postfix_status status;
    struct ff_slice reason;     /* between the outer parentheses */
    bool truncated;             /* the closing parenthesis is missing, or the text has the length Postfix cuts at */
    struct ff_slice sender;     /* ACTIVE, EXPIRED */
    struct ff_slice message_id; /* MESSAGE_ID: without <> */
    uint32_t size;
    const char *broken; /* BROKEN: what is wrong */
    size_t broken_at;   /* offset in the message */
};

/** Postfix cuts the text of a log line at 2000 bytes (VSTRING limit of msg_syslog and maillog client). */
#define FF_POSTFIX_TEXT_MAX 2000

void ff_postfix_line_parse(struct ff_slice message, struct ff_postfix_line *ret);

/** Last element of a tag: postfix/mx-pool3/smtp -> smtp. */
struct ff_slice ff_postfix_process(struct ff_slice tag);
/** All but the last element: postfix/mx-pool3/smtp -> postfix/mx-pool3. */
struct ff_slice ff_postfix_syslog_name(struct ff_slice tag);
/** Does the tag name a Postfix program: "postfix" in it, or a known service behind a slash? */
bool ff_postfix_tag(struct ff_slice tag);

/** Arrival time in a long queue id (enable_long_queue_ids: seconds and microseconds in base 52, "z", inode in base 51).
 * false: a short id. */
FF_MUST_CHECK bool ff_postfix_queue_id_time(struct ff_slice queue_id, int64_t *ret_us);

/** "0.11", "63495", "1.1" -> milliseconds; false when it is no number. */
FF_MUST_CHECK bool ff_postfix_delay_ms(struct ff_slice delay, uint32_t *ret_ms);

#ifdef __cplusplus
}
#endif
#endif
