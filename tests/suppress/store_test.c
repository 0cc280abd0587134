/* store_test.c: the state folder: kept over restarts and kills, never shared, never made by a reader, and a
 * full disk costs nothing that was committed.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suppress/engine/store_folder.h"
#include "tests/suppress/fixture.h"
#include "tests/test.h"

#define STREAM_EVENTS 6000
#define COMMIT_EVENTS 61
#define KILLS 12
#define KILL_COMMITS_MAX 8 /* done by a writer before it is killed */
static_assert(KILLS * KILL_COMMITS_MAX < STREAM_EVENTS / COMMIT_EVENTS, "the last one has something to do, too");

/* Event number n of a stream that repeats keys and categories. */
static void stream_event(size_t n, char to[64], struct fixture_event *ret)
{
    snprintf(to, 64, "user%u@example.com", (unsigned)(n * 7919 % 1500));
    *ret = (struct fixture_event){.to = to, .id = 1 + n, .time_us = FIXTURE_EPOCH_US + (int64_t)(n % 40) * DAY_US + (int64_t)n,
                                  .category = n % 3 ? FF_BAD_MAILBOX : FF_MAILBOX_FULL, .suppress = n % 3 != 0};
}

/* In a process of its own: each commit waits for a byte on stdin, and says on stdout when it is done. */
static bool is_writer;

static void commit(struct ff_suppressor *s)
{
    char byte;
    if (is_writer && read(STDIN_FILENO, &byte, 1) != 1)
        _exit(4);
    fixture_commit(s);
    if (is_writer && write(STDOUT_FILENO, &byte, 1) != 1)
        _exit(5);
}

/* Goes on from where the state says it was; commits every few events. */
static void work_off(struct ff_suppressor *s, size_t end)
{
    char to[64];
    struct fixture_event ev;
    const struct ff_slice input = FF_SLICE("file:test");
    int64_t from = ff_suppressor_offset(s, input);
    for (size_t n = from < 0 ? 0 : (size_t)from; n < end; n++) {
        stream_event(n, to, &ev);
        if (fixture_feed(s, &ev, -1) != FF_OK)
            exit(3);
        ff_suppressor_set_offset(s, input, (int64_t)n + 1);
        if (n % COMMIT_EVENTS == 0)
            commit(s);
    }
    commit(s);
}

static char *undisturbed(void)
{
    char dir[512];
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    work_off(s, STREAM_EVENTS);
    char *dump = fixture_dump(s);
    ff_suppressor_close(s);
    fixture_remove(dir);
    return dump;
}

static enum ff_err try_open(const char *dir, bool create, bool read_only, struct ff_suppressor **ret, char msg[512])
{
    struct ff_suppressor_options opts = {.state_dir = dir, .create = create, .read_only = read_only, .now_us = FIXTURE_NOW_US};
    msg[0] = 0;
    return ff_suppressor_open(&opts, ret, msg, 512);
}

static void test_folder(void)
{
    char dir[512], sub[600], msg[512];
    struct ff_suppressor *s = NULL, *second = NULL;
    struct stat st;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    snprintf(sub, sizeof(sub), "%s/none", dir);
    CASE("a reader of a state that is not there says so and makes nothing");
    CHECK_INT(try_open(sub, false, true, &s, msg), FF_ERR_NOT_FOUND);
    CHECK(strstr(msg, sub) != NULL, "%s", msg);
    CHECK(stat(sub, &st) != 0, "the folder was made");
    CASE("a folder that holds something else is no state either");
    CHECK_INT(try_open(dir, false, true, &s, msg), FF_ERR_NOT_FOUND);
    CHECK_INT(try_open(dir, false, false, &s, msg), FF_ERR_NOT_FOUND);
    CASE("a folder below one that is not there cannot be made");
    snprintf(sub, sizeof(sub), "%s/none/deeper", dir);
    CHECK_INT(try_open(sub, true, false, &s, msg), FF_ERR_CREATE);
    CASE("a second process is refused while the first is there");
    s = fixture_open(dir, false, false);
    CHECK_INT(try_open(dir, true, false, &second, msg), FF_ERR_EXISTS);
    CHECK(strstr(msg, "in use") != NULL, "%s", msg);
    CASE("an empty state can be read beside its writer");
    CHECK_INT(try_open(dir, false, true, &second, msg), FF_OK);
    ff_suppressor_close(second);
    ff_suppressor_close(s);
    CASE("and afterwards the second may go on");
    CHECK_INT(try_open(dir, true, false, &second, msg), FF_OK);
    ff_suppressor_close(second);
    fixture_remove(dir);
}

