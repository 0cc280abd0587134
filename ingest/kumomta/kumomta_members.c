/* kumomta_members.c: the table that both readers of a record go by. */
#include "ingest/kumomta/kumomta_members.h"

#define KEY(object, name, what, index) \
    {"\"" name "\":", sizeof(name) + 2, FF_KUMO_IN_##object, FF_KUMO_##what, index}
const struct ff_kumomta_key ff_kumomta_keys[FF_KUMO_KEYS] = {
    KEY(RECORD, "type", IS_TEXT, FF_KUMO_TYPE),
    KEY(RECORD, "id", IS_STEADY, FF_KUMO_ID),
    KEY(RECORD, "sender", IS_TEXT, FF_KUMO_SENDER),
    KEY(RECORD, "recipient", IS_RECIPIENT, FF_KUMO_RECIPIENT),
    KEY(RECORD, "queue", IS_TEXT, FF_KUMO_QUEUE),
    KEY(RECORD, "size", IS_NUMBER, FF_KUMO_SIZE),
    KEY(RECORD, "response", IS_OBJECT, FF_KUMO_IN_RESPONSE),
    KEY(RECORD, "peer_address", IS_OBJECT, FF_KUMO_IN_PEER),
    KEY(RECORD, "timestamp", IS_NUMBER, FF_KUMO_TIMESTAMP),
    KEY(RECORD, "event_time", IS_STEADY, FF_KUMO_EVENT_TIME),
    KEY(RECORD, "created", IS_NUMBER, FF_KUMO_CREATED),
    KEY(RECORD, "created_time", IS_STEADY, FF_KUMO_CREATED_TIME),
    KEY(RECORD, "num_attempts", IS_NUMBER, FF_KUMO_NUM_ATTEMPTS),
    KEY(RECORD, "bounce_classification", IS_TEXT, FF_KUMO_CLASSIFICATION),
    KEY(RECORD, "egress_pool", IS_TEXT, FF_KUMO_EGRESS_POOL),
    KEY(RECORD, "egress_source", IS_TEXT, FF_KUMO_EGRESS_SOURCE),
    KEY(RECORD, "source_address", IS_OBJECT, FF_KUMO_IN_SOURCE),
    KEY(RECORD, "feedback_report", IS_REPORT, 0),
    KEY(RECORD, "meta", IS_OBJECT, FF_KUMO_IN_META),
    KEY(RECORD, "headers", IS_OBJECT, FF_KUMO_IN_HEADERS),
    KEY(RECORD, "delivery_protocol", IS_STEADY, FF_KUMO_DELIVERY_PROTOCOL),
    KEY(RECORD, "reception_protocol", IS_STEADY, FF_KUMO_RECEPTION_PROTOCOL),
    KEY(RECORD, "nodeid", IS_STEADY, FF_KUMO_NODEID),
    KEY(RECORD, "provider_name", IS_TEXT, FF_KUMO_PROVIDER_NAME),
    KEY(RESPONSE, "code", IS_NUMBER, FF_KUMO_CODE),
    KEY(RESPONSE, "enhanced_code", IS_OBJECT, FF_KUMO_IN_ENHANCED),
    KEY(RESPONSE, "content", IS_TEXT, FF_KUMO_CONTENT),
    KEY(RESPONSE, "command", IS_TEXT, FF_KUMO_COMMAND),
    KEY(ENHANCED, "class", IS_NUMBER, FF_KUMO_CLASS),
    KEY(ENHANCED, "subject", IS_NUMBER, FF_KUMO_SUBJECT),
    KEY(ENHANCED, "detail", IS_NUMBER, FF_KUMO_DETAIL),
    KEY(PEER, "name", IS_TEXT, FF_KUMO_PEER_NAME),
    KEY(PEER, "addr", IS_TEXT, FF_KUMO_PEER_ADDR),
    KEY(SOURCE, "address", IS_TEXT, FF_KUMO_SOURCE_ADDR),
    KEY(META, "tenant", IS_SCALAR, FF_KUMO_META_TENANT),
    KEY(META, "campaign", IS_SCALAR, FF_KUMO_META_CAMPAIGN),
    KEY(META, "stream", IS_SCALAR, FF_KUMO_META_STREAM),
    KEY(HEADERS, "From", IS_TEXT, FF_KUMO_HEADER_FROM),
    KEY(HEADERS, "Message-ID", IS_TEXT, FF_KUMO_HEADER_MESSAGE_ID),
};

/* Where the members of each object begin in the table. */
static const uint8_t first_key[FF_KUMO_OBJECTS + 1] = {0, 24, 28, 31, 33, 34, 37, 39};

size_t ff_kumomta_key_find(enum ff_kumomta_object in, struct ff_slice name)
{
    for (size_t i = first_key[in]; i < first_key[in + 1]; i++) {
        const struct ff_kumomta_key *key = &ff_kumomta_keys[i];
        struct ff_slice want = ff_slice_of(key->text + 1, key->len - 3u);
        if (in == FF_KUMO_IN_HEADERS ? ff_slice_caseeq(name, want) : ff_slice_eq(name, want))
            return i;
    }
    return FF_KUMO_KEYS;
}
