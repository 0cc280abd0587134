/* log_inputs.h: the logs that --input FORMAT:PATH names, read through their pipelines: of `run`, and of `templates`. */
#ifndef FF_CLI_LOG_INPUTS_H
#define FF_CLI_LOG_INPUTS_H

#include "cli/logs/log_step.h"
#include "cli/options/options_table.h"
#include "ingest/pipeline/pipeline.h"
#include "suppress/suppress.h"

struct ff_log_inputs;

/**
 * @param specs   FORMAT:PATH each
 * @param judge   of every pipeline, borrowed
 * @param sink    of every pipeline; its dead letters get the format through ff_log_inputs_format()
 * @return 0, or the exit status after a message: 64 a wrong FORMAT:PATH, 66 not there, 77
 */
FF_MUST_CHECK int ff_log_inputs_open(struct ff_log_inputs **ret, const struct ff_option_list *specs, bool follow,
                                     const struct ff_decode_options *decode, struct ff_judge *judge,
                                     const struct ff_pipeline_sink *sink, struct ff_suppressor *state);
void ff_log_inputs_close(struct ff_log_inputs *in);

/** The same checks of the inputs alone: before a state folder is made for nothing. */
FF_MUST_CHECK int ff_log_inputs_check(const struct ff_option_list *specs);

/** Reads up to `records_max` records through their pipelines. */
enum ff_log_step ff_log_inputs_step(struct ff_log_inputs *in, size_t records_max);
/** 0, or the exit status of the first input that broke. */
int ff_log_inputs_status(const struct ff_log_inputs *in);
void ff_log_inputs_wait(struct ff_log_inputs *in, int timeout_ms);

/** With follow: tells the state how far each file was read, as part of the batch under construction. What came of it must
 * have been written by then: a restart does not read it again. */
void ff_log_inputs_mark(struct ff_log_inputs *in);
/** What joiners hold back is given out. At a stop before the end only of inputs that cannot be read again. */
void ff_log_inputs_finish(struct ff_log_inputs *in, bool stopped);
/** None is a pipe: what no commit holds is not lost. */
bool ff_log_inputs_can_be_read_again(const struct ff_log_inputs *in);

void ff_log_inputs_counts(const struct ff_log_inputs *in, struct ff_pipeline_counts *ret);
/** Bytes done and in all of all inputs, as they are now; *ret_total 0: unknown. */
void ff_log_inputs_progress(const struct ff_log_inputs *in, uint64_t *ret_done, uint64_t *ret_total);
/** Bytes read of all inputs since the start, never fewer than before, and those of files that are there and not read yet. */
void ff_log_inputs_bytes(const struct ff_log_inputs *in, uint64_t *ret_read, uint64_t *ret_lag);
/** Format of the record that is being decoded. */
const char *ff_log_inputs_format(const struct ff_log_inputs *in);
size_t ff_log_inputs_number(const struct ff_log_inputs *in);

#endif
