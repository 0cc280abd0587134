/* log_forget.h: what the state knows of files that are gone from a followed folder goes, too. */
#ifndef FF_CLI_LOG_FORGET_H
#define FF_CLI_LOG_FORGET_H

#include <dirent.h>

#include "cli/logs/log_slots.h"

/** Files the state forgets in one look at a folder, at most; the rest follows in the next ones. */
#define FF_LOG_FORGET_MAX 256

/**
 * Forgets files of a folder that are not in it any more, when some may be (f->gone). A file that comes back is read
 * from its start. Of an empty folder nothing is forgotten: its disk may not be mounted.
 * @param count  of `entries`, which are all that is in the folder now; negative: it cannot be read
 */
void ff_log_forget_gone(struct ff_log_inputs *all, struct ff_log_folder *f, struct dirent *const *entries, int count);

#endif
