/* run_control.h: carries out what `add`, `release` and `import` ask of a `run` that has the state. */
#ifndef FF_CLI_RUN_CONTROL_H
#define FF_CLI_RUN_CONTROL_H

#include "cli/control/control_server.h"

/** Commits what is there: before a request is carried out, and again before it is answered. An exit status. */
typedef int ff_run_commit_fn(void *ctx);

/** Carries out the requests that are there, at most a few in a turn. An answer says that all is on the disk.
 * @return 0, or the status of a commit that failed (after its message) */
FF_MUST_CHECK int ff_run_control_serve(struct ff_control *c, struct ff_suppressor *state, ff_run_commit_fn *commit,
                                       void *ctx);

#endif
