/* published.c: mail.suppressions.v1 read to its end, last record per key, sorted: `export` and `release` with
 * --brokers.
 *
 * The topic may hold more than memory, and must come out in the order of the keys, so it goes through a store in
 * $TMPDIR that is removed afterwards: about the size of the topic. A sort in memory was refused, since 20 million
 * entries a partition would need 10 GB.
 */
#include "suppress/operator/topic_copy.h"

#define COMMIT_RECORDS 20000

struct published {
    struct ff_topic_reading reading;
    struct ff_topic_copy copy;
    size_t records;
};

struct filter {
    const struct published *pub;
    bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state);
    void *ctx;
};

static enum ff_err commit(struct published *pub)
{
    char why[256];
    return ff_suppressor_commit(pub->copy.store, why, sizeof why);
}

static enum ff_err on_record(void *ctx, const struct ff_broker_record *r)
{
    struct published *pub = ctx;
    enum ff_err err = ff_suppressor_replicate(pub->copy.store, r->key, r->value, r->partition, 0);
    if (err != FF_OK && !ff_topic_is_foreign_record(err))
        return err;
    return ++pub->records % COMMIT_RECORDS == 0 ? commit(pub) : FF_OK;
}

static int read_topic(struct published *pub)
{
    int status = ff_topic_read(&pub->reading);
    enum ff_err err = pub->reading.failed;
    if (status == FF_EXIT_OK)
        err = commit(pub);
    return err == FF_OK ? status : ff_topic_copy_failed(&pub->copy, &pub->reading, err);
}

static bool only_active(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    const struct filter *f = ctx;
    struct ff_suppression s;
    if (ff_topic_is_stopped(&f->pub->reading))
        return false;
    if (!suppression.len || ff_suppression_decode(suppression, &s) != FF_OK || s.state != FF_STATE_ACTIVE)
        return true;
    return f->each(f->ctx, key, suppression, state);
}

static int scan(struct published *pub, struct ff_slice tenant, struct filter *f)
{
    struct ff_topic_reading *t = &pub->reading;
    struct ff_lookup *l = ff_lookup_new(pub->copy.store);
    if (!l)
        return ff_topic_complain(t, FF_EXIT_OSERR, "memory is short");
    enum ff_err err = ff_lookup_scan(l, tenant, only_active, f);
    ff_lookup_free(l);
    if (ff_topic_is_stopped(t))
        return ff_topic_interrupted(t);
    return err == FF_OK ? FF_EXIT_OK
                        : ff_topic_complain(t, ff_err_exit_status(err), "%s: cannot read", pub->copy.dir);
}

int ff_suppressions_read(const struct ff_suppress_options *opts, struct ff_slice tenant,
                         bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression,
                                      struct ff_slice state),
                         void *ctx, char *ret_message, size_t size)
{
    struct published pub = {.reading = {.opts = opts, .topic = FF_TOPIC_SUPPRESSIONS, .each = on_record,
                                        .ctx = &pub, .message = ret_message, .message_size = size}};
    struct filter f = {&pub, each, ctx};
    int status = ff_topic_copy_open(&pub.copy, FF_FOLDER_OF_SERVE, &pub.reading);
    if (status)
        return status;
    status = read_topic(&pub);
    if (status == FF_EXIT_OK)
        status = scan(&pub, tenant, &f);
    ff_topic_copy_close(&pub.copy);
    return status;
}
