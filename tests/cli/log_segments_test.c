/* log_segments_test.c: a followed folder gets segments and loses them for ever: what is kept of it, in memory and
 * in the state, is bounded by what is in it now. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/logs/log_inputs.h"
#include "cli/logs/log_slots.h"
#include "tests/test.h"

#define BATCH 400        /* segments a round; three rounds are more than there are slots */
#define ROUNDS 3
#define ROWS_A_SEGMENT 5 /* in the state: where it was left, and that it is of the folder */

static char folder[64];

struct followed {
    struct ff_suppressor *state;
    struct ff_log_inputs *inputs;
    uint64_t results;
};

static const char *segment(unsigned n)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/logs/%06u", folder, n);
    return path;
}

static void write_segment(unsigned n)
{
    FILE *f = fopen(segment(n), "w");
    if (!f)
        abort();
    fprintf(f, "{\"kind\":\"delivery\",\"event_time\":\"2026-08-06T08:00:00Z\",\"recipient\":\"r%u@example.net\",\"tenant_id\":\"acme\"}\n", n);
    fclose(f);
}

static void on_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct followed *f = ctx;
    (void)ev, (void)v, (void)record;
    f->results++;
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx, (void)record;
    CHECK(false, "dead letter: %s", dead->message);
}

static void follow(struct followed *f)
{
    static char spec[96]; /* borrowed until close */
    char state[80], message[512];
    const char *items[] = {spec};
    struct ff_option_list specs = {.items = items, .count = 1};
    struct ff_decode_options decode = {.default_tenant = FF_SLICE("default")};
    struct ff_pipeline_sink sink = {f, on_result, on_dead};
    snprintf(state, sizeof state, "%s/state", folder);
    snprintf(spec, sizeof spec, "json:%s/logs", folder);
    struct ff_suppressor_options opts = {.state_dir = state, .folder_of = FF_FOLDER_OF_RUN, .create = true};
    if (ff_suppressor_open(&opts, &f->state, message, sizeof message) != FF_OK ||
        ff_log_inputs_open(&f->inputs, &specs, true, &decode, NULL, &sink, f->state) != 0)
        abort();
    f->results = 0;
}

static void commit(struct followed *f)
{
    char message[512];
    ff_log_inputs_mark(f->inputs);
    CHECK_INT(ff_suppressor_commit(f->state, message, sizeof message), FF_OK);
}

static void leave(struct followed *f)
{
    commit(f);
    ff_log_inputs_close(f->inputs);
    ff_suppressor_close(f->state);
}

static bool count_row(void *ctx, struct ff_slice input)
{
    (void)input;
    ++*(size_t *)ctx;
    return true;
}

static size_t rows(const struct followed *f)
{
    size_t count = 0;
    CHECK_INT(ff_suppressor_each_offset(f->state, (struct ff_slice){NULL, 0}, count_row, &count), FF_OK);
    return count;
}

static bool has_read(const struct followed *f, size_t results)
{
    return f->results >= results;
}

static bool has_at_most(const struct followed *f, size_t most)
{
    return rows(f) <= most;
}

/* Reads and commits until it is so, however long that takes here; what was read is committed then. */
static void until(struct followed *f, bool (*is_so)(const struct followed *f, size_t n), size_t n)
{
    for (unsigned tries = 0; tries < 3000 && !is_so(f, n); tries++) {
        if (ff_log_inputs_step(f->inputs, 256) == FF_LOG_IDLE) {
            commit(f);
            ff_log_inputs_wait(f->inputs, -1, 20);
        }
    }
    commit(f);
    CHECK(is_so(f, n), "results %llu, rows %zu, wanted %zu", (unsigned long long)f->results, rows(f), n);
}

static void test_bounded(void)
{
    struct followed f;
    CASE("a thousand segments that came and went leave no rows and take no slots");
    follow(&f);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < BATCH; i++)
            write_segment(round * BATCH + i);
        until(&f, has_read, (round + 1) * BATCH);
        for (unsigned i = 0; i + 1 < BATCH; i++)
            unlink(segment(round * BATCH + i));
        until(&f, has_at_most, ROWS_A_SEGMENT * (round + 2));
        CHECK(f.inputs->count <= FF_LOG_INPUTS_MAX, "%zu slots", f.inputs->count);
    }
    leave(&f);
    CASE("nor do those that went while nobody looked; what stays is known");
    unlink(segment(BATCH - 1));
    follow(&f);
    until(&f, has_at_most, ROWS_A_SEGMENT * 2);
    write_segment(ROUNDS * BATCH);
    until(&f, has_read, 1);
    leave(&f);
}

