/* control_server.h: the socket in the state folder over which a `run` takes commands while it has the state.
 *
 * Whoever may write to the folder may command: the socket is its owner's alone (0600). Nothing here blocks, and a peer
 * that sends nonsense, or half a request, costs only itself. One thread.
 */
#ifndef FF_CLI_CONTROL_SERVER_H
#define FF_CLI_CONTROL_SERVER_H

#include "cli/control/control_wire.h"

struct ff_control;

/** Listens. A socket that a killed process left is replaced: the caller holds the folder's lock, so it is nobody's.
 * @return FF_OK; FF_ERR_CREATE: the file system has no sockets, or no room; FF_ERR_NOMEM */
FF_MUST_CHECK enum ff_err ff_control_open(const char *state_dir, struct ff_control **ret);
/** Takes the socket away. NULL is fine. */
void ff_control_close(struct ff_control *c);

/** To poll for input. */
int ff_control_fd(const struct ff_control *c);

/** A whole request, when there is one: to be answered before the next is asked for. What it points to lives until
 * then. NULL: there is none yet. */
const struct ff_control_request *ff_control_next(struct ff_control *c);
/** Answers it. A peer that went away meanwhile is no error: what it asked for is done. */
void ff_control_reply(struct ff_control *c, const struct ff_control_answer *answer);

#endif