#define LOOKS 20000

struct looking {
    const char *dir;
    atomic_bool enough;
};

static void *look(void *arg)
{
    struct looking *l = arg;
    while (!atomic_load(&l->enough))
        (void)ff_store_folder_is_locked(l->dir);
    return NULL;
}

static void test_looking(void)
{
    char dir[512], msg[512] = "";
    pthread_t thread;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct looking l = {.dir = dir};
    const struct ff_store_options opts = {.dir = dir, .create = true};
    int fd = -1, refused = 0;
    CASE("whether a folder is in use is seen while it is, and not afterwards");
    CHECK(!ff_store_folder_is_locked(dir), "nobody has used it");
    CHECK_INT(ff_store_folder_lock(&opts, &fd, msg, sizeof(msg)), FF_OK);
    CHECK(ff_store_folder_is_locked(dir), "its lock is taken");
    CHECK_INT(ff_store_folder_lock(&opts, &fd, msg, sizeof(msg)), FF_ERR_EXISTS);
    close(fd);
    CHECK(!ff_store_folder_is_locked(dir), "it was given back");
    CASE("whoever only looks never keeps a writer out that begins just then");
    if (pthread_create(&thread, NULL, look, &l) != 0)
        exit(3);
    for (int i = 0; i < LOOKS; i++) {
        bool taken = ff_store_folder_lock(&opts, &fd, msg, sizeof(msg)) == FF_OK;
        refused += !taken;
        if (taken)
            close(fd);
    }
    atomic_store(&l.enough, true);
    pthread_join(thread, NULL);
    CHECK_INT(refused, 0);
    fixture_remove(dir);
}

