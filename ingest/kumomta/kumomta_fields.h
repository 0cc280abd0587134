/* kumomta_fields.h: the members that count, taken from a parsed document. */
#ifndef FF_INGEST_KUMOMTA_FIELDS_H
#define FF_INGEST_KUMOMTA_FIELDS_H

#include "ingest/kumomta/kumomta_decoder.h"

/** Fills k->fields from the parsed object. */
void ff_kumomta_fields_read(struct ff_kumomta *k, uint32_t object);

#endif
