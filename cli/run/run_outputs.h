/* run_outputs.h: what `run` writes beside its report: --results and --dead-letters. */
#ifndef FF_CLI_RUN_OUTPUTS_H
#define FF_CLI_RUN_OUTPUTS_H

#include "cli/output/output.h"

struct ff_run_outputs {
    struct ff_output *results, *dead; /* NULL: not wanted */
    bool follow, sync;
};

/**
 * With --follow a file is appended to, after what a former run wrote; half a line that one left on a full disk, or
 * when it was killed, is taken away first: its event is not in the state, so it comes again. Without --follow a file
 * appears whole.
 * @param results, dead  NULL: not wanted
 * @param sync           with follow: a commit waits until the lines are on the disk, as it does for the state
 * @return 0; 73, 74 with a message
 */
FF_MUST_CHECK int ff_run_outputs_open(struct ff_run_outputs *o, const char *results, const char *dead, bool follow,
                                      bool sync);
/** Writes what was given so far. Before a commit, never after it: what the state has counted is not read again.
 * false: it could not be written, or nobody reads it any more; ff_run_outputs_close() says so. */
FF_MUST_CHECK bool ff_run_outputs_settle(struct ff_run_outputs *o);
/** One can take no more: the caller may stop reading. */
bool ff_run_outputs_failed(const struct ff_run_outputs *o);
/**
 * @param whole  all inputs were read to their ends. Otherwise, without --follow, what there is gets the name
 * FILE.partial:
 *               another run would give all of it again, but not of a pipe, nor of an input that stays damaged
 * @return 0; 73, 74 with a message
 */
FF_MUST_CHECK int ff_run_outputs_close(struct ff_run_outputs *o, bool whole);
/** Nothing was read: leaves nothing behind. */
void ff_run_outputs_drop(struct ff_run_outputs *o);

#endif
