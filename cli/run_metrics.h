/* run_metrics.h: the counts of `run` for /metrics: set by the thread that works, read by those that answer HTTP. */
#ifndef FF_CLI_RUN_METRICS_H
#define FF_CLI_RUN_METRICS_H

#include <stdio.h>

#include "ingest/pipeline.h"
#include "suppress/suppress.h"

struct ff_run_metrics;
FF_MUST_CHECK struct ff_run_metrics *ff_run_metrics_new(struct ff_suppressor *state);
void ff_run_metrics_free(struct ff_run_metrics *m);
/** Any thread; counts become visible as one. */
void ff_run_metrics_set(struct ff_run_metrics *m, const struct ff_pipeline_counts *counts);
/** For ff_api_options; ctx is a struct ff_run_metrics. */
bool ff_run_metrics_ready(void *ctx);
void ff_run_metrics_write(void *ctx, FILE *f);

#endif
