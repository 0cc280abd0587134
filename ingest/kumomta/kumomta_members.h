/* kumomta_members.h: which members of a log record count, and what was read of them. */
#ifndef FF_INGEST_KUMOMTA_MEMBERS_H
#define FF_INGEST_KUMOMTA_MEMBERS_H

#include <string.h>

#include "proto/json.h"

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

/** Index of the key in ff_kumomta_keys, or FF_KUMO_KEYS. */
size_t ff_kumomta_key_find(enum ff_kumomta_object in, struct ff_slice name);

/** What was read of one log record. A text or number that is absent, null or of another type is empty or 0; so is a
 * negative number. Texts live until the next item. */
struct ff_kumomta_fields {
    struct ff_slice text[FF_KUMO_TEXTS];
    int64_t number[FF_KUMO_NUMBERS];
    uint32_t has;        /* bits 1 << enum ff_kumomta_object: which objects are there */
    uint32_t recipients; /* node of a list of them, or FF_JSON_NONE */
    uint32_t report;     /* node of the object feedback_report, or FF_JSON_NONE */
};

static inline void ff_kumomta_fields_reset(struct ff_kumomta_fields *f)
{
    memset(f, 0, sizeof *f);
    f->recipients = f->report = FF_JSON_NONE;
}

#endif
