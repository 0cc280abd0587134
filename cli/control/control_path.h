/* control_path.h: the address of STATE/control.sock, however long the path of STATE is. */
#ifndef FF_CLI_CONTROL_PATH_H
#define FF_CLI_CONTROL_PATH_H

#include <sys/socket.h>
#include <sys/un.h>

#include "proto/error.h"

/** An address of a socket has room for 107 bytes, so the folder is opened and named by its descriptor: *ret_dir, to be
 * closed when bind() or connect() is done. FF_OK, FF_ERR_NOT_FOUND, FF_ERR_PERMISSION, FF_ERR_IO. */
FF_MUST_CHECK enum ff_err ff_control_path(const char *state_dir, int *ret_dir, struct sockaddr_un *ret);

#endif
