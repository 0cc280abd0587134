/* kumomta_fields.c: the members that count, taken from a parsed document.
 *
 * kumomta_walk.c reads the same members without a document. This reader is the one that knows every shape JSON allows:
 * duplicates (the last one counts), keys with escapes, members of the wrong type (as if they were not there). The walk
 * gives up on all of these, so the two can be held against each other.
 */
#include "ingest/kumomta/kumomta_fields.h"
#include "ingest/kumomta/kumomta_values.h"

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
