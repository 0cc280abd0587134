/* kumomta_int.h: what the sources of the KumoMTA decoder share.
 *
 * decode_kumomta.c cuts a value into items, kumomta_event.c turns one JSON object into events, kumomta_reply.c says who
 * speaks in `response` and at which stage, kumomta_debug.c opens what hides in debug text and masks passwords,
 * kumomta_report.c knows the two records that tell of other people's mail (OOB, Feedback), kumomta_names.c reads the
 * small grammars inside strings (queue names, endpoints, From).
 */
#ifndef FF_INGEST_KUMOMTA_INT_H
#define FF_INGEST_KUMOMTA_INT_H

#include "ingest/decode.h"
#include "proto/json.h"

/** Bytes for the unescaped strings, encoded sub-messages and masked copies of one item. An item's strings unescape to
 * less than its own length; the reply text may be copied twice more (debug text, mask); the rest is small. */
#define FF_KUMOMTA_ARENA_BYTES (3u * FF_RECORD_BYTES_MAX + (64u << 10))

/** Most recipients of one record, and most bytes that their events repeat (recipients times what stands around the
 * list); with more it is a dead letter `too_large`. Each event is hashed, classified and written out whole: this
 * product is what one hostile record can make us do. */
#define FF_KUMOMTA_RECIPIENTS_MAX 10000u
#define FF_KUMOMTA_REPEATED_MAX (256u << 20)

/* Members of a log record, in the order serde writes them. */
enum ff_kumomta_key {
    FF_KUMO_TYPE,
    FF_KUMO_ID,
    FF_KUMO_SENDER,
    FF_KUMO_RECIPIENT,
    FF_KUMO_QUEUE,
    FF_KUMO_SITE,
    FF_KUMO_SIZE,
    FF_KUMO_RESPONSE,
    FF_KUMO_PEER_ADDRESS,
    FF_KUMO_TIMESTAMP,
    FF_KUMO_EVENT_TIME,
    FF_KUMO_CREATED,
    FF_KUMO_CREATED_TIME,
    FF_KUMO_NUM_ATTEMPTS,
    FF_KUMO_CLASSIFICATION,
    FF_KUMO_EGRESS_POOL,
    FF_KUMO_EGRESS_SOURCE,
    FF_KUMO_SOURCE_ADDRESS,
    FF_KUMO_FEEDBACK_REPORT,
    FF_KUMO_META,
    FF_KUMO_HEADERS,
    FF_KUMO_DELIVERY_PROTOCOL,
    FF_KUMO_RECEPTION_PROTOCOL,
    FF_KUMO_NODEID,
    FF_KUMO_PROVIDER_NAME,
    FF_KUMO_KEY_COUNT
};

/** One decoder instance; the lower half describes the item at hand. */
struct ff_kumomta {
    struct ff_decode_options opts;
    struct ff_json_doc *doc;
    struct ff_arena arena; /* reset for each item */
    void *memory;

    const struct ff_record *record;
    const struct ff_decode_sink *sink;
    struct ff_slice item;  /* its text */
    int64_t item_index;    /* in the record; -1: it is the record */
    uint32_t field[FF_KUMO_KEY_COUNT]; /* node of each member, or FF_JSON_NONE */
    uint8_t event_id[16], remote_ip[16], local_ip[16];
};

/** `response` and what helps to judge it. */
struct ff_kumomta_reply {
    struct ff_slice content;
    struct ff_slice command;
    uint32_t code;
    uint32_t enhanced;
    bool has_peer;  /* a host answered, or could have */
    bool peer_is_script;
};

/** A reply found inside Rust debug text. */
struct ff_kumomta_hidden {
    uint32_t code, enhanced;
    struct ff_slice content; /* still escaped */
    struct ff_slice command; /* still escaped; empty: None */
    size_t from;             /* where the debug text begins */
};

