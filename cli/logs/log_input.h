/* log_input.h: reads one input, and says how far. */
#ifndef FF_CLI_LOG_INPUT_H
#define FF_CLI_LOG_INPUT_H

#include "cli/logs/log_slots.h"
#include "cli/logs/log_step.h"

/** Opens it when it is not open yet. FF_LOG_FAILED: it cannot be, which was said, and it has ended. */
enum ff_log_step ff_log_input_open(struct ff_log_inputs *all, struct ff_log_input *in);
/** Up to `max` records of one input through its pipeline. */
enum ff_log_step ff_log_input_read(struct ff_log_inputs *all, struct ff_log_input *in, size_t max);
/** Tells the state how far it was read; see ff_log_inputs_mark(). */
void ff_log_input_mark(struct ff_log_inputs *all, struct ff_log_input *in);

#endif
