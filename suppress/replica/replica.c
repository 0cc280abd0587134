/* replica.c: a read replica of mail.suppressions.v1, near the MTAs.
 *
 * Look-ups are answered from the local copy alone, as soon as it was complete once: while the broker or the topic is
 * away, or the disk is full, the answers grow old, nothing else. /readyz says 503 until all that was published has
 * been read, and whenever the copy cannot be kept up for a reason that somebody must see to.
 */
#include "suppress/replica/replica_int.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "proto/clock.h"
#include "proto/message.h"
#include "proto/metric_text.h"

#define PROGRAM "fivefifty serve"
#define START_FRESH_MS 30000 /* without a state of our own there is nothing to answer with */
#define READ_PER_TURN 1024
#define COMMIT_MS 5 /* commits are this far apart at least */
#define PLACE_MS 1000
#define COMPLAIN_MS 30000
#define ASK_MS 1000 /* while no broker answers, they are asked this far apart */
/** A copy that could not be written is opened again after so long, twice as long each time, and when there is some
 * room. */
#define RETRY_MS 5000
#define RETRY_MOST_MS 300000
#define ROOM_BYTES ((uint64_t)16 << 20)

int ff_replica_say(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ff_message_args(status ? FF_SEVERITY_ERROR : FF_SEVERITY_WARNING, PROGRAM, format, args);
    va_end(args);
    return status;
}

void ff_replica_complain(struct replica *r, const char *format, ...)
{
    va_list args;
    int64_t now = ff_steady_ms();
    if (r->complained_ms && now - r->complained_ms <= COMPLAIN_MS)
        return;
    r->complained_ms = now;
    va_start(args, format);
    ff_message_args(FF_SEVERITY_WARNING, PROGRAM, format, args);
    va_end(args);
}