/** A string member's text; empty when the node is none, null or another type. Lives until the next item. */
static inline struct ff_slice ff_kumomta_text(struct ff_kumomta *k, uint32_t node)
{
    struct ff_slice s = {NULL, 0};
    if (node == FF_JSON_NONE || !ff_json_string(k->doc, node, &k->arena, &s))
        return (struct ff_slice){NULL, 0};
    return s;
}

/** Like ff_kumomta_text(), but a number is its own text: operators put numbers into meta. */
struct ff_slice ff_kumomta_scalar(struct ff_kumomta *k, uint32_t node);

static inline uint32_t ff_kumomta_member(const struct ff_kumomta *k, uint32_t object, struct ff_slice key)
{
    return object == FF_JSON_NONE ? FF_JSON_NONE : ff_json_get(k->doc, object, key);
}

/* decode_kumomta.c */
void ff_kumomta_dead(struct ff_kumomta *k, enum ff_dead reason, const char *message);
/** Completes ev with this recipient, which is not empty, and its id, and hands it over. */
void ff_kumomta_emit(struct ff_kumomta *k, struct ff_event *ev, struct ff_slice recipient);
/** One event for a string, one for each element of an array, and one dead letter for all elements that are no address.
 * `flags_of` adds flags that depend on the address; may be NULL. false when there is nothing at all (null, [],
 * none). */
bool ff_kumomta_emit_each(struct ff_kumomta *k, struct ff_event *ev, uint32_t node,
                          uint32_t (*flags_of)(struct ff_slice));

/* kumomta_event.c */
/** Answers for one log record, the object at `node`. */
void ff_kumomta_object(struct ff_kumomta *k, uint32_t node);

/* kumomta_reply.c */
/** Sets stage, origin, codes, text and flags of ev from the reply of an attempt or of the queue; may set remote_ip and
 * remote_host when a hidden reply names them. */
void ff_kumomta_judge(struct ff_kumomta *k, const struct ff_kumomta_reply *reply, struct ff_event *ev);

/* kumomta_debug.c */
/** The last "Command rejected Response {...}" in a local text; false when there is none that is whole. */
bool ff_kumomta_open(struct ff_slice text, struct ff_kumomta_hidden *ret);
/** Undoes Rust's string escapes (\n \t \" \\ \u{..} \x..) into the arena. */
struct ff_slice ff_kumomta_unescape(struct ff_arena *arena, struct ff_slice text);
/** text itself, or a copy in the arena in which credentials behind AUTH are masked byte by byte with '*'. Works on
 * plain text, on debug text, and on either of them inside JSON. */
struct ff_slice ff_kumomta_mask(struct ff_arena *arena, struct ff_slice text);

/* kumomta_report.c */
/** An OOB record: the code and flags, and the message Dsn. */
void ff_kumomta_oob(struct ff_kumomta *k, const struct ff_kumomta_reply *reply, int64_t logged_us, struct ff_event *ev);
/** A Feedback record: fills ev from the report and emits it for each complainer. */
void ff_kumomta_feedback(struct ff_kumomta *k, struct ff_event *ev);

/* kumomta_names.c */
/** `[campaign ":"] [tenant] "@" domain ["!" routing_domain]`; without '@' there is neither. */
void ff_kumomta_queue_parse(struct ff_slice queue, struct ff_slice *ret_campaign, struct ff_slice *ret_tenant);
/** "ip", "ip:port", "[v6]:port" -> length of the IP in ret_ip, 0 for paths and anything else. */
size_t ff_kumomta_endpoint_ip(struct ff_slice text, uint8_t ret_ip[16]);
/** Domain of the first address in the value of a From header; empty when there is none. */
struct ff_slice ff_kumomta_from_domain(struct ff_slice value);
/** Value of a header field in a message's text, unfolded only as far as its first line; empty when it is not there. */
struct ff_slice ff_kumomta_header_find(struct ff_slice message, struct ff_slice name);
/** Without blanks around it and one pair of angle brackets. */
struct ff_slice ff_kumomta_unbracket(struct ff_slice address);

#endif
