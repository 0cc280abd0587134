/* run_report.h: what the report tells a person and a program alike. */
#ifndef FF_CLI_RUN_REPORT_H
#define FF_CLI_RUN_REPORT_H

#include "cli/inputs/decode_choices.h"
#include "ingest/pipeline/pipeline.h"
#include "proto/json.h"
#include "suppress/suppress.h"

struct ff_report_facts {
    const struct ff_pipeline_counts *counts;
    const struct ff_suppressor_stats *suppressions;
    const struct ff_suppressor *state;
    const struct ff_shadow *shadow; /* NULL: no shadow rules */
    const struct ff_rulebook *rules;
    const char *state_dir;
    const struct ff_option_list *input; /* of the command that reads them again */
    const struct ff_decode_choices *decode; /* likewise: what else says which failures these are */
    const char *rules_path;             /* likewise; NULL: the built-in rules */
    double seconds;
    size_t inputs;
    bool stopped; /* by a signal, before the end of the inputs */
    bool dead_letters_kept; /* in a file */
    bool all_written; /* state, results and dead letters have everything that is counted */
};

struct ff_share {
    uint32_t number;
    uint64_t count;
};

/** Counts that are not zero, largest first; returns how many. */
size_t ff_shares(const uint64_t *by, uint32_t count, struct ff_share *ret);
/** Categories that have an advice, the most urgent first, and the most frequent first among those; returns how
 * many. `ret` has room for FF_CATEGORY_COUNT. */
size_t ff_report_advice(const struct ff_pipeline_counts *counts, struct ff_share *ret);
/** The action that most verdicts of a category have: the advice is given for that. */
uint32_t ff_report_action(const struct ff_pipeline_counts *counts, uint32_t category);

/** Member `command` of an object, from text that is freed. */
void ff_report_take_command(struct ff_json_out *o, struct ff_json_out *command);

/** The command that shows the wordings of failures that no rule is sure of, as one types it. */
void ff_report_put_unsure_command(struct ff_json_out *o, const struct ff_report_facts *facts);

#endif
