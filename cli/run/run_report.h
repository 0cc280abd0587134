/* run_report.h: what a run found, gathered in bounded memory, told to a person or as one JSON object. */
#ifndef FF_CLI_RUN_REPORT_H
#define FF_CLI_RUN_REPORT_H

#include "cli/options/options_table.h"
#include "ingest/pipeline/pipeline.h"
#include "proto/json.h"
#include "suppress/suppress.h"

struct ff_report;

/** @param top  causes and addresses shown at most, 1..FF_REPORT_TOP_MAX. NULL when memory is short. */
#define FF_REPORT_TOP_MAX 1000
FF_MUST_CHECK struct ff_report *ff_report_new(unsigned top);
void ff_report_free(struct ff_report *r);

/** A result that is a failure. No allocation. */
void ff_report_failure(struct ff_report *r, const struct ff_event *ev, const struct ff_verdict *v);
/** The result has just made its address suppressed. */
void ff_report_suppressed(struct ff_report *r, const struct ff_event *ev, const struct ff_verdict *v);

struct ff_report_facts {
    const struct ff_pipeline_counts *counts;
    const struct ff_suppressor_stats *suppressions;
    const struct ff_shadow *shadow; /* NULL: no shadow rules */
    const struct ff_rulebook *rules;
    const char *state_dir;
    const struct ff_option_list *input; /* of the command that reads them again */
    const char *rules_path;             /* likewise; NULL: the built-in rules */
    double seconds;
    size_t inputs;
    bool stopped; /* by a signal, before the end of the inputs */
    bool all_written; /* state, results and dead letters have everything that is counted */
};
void ff_report_put_json(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *facts);
void ff_report_put_text(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *facts, bool colour,
                        unsigned width);

#endif
