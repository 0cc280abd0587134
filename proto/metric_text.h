/* metric_text.h: lines of the Prometheus text format 0.0.4, as /metrics answers with.
 *
 * Every family has HELP and TYPE, also when it has no sample yet, so that docs/metrics.md can be held against the
 * answer.
 */
#ifndef FF_PROTO_METRIC_TEXT_H
#define FF_PROTO_METRIC_TEXT_H

#include <stdio.h>

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @param name  without "fivefifty_"
 *  @param type  "counter" or "gauge" */
void ff_metric_head(FILE *f, const char *name, const char *type, const char *help);
/** A family of one sample. */
void ff_metric_counter(FILE *f, const char *name, const char *help, uint64_t value);
void ff_metric_gauge(FILE *f, const char *name, const char *help, double value);
/** A sample below its head. Values as below. */
void ff_metric_sample(FILE *f, const char *name, const char *label, const char *value, uint64_t count);
/** Two labels; backslash, quote and line feed in the values are escaped. */
void ff_metric_sample_of_two(FILE *f, const char *name, const char *label, struct ff_slice value, const char *label2,
                             struct ff_slice value2, uint64_t count);

#ifdef __cplusplus
}
#endif
#endif
