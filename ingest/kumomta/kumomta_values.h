/* kumomta_values.h: values of the parsed item. */
#ifndef FF_INGEST_KUMOMTA_VALUES_H
#define FF_INGEST_KUMOMTA_VALUES_H

#include "ingest/kumomta/kumomta_decoder.h"
#include "proto/json.h"

/** A string member's text; empty when the node is none, null or another type. Lives until the next item. */
static inline struct ff_slice ff_kumomta_text(struct ff_kumomta *k, uint32_t node)
{
    struct ff_slice s = {NULL, 0};
    if (node == FF_JSON_NONE || !ff_json_string(k->doc, node, &k->arena, &s))
        return (struct ff_slice){NULL, 0};
    return s;
}

/** Like ff_kumomta_text(), but a number is its own text: operators put numbers into meta. */
static inline struct ff_slice ff_kumomta_scalar(struct ff_kumomta *k, uint32_t node)
{
    if (node != FF_JSON_NONE && ff_json_type(k->doc, node) == FF_JSON_NUMBER)
        return ff_json_text(k->doc, node);
    return ff_kumomta_text(k, node);
}

static inline uint32_t ff_kumomta_member(const struct ff_kumomta *k, uint32_t object, struct ff_slice key)
{
    return object == FF_JSON_NONE ? FF_JSON_NONE : ff_json_get(k->doc, object, key);
}

#endif