static void test_inode(void)
{
    struct followed f;
    CASE("an inode that one segment after another gets is that of the last one");
    follow(&f);
    size_t before = rows(&f);
    for (unsigned i = 1; i <= 4; i++) {
        char from[128];
        write_segment(ROUNDS * BATCH + i);
        until(&f, has_read, 2 * i - 1);
        snprintf(from, sizeof from, "%s", segment(ROUNDS * BATCH + i));
        FILE *other = fopen(from, "r+"); /* the same file, another first line, another name */
        if (!other || fprintf(other, "{\"kind\":\"delivery\",\"event_time\":\"2026-08-06T08:00:%02uZ\"", i) < 0 || fclose(other) != 0 ||
            rename(from, segment(ROUNDS * BATCH + 100 + i)) != 0)
            abort();
        until(&f, has_read, 2 * i);
        unlink(segment(ROUNDS * BATCH + 100 + i));
    }
    write_segment(ROUNDS * BATCH + 200);
    until(&f, has_read, 9);
    until(&f, has_at_most, before + ROWS_A_SEGMENT);
    leave(&f);
}

static void test_back(void)
{
    struct followed f;
    char away[128];
    CASE("a segment that was gone and comes back is read from its start, when the program is started");
    snprintf(away, sizeof away, "%s/away", folder);
    follow(&f);
    size_t before = rows(&f);
    write_segment(ROUNDS * BATCH + 300);
    write_segment(ROUNDS * BATCH + 301);
    until(&f, has_read, 2);
    rename(segment(ROUNDS * BATCH + 300), away);
    until(&f, has_at_most, before + ROWS_A_SEGMENT);
    leave(&f);
    rename(away, segment(ROUNDS * BATCH + 300));
    follow(&f);
    until(&f, has_read, 1);
    CHECK_INT(f.results, 1);
    leave(&f);
}

static void write_lines(const char *name, unsigned first, unsigned count)
{
    char path[128];
    snprintf(path, sizeof path, "%s/logs/%s", folder, name);
    FILE *f = fopen(path, "a");
    if (!f)
        abort();
    for (unsigned i = 0; i < count; i++)
        fprintf(f, "{\"kind\":\"delivery\",\"event_time\":\"2026-08-06T08:00:00Z\",\"recipient\":\"m%u@example.net\",\"tenant_id\":\"acme\"}\n",
                first + i);
    fclose(f);
}

static void test_rotated(void)
{
    struct followed f;
    char command[256];
    CASE("a log that is rotated again and again leaves rows of its files that are there, whichever way that is done");
    follow(&f);
    size_t before = rows(&f);
    for (unsigned i = 0; i < 12; i++) {
        write_lines("mail.log", 10 * i, 3);
        until(&f, has_read, 3 * (i + 1));
        snprintf(command, sizeof command, "cd %s/logs && rm -f mail.log.2.gz && { [ ! -e mail.log.1 ] || { mv mail.log.1 mail.log.2 && gzip mail.log.2; }; } && %s",
                 folder, i % 2 ? "mv mail.log mail.log.1 && : >mail.log" : "cp mail.log mail.log.1 && : >mail.log");
        if (system(command) != 0)
            abort();
    }
    until(&f, has_at_most, before + ROWS_A_SEGMENT * 4);
    CHECK_INT(f.results, 36);
    leave(&f);
}

static void test_unmounted(void)
{
    struct followed f;
    char logs[80], away[80];
    CASE("of a folder that is empty, as if its disk were not mounted, nothing is forgotten");
    snprintf(logs, sizeof logs, "%s/logs", folder);
    snprintf(away, sizeof away, "%s/mounted", folder);
    if (rename(logs, away) != 0 || mkdir(logs, 0700) != 0)
        abort();
    follow(&f);
    size_t before = rows(&f);
    for (unsigned tries = 0; tries < 3; tries++)
        if (ff_log_inputs_step(f.inputs, 256) == FF_LOG_IDLE)
            commit(&f);
    CHECK_INT(rows(&f), before);
    leave(&f);
    if (rmdir(logs) != 0 || rename(away, logs) != 0)
        abort();
    follow(&f);
    write_segment(ROUNDS * BATCH + 400);
    until(&f, has_read, 1);
    CHECK_INT(f.results, 1);
    leave(&f);
}

int main(void)
{
    char command[128], logs[80];
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/ff-segments-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(folder))
        abort();
    snprintf(logs, sizeof logs, "%s/logs", folder);
    if (mkdir(logs, 0700) != 0)
        abort();
    test_bounded();
    test_inode();
    test_back();
    test_rotated();
    test_unmounted();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        printf("%s is left\n", folder);
    return test_end();
}
