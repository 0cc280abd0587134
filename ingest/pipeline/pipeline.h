/* pipeline.h: decode -> classify -> answer, for one worker thread; the same code behind `run`, `decode` and `ingest`.
 *
 * One pipeline owns one decoder instance; the judge is that of its thread. It keeps the accounting and the counts of
 * the report. Its owner gives it records and gets results and dead letters back through two functions. All functions
 * are called by the one thread that has the judge; none allocates but ff_pipeline_new(), and none fails: what is wrong
 * with a record is a dead letter.
 */
#ifndef FF_INGEST_PIPELINE_H
#define FF_INGEST_PIPELINE_H

#include "ingest/decode/decode.h"
#include "ingest/pipeline/judge.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_pipeline_sink {
    void *ctx;
    /** Called from ff_pipeline_record() and _finish(), in the order of the items; must not call the pipeline.
     * Everything that is passed, and what its slices point to, is valid for the call only. `record` is the one that
     * completed the item. v is category none for events that are no failure. */
    void (*result)(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record);
    void (*dead)(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record);
};

struct ff_pipeline;

/** @param opts  copied, but for what it points to (decode.h), which is borrowed, as is `format`
 *  @param sink  copied; its ctx is borrowed
 *  @param judge  of this thread, borrowed; may get other rules between two records. NULL: decode only, every verdict is
 *  category none. NULL when memory is short. */
FF_MUST_CHECK struct ff_pipeline *ff_pipeline_new(const struct ff_decoder_ops *format,
                                                  const struct ff_decode_options *opts, struct ff_judge *judge,
                                                  const struct ff_pipeline_sink *sink);
/** NULL is fine. */
void ff_pipeline_free(struct ff_pipeline *p);
/** Answers for every item of one record before it returns: counts it, and calls the sink once for each but those
 * that are ignored. Blank lines of files are no items. The record and its bytes are borrowed for the call
 * (position.name for as long as decode.h says). Cost: docs/performance.md. */
void ff_pipeline_record(struct ff_pipeline *p, const struct ff_record *record);
/** Where reading must begin after a restart so that later records find what they build upon.
 * @param name, partition  as in the positions of records; partition -1: a file
 * @return a position.offset: of a Kafka record, or a line number of a file; INT64_MAX: later records need none that
 * was read */
int64_t ff_pipeline_needs_from(struct ff_pipeline *p, const char *name, int32_t partition);

struct ff_pipeline_counts {
    struct ff_accounting accounting;
    uint64_t by_kind[FF_KIND_COUNT];
    uint64_t by_category[FF_CATEGORY_COUNT]; /* of failures */
    uint64_t by_action[FF_CATEGORY_COUNT][FF_ACTION_COUNT]; /* of those, by the verdict's action */
    uint64_t by_responsible[FF_RESP_COUNT];  /* of failures */
};
/** A copy of the counts since ff_pipeline_new(); between two calls they hold (ff_accounting_holds()). */
void ff_pipeline_counts(const struct ff_pipeline *p, struct ff_pipeline_counts *ret);
/** Adds b to a. Any thread, on copies. */
void ff_pipeline_counts_add(struct ff_pipeline_counts *a, const struct ff_pipeline_counts *b);

#ifdef __cplusplus
}
#endif
#endif
