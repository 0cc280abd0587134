/* file_names.c: see file_names.h. */
#include "cli/output/file_names.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 8

/* One step along a symbolic link. false: it is none. */
static bool follow(const char *path, char *ret, size_t size)
{
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0)
        return false;
    target[n] = 0;
    const char *slash = strrchr(path, '/');
    int folder = target[0] == '/' || !slash ? 0 : (int)(slash - path + 1);
    return (size_t)snprintf(ret, size, "%.*s%s", folder, path, target) < size;
}

static int descriptor_named(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stdin") == 0)
        return STDIN_FILENO;
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        uint64_t n;
        size_t len = strlen(folders[i]);
        if (strncmp(path, folders[i], len) == 0 && ff_slice_u64(ff_slice_str(path + len), INT_MAX, &n))
            return (int)n;
    }
    return -1;
}

int ff_file_descriptor(const char *path)
{
    char now[2 * PATH_MAX], next[2 * PATH_MAX];
    if ((size_t)snprintf(now, sizeof now, "%s", path) >= sizeof now)
        return -1;
    for (unsigned i = 0; i < LINKS_MAX; i++) {
        int fd = descriptor_named(now);
        if (fd >= 0 || !follow(now, next, sizeof next))
            return fd;
        memcpy(now, next, sizeof now);
    }
    return -1;
}

char *ff_file_resolve(const char *path)
{
    char target[2 * PATH_MAX];
    char *real = realpath(path, NULL);
    if (real)
        return real;
    return strdup(follow(path, target, sizeof target) ? target : path);
}

static bool look(const char *path, int fd, struct stat *ret)
{
    return (fd >= 0 ? fstat(fd, ret) : stat(path, ret)) == 0;
}

/* Of a file that is not there: its folder's real name, and its own. */
static bool future_name(const char *path, char ret[PATH_MAX])
{
    char folder[PATH_MAX], *name = ff_file_resolve(path);
    if (!name)
        return false;
    char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    char *real = NULL;
    if ((size_t)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - name + 1) : 1, slash ? name : ".") <
        sizeof folder)
        real = realpath(folder, NULL);
    bool known = real && (size_t)snprintf(ret, PATH_MAX, "%s/%s", real, base) < PATH_MAX;
    free(real);
    free(name);
    return known;
}

bool ff_file_same(const char *a, const char *b)
{
    struct stat x, y;
    char p[PATH_MAX], q[PATH_MAX];
    int fd_a = ff_file_descriptor(a), fd_b = ff_file_descriptor(b);
    if (fd_a >= 0 && fd_b >= 0)
        return false;
    bool is_a = look(a, fd_a, &x), is_b = look(b, fd_b, &y);
    if (is_a && is_b)
        return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    return !is_a && !is_b && future_name(a, p) && future_name(b, q) && strcmp(p, q) == 0;
}
