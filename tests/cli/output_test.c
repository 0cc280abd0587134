/* output_test.c: a file appears whole or not at all, also where files without a name cannot be made and where
 * others may write. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output/output.h"
#include "tests/test.h"

#define SOMEBODY 65534

static char folder[64];
static bool nameless; /* can be made */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = va_arg(args, mode_t);
    va_end(args);
    if (!nameless && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return __real_open(path, flags, mode);
}

static const char *at(const char *name)
{
    static char path[4][160];
    static unsigned turn;
    char *p = path[turn++ & 3];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static const char *temporary(unsigned n)
{
    char name[64];
    snprintf(name, sizeof name, "out.tmp-%ld-%u", (long)getpid(), n);
    return at(name);
}

static void make(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

static const char *text_of(const char *path)
{
    static char text[64];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = 0;
    return text;
}

static void write_out(bool keep)
{
    struct ff_output *o = NULL;
    if (ff_output_open(&o, at("out"), false) != 0)
        abort();
    ff_output_write(o, FF_SLICE("new"));
    CHECK_INT(ff_output_close(o, keep), 0);
}

static struct stat stat_of(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        abort();
    return st;
}

static void test_names(void)
{
    CASE(nameless ? "a link that waits under our temporary name is not followed, nor taken away"
                  : "the same where the file system has no nameless files");
    make(at("victim"), "theirs");
    if (symlink(at("victim"), temporary(0)) != 0)
        abort();
    make(temporary(1), "left by a process that was killed and had our number");
    make(at("out"), "old");
    write_out(true);
    CHECK_STR(text_of(at("out")), "new");
    CHECK_STR(text_of(at("victim")), "theirs");
    CHECK(S_ISLNK(stat_of(temporary(0)).st_mode), "it is no link");
    CHECK_STR(text_of(temporary(1)), "left by a process that was killed and had our number");
    CHECK(access(temporary(2), F_OK) != 0, "it is left behind");
    CASE("what is not kept leaves nothing behind and the old file alone");
    make(at("out"), "old");
    write_out(false);
    CHECK_STR(text_of(at("out")), "old");
    CHECK(access(temporary(2), F_OK) != 0, "it is left behind");
    unlink(temporary(0));
    unlink(temporary(1));
    unlink(at("out"));
}

/* Folder's mode, old file's mode and owner (0: ours), new file's. As root only, but for the first two. */
static const struct {
    const char *name;
    mode_t folder, old;
    uid_t owner;
    mode_t mode;
    uid_t now;
} replaced[] = {
    {"a file that is replaced keeps who may read it", 0700, 0640, 0, 0640, 0},
    {"also in a folder of many", 01777, 0600, 0, 0600, 0},
    {"a file of somebody else stays his where nobody but us can have put it there", 0755, 0604, SOMEBODY, 0604, SOMEBODY},
    {"not where he can have put it there to read what we write", 01777, 0666, SOMEBODY, 0644, 0},
    {"nor are bits kept that make programs of files", 0700, 04750, 0, 0750, 0},
};

static void test_replaced(void)
{
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++) {
        if (replaced[i].owner && geteuid() != 0)
            continue;
        CASE(replaced[i].name);
        make(at("out"), "old");
        if (chown(at("out"), replaced[i].owner ? replaced[i].owner : geteuid(), (gid_t)-1) != 0 || chmod(at("out"), replaced[i].old) != 0 ||
            chmod(folder, replaced[i].folder) != 0)
            abort();
        write_out(true);
        CHECK_STR(text_of(at("out")), "new");
        CHECK(stat_of(at("out")).st_mode == (S_IFREG | replaced[i].mode), "mode %o", (unsigned)stat_of(at("out")).st_mode);
        CHECK_INT(stat_of(at("out")).st_uid, replaced[i].now ? replaced[i].now : geteuid());
        unlink(at("out"));
    }
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/ff-output-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(folder))
        abort();
    umask(022);
    for (unsigned i = 0; i < 2; i++) {
        nameless = i == 0;
        test_names();
        test_replaced();
    }
    unlink(at("victim"));
    rmdir(folder);
    return test_end();
}
