/* control_client.h: asks the `run` that has a state to change it. */
#ifndef FF_CLI_CONTROL_CLIENT_H
#define FF_CLI_CONTROL_CLIENT_H

#include "cli/control/control_wire.h"

/** A step of `run` may pass over gigabytes that a former run has read. */
#define FF_CONTROL_PATIENCE_S 120

/** @return FF_OK; FF_ERR_NOT_FOUND: nobody listens there (the state is not in use, or by what takes no commands);
 * FF_ERR_PERMISSION: the socket is another user's; FF_ERR_EXISTS: so many others are connected that there was no place
 * for FF_CONTROL_PATIENCE_S; FF_ERR_IO */
FF_MUST_CHECK enum ff_err ff_control_connect(const char *state_dir, int *ret_fd);

/**
 * Sends commands and waits for what became of them: until the `run` has finished what it does, and committed. When
 * this fails, perhaps they were carried out; the same again changes nothing more.
 * @param mem  for request and answer: FF_CONTROL_HEADER + FF_CONTROL_REQUEST_MAX bytes
 * @return FF_OK; FF_ERR_TOO_LARGE: the commands do not fit into one request (nothing was sent); FF_ERR_EXISTS: no
 *         answer for FF_CONTROL_PATIENCE_S, or a signal to stop came; FF_ERR_CONFIG: it is of another release;
 *         FF_ERR_IO: it went away, or its answer is none
 */
FF_MUST_CHECK enum ff_err ff_control_ask(int fd, const struct ff_command *commands, size_t count, void *mem,
                                         struct ff_control_answer *ret);
#endif
