/* pipeline.h: decode -> classify -> answer, for one worker thread; the same code behind `run`, `decode` and `ingest`.
 *
 * One pipeline owns one decoder instance; the judge is that of its thread. It keeps the accounting and the counts of the
 * report. Its owner gives it records and gets results and dead letters back through two functions.
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
    /** v is category none for events that are no failure. Slices are valid for the call. */
    void (*result)(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record);
    void (*dead)(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record);
};

struct ff_pipeline;

/** @param judge  of this thread, borrowed; may get other rules between two records. NULL: decode only, every verdict is
 *  category none. NULL when memory is short. */
FF_MUST_CHECK struct ff_pipeline *ff_pipeline_new(const struct ff_decoder_ops *format, const struct ff_decode_options *opts,
                                                  struct ff_judge *judge, const struct ff_pipeline_sink *sink);
void ff_pipeline_free(struct ff_pipeline *p);
void ff_pipeline_record(struct ff_pipeline *p, const struct ff_record *record);
void ff_pipeline_finish(struct ff_pipeline *p);
int64_t ff_pipeline_needs_from(struct ff_pipeline *p, const char *name, int32_t partition);

struct ff_pipeline_counts {
    struct ff_accounting accounting;
    uint64_t by_kind[FF_KIND_COUNT];
    uint64_t by_category[FF_CATEGORY_COUNT]; /* of failures */
    uint64_t by_action[FF_CATEGORY_COUNT][FF_ACTION_COUNT]; /* of those, by the verdict's action */
    uint64_t by_responsible[FF_RESP_COUNT];  /* of failures */
};
void ff_pipeline_counts(const struct ff_pipeline *p, struct ff_pipeline_counts *ret);
void ff_pipeline_counts_add(struct ff_pipeline_counts *a, const struct ff_pipeline_counts *b);

#ifdef __cplusplus
}
#endif
#endif
