/* ingest_run.c: start, watch and end the workers; the report.
 *
 * The main thread has a Kafka client of its own that never joins the group. It looks up the topics at start, and with
 * until_end it notes where they end and then asks every FF_WATCH_INTERVAL_MS what the group has committed: partitions
 * that belong to another process count too, and "committed" is the only proof that their effects are out.
 */
#include <inttypes.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <stdlib.h>
#include <unistd.h>

#include "ingest/service/ingest_int.h"
#include "proto/clock.h"

#define FF_WATCH_INTERVAL_MS 200
/* Share of the latest second in the rates that are shown: Kafka answers in bursts. */
#define RATE_SMOOTH 0.3
/* A worker that does not end within its own limits is left behind. */
#define WORKER_END_WAIT_MS (FF_REVOKE_DRAIN_MS + FF_STOP_DRAIN_MS + 2 * FF_COMMIT_WAIT_MS)

struct watch {
    rd_kafka_t *rk;
    struct ff_kafka_voice *voice;          /* the opaque points here */
    rd_kafka_topic_partition_list_t *list; /* until_end: what must be committed */
    bool terminal;
    int64_t started_us, shown_us;
    uint64_t shown_events, shown_records;
    double events_per_s, records_per_s; /* smoothed */
};

/* ---- what is under way ------------------------------------------------------------------------------------------- */

static void sum(struct ff_ingest_run *run, struct ff_ingest_totals *ret, struct ff_ingest_gauges *ret_gauges)
{
    memset(ret, 0, sizeof *ret);
    memset(ret_gauges, 0, sizeof *ret_gauges);
    for (unsigned i = 0; i < run->worker_count; i++) {
        struct ff_worker *w = &run->workers[i];
        pthread_mutex_lock(&w->lock);
        ff_ingest_totals_add(ret, &w->published);
        ff_ingest_gauges_add(ret_gauges, &w->gauges);
        pthread_mutex_unlock(&w->lock);
    }
}

static void put_metrics(struct ff_ingest_run *run, FILE *f)
{
    struct ff_ingest_totals t;
    struct ff_ingest_gauges g;
    struct ff_rules_status status;
    struct ff_judge_counts *judged = calloc(1, sizeof *judged);
    sum(run, &t, &g);
    ff_ingest_totals_metrics(f, &t);
    ff_ingest_brokers_metrics(f, run, &g);
    ff_ingest_gauges_metrics(f, &g);
    for (unsigned i = 0; judged && i < run->worker_count; i++) {
        struct ff_worker *w = &run->workers[i];
        pthread_mutex_lock(&w->lock);
        ff_judge_counts_add(judged, w->judge_counts);
        pthread_mutex_unlock(&w->lock);
    }
    ff_ingest_rules_status(run, &status);
    if (judged)
        ff_judge_metrics(f, judged, &status);
    free(judged);
}

/* For ff_ingest_metrics() and ff_ingest_ready(). */
static pthread_mutex_t current_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ff_ingest_run *current;

void ff_ingest_metrics(FILE *f)
{
    pthread_mutex_lock(&current_lock);
    if (current)
        put_metrics(current, f);
    pthread_mutex_unlock(&current_lock);
}

bool ff_ingest_ready(char *why, size_t size)
{
    pthread_mutex_lock(&current_lock);
    bool runs = current != NULL;
    int64_t silent_ms = runs ? ff_kafka_silent_ms(current->voice) : INT64_MAX;
    pthread_mutex_unlock(&current_lock);
    if (silent_ms < FF_KAFKA_SILENCE_MS)
        return true;
    if (!runs)
        snprintf(why, size, "no broker has told of the topics yet (it is starting), or it is about to end");
    else
        snprintf(why, size, "no broker answered for %" PRId64 " s", silent_ms / 1000);
    return false;
}

static void set_current(struct ff_ingest_run *run)
{
    pthread_mutex_lock(&current_lock);
    current = run;
    pthread_mutex_unlock(&current_lock);
}

/* ---- topics ------------------------------------------------------------------------------------------------------ */