void ff_replica_lacks(struct replica *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pthread_mutex_lock(&r->why_mutex);
    vsnprintf(r->why, sizeof r->why, format, args);
    pthread_mutex_unlock(&r->why_mutex);
    va_end(args);
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

/* Nothing that was committed is lost, and it can still be read. */
static int cannot_write(struct replica *r, enum ff_err err, const char *why)
{
    if (err != FF_ERR_IO)
        return ff_replica_say(ff_err_exit_status(err),
                              err == FF_ERR_CONFIG ? "%s: holds rows of another service" : "%s: cannot write",
                              r->opts->state_dir);
    ff_replica_say(0, "%s: %s; answering from what was known, trying again when there is room", r->opts->state_dir,
                   why);
    r->broken = true;
    ff_replica_lacks(r, "%s: %s", r->opts->state_dir, why);
    return ff_broker_read_from(r->reader, NULL, 0) == FF_OK ? FF_EXIT_OK : FF_EXIT_SOFTWARE;
}

static void measure_lag(struct replica *r)
{
    uint64_t lag = 0;
    for (int32_t p = 0; p < r->count; p++) {
        int64_t end = ff_broker_end_seen(r->reader, FF_TOPIC_SUPPRESSIONS, p), next = r->parts[p].place.next;
        if (end > next)
            lag += (uint64_t)(end - (next > 0 ? next : 0));
    }
    atomic_store(&r->lag, lag);
    atomic_store(&r->lag_known, r->placed && !r->broken);
}

static int64_t max_age_ms(const struct replica *r)
{
    return r->opts->max_age_s ? r->opts->max_age_s * 1000 : INT64_MAX;
}

/* While they are away, and when they have said nothing for a while. */
static void look_for_brokers(struct replica *r, int64_t now)
{
    int64_t patience_ms = max_age_ms(r) / 3 < FF_KAFKA_ASK_MS ? max_age_ms(r) / 3 : FF_KAFKA_ASK_MS;
    r->away |= ff_broker_is_away(r->reader);
    if ((r->away || now - ff_broker_answered_ms(r->reader) >= patience_ms) && now - r->asked_ms >= ASK_MS) {
        r->asked_ms = now;
        if (ff_broker_answers(r->reader)) {
            if (r->away && r->complained_ms) {
                ff_message(FF_SEVERITY_INFO, PROGRAM, "the brokers are back");
                r->complained_ms = 0;
            }
            r->away = false;
        }
    }
    int64_t answered_ms = ff_broker_answered_ms(r->reader);
    atomic_store(&r->contact_ms, answered_ms);
    atomic_store(&r->up, !r->away && answered_ms && now - answered_ms < FF_KAFKA_SILENCE_MS);
}

static void tell_progress(struct replica *r)
{
    bool caught_up = true;
    for (int32_t p = 0; p < r->count; p++)
        caught_up &= r->parts[p].caught_up;
    if (!r->placed || r->broken)
        return; /* told where that was found out */
    const char *brokers = atomic_load(&r->up) ? "" : "; no broker answers";
    if (!caught_up)
        ff_replica_lacks(r, "the copy is not complete: at least %" PRIuFAST64 " records to be read%s",
                         atomic_load(&r->lag), brokers);
    else if (!ff_replica_is_complete(r))
        ff_replica_lacks(r, "the topic was made anew: waiting for its owners to fill it before what it does not hold "
                            "is dropped from the copy%s", brokers);
    else
        ff_replica_lacks(r, "what was read last is not on disk yet");
}

static void look_around(struct replica *r, int64_t now)
{
    char why[256];
    measure_lag(r);
    tell_progress(r);
    if (r->broken || !ff_replica_is_complete(r))
        atomic_store(&r->ready, false);
    else if (!r->uncommitted && atomic_load(&r->whole))
        atomic_store(&r->ready, true);
    if (ff_broker_complaint(r->reader, why, sizeof why))
        ff_replica_complain(r, "Kafka: %s (going on trying; answering from what is known)", why);
    look_for_brokers(r, now);
}

static int read_some(struct replica *r, int64_t *last_commit)
{
    struct ff_broker_record rec;
    char why[256] = "the copy cannot be read";
    int64_t left = r->uncommitted ? *last_commit + COMMIT_MS - ff_steady_ms() : 20;
    enum ff_err err = FF_OK;
    for (size_t n = 0; n < READ_PER_TURN && err == FF_OK && r->placed &&
                       ff_broker_read(r->reader, n || left < 0 ? 0 : (int)left, &rec);
         n++) {
        err = ff_replica_take(r, &rec);
        ff_broker_release(&rec);
    }
    int64_t now = ff_steady_ms();
    bool first = !atomic_load(&r->whole) && ff_replica_is_complete(r);
    if (err == FF_OK && (r->uncommitted || first) && now - *last_commit >= COMMIT_MS) {
        err = ff_replica_commit(r, why, sizeof why);
        *last_commit = now;
    }
    if (err == FF_OK)
        err = ff_replica_sweep(r, now, why, sizeof why);
    return err == FF_OK ? FF_EXIT_OK : cannot_write(r, err, why);
}

static bool has_room(const struct replica *r)
{
    struct statvfs v;
    return statvfs(r->opts->state_dir, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize >= ROOM_BYTES;
}

/* Until the end, or until a copy that could not be written may be opened again. */
static int loop(struct replica *r, int64_t retry_ms)
{
    int64_t last_commit = 0, last_look = 0, retry_at = ff_steady_ms() + retry_ms;
    int status = FF_EXIT_OK;
    while (!*r->opts->stop && status == FF_EXIT_OK) {
        int64_t now = ff_steady_ms();
        ff_broker_poll(r->reader, 0);
        if (r->broken && now >= retry_at && has_room(r))
            return FF_EXIT_OK;
        if (!r->broken && !r->placed && now - r->placed_ms >= PLACE_MS) {
            status = ff_replica_place(r);
            r->placed_ms = ff_steady_ms();
        }
        if (!r->broken && r->placed && status == FF_EXIT_OK)
            status = read_some(r, &last_commit);
        else
            usleep(20000);
        if (!r->broken)
            ff_replica_watch(r, now);
        if (now - last_look >= 100) {
            last_look = now;
            look_around(r, now);
            if (r->opts->now_and_then)
                r->opts->now_and_then();
        }
    }
    char why[256] = "";
    enum ff_err err = status == FF_EXIT_OK && !r->broken ? ff_replica_commit(r, why, sizeof why) : FF_OK;
    return err == FF_OK ? status
                        : ff_replica_say(ff_err_exit_status(err),
                                         "%s: %s (free some room: nothing that was committed is lost)",
                                         r->opts->state_dir, why);
}

/* ---- HTTP ------------------------------------------------------------------------------------------------------- */

static bool is_kept_up(struct replica *r, int64_t *ret_silent_ms)
{
    *ret_silent_ms = ff_steady_ms() - atomic_load(&r->contact_ms);
    return atomic_load(&r->ready) && *ret_silent_ms <= max_age_ms(r);
}

static bool is_ready(void *ctx, char why[FF_API_WHY_MAX])
{
    struct replica *r = ctx;
    int64_t silent_ms;
    if (is_kept_up(r, &silent_ms))
        return true;
    pthread_mutex_lock(&r->why_mutex);
    snprintf(why, FF_API_WHY_MAX, "%s", r->why);
    pthread_mutex_unlock(&r->why_mutex);
    if (atomic_load(&r->ready))
        snprintf(why, FF_API_WHY_MAX, "no broker answered for %" PRId64 " s (--max-age)", silent_ms / 1000);
    return false;
}

/* Since the epoch; 0: none yet. */
static double contact_seconds(struct replica *r)
{
    int64_t contact_ms = atomic_load(&r->contact_ms);
    return contact_ms ? (double)ff_now_us() / 1e6 - (double)(ff_steady_ms() - contact_ms) / 1e3 : 0;
}

static bool is_whole(void *ctx)
{
    struct replica *r = ctx;
    return atomic_load(&r->whole);
}

static void metrics(void *ctx, FILE *f)
{
    struct replica *r = ctx;
    struct ff_suppressor_stats st;
    int64_t silent_ms;
    ff_suppressor_stats(r->store, &st);
    bool up = atomic_load(&r->up);
    ff_metric_gauge(f, "serve_active", "Active suppressions.", (double)st.active);
    ff_metric_counter(f, "serve_records_total", "Records read of the compacted topic.", atomic_load(&r->records));
    ff_metric_counter(f, "serve_unreadable_records_total", "Records that nobody of ours can have written.",
                      atomic_load(&r->unreadable));
    if (up && atomic_load(&r->lag_known))
        ff_metric_gauge(f, "serve_lag_records", "Records not read yet.", (double)atomic_load(&r->lag));
    else /* 0 would say that nothing is missing */
        ff_metric_head(f, "serve_lag_records", "gauge", "Records not read yet.");
    ff_metric_gauge(f, "kafka_up", "Whether a broker answers.", up);
    ff_metric_gauge(f, "serve_last_contact_timestamp_seconds", "When a broker answered, the last time.",
                    contact_seconds(r));
    ff_metric_gauge(f, "serve_ready", "Whether the copy is complete and kept up.", is_kept_up(r, &silent_ms));
    ff_metric_gauge(f, "serve_answering", "Whether checks are answered.", is_whole(r));
}

static void say(void *ctx, const char *text)
{
    (void)ctx;
    ff_replica_say(FF_EXIT_OK, "%s", text);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* For reading only when it cannot be written. */
static int open_copy(struct replica *r)
{
    char why[512] = "", other[512];
    struct ff_suppressor_options store = {
        .state_dir = r->opts->state_dir, .folder_of = FF_FOLDER_OF_SERVE, .create = true};
    enum ff_err err = ff_suppressor_open(&store, &r->store, why, sizeof why), read = err;
    bool was_broken = r->broken;
    r->broken = err == FF_ERR_IO;
    if (was_broken && err == FF_OK)
        ff_message(FF_SEVERITY_INFO, PROGRAM, "%s: can be written again; going on where it was", r->opts->state_dir);
    if (r->broken) {
        store.read_only = true;
        read = ff_suppressor_open(&store, &r->store, other, sizeof other);
    }
    if (read != FF_OK)
        return ff_replica_say(ff_err_exit_status(err), "%s", why);
    if (r->broken)
        ff_replica_say(0, "%s; answering from what was known, trying again when there is room", why);
    if (r->broken)
        ff_replica_lacks(r, "%s", why);
    return FF_EXIT_OK;
}

/* Without anything known there is nothing to answer with: waits for the topic. */
static int find_topic(struct replica *r)
{
    static const enum ff_topic topic = FF_TOPIC_SUPPRESSIONS;
    char why[FF_BROKER_ANSWER_MAX];
    int32_t count;
    ff_replica_lacks(r, "no Kafka broker at %s has told of the topic yet, and nothing is known from an earlier run",
                     r->opts->brokers);
    enum ff_err err =
        ff_broker_partitions(r->reader, &topic, 1, START_FRESH_MS, r->opts->stop, &count, why, sizeof why);
    if (err == FF_OK || (err == FF_ERR_UNAVAILABLE && *r->opts->stop))
        return FF_EXIT_OK;
    char text[FF_BROKER_ANSWER_MAX];
    int status = ff_broker_no_partitions(err, r->opts->brokers, why, text, sizeof text);
    return ff_replica_say(status, err == FF_ERR_UNAVAILABLE ? "%s; and nothing is known from an earlier run" : "%s",
                          text);
}

/* From one opening of the copy to the next. */
static int session(struct replica *r, int64_t retry_ms)
{
    struct ff_api_options web = {
        .listen = r->opts->listen, .ready = is_ready, .complete = is_whole, .metrics = metrics, .say = say, .ctx = r};
    struct ff_api *api = NULL;
    char why[512] = "";
    int status = open_copy(r);
    if (status != FF_EXIT_OK)
        return status;
    enum ff_err err;
    web.suppressor = r->store;
    bool known = ff_replica_load(r, &err);
    if (err == FF_OK) /* before the broker is looked for: what is known can be asked */
        err = ff_api_start(&web, &api, why, sizeof why);
    if (err != FF_OK)
        status = ff_replica_say(ff_err_exit_status(err), "%s", err == FF_ERR_NOMEM ? "memory is short" : why);
    if (status == FF_EXIT_OK && !known)
        status = r->broken ? FF_EXIT_IO : find_topic(r);
    if (status == FF_EXIT_OK)
        status = loop(r, retry_ms);
    ff_api_stop(api);
    ff_suppressor_close(r->store);
    r->store = NULL;
    return status;
}

int ff_serve_run(const struct ff_suppress_options *opts)
{
    struct replica r = {.opts = opts, .why_mutex = PTHREAD_MUTEX_INITIALIZER, .why = "starting"};
    char why[512] = "";
    enum ff_err err = ff_broker_open(opts, FF_BROKER_READER, NULL, &r.reader, why, sizeof why);
    int status = err == FF_OK ? FF_EXIT_OK : ff_replica_say(ff_err_exit_status(err), "%s", why);
    for (int64_t retry_ms = RETRY_MS; status == FF_EXIT_OK;) {
        uint64_t before = atomic_load(&r.records);
        r.placed = r.uncommitted = false;
        r.placed_ms = 0;
        status = session(&r, retry_ms);
        if (*opts->stop)
            break;
        retry_ms = atomic_load(&r.records) > before ? RETRY_MS
                   : retry_ms * 2 > RETRY_MOST_MS   ? RETRY_MOST_MS
                                                    : retry_ms * 2;
    }
    ff_broker_close(r.reader, 2000);
    free(r.parts);
    return status;
}
