/* log_added.h: former files of a log become inputs that are read before it. */
#ifndef FF_CLI_LOG_ADDED_H
#define FF_CLI_LOG_ADDED_H

#include "cli/logs/log_beside.h"

/** Those that are wanted and not in use already. false: some have got no slot. */
bool ff_log_add_wanted(struct ff_log_inputs *all, const struct ff_log_input *of, const struct ff_log_formers *near);
/** An input that is not under a plain name is left at its end when something later of its log or its sequence is there:
 * by a new one, or a new one by those that are there. */
void ff_log_supersede(struct ff_log_inputs *all, struct ff_log_input *by);
/** Warns that what was read under the name of a log is not there any more. */
void ff_log_tell_missing(const struct ff_log_input *of, const struct ff_log_place *place);

#endif