static int need_topic(struct ff_ingest_run *run, rd_kafka_t *rk, const struct rd_kafka_metadata *md, const char *name,
                      int *ret_partitions)
{
    int32_t partitions = ff_kafka_partitions(md, name);
    if (partitions == 0 && ff_kafka_topic_is_hidden(rk, name, FF_REQUEST_WAIT_MS))
        return ff_kafka_say(run->voice, FF_EXIT_NOPERM, "%s: no permission (allow this user to read or write there)",
                            name);
    if (partitions == 0)
        return ff_kafka_say(run->voice, FF_EXIT_CONFIG, "%s: there is no such topic (run fivefifty topics create)",
                            name);
    if (ret_partitions)
        *ret_partitions = partitions;
    return FF_EXIT_OK;
}

static int find_topics(struct ff_ingest_run *run, rd_kafka_t *rk, const struct rd_kafka_metadata *md)
{
    const struct ff_ingest_options *o = run->opts;
    int status = FF_EXIT_OK;
    for (size_t i = 0; i < o->from_count && status == FF_EXIT_OK; i++) {
        if (!ff_topic_dlq_name(run->dead_topic[i], o->from[i].topic))
            return ff_kafka_say(run->voice, FF_EXIT_CONFIG, "%s: its name is too long for a dead-letter topic",
                                o->from[i].topic);
        status = need_topic(run, rk, md, o->from[i].topic, &run->partitions[i]);
        if (status == FF_EXIT_OK)
            status = need_topic(run, rk, md, run->dead_topic[i], NULL);
    }
    if (status == FF_EXIT_OK && o->publish != FF_PUBLISH_NONE) {
        if (!ff_topic_name(run->results_topic, o->topic_prefix, FF_TOPIC_RESULTS, NULL))
            return ff_kafka_say(run->voice, FF_EXIT_CONFIG, "--topic-prefix %s: too long", o->topic_prefix);
        status = need_topic(run, rk, md, run->results_topic, &run->results_partitions);
    }
    return status;
}

