/* run_progress.h: the line on a terminal while `run` works. */
#ifndef FF_CLI_RUN_PROGRESS_H
#define FF_CLI_RUN_PROGRESS_H

#include "cli/logs/log_inputs.h"

struct ff_run_progress {
    int64_t started_ms, shown_ms;
    uint64_t shown_events, shown_bytes;
    double events_per_s, bytes_per_s; /* smoothed */
    bool wanted, shown, follow;
};

void ff_run_progress_init(struct ff_run_progress *p, bool wanted, bool follow);
/** Shows how far it is, at most five times a second; nothing where stderr is no terminal. Bounded inputs have a percentage
 * and the time left, followed ones how many bytes are not read yet. */
void ff_run_progress_show(struct ff_run_progress *p, const struct ff_log_inputs *inputs);
/** Takes the line away. */
void ff_run_progress_end(struct ff_run_progress *p);

#endif
