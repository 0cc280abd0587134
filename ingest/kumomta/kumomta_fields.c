/* kumomta_fields.c: which members of a log record count, and how they are taken from a parsed document.
 *
 * The table is shared with kumomta_walk.c, which reads the same members without a document. This reader is the one that
 * knows every shape JSON allows: duplicates (the last one counts), keys with escapes, members of the wrong type (as if
 * they were not there). The walk gives up on all of these, so the two can be held against each other.
 */
#include "ingest/kumomta/kumomta_int.h"

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

static void read_object(struct ff_kumomta *k, enum ff_kumomta_object in, uint32_t object);

static void read_member(struct ff_kumomta *k, const struct ff_kumomta_key *key, uint32_t node)
{
    struct ff_kumomta_fields *f = &k->fields;
    enum ff_json_type type = ff_json_type(k->doc, node);
    switch (key->what) {
    case FF_KUMO_IS_RECIPIENT:
        f->recipients = type == FF_JSON_ARRAY ? node : FF_JSON_NONE;
        f->text[key->index] = ff_kumomta_text(k, node);
        break;
    case FF_KUMO_IS_TEXT:
    case FF_KUMO_IS_STEADY:
        f->text[key->index] = ff_kumomta_text(k, node);
        break;
    case FF_KUMO_IS_SCALAR:
        f->text[key->index] = ff_kumomta_scalar(k, node);
        break;
    case FF_KUMO_IS_NUMBER:
        if (!ff_json_int(k->doc, node, &f->number[key->index]) || f->number[key->index] < 0)
            f->number[key->index] = 0;
        break;
    case FF_KUMO_IS_OBJECT:
        if (type == FF_JSON_OBJECT)
            read_object(k, (enum ff_kumomta_object)key->index, node);
        break;
    case FF_KUMO_IS_REPORT:
        f->report = type == FF_JSON_OBJECT ? node : FF_JSON_NONE;
        break;
    case FF_KUMO_IS_FOREIGN:
        break;
    }
}

static void read_object(struct ff_kumomta *k, enum ff_kumomta_object in, uint32_t object)
{
    const struct ff_json_node *nodes = k->doc->nodes;
    uint32_t found[FF_KUMO_KEYS];
    memset(found, 0xff, sizeof found); /* FF_JSON_NONE */
    k->fields.has |= 1u << in;
    for (uint32_t n = ff_json_first(object), end = nodes[object].next; n < end; n = nodes[n + 1].next) {
        bool plain = !nodes[n].escaped || in == FF_KUMO_IN_HEADERS; /* no header's name needs an escape */
        size_t i = ff_kumomta_key_find(in, plain ? ff_json_text(k->doc, n) : ff_kumomta_text(k, n));
        if (i < FF_KUMO_KEYS)
            found[i] = n + 1;
    }
    for (size_t i = 0; i < FF_KUMO_KEYS; i++) {
        if (found[i] != FF_JSON_NONE)
            read_member(k, &ff_kumomta_keys[i], found[i]);
    }
}

void ff_kumomta_fields_read(struct ff_kumomta *k, uint32_t object)
{
    ff_kumomta_fields_reset(&k->fields);
    read_object(k, FF_KUMO_IN_RECORD, object);
}