/* The end of one partition; a topic just made, or a broker just back, has partitions without a leader for a while. */
static int query_end(struct ff_ingest_run *run, struct watch *w, const char *topic, int32_t p, int64_t *ret_low,
                     int64_t *ret_high)
{
    int64_t deadline = ff_steady_us() + (int64_t)FF_REQUEST_WAIT_MS * 1000;
    rd_kafka_resp_err_t err;
    do {
        err = rd_kafka_query_watermark_offsets(w->rk, topic, p, ret_low, ret_high, 5000);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
            return FF_EXIT_OK;
        if (err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
            return ff_kafka_say(run->voice, FF_EXIT_NOPERM, "%s: no permission (allow this user to read it)", topic);
        if (run->opts->stop && *run->opts->stop)
            return FF_EXIT_UNAVAILABLE;
        rd_kafka_poll(w->rk, 200);
    } while (ff_steady_us() < deadline);
    return ff_kafka_say(run->voice, FF_EXIT_UNAVAILABLE, "%s: partition %d: %s (try again)", topic, p,
                        rd_kafka_err2str(err));
}

/* until_end: where everything ends now. */
static int note_ends(struct ff_ingest_run *run, struct watch *w)
{
    const struct ff_ingest_options *o = run->opts;
    w->list = rd_kafka_topic_partition_list_new(16);
    for (size_t i = 0; i < o->from_count; i++) {
        run->ends[i] = calloc((size_t)run->partitions[i], sizeof *run->ends[i]);
        if (!run->ends[i])
            return ff_kafka_say(run->voice, FF_EXIT_OSERR, "memory is short");
        for (int32_t p = 0; p < run->partitions[i]; p++) {
            int64_t low = 0, high = 0;
            int status = query_end(run, w, o->from[i].topic, p, &low, &high);
            if (status != FF_EXIT_OK)
                return status;
            run->ends[i][p] = high;
            if (high > low)
                rd_kafka_topic_partition_list_add(w->list, o->from[i].topic, p);
        }
    }
    return FF_EXIT_OK;
}

bool ff_ingest_reached(const struct ff_ingest_run *run, size_t from, int32_t partition, int64_t position)
{
    return partition >= run->partitions[from] || position >= run->ends[from][partition];
}

/* until_end: has the group committed everything that was there at start? */
static bool all_committed(struct ff_ingest_run *run, struct watch *w)
{
    for (int i = 0; i < w->list->cnt; i++)
        w->list->elems[i].offset = RD_KAFKA_OFFSET_INVALID;
    if (rd_kafka_committed(w->rk, w->list, 5000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    for (int i = 0; i < w->list->cnt; i++) {
        const rd_kafka_topic_partition_t *tp = &w->list->elems[i];
        for (size_t f = 0; f < run->opts->from_count; f++)
            if (strcmp(run->opts->from[f].topic, tp->topic) == 0 &&
                (tp->err != RD_KAFKA_RESP_ERR_NO_ERROR || !ff_ingest_reached(run, f, tp->partition, tp->offset)))
                return false;
    }
    return true;
}

/* ---- start and end ----------------------------------------------------------------------------------------------- */

static int watch_open(struct ff_ingest_run *run, struct watch *w)
{
    const struct ff_ingest_options *o = run->opts;
    const struct ff_kafka_setting settings[] = {{"group.id", o->group, 0},
                                                {"client.id", "fivefifty-ingest", 0},
                                                {NULL, NULL, 0}};
    const struct ff_kafka_setting *const tables[] = {ff_kafka_settings_all, settings, NULL};
    const struct ff_kafka_access access = ff_ingest_access(o);
    const struct rd_kafka_metadata *md;
    w->voice = run->voice;
    rd_kafka_conf_t *conf = ff_kafka_voice_conf(run->voice, &access, tables, &w->voice);
    w->rk = conf ? ff_kafka_voice_new(run->voice, RD_KAFKA_CONSUMER, conf) : NULL;
    if (!w->rk)
        return FF_EXIT_CONFIG;
    atomic_store(&run->voice->quiet, true);
    int status = ff_kafka_metadata(run->voice, w->rk, o->brokers, o->stop, &md);
    atomic_store(&run->voice->quiet, false);
    if (status != FF_EXIT_OK)
        return status;
    ff_kafka_works(run->voice);
    status = find_topics(run, w->rk, md);
    rd_kafka_metadata_destroy(md);
    if (status == FF_EXIT_OK)
        ff_ingest_topics_name(run, w->rk);
    return status == FF_EXIT_OK && o->until_end ? note_ends(run, w) : status;
}

static int start_workers(struct ff_ingest_run *run)
{
    for (unsigned i = 0; i < run->opts->workers; i++) {
        struct ff_worker *w = &run->workers[i];
        w->run = run;
        w->index = i;
        w->judge_counts = calloc(1, sizeof *w->judge_counts);
        if (!w->judge_counts)
            return ff_kafka_say(run->voice, FF_EXIT_OSERR, "memory is short (fewer --workers)");
        pthread_mutex_init(&w->lock, NULL);
        run->worker_count++;
        int error = pthread_create(&w->thread, NULL, ff_worker_main, w);
        if (error)
            return ff_kafka_say(run->voice, FF_EXIT_OSERR, "cannot start worker %u: %s (fewer --workers)", i,
                                strerror(error));
        w->started = true;
    }
    return FF_EXIT_OK;
}

static bool worker_failed(struct ff_ingest_run *run, int *ret_status)
{
    for (unsigned i = 0; i < run->worker_count; i++) {
        int status = atomic_load(&run->workers[i].exit_status);
        if (status != FF_EXIT_OK) {
            *ret_status = status;
            return true;
        }
    }
    return false;
}

static void smooth(double *rate, double now)
{
    *rate = *rate > 0 ? *rate + RATE_SMOOTH * (now - *rate) : now;
}

/* "EVENTS events  RATE/s  lag N records  M:SS left"; the last line has the rate of the whole run, and no lag: what the
 * workers said of it is older than what they counted. */
static void progress(struct ff_ingest_run *run, struct watch *w, bool last)
{
    if (!w->terminal)
        return;
    struct ff_ingest_totals t;
    struct ff_ingest_gauges g;
    int64_t now = ff_steady_us();
    sum(run, &t, &g);
    uint64_t events = t.pipeline.accounting.events, records = t.pipeline.accounting.records;
    double seconds = (double)(now - w->shown_us) / 1e6, all = (double)(now - w->started_us) / 1e6;
    if (seconds > 0) {
        smooth(&w->events_per_s, (double)(events - w->shown_events) / seconds);
        smooth(&w->records_per_s, (double)(records - w->shown_records) / seconds);
    }
    fprintf(stderr, "\r\033[K%" PRIu64 " events  %.0f/s", events,
            last && all > 0 ? (double)events / all : w->events_per_s);
    if (!last)
        fprintf(stderr, "  lag %" PRIu64 " records", g.lag_records);
    if (run->opts->until_end && !last && w->records_per_s >= 1) {
        unsigned left = (unsigned)((double)g.lag_to_end / w->records_per_s);
        fprintf(stderr, "  %u:%02u left", left / 60, left % 60);
    }
    if (last)
        fputc('\n', stderr);
    w->shown_us = now;
    w->shown_events = events;
    w->shown_records = records;
}

static void say_letters(struct ff_ingest_run *run, bool all)
{
    char line[FF_LETTER_LINE_MAX];
    while (ff_letter_log_line(&run->letters, ff_steady_us(), all, line))
        ff_kafka_say(run->voice, 0, "%s", line);
}

/* Until a signal, the end of the input, or a worker that cannot go on. */
static int watch(struct ff_ingest_run *run, struct watch *w)
{
    int status = FF_EXIT_OK;
    w->started_us = w->shown_us = ff_steady_us();
    for (unsigned round = 0;; round++) {
        rd_kafka_poll(w->rk, FF_WATCH_INTERVAL_MS);
        if ((run->opts->stop && *run->opts->stop) || worker_failed(run, &status))
            break;
        if (run->opts->until_end && all_committed(run, w))
            break;
        if (round % 5 == 0 && (status = ff_ingest_topics_watch(run, w->rk)) != FF_EXIT_OK)
            break;
        ff_ingest_rules_reload(run);
        say_letters(run, false);
        if (round % 5 == 4)
            progress(run, w, false);
    }
    progress(run, w, true);
    return status;
}

/* true when all threads ended; else some of them hang in librdkafka, holding nothing that matters. */
static bool end_workers(struct ff_ingest_run *run)
{
    int64_t deadline = ff_steady_us() + (int64_t)WORKER_END_WAIT_MS * 1000;
    bool all = true;
    atomic_store(&run->stopping, true);
    for (unsigned i = 0; i < run->worker_count; i++) {
        struct ff_worker *w = &run->workers[i];
        while (w->started && !atomic_load(&w->drained) && ff_steady_us() < deadline)
            nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    deadline = ff_steady_us() + (int64_t)FF_CLOSE_WAIT_MS * 1000;
    for (unsigned i = 0; i < run->worker_count; i++) {
        struct ff_worker *w = &run->workers[i];
        while (w->started && !atomic_load(&w->finished) && ff_steady_us() < deadline)
            nanosleep(&(struct timespec){0, 10000000}, NULL);
        if (w->started && atomic_load(&w->finished))
            pthread_join(w->thread, NULL);
        else if (w->started)
            all = false;
    }
    return all;
}

/* What the shadow rules would have done; of a worker that hangs nothing is known. */
static void report_shadow(struct ff_ingest_run *run)
{
    struct ff_shadow *all = NULL;
    if (!run->opts->shadow_report || !run->rules->shadow || !(all = ff_shadow_new()))
        return;
    for (unsigned i = 0; i < run->worker_count; i++) {
        const struct ff_worker *w = &run->workers[i];
        if (w->started && atomic_load(&w->drained) && w->judge && ff_judge_shadow(w->judge))
            ff_shadow_merge(all, ff_judge_shadow(w->judge));
    }
    run->opts->shadow_report(run->opts->rules_ctx, all, run->rules);
    ff_shadow_free(all);
}

static int report(struct ff_ingest_run *run, const struct watch *w, int status)
{
    struct ff_ingest_totals t;
    struct ff_ingest_gauges g;
    sum(run, &t, &g);
    say_letters(run, true);
    report_shadow(run);
    ff_ingest_report(stderr, &t, (double)(ff_steady_us() - w->started_us) / 1e6);
    /* a worker that failed had begun something, and has said why it failed */
    if (status != FF_EXIT_OK || ff_ingest_totals_hold(&t))
        return status;
    return ff_kafka_say(
        run->voice, FF_EXIT_SOFTWARE,
        "the counts do not add up: %llu items, %llu results, %llu filtered, %llu dead letters (please report this)",
        (unsigned long long)t.pipeline.accounting.items, (unsigned long long)t.results, (unsigned long long)t.filtered,
        (unsigned long long)t.dead_letters);
}

static int check_options(const struct ff_ingest_run *run)
{
    const struct ff_ingest_options *o = run->opts;
    if (o->from_count == 0 || o->from_count > FF_FROM_MAX)
        return ff_kafka_say(run->voice, FF_EXIT_USAGE, "--from: 1 to %d topics", FF_FROM_MAX);
    if (o->workers == 0 || o->workers > FF_WORKERS_MAX)
        return ff_kafka_say(run->voice, FF_EXIT_USAGE, "--workers: 1 to %d", FF_WORKERS_MAX);
    for (size_t i = 0; i < o->from_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(o->from[i].topic, o->from[j].topic) == 0)
                return ff_kafka_say(run->voice, FF_EXIT_USAGE, "--from %s: given twice", o->from[i].topic);
    return FF_EXIT_OK;
}

static void run_free(struct ff_ingest_run *run)
{
    for (unsigned i = 0; i < run->worker_count; i++) {
        pthread_mutex_destroy(&run->workers[i].lock);
        ff_judge_free(run->workers[i].judge);
        free(run->workers[i].judge_counts);
    }
    for (size_t i = 0; i < FF_FROM_MAX; i++)
        free(run->ends[i]);
    ff_rulebook_drop(run->rules);
    ff_rule_names_free(run->rule_names);
    pthread_mutex_destroy(&run->rules_lock);
    ff_letter_log_fini(&run->letters);
    free(run->workers);
    free(run);
}

/* librdkafka's thread makes a buffer of megabytes for each answer of a broker, and the worker frees it: glibc would
 * give that memory back to the system each time, and every page of it would be cleared anew. */
static void keep_memory(void)
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, 4 << 20);
#endif
}

int ff_ingest_run(const struct ff_ingest_options *opts)
{
    keep_memory();
    struct watch w = {.terminal = isatty(STDERR_FILENO) == 1};
    struct ff_ingest_run *run = calloc(1, sizeof *run);
    if (!run || !(run->workers = calloc(FF_WORKERS_MAX, sizeof *run->workers)) ||
        !(run->rule_names = ff_rule_names_new())) {
        free(run ? run->workers : NULL);
        free(run);
        return FF_EXIT_OSERR;
    }
    run->opts = opts;
    run->voice = &run->voice_mem;
    run->voice_mem.program = "fivefifty ingest";
    pthread_mutex_init(&run->rules_lock, NULL);
    ff_letter_log_init(&run->letters);
    bool ended = true;
    int status = check_options(run);
    if (status == FF_EXIT_OK)
        status = ff_ingest_rules_open(run);
    if (status == FF_EXIT_OK)
        status = watch_open(run, &w);
    if (status == FF_EXIT_OK)
        status = ff_consumer_say_settings(run);
    if (status == FF_EXIT_OK)
        status = ff_sink_say_settings(run);
    if (status == FF_EXIT_UNAVAILABLE && opts->stop && *opts->stop)
        status = FF_EXIT_OK; /* told to end while it waited for a broker: nothing was begun */
    else if (status == FF_EXIT_OK) {
        status = start_workers(run);
        set_current(run);
        if (status == FF_EXIT_OK)
            status = watch(run, &w);
        ended = end_workers(run);
        (void)worker_failed(run, &status);
        set_current(NULL);
        status = report(run, &w, status);
    }
    if (w.list)
        rd_kafka_topic_partition_list_destroy(w.list);
    if (!ended)
        return status; /* threads that hang still look at `run`; the process ends anyway */
    ff_ingest_topics_forget(run);
    if (w.rk)
        rd_kafka_destroy(w.rk);
    run_free(run);
    return status;
}
