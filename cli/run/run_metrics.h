/* run_metrics.h: the counts of `run` for /metrics: set by the thread that works, read by those that answer HTTP. */
#ifndef FF_CLI_RUN_METRICS_H
#define FF_CLI_RUN_METRICS_H

#include <stdio.h>

#include "ingest/formats/newest_events.h"
#include "ingest/pipeline/pipeline.h"
#include "suppress/suppress.h"

struct ff_run_metrics;
FF_MUST_CHECK struct ff_run_metrics *ff_run_metrics_new(struct ff_suppressor *state);
void ff_run_metrics_free(struct ff_run_metrics *m);

/** What was counted up to now; becomes visible as one. */
struct ff_run_facts {
    struct ff_pipeline_counts counts;
    uint64_t input_bytes, input_lag_bytes; /* as they are stored: compressed ones count compressed */
    struct ff_rules_status rules;
    struct ff_newest_events newest;
};
void ff_run_metrics_set(struct ff_run_metrics *m, const struct ff_run_facts *facts, const struct ff_judge *judge);
/** For ff_api_options; ctx is a struct ff_run_metrics. */
void ff_run_metrics_write(void *ctx, FILE *f);

#endif
