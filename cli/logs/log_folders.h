/* log_folders.h: the files of a folder. */
#ifndef FF_CLI_LOG_FOLDERS_H
#define FF_CLI_LOG_FOLDERS_H

#include "cli/logs/log_slots.h"

/** A file of a folder is finished when there is a later one and it has been at its end for so long. */
#define FF_SEGMENT_GRACE_MS 1000

/** Turns the input just added into a folder and takes in its files. */
void ff_log_make_folder(struct ff_log_inputs *all);
/** Takes in new files of all folders, at most once a second. */
void ff_log_look_into_folders(struct ff_log_inputs *all);
/** Without --follow: takes in what has got no slot before. false: there is nothing more. */
FF_MUST_CHECK bool ff_log_take_rest_of_folders(struct ff_log_inputs *all);

#endif
