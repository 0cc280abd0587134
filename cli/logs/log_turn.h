/* log_turn.h: the file of a followed log was rotated, truncated or written anew: what comes next under its name waits
 * for what went before. */
#ifndef FF_CLI_LOG_TURN_H
#define FF_CLI_LOG_TURN_H

#include "cli/logs/log_slots.h"

/** For so long the copy of a file that was truncated is looked for: it may still get its name, or be compressed. */
#define FF_LOG_COPY_MS 3000

/** @param by  FF_SOURCE_NEXT, _ANEW (just told by its source) or _OTHER (in->left and in->left_place are what the state
 * knows of it) */
void ff_log_leave(struct ff_log_input *in, enum ff_source_what by);
/** Adds former files that are to be read first; says what cannot be found. false: not yet. */
FF_MUST_CHECK bool ff_log_may_go_on(struct ff_log_inputs *all, struct ff_log_input *in);
/** A rotated file was read to its end (in->id, in->place; inode 0: it could not be): its log goes on behind it. */
void ff_log_is_done(struct ff_log_inputs *all, const struct ff_log_input *in);

#endif
