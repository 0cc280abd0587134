/* store_folder.c: the folder a store lies in, and the lock that keeps a second writer out. */
#include "suppress/engine/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ff_err errno_err(int e, enum ff_err otherwise)
{
    if (e == EACCES || e == EPERM || e == EROFS)
        return FF_ERR_PERMISSION;
    return e == ENOSPC || e == EDQUOT || e == EIO ? FF_ERR_IO : otherwise;
}

/* A lock of the open file, not of the process (F_SETLK), which would end as soon as anything here closed the file
 * again; not flock(), since one of those cannot be looked at without being taken: who looked stood in the way of a
 * writer that began just then. 0 or an errno; EAGAIN or EACCES: somebody has it. */
static int lock_file(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int failed;
    do
        failed = fcntl(fd, F_OFD_SETLK, &whole);
    while (failed && errno == EINTR);
    return failed ? errno : 0;
}

enum ff_err ff_store_folder_lock(const struct ff_store_options *opts, int *ret_fd, char *msg, size_t size)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof(path), "%s/fivefifty.lock", opts->dir) >= sizeof(path)) {
        snprintf(msg, size, "%.200s...: the name is too long", opts->dir);
        return FF_ERR_CREATE;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        snprintf(msg, size, "%s: %s", path, strerror(errno));
        return errno_err(errno, FF_ERR_CREATE);
    }
    int e = lock_file(fd);
    if (e == 0) {
        *ret_fd = fd;
        return FF_OK;
    }
    close(fd);
    if (e == EAGAIN || e == EACCES) {
        snprintf(msg, size, "%s: in use by another process (end that one first, or give this one a folder of its own)",
                 opts->dir);
        return FF_ERR_EXISTS;
    }
    snprintf(msg, size, "%s: cannot be locked: %s (put the state on a file system that has locks)", path, strerror(e));
    return errno_err(e, FF_ERR_CREATE);
}

bool ff_store_folder_is_locked(const char *dir)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof(path), "%s/fivefifty.lock", dir) >= sizeof(path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct flock asked = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    bool locked = fcntl(fd, F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
    close(fd);
    return locked;
}

enum ff_err ff_store_folder_find(const struct ff_store_options *opts, char *msg, size_t size)
{
    struct stat st;
    if (stat(opts->dir, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return FF_OK;
        snprintf(msg, size, "%s: is no folder (name the state folder with --state)", opts->dir);
        return opts->create ? FF_ERR_CREATE : FF_ERR_NOT_FOUND;
    }
    if (errno != ENOENT || !opts->create) {
        snprintf(msg, size, "%s: %s", opts->dir,
                 errno == ENOENT   ? "there is no such state folder (check --state; run, add and import make one)"
                 : errno == EACCES ? "Permission denied (run as a user who may read it)"
                                   : strerror(errno));
        return errno == EACCES ? FF_ERR_PERMISSION : FF_ERR_NOT_FOUND;
    }
    if (mkdir(opts->dir, 0750) != 0 && errno != EEXIST) {
        snprintf(msg, size, "%s: cannot make the state folder: %s (name one in a folder you may write to)", opts->dir,
                 strerror(errno));
        return errno_err(errno, FF_ERR_CREATE);
    }
    return FF_OK;
}
