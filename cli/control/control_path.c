/* control_path.c: see control_path.h. */
#include "cli/control/control_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "cli/control/control_wire.h"

enum ff_err ff_control_path(const char *state_dir, int *ret_dir, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    *ret_dir = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*ret_dir < 0)
        return errno == ENOENT ? FF_ERR_NOT_FOUND : errno == EACCES ? FF_ERR_PERMISSION : FF_ERR_IO;
    snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/" FF_CONTROL_SOCKET, *ret_dir);
    return FF_OK;
}
