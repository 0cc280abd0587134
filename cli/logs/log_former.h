/* log_former.h: which former files of a followed log are read, and from where on. */
#ifndef FF_CLI_LOG_FORMER_H
#define FF_CLI_LOG_FORMER_H

#include "cli/logs/log_slots.h"

/* Of a log that the user named: what comes after the file that was read last. Older ones are left alone. */

/** At start: finds what was read under its name when the last run stopped, and what came after it: renamed, compressed
 * or copied meanwhile. Adds those files, the oldest first; warns when what was read is not found. */
void ff_log_find_former(struct ff_log_inputs *all, struct ff_log_input *of);
/** While it runs, at a turn (of->left_by): adds the copy of what was left, when that was truncated and the copy holds
 * more, and those that had the name between it and what has it now. Sets of->left_found. */
void ff_log_find_between(struct ff_log_inputs *all, struct ff_log_input *of);

/* Of a log in a folder: all that was not read yet, whatever its age. */

/** A rotated file that changed so lately may still be made, by cp(1) or gzip -c, and is looked at later. */
#define FF_LOG_MADE_SECONDS 1
bool ff_log_has_changed_within(const struct stat *st, int64_t seconds);
/**
 * Adds rotated files that the state does not know, or knows otherwise, the oldest first; of a log without a plain name
 * the latest is followed. At start it warns when what was read under the name is not found; sets of->left_found.
 * @param of       its plain file; or, when there is none, what such an input would be, with no source
 * @param started  it is no more than the start: what a joiner needs of files that are done was read in this run
 * @return false: not all of them have got a slot; try again
 */
FF_MUST_CHECK bool ff_log_find_unread(struct ff_log_inputs *all, struct ff_log_input *of, bool started);
/** A segment that was compressed after it had been read is continued where that was left. */
void ff_log_know_segment(struct ff_log_inputs *all, struct ff_log_input *in);

#endif
