/* serve.c: a read replica of mail.suppressions.v1, near the MTAs.
 *
 * All partitions go into a local store; the offsets are in the same write, so a restart continues where it was.
 * Look-ups are answered from the store alone: while the broker is away the answers grow old, nothing else. A restart
 * without a broker answers too (what was known), but /readyz says 503 until the ends of the partitions have been seen
 * once.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "suppress/broker_int.h"

#define START_FRESH_MS 30000 /* without a state of our own there is nothing to answer with */
#define START_KNOWN_MS 3000
#define READ_PER_TURN 1024
#define COMMIT_MS 5 /* commits are this far apart at least */
#define COMPLAIN_MS 30000
#define ASK_MS 1000 /* while no broker answers, they are asked this far apart */

struct replica {
    const struct ff_suppress_options *opts;
    struct ff_suppressor *store;
    struct ff_broker *reader;
    int32_t count;
    int64_t *position, *stored; /* by partition: next to be read; as the store knows it */
    bool *caught_up;
    bool uncommitted;
    bool away;        /* that no broker answers was said */
    int64_t asked_ms; /* when they were last asked whether they are back */
    atomic_bool ready;
    atomic_uint_fast64_t records, lag;
};

static int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int complain(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("fivefifty serve: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return status;
}

static struct ff_slice offset_name(const struct replica *r, int32_t partition, char *buf, size_t size)
{
    const char *topic = ff_broker_topic_name(r->reader, FF_TOPIC_SUPPRESSIONS);
    int n =
        partition < 0 ? snprintf(buf, size, "serve/%s", topic) : snprintf(buf, size, "serve/%s/%d", topic, partition);
    return ff_slice_of(buf, (size_t)n);
}

/* How many partitions there are: the broker's word, else what the store remembers from an earlier run. */
static int find_partitions(struct replica *r)
{
    static const enum ff_topic topic = FF_TOPIC_SUPPRESSIONS;
    char why[300], name[300];
    int64_t known = ff_suppressor_offset(r->store, offset_name(r, -1, name, sizeof name));
    enum ff_err err = ff_broker_partitions(r->reader, &topic, 1, known > 0 ? START_KNOWN_MS : START_FRESH_MS,
                                           r->opts->stop, &r->count, why, sizeof why);
    if (err == FF_ERR_UNAVAILABLE && *r->opts->stop)
        return FF_EXIT_OK;
    if (err != FF_OK) {
        char text[512];
        int status = ff_broker_no_partitions(err, r->opts->brokers, why, text, sizeof text);
        if (err != FF_ERR_UNAVAILABLE || known <= 0)
            return complain(status, err == FF_ERR_UNAVAILABLE ? "%s; and nothing is known from an earlier run" : "%s", text);
        r->count = (int32_t)known;
        r->away = true;
        complain(0, "%s; answering from what was known", text);
    }
    ff_suppressor_set_offset(r->store, offset_name(r, -1, name, sizeof name), r->count);
    return FF_EXIT_OK;
}

static int read_from_store(struct replica *r)
{
    char name[300];
    r->position = calloc((size_t)r->count, sizeof *r->position);
    r->stored = calloc((size_t)r->count, sizeof *r->stored);
    r->caught_up = calloc((size_t)r->count, sizeof *r->caught_up);
    struct ff_broker_place *places = calloc((size_t)r->count, sizeof *places);
    if (!r->position || !r->stored || !r->caught_up || !places) {
        free(places);
        return complain(FF_EXIT_SOFTWARE, "memory is short");
    }
    for (int32_t p = 0; p < r->count; p++) {
        r->position[p] = r->stored[p] = ff_suppressor_offset(r->store, offset_name(r, p, name, sizeof name));
        places[p] = (struct ff_broker_place){FF_TOPIC_SUPPRESSIONS, p,
                                             r->position[p] >= 0 ? r->position[p] : FF_OFFSET_BEGINNING};
    }
    enum ff_err err = ff_broker_read_from(r->reader, places, (size_t)r->count);
    free(places);
    return err == FF_OK ? FF_EXIT_OK : complain(FF_EXIT_SOFTWARE, "librdkafka refuses to read the suppressions");
}

static enum ff_err take(struct replica *r, const struct ff_broker_record *rec)
{
    if (rec->topic != FF_TOPIC_SUPPRESSIONS || rec->partition >= r->count)
        return FF_OK;
    if (rec->end) {
        r->caught_up[rec->partition] = true;
        r->position[rec->partition] = rec->offset;
        return FF_OK;
    }
    enum ff_err err = ff_suppressor_replicate(r->store, rec->key, rec->value, rec->partition);
    r->position[rec->partition] = rec->offset + 1;
    r->uncommitted = true;
    atomic_fetch_add_explicit(&r->records, 1, memory_order_relaxed);
    bool environment = err == FF_ERR_IO || err == FF_ERR_NOMEM || err == FF_ERR_DEFECT || err == FF_ERR_CONFIG;
    return environment ? err : FF_OK; /* foreign records: not ours */
}

static int commit(struct replica *r)
{
    char why[256], name[300];
    for (int32_t p = 0; p < r->count; p++)
        if (r->position[p] != r->stored[p]) {
            ff_suppressor_set_offset(r->store, offset_name(r, p, name, sizeof name), r->position[p]);
            r->stored[p] = r->position[p];
        }
    enum ff_err err = ff_suppressor_commit(r->store, why, sizeof why);
    r->uncommitted = false;
    return err == FF_OK ? FF_EXIT_OK : complain(ff_err_exit_status(err), "%s", why);
}

static void look_around(struct replica *r, int64_t now, int64_t *last_complaint)
{
    char why[256];
    uint64_t lag = 0;
    bool all = true;
    for (int32_t p = 0; p < r->count; p++) {
        int64_t end = ff_broker_end_seen(r->reader, FF_TOPIC_SUPPRESSIONS, p);
        if (end > r->position[p])
            lag += (uint64_t)(end - (r->position[p] > 0 ? r->position[p] : 0));
        all &= r->caught_up[p];
    }
    atomic_store(&r->lag, lag);
    if (all && !r->uncommitted)
        atomic_store(&r->ready, true);
    if (ff_broker_complaint(r->reader, why, sizeof why) &&
        (*last_complaint == 0 || now - *last_complaint > COMPLAIN_MS)) {
        *last_complaint = now;
        r->away |= ff_broker_is_away(r->reader);
        complain(0, "Kafka: %s (going on trying; answering from what is known)", why);
    }
    if (r->away && now - r->asked_ms >= ASK_MS) {
        r->asked_ms = now;
        if (ff_broker_answers(r->reader)) {
            r->away = false;
            *last_complaint = 0;
            complain(0, "the brokers are back");
        }
    }
}

static int loop(struct replica *r)
{
    int64_t last_commit = 0, last_look = 0, last_complaint = 0;
    int status = FF_EXIT_OK;
    while (!*r->opts->stop && status == FF_EXIT_OK) {
        struct ff_broker_record rec;
        size_t n = 0;
        int64_t left = r->uncommitted ? last_commit + COMMIT_MS - ff_broker_now_ms() : 20;
        ff_broker_poll(r->reader, 0);
        for (; n < READ_PER_TURN && status == FF_EXIT_OK &&
               ff_broker_read(r->reader, n || left < 0 ? 0 : (int)left, &rec);
             n++) {
            enum ff_err err = take(r, &rec);
            if (err != FF_OK)
                status = complain(ff_err_exit_status(err), err == FF_ERR_CONFIG ? "%s: holds rows of another service" : "%s: cannot write",
                                  r->opts->state_dir);
            ff_broker_release(&rec);
        }
        int64_t now = ff_broker_now_ms();
        if (r->uncommitted && status == FF_EXIT_OK && now - last_commit >= COMMIT_MS) {
            status = commit(r);
            last_commit = now;
        }
        if (now - last_look >= 100) {
            last_look = now;
            look_around(r, now, &last_complaint);
        }
    }
    return status == FF_EXIT_OK ? commit(r) : status;
}

static bool is_ready(void *ctx)
{
    struct replica *r = ctx;
    return atomic_load(&r->ready);
}

static void metrics(void *ctx, FILE *f)
{
    struct replica *r = ctx;
    struct ff_suppressor_stats st;
    ff_suppressor_stats(r->store, &st);
    fprintf(f, "# TYPE fivefifty_serve_active gauge\nfivefifty_serve_active %" PRIu64 "\n", st.active);
    fprintf(f, "# TYPE fivefifty_serve_records_total counter\nfivefifty_serve_records_total %" PRIuFAST64 "\n",
            atomic_load(&r->records));
    fprintf(f, "# TYPE fivefifty_serve_lag_records gauge\nfivefifty_serve_lag_records %" PRIuFAST64 "\n",
            atomic_load(&r->lag));
    fprintf(f, "# TYPE fivefifty_serve_ready gauge\nfivefifty_serve_ready %d\n", is_ready(r) ? 1 : 0);
}

int ff_serve_run(const struct ff_suppress_options *opts)
{
    struct replica r = {.opts = opts};
    struct ff_suppressor_options store = {.state_dir = opts->state_dir, .folder_of = FF_FOLDER_OF_SERVE, .create = true};
    struct ff_api_options web = {.listen = opts->listen, .ready = is_ready, .metrics = metrics, .ctx = &r};
    struct ff_api *api = NULL;
    char why[512] = "";
    enum ff_err err = ff_suppressor_open(&store, &r.store, why, sizeof why);
    if (err == FF_OK)
        err = ff_broker_open(opts, FF_BROKER_READER, NULL, &r.reader, why, sizeof why);
    web.suppressor = r.store;
    if (err == FF_OK)
        err =
            ff_api_start(&web, &api, why, sizeof why); /* before the broker is looked for: what is known can be asked */
    int status = err == FF_OK ? find_partitions(&r) : complain(ff_err_exit_status(err), "%s", why);
    if (status == FF_EXIT_OK && r.count > 0)
        status = read_from_store(&r);
    if (status == FF_EXIT_OK && r.count > 0)
        status = loop(&r);
    if (api)
        ff_api_stop(api);
    ff_broker_close(r.reader, 2000);
    if (r.store)
        ff_suppressor_close(r.store);
    free(r.position);
    free(r.stored);
    free(r.caught_up);
    return status;
}
