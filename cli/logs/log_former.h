/* log_former.h: what became of a followed file while nobody read it. */
#ifndef FF_CLI_LOG_FORMER_H
#define FF_CLI_LOG_FORMER_H

#include "cli/logs/log_slots.h"

/** Finds what was read under the name of a followed input when the last run stopped, and what came after it: renamed,
 * compressed or copied meanwhile. Adds those files, the oldest first; warns when what was read is not found. */
void ff_log_find_former(struct ff_log_inputs *all, struct ff_log_input *of);
/** The input has just left a file whose name another one has: adds those that had it in between and lost it again,
 * while we were still busy with the former. */
void ff_log_find_between(struct ff_log_inputs *all, struct ff_log_input *of);

#endif
