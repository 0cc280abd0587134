/* kumomta_int.h: what the sources of the KumoMTA decoder share.
 *
 * decode_kumomta.c cuts a value into items, kumomta_walk.c and kumomta_fields.c find the members that count (fast for
 * the usual shape, and for every shape), kumomta_event.c makes events of them, kumomta_reply.c says who
 * speaks in `response` and at which stage, kumomta_debug.c opens what hides in debug text and masks passwords,
 * kumomta_report.c knows the two records that tell of other people's mail (OOB, Feedback), kumomta_names.c reads the
 * small grammars inside strings (queue names, endpoints, From).
 */
#ifndef FF_INGEST_KUMOMTA_INT_H
#define FF_INGEST_KUMOMTA_INT_H

#include "ingest/decode/decode.h"
#include "proto/address.h"
#include "proto/json.h"

/** Bytes for the unescaped strings, encoded sub-messages and masked copies of one item. An item's strings unescape to
 * less than its own length; the reply text may be copied twice more (debug text, mask); the rest is small. */
#define FF_KUMOMTA_ARENA_BYTES (3u * FF_RECORD_BYTES_MAX + (64u << 10))

/** Most recipients of one record, and most bytes that their events repeat (recipients times what stands around the
 * list); with more it is a dead letter `too_large`. Each event is hashed, classified and written out whole: this
 * product is what one hostile record can make us do. */
#define FF_KUMOMTA_RECIPIENTS_MAX 10000u
#define FF_KUMOMTA_REPEATED_MAX (256u << 20)

/* Texts of a log record that mean something to us. */
enum ff_kumomta_text {
    FF_KUMO_TYPE,
    FF_KUMO_ID,
    FF_KUMO_SENDER,
    FF_KUMO_RECIPIENT,
    FF_KUMO_QUEUE,
    FF_KUMO_CONTENT,
    FF_KUMO_COMMAND,
    FF_KUMO_PEER_NAME,
    FF_KUMO_PEER_ADDR,
    FF_KUMO_EVENT_TIME,
    FF_KUMO_CREATED_TIME,
    FF_KUMO_CLASSIFICATION,
    FF_KUMO_EGRESS_POOL,
    FF_KUMO_EGRESS_SOURCE,
    FF_KUMO_SOURCE_ADDR,
    FF_KUMO_META_TENANT,
    FF_KUMO_META_CAMPAIGN,
    FF_KUMO_META_STREAM,
    FF_KUMO_HEADER_FROM,
    FF_KUMO_HEADER_MESSAGE_ID,
    FF_KUMO_DELIVERY_PROTOCOL,
    FF_KUMO_RECEPTION_PROTOCOL,
    FF_KUMO_NODEID,
    FF_KUMO_PROVIDER_NAME,
    FF_KUMO_TEXTS
};

enum ff_kumomta_number {
    FF_KUMO_SIZE,
    FF_KUMO_CODE,
    FF_KUMO_CLASS,
    FF_KUMO_SUBJECT,
    FF_KUMO_DETAIL,
    FF_KUMO_TIMESTAMP,
    FF_KUMO_CREATED,
    FF_KUMO_NUM_ATTEMPTS,
    FF_KUMO_NUMBERS
};

/* The objects that hold them. */
enum ff_kumomta_object {
    FF_KUMO_IN_RECORD,
    FF_KUMO_IN_RESPONSE,
    FF_KUMO_IN_ENHANCED,
    FF_KUMO_IN_PEER,
    FF_KUMO_IN_SOURCE,
    FF_KUMO_IN_META,
    FF_KUMO_IN_HEADERS,
    FF_KUMO_OBJECTS
};

/** What was read of one log record. A text or number that is absent, null or of another type is empty or 0; so is a
 * negative number. Texts live until the next item. */
struct ff_kumomta_fields {
    struct ff_slice text[FF_KUMO_TEXTS];
    int64_t number[FF_KUMO_NUMBERS];
    uint32_t has;        /* bits 1 << enum ff_kumomta_object: which objects are there */
    uint32_t recipients; /* node of a list of them, or FF_JSON_NONE */
    uint32_t report;     /* node of the object feedback_report, or FF_JSON_NONE */
};

/* A member: what its value is, and where it goes. */
enum ff_kumomta_what {
    FF_KUMO_IS_TEXT,
    FF_KUMO_IS_STEADY,    /* a text that is as long in the next record */
    FF_KUMO_IS_SCALAR,    /* a text; a number is its own text: operators put numbers into meta */
    FF_KUMO_IS_RECIPIENT, /* a text, or a list of them */
    FF_KUMO_IS_FOREIGN,   /* anything, and nobody reads it; not in the table. The last that may be a text */
    FF_KUMO_IS_NUMBER,
    FF_KUMO_IS_OBJECT, /* with members of its own; index: which object */
    FF_KUMO_IS_REPORT  /* an object that only kumomta_report.c reads */
};

