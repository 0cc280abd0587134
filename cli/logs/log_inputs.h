/* log_inputs.h: the logs that --input FORMAT:PATH names, read through their pipelines: of `run`, and of `templates`.
 *
 * One pipeline for each format, as a message's lines may stand in several logs. One thread.
 */
#ifndef FF_CLI_LOG_INPUTS_H
#define FF_CLI_LOG_INPUTS_H

#include "cli/logs/log_step.h"
#include "cli/options/options_table.h"
#include "ingest/pipeline/pipeline.h"
#include "suppress/suppress.h"

struct ff_log_inputs;

/**
 * Checks all inputs and makes their pipelines; files are opened when their turn comes.
 * @param ret     set also when it fails (but for want of memory): to be closed
 * @param specs   FORMAT:PATH each; their texts are borrowed until close
 * @param decode  as ff_pipeline_new() has it
 * @param judge   of every pipeline, borrowed; may be NULL (pipeline.h)
 * @param sink    of every pipeline; its dead letters get the format through ff_log_inputs_format()
 * @param state   where it stands how far each file was read, borrowed; without follow it is not asked, and may be NULL
 * @return 0, or the exit status after a message: 64 a wrong FORMAT:PATH, 66 not there, 71 memory is short, 77 not
 * allowed
 */
FF_MUST_CHECK int ff_log_inputs_open(struct ff_log_inputs **ret, const struct ff_option_list *specs, bool follow,
                                     const struct ff_decode_options *decode, struct ff_judge *judge,
                                     const struct ff_pipeline_sink *sink, struct ff_suppressor *state);
/** NULL is fine. What was not marked is not remembered. */
void ff_log_inputs_close(struct ff_log_inputs *in);

/** The same checks and statuses of the inputs alone: before a state folder is made for nothing. */
FF_MUST_CHECK int ff_log_inputs_check(const struct ff_option_list *specs);

/** Reads up to `records_max` records of one input through its pipeline: of the first that has not ended, with
 * follow of each in turn. Does not wait. Compressed files are opened, and the records that a former run did are
 * passed over, within a step. */
enum ff_log_step ff_log_inputs_step(struct ff_log_inputs *in, size_t records_max);
/** 0, or the exit status of the first input that broke. */
int ff_log_inputs_status(const struct ff_log_inputs *in);
/** Until one of the inputs may have something to read, or also_fd (-1: nothing else is waited for), at most
 * timeout_ms; regular files are not waited for, but looked at again after a tenth of a second. A signal ends it. */
void ff_log_inputs_wait(struct ff_log_inputs *in, int also_fd, int timeout_ms);

/** With follow: tells the state how far each file was read, as part of the batch under construction. What came of
 * it must have been written by then: a restart does not read it again. */
void ff_log_inputs_mark(struct ff_log_inputs *in);
/** None is a pipe: what no commit holds is not lost. */
bool ff_log_inputs_can_be_read_again(const struct ff_log_inputs *in);

/** Sum of all pipelines, since they were opened. */
void ff_log_inputs_counts(const struct ff_log_inputs *in, struct ff_pipeline_counts *ret);
/** Bytes done and in all of all inputs, as they are now; *ret_total 0: unknown. */
void ff_log_inputs_progress(const struct ff_log_inputs *in, uint64_t *ret_done, uint64_t *ret_total);
/** Bytes read of all inputs since the start, never fewer than before, and those of files that are there and not
 * read yet. */
void ff_log_inputs_bytes(const struct ff_log_inputs *in, uint64_t *ret_read, uint64_t *ret_lag);
/** The format of the record that is being decoded: for the functions of the sink. */
const struct ff_decoder_ops *ff_log_inputs_format(const struct ff_log_inputs *in);
/** How many inputs there are, files that were found in followed folders included. */
size_t ff_log_inputs_number(const struct ff_log_inputs *in);

#endif
