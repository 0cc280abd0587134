/* kumomta_report.h: the two records that tell of other people's mail: OOB and Feedback. */
#ifndef FF_INGEST_KUMOMTA_REPORT_H
#define FF_INGEST_KUMOMTA_REPORT_H

#include "ingest/kumomta/kumomta_decoder.h"
#include "ingest/kumomta/kumomta_reply.h"

/** An OOB record: the code and flags, and the message Dsn. */
void ff_kumomta_oob(struct ff_kumomta *k, const struct ff_kumomta_reply *reply, int64_t logged_us, struct ff_event *ev);
/** A Feedback record: fills ev from the report and emits it for each complainer. */
void ff_kumomta_feedback(struct ff_kumomta *k, struct ff_event *ev);

#endif
