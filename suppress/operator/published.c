/* published.c: mail.suppressions.v1 read to its end, last record per key, sorted: `export` and `release` with
 * --brokers.
 *
 * The topic may hold more than memory, and must come out in the order of the keys, so it goes through a store in
 * $TMPDIR that is removed afterwards: about the size of the topic. A sort in memory was refused, since 20 million
 * entries a partition would need 10 GB.
 */
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/clock.h"
#include "suppress/broker/broker.h"

#define START_MS 30000
#define ANSWER_MS 5000
/** Nothing came for so long: the broker went away. */
#define SILENCE_MS 30000
#define COMMIT_RECORDS 20000

struct published {
    const struct ff_suppress_options *opts;
    struct ff_broker *reader;
    struct ff_suppressor *store;
    struct ff_broker_place *ends;
    int32_t count;
    char dir[4096];
    char *message; /* the caller's */
    size_t message_size;
};

struct filter {
    const struct published *pub;
    bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state);
    void *ctx;
};

static int complain(struct published *pub, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int complain(struct published *pub, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(pub->message, pub->message_size, format, args);
    va_end(args);
    return status;
}

static bool is_stopped(const struct published *pub)
{
    return pub->opts->stop && *pub->opts->stop;
}

static int interrupted(struct published *pub)
{
    return complain(pub, FF_EXIT_TEMPFAIL, "interrupted");
}

static int find_ends(struct published *pub)
{
    static const enum ff_topic topic = FF_TOPIC_SUPPRESSIONS;
    char why[FF_BROKER_ANSWER_MAX];
    enum ff_err err =
        ff_broker_partitions(pub->reader, &topic, 1, START_MS, pub->opts->stop, &pub->count, why, sizeof why);
    if (err != FF_OK && is_stopped(pub))
        return interrupted(pub);
    if (err != FF_OK) {
        char text[FF_BROKER_ANSWER_MAX];
        int status = ff_broker_no_partitions(err, pub->opts->brokers, why, text, sizeof text);
        return complain(pub, status, "%s", text);
    }
    pub->ends = calloc((size_t)pub->count * 2, sizeof *pub->ends);
    if (!pub->ends)
        return complain(pub, FF_EXIT_OSERR, "memory is short");
    for (int32_t p = 0; p < pub->count; p++)
        pub->ends[p] = (struct ff_broker_place){topic, p, 0};
    /* Partitions that were made a moment ago have no leader to ask yet. */
    int64_t until = ff_steady_ms() + START_MS;
    while ((err = ff_broker_ends(pub->reader, pub->ends, (size_t)pub->count, ANSWER_MS)) != FF_OK &&
           ff_steady_ms() < until && !is_stopped(pub))
        ff_broker_poll(pub->reader, 100);
    if (err != FF_OK && is_stopped(pub))
        return interrupted(pub);
    if (err != FF_OK)
        return complain(pub, FF_EXIT_UNAVAILABLE, "the broker does not say where the topic ends");
    struct ff_broker_place *from = pub->ends + pub->count;
    size_t n = 0;
    for (int32_t p = 0; p < pub->count; p++)
        if (pub->ends[p].offset > 0)
            from[n++] = (struct ff_broker_place){topic, p, FF_OFFSET_BEGINNING};
    if (ff_broker_read_from(pub->reader, from, n) != FF_OK)
        return complain(pub, FF_EXIT_SOFTWARE, "librdkafka refuses to read the suppressions");
    return FF_EXIT_OK;
}

static int read_all(struct published *pub)
{
    char why[256];
    int32_t open = 0;
    size_t n = 0;
    enum ff_err err = FF_OK;
    for (int32_t p = 0; p < pub->count; p++)
        open += pub->ends[p].offset > 0;
    int64_t last = ff_steady_ms();
    while (open > 0 && err == FF_OK) {
        struct ff_broker_record r;
        ff_broker_poll(pub->reader, 0);
        if (is_stopped(pub))
            return interrupted(pub);
        if (!ff_broker_read(pub->reader, 100, &r)) {
            if (ff_steady_ms() - last > SILENCE_MS)
                return complain(pub, FF_EXIT_UNAVAILABLE, "the broker at %s no longer answers", pub->opts->brokers);
            continue;
        }
        last = ff_steady_ms();
        struct ff_broker_place *end = &pub->ends[r.partition];
        /* What came after the beginning is left out, so that the end is one moment for all partitions. */
        if (!r.end && end->offset > 0 && r.offset < end->offset)
            err = ff_suppressor_replicate(pub->store, r.key, r.value, r.partition, 0);
        if (err == FF_ERR_SYNTAX || err == FF_ERR_TRUNCATED || err == FF_ERR_RANGE || err == FF_ERR_TOO_LARGE)
            err = FF_OK; /* a record that is none of ours suppresses nobody */
        if (end->offset > 0 && (r.end ? r.offset : r.offset + 1) >= end->offset) {
            end->offset = 0;
            open--;
        }
        ff_broker_release(&r);
        if (err == FF_OK && (++n % COMMIT_RECORDS == 0 || open == 0))
            err = ff_suppressor_commit(pub->store, why, sizeof why);
    }
    if (err == FF_OK)
        return FF_EXIT_OK;
    return complain(pub, ff_err_exit_status(err), "%s: %s; set TMPDIR to a folder with room for the list", pub->dir,
                    ff_suppressor_why(pub->store, err));
}

static bool only_active(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    const struct filter *f = ctx;
    struct ff_suppression s;
    if (is_stopped(f->pub))
        return false;
    if (!suppression.len || ff_suppression_decode(suppression, &s) != FF_OK || s.state != FF_STATE_ACTIVE)
        return true;
    return f->each(f->ctx, key, suppression, state);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int scan(struct published *pub, struct ff_slice tenant, struct filter *f)
{
    struct ff_lookup *l = ff_lookup_new(pub->store);
    if (!l)
        return complain(pub, FF_EXIT_OSERR, "memory is short");
    enum ff_err err = ff_lookup_scan(l, tenant, only_active, f);
    ff_lookup_free(l);
    if (is_stopped(pub))
        return interrupted(pub);
    return err == FF_OK ? FF_EXIT_OK : complain(pub, ff_err_exit_status(err), "%s: cannot read", pub->dir);
}

int ff_suppressions_read(const struct ff_suppress_options *opts, struct ff_slice tenant,
                         bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression,
                                      struct ff_slice state),
                         void *ctx, char *ret_message, size_t size)
{
    struct published pub = {.opts = opts, .message = ret_message, .message_size = size};
    struct filter f = {&pub, each, ctx};
    const char *tmp = getenv("TMPDIR");
    char why[512] = "";
    snprintf(pub.dir, sizeof pub.dir, "%s/fivefifty-export-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(pub.dir))
        return complain(&pub, FF_EXIT_CANTCREAT, "%s: cannot make a folder there (set TMPDIR)", pub.dir);
    struct ff_suppressor_options store = {.state_dir = pub.dir, .folder_of = FF_FOLDER_OF_SERVE, .create = true};
    enum ff_err err = ff_suppressor_open(&store, &pub.store, why, sizeof why);
    if (err == FF_OK)
        err = ff_broker_open(opts, FF_BROKER_READER, NULL, &pub.reader, why, sizeof why);
    int status = err == FF_OK ? find_ends(&pub) : complain(&pub, ff_err_exit_status(err), "%s", why);
    if (status == FF_EXIT_OK)
        status = read_all(&pub);
    ff_broker_close(pub.reader, 2000);
    if (status == FF_EXIT_OK)
        status = scan(&pub, tenant, &f);
    if (pub.store)
        ff_suppressor_close(pub.store);
    free(pub.ends);
    nftw(pub.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return status;
}
