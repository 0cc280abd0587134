/* kumomta_event.h: one log record to its events. */
#ifndef FF_INGEST_KUMOMTA_EVENT_H
#define FF_INGEST_KUMOMTA_EVENT_H

#include "ingest/kumomta/kumomta_decoder.h"

/** Answers for one log record, which is in k->fields. */
void ff_kumomta_record(struct ff_kumomta *k);

#endif