/* As a file system without locks answers; false: filters are not allowed here. */
static bool refuse_locks(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_OFD_SETLK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof(code) / sizeof(*code), .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void test_no_locks(void)
{
    char dir[512], msg[512] = "";
    int status, fd = -1;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    CASE("a file system without locks is said to be one, and not somebody else's use that is worth waiting for");
    const struct ff_store_options opts = {.dir = dir, .create = true};
    pid_t child = fork();
    if (child == 0) {
        if (!refuse_locks())
            _exit(77);
        enum ff_err err = ff_store_folder_lock(&opts, &fd, msg, sizeof(msg));
        _exit(err != FF_ERR_CREATE ? 1 : strstr(msg, "cannot be locked: No locks available") ? 0 : 2);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        printf("skipped: no filters of system calls here\n");
    else
        CHECK_INT(status, 0);
    fixture_remove(dir);
}

static enum ff_err open_as(const char *dir, enum ff_folder_of folder_of, bool commits, char msg[512])
{
    struct ff_suppressor *s = NULL;
    struct ff_suppressor_options opts = {.state_dir = dir, .folder_of = folder_of, .create = true, .now_us = FIXTURE_NOW_US};
    msg[0] = 0;
    enum ff_err err = ff_suppressor_open(&opts, &s, msg, 512);
    if (err == FF_OK && commits)
        err = ff_suppressor_commit(s, msg, 512);
    ff_suppressor_close(s);
    return err;
}

/* A folder of before there were marks; `fill` is what its service left in it. */
static void try_folder_of(const char *what, enum ff_folder_of is, void (*fill)(struct ff_suppressor *s))
{
    char dir[512], msg[512];
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    fill(s);
    fixture_commit(s);
    ff_suppressor_close(s);
    CASE(what);
    for (int twice = 0; twice < 2; twice++) { /* the second time it is marked */
        for (unsigned of = FF_FOLDER_OF_RUN; of <= FF_FOLDER_OF_SERVE; of++) {
            bool fits = is == FF_FOLDER_OF_ANY || of == (unsigned)is;
            if (is == FF_FOLDER_OF_ANY)
                is = (enum ff_folder_of)of;
            CHECK_INT(open_as(dir, (enum ff_folder_of)of, true, msg), fits ? FF_OK : FF_ERR_CONFIG);
            CHECK(fits || (strstr(msg, dir) && strstr(msg, "a folder of its own")), "%s", msg);
        }
        CHECK_INT(open_as(dir, FF_FOLDER_OF_ANY, true, msg), FF_OK);
    }
    fixture_remove(dir);
}

static void fill_nothing(struct ff_suppressor *s)
{
    (void)s;
}

static void fill_run(struct ff_suppressor *s)
{
    struct fixture_event ev = {.category = FF_BAD_MAILBOX, .suppress = true, .id = 1};
    CHECK_INT(fixture_feed(s, &ev, -1), FF_OK);
}

static void fill_suppress(struct ff_suppressor *s)
{
    struct fixture_event ev = {.category = FF_BAD_MAILBOX, .suppress = true, .id = 1};
    CHECK_INT(fixture_feed(s, &ev, 3), FF_OK);
}

static void fill_suppress_position(struct ff_suppressor *s)
{
    ff_suppressor_set_offset(s, FF_SLICE("restore/mail.suppressions.v1/0"), 5);
}

static void fill_serve(struct ff_suppressor *s)
{
    CHECK_INT(ff_suppressor_replicate(s, FF_SLICE("t\x1f*\x1f" "a@example.com"), FF_SLICE("\x28\x01"), 0, 0), FF_OK);
}

static void fill_serve_position(struct ff_suppressor *s)
{
    ff_suppressor_set_offset(s, FF_SLICE("serve/mail.suppressions.v1"), 4);
}

/* A service that ends before it has done anything: its prefix was mistyped, say. */
static void test_start_that_fails(void)
{
    char dir[512], msg[512];
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    CASE("who opens an empty folder and commits nothing leaves it to any other");
    for (unsigned of = FF_FOLDER_OF_RUN; of <= FF_FOLDER_OF_SERVE; of++)
        CHECK_INT(open_as(dir, (enum ff_folder_of)of, false, msg), FF_OK);
    CHECK_INT(open_as(dir, FF_FOLDER_OF_RUN, true, msg), FF_OK);
    CHECK_INT(open_as(dir, FF_FOLDER_OF_SERVE, false, msg), FF_ERR_CONFIG);
    fixture_remove(dir);
}

static void test_folder_of(void)
{
    try_folder_of("an empty folder is whoever's commits to it first", FF_FOLDER_OF_ANY, fill_nothing);
    try_folder_of("states without a partition are run's", FF_FOLDER_OF_RUN, fill_run);
    try_folder_of("states with a partition are suppress's", FF_FOLDER_OF_SUPPRESS, fill_suppress);
    try_folder_of("so is a place in a topic that was restored from", FF_FOLDER_OF_SUPPRESS, fill_suppress_position);
    try_folder_of("copies of what was published are serve's", FF_FOLDER_OF_SERVE, fill_serve);
    try_folder_of("so is a place in the topic it copies", FF_FOLDER_OF_SERVE, fill_serve_position);
}

static void test_reopen(const char *want)
{
    char dir[512], msg[512];
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false), *reader = NULL;
    struct ff_suppressor_stats before, after;
    CASE("an offset nobody set is unknown");
    CHECK_INT(ff_suppressor_offset(s, FF_SLICE("file:other")), -1);
    work_off(s, STREAM_EVENTS / 2);
    CASE("what was not committed is gone after a restart, its offset too");
    struct fixture_event lost = {.to = "lost@example.com", .category = FF_BAD_MAILBOX, .suppress = true, .id = 9};
    CHECK_INT(fixture_feed(s, &lost, -1), FF_OK);
    ff_suppressor_set_offset(s, FF_SLICE("file:other"), 7);
    CHECK_INT(ff_suppressor_offset(s, FF_SLICE("file:other")), 7);
    ff_suppressor_close(s);
    s = fixture_open(dir, false, false);
    CHECK_INT(ff_suppressor_offset(s, FF_SLICE("file:other")), -1);
    CHECK_INT(ff_suppressor_offset(s, FF_SLICE("file:test")), STREAM_EVENTS / 2);
    CASE("the second half after a restart ends at the same bytes");
    work_off(s, STREAM_EVENTS);
    char *dump = fixture_dump(s);
    CHECK(strcmp(dump, want) == 0, "%zu and %zu bytes", strlen(dump), strlen(want));
    free(dump);
    CASE("a reader beside the writer sees the last committed state");
    CHECK_INT(try_open(dir, false, true, &reader, msg), FF_OK);
    dump = fixture_dump(reader);
    CHECK(strcmp(dump, want) == 0, "%zu and %zu bytes", strlen(dump), strlen(want));
    free(dump);
    CASE("and cannot write");
    CHECK_INT(fixture_feed(reader, &lost, -1), FF_OK);
    enum ff_err wrote = ff_suppressor_commit(reader, msg, sizeof(msg));
    CHECK(wrote != FF_OK, "it wrote");
    CHECK_STR(ff_suppressor_why(reader, wrote), "the state is open for reading only");
    CHECK_STR(ff_suppressor_why(reader, FF_ERR_NOMEM), "memory is short");
    CHECK_STR(ff_suppressor_why(reader, FF_ERR_RANGE), "range");
    ff_suppressor_close(reader);
    CASE("everything given again changes nothing");
    ff_suppressor_set_offset(s, FF_SLICE("file:test"), 0);
    ff_suppressor_stats(s, &before);
    work_off(s, STREAM_EVENTS);
    ff_suppressor_stats(s, &after);
    CHECK_INT(after.evidence, before.evidence);
    CHECK_INT(after.added, before.added);
    dump = fixture_dump(s);
    CHECK(strcmp(dump, want) == 0, "%zu and %zu bytes", strlen(dump), strlen(want));
    free(dump);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

/* A writer in a process of its own: forked and executed again, because RocksDB's background threads do not survive a
 * fork and a flush in the child would wait for them for ever. */
struct writer {
    pid_t pid;
    int tell, hear; /* its stdin and stdout */
};

static struct writer start_writer(const char *mode, const char *dir)
{
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        execl("/proc/self/exe", "suppress_store_test", mode, dir, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    return (struct writer){child, to[1], from[0]};
}

static void leave_writer(const struct writer *w)
{
    close(w->tell);
    close(w->hear);
}

/* Kills it while it works on the last of some commits, or waits behind it: no matter how fast the machine is, it
 * had begun and did not end. false: it had not. */
static bool kill_writer(const char *dir, size_t commits, useconds_t later_us)
{
    char bytes[KILL_COMMITS_MAX] = {0};
    size_t done = 0;
    struct writer w = start_writer("once", dir);
    bool told = write(w.tell, bytes, commits) == (ssize_t)commits;
    while (told && done + 1 < commits && read(w.hear, bytes, 1) == 1)
        done++;
    usleep(later_us); /* any moment will do */
    kill(w.pid, SIGKILL);
    waitpid(w.pid, NULL, 0);
    leave_writer(&w);
    return done + 1 == commits;
}

static void be_writer(const char *mode, const char *dir)
{
    is_writer = true;
    if (strcmp(mode, "once") == 0) {
        work_off(fixture_open(dir, false, false), STREAM_EVENTS);
        _exit(0); /* without closing: as if killed behind the last commit */
    }
    for (size_t end = 200; end <= STREAM_EVENTS; end += 200) {
        struct ff_suppressor *s = fixture_open(dir, false, false);
        work_off(s, end);
        ff_suppressor_close(s);
    }
    _exit(0);
}

static void test_kills(const char *want)
{
    char dir[512];
    struct fixture_random r = {42};
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    CASE("killed at random moments and started again: the undisturbed bytes");
    for (unsigned i = 0; i < KILLS; i++)
        CHECK(kill_writer(dir, 2 + fixture_below(&r, KILL_COMMITS_MAX - 1), (useconds_t)fixture_below(&r, 3000)), "kill %u came too early", i);
    struct ff_suppressor *s = fixture_open(dir, false, false);
    work_off(s, STREAM_EVENTS);
    char *dump = fixture_dump(s);
    CHECK(strcmp(dump, want) == 0, "%zu and %zu bytes", strlen(dump), strlen(want));
    free(dump);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

/* Readers come and go while another process writes, flushes and reopens. */
static void test_readers(void)
{
    char dir[512], msg[512];
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    fixture_commit(s);
    ff_suppressor_close(s);
    struct writer w = start_writer("often", dir);
    CASE("a reader beside a busy writer sees ever more, or is told to try again");
    size_t last = 0, opened = 0;
    int status = 0;
    while (waitpid(w.pid, &status, WNOHANG) == 0) {
        if (write(w.tell, "", 1) != 1) /* it waits for each look, or it might end before the first */
            continue;                  /* it has ended meanwhile */
        enum ff_err err = try_open(dir, false, true, &s, msg);
        CHECK(err == FF_OK || err == FF_ERR_EXISTS, "%s: %s", ff_err_name(err), msg);
        if (err)
            continue;
        char *dump = fixture_dump(s);
        CHECK(strlen(dump) + 8000 >= last && !strstr(dump, "failed"), "%zu bytes after %zu", strlen(dump), last);
        last = strlen(dump);
        opened++;
        free(dump);
        ff_suppressor_close(s);
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the writer: %d", status);
    CHECK(opened > 0, "never opened");
    leave_writer(&w);
    fixture_remove(dir);
}

static void test_full_disk(const char *want)
{
    char dir[512], state[600], msg[512] = "";
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    snprintf(state, sizeof(state), "%s/state", dir);
    if (mount("tmpfs", dir, "tmpfs", 0, "size=300k") != 0) {
        printf("skipped: a full disk (may not mount one: %s)\n", strerror(errno));
        fixture_remove(dir);
        return;
    }
    CASE("a full disk is FF_ERR_IO with words, and FF_ERR_IO it stays");
    char to[64];
    struct fixture_event ev;
    struct ff_suppressor *s = NULL;
    enum ff_err err = try_open(state, true, false, &s, msg);
    for (size_t n = 0; !err && n < STREAM_EVENTS; n++) {
        stream_event(n, to, &ev);
        err = fixture_feed(s, &ev, -1);
        ff_suppressor_set_offset(s, FF_SLICE("file:test"), (int64_t)n + 1);
        if (!err && n % COMMIT_EVENTS == 0)
            err = ff_suppressor_commit(s, msg, sizeof(msg));
    }
    CHECK_INT(err, FF_ERR_IO);
    CHECK(strstr(msg, "No space left") != NULL, "%s", msg);
    CHECK_INT(s ? ff_suppressor_commit(s, msg, sizeof(msg)) : FF_ERR_IO, FF_ERR_IO);
    ff_suppressor_close(s);
    CASE("still full: what was committed can be read");
    err = try_open(state, false, true, &s, msg);
    CHECK(err == FF_OK, "%s: %s", ff_err_name(err), msg);
    if (!err)
        ff_suppressor_close(s);
    CASE("with room again nothing is lost");
    CHECK_INT(mount("tmpfs", dir, "tmpfs", MS_REMOUNT, "size=100m"), 0);
    s = fixture_open(state, false, false);
    work_off(s, STREAM_EVENTS);
    char *dump = fixture_dump(s);
    CHECK(strcmp(dump, want) == 0, "%zu and %zu bytes", strlen(dump), strlen(want));
    free(dump);
    ff_suppressor_close(s);
    umount(dir);
    fixture_remove(dir);
}

static void test_batch_bound(void)
{
    char dir[512], to[64];
    struct ff_suppressor_stats st;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    CASE("a batch that grows to its bound writes itself");
    for (unsigned n = 0; n < FF_SUPPRESS_BATCH_KEYS + 10; n++) {
        snprintf(to, sizeof(to), "user%u@example.com", n);
        struct fixture_event ev = {.to = to, .id = 1, .category = FF_BAD_MAILBOX, .suppress = true};
        CHECK_INT(fixture_feed(s, &ev, -1), FF_OK);
    }
    ff_suppressor_close(s);
    s = fixture_open(dir, false, false);
    ff_suppressor_stats(s, &st);
    CHECK_INT(st.active, FF_SUPPRESS_BATCH_KEYS);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        be_writer(argv[1], argv[2]);
    signal(SIGPIPE, SIG_IGN); /* a writer may have ended when it is told to go on */
    char *want = undisturbed();
    test_folder();
    test_folder_of();
    test_start_that_fails();
    test_looking();
    test_no_locks();
    test_reopen(want);
    test_kills(want);
    test_readers();
    test_full_disk(want);
    test_batch_bound();
    free(want);
    return test_end();
}