struct ff_kumomta_key {
    char text[32]; /* the name with its quotes and colon; zeros */
    uint8_t len;   /* of the text */
    uint8_t in;    /* enum ff_kumomta_object */
    uint8_t what;  /* enum ff_kumomta_what */
    uint8_t index; /* enum ff_kumomta_text, _number or _object */
};

#define FF_KUMO_KEYS 39u
extern const struct ff_kumomta_key ff_kumomta_keys[FF_KUMO_KEYS];

/* A key that was seen, known or not, as it was written: what stands between a comma (or bracket) and the value. */
struct ff_kumomta_guess {
    char text[32];                 /* up to the colon; zeros */
    struct ff_kumomta_guess *next;  /* what stood behind it last */
    struct ff_kumomta_guess *other; /* and before that: an operator's members come in any order */
    union {
        struct ff_slice *text;
        int64_t *number;
    } to;            /* where its value goes */
    uint64_t bit;    /* 1 << its index in ff_kumomta_keys; 0: a foreign one */
    uint32_t ignore; /* bits of the 32 bytes that are none of it */
    uint8_t len;     /* of the text */
    uint8_t in;      /* enum ff_kumomta_object */
    uint8_t what;    /* enum ff_kumomta_what */
    union {
        uint8_t opens; /* enum ff_kumomta_object, of FF_KUMO_IS_OBJECT */
        uint8_t rest;  /* of FF_KUMO_IS_STEADY: bytes of the last text in the step that has its end */
    };
    uint32_t quote; /* of FF_KUMO_IS_STEADY: 1 << rest */
};

/* The members of a record with what an operator adds in meta and headers, as a few writers order and space them. */
#define FF_KUMO_GUESSES 128u

/* What the walk has learnt of the order of members. */
struct ff_kumomta_guesses {
    struct ff_kumomta_guess list[FF_KUMO_GUESSES];
    uint8_t slots[256];               /* by a hash of what is written: where in the list it may be */
    struct ff_kumomta_guess start;    /* stands before the first member */
    struct ff_kumomta_guess too_long; /* the last key that is longer than a guess */
    struct ff_slice unread;           /* where foreign texts go */
    uint32_t made;                    /* guesses so far; the next one takes the place of the oldest */
};

struct ff_kumomta;
/**
 * Fills k->fields from a text that begins with a log record, if that has the usual shape and is valid to its last
 * byte.
 * @return its length; 0: it is something else, or unusual (k->fields and the arena then hold rubbish)
 */
typedef size_t ff_kumomta_walk_fn(struct ff_kumomta *k, struct ff_slice text);

/** One decoder instance; the lower half describes the item at hand. */
struct ff_kumomta {
    struct ff_decode_options opts;
    struct ff_json_doc *doc;
    struct ff_arena arena; /* reset for each item */
    void *memory;
    ff_kumomta_walk_fn *walk;
    struct ff_kumomta_guesses guesses;

    const struct ff_record *record;
    const struct ff_decode_sink *sink;
    struct ff_slice item; /* its text */
    int64_t item_index;   /* in the record; -1: it is the record */
    bool counted;         /* its events are only counted, their content is not made */
    struct ff_kumomta_fields fields;
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

/* kumomta_fields.c */
/** Index of the key in ff_kumomta_keys, or FF_KUMO_KEYS. */
size_t ff_kumomta_key_find(enum ff_kumomta_object in, struct ff_slice name);
static inline void ff_kumomta_fields_reset(struct ff_kumomta_fields *f)
{
    memset(f, 0, sizeof *f);
    f->recipients = f->report = FF_JSON_NONE;
}

/** Fills k->fields from the parsed object. */
void ff_kumomta_fields_read(struct ff_kumomta *k, uint32_t object);

/* kumomta_guess.c */
void ff_kumomta_guesses_init(struct ff_kumomta_guesses *g);
/** The guess for a key that stands behind `before`, instead of the one that stood there last.
 * @param written  the key with all from the comma or bracket before it to its colon
 * @param name  the key itself; it has no escapes
 * @return valid until the next call */
struct ff_kumomta_guess *ff_kumomta_guess_learn(struct ff_kumomta *k, enum ff_kumomta_object in,
                                                struct ff_slice written, struct ff_slice name,
                                                struct ff_kumomta_guess *before);

/* kumomta_walk.c */
ff_kumomta_walk_fn ff_kumomta_walk_base;
#if defined(__x86_64__)
ff_kumomta_walk_fn ff_kumomta_walk_avx2; /* the same source for processors with AVX2 and BMI: kumomta_walk_avx2.c */
#endif
/** The fastest one that runs here. */
ff_kumomta_walk_fn *ff_kumomta_walk_choose(void);

/* kumomta_event.c */
/** Answers for one log record, which is in k->fields. */
void ff_kumomta_record(struct ff_kumomta *k);

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
