/* owner.c: `suppress`: joins the group, restores what it is given, turns results into suppressions, gives it back.
 *
 * One thread does everything; librdkafka's own threads fetch, send and keep the membership alive. More cores: more
 * processes, the group spreads the partitions. The loop never waits for the broker but in the callbacks of a
 * rebalance and at the end, and there with a limit.
 */
#include "suppress/owner/owner_int.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "proto/clock.h"
#include "proto/message.h"
#include "suppress/http/api.h"

/** How long a broker is waited for at start. */
#define START_MS 30000
#define PROGRAM "fivefifty suppress"
/* Commits are this far apart at least; while a state is restored or a backlog read, further. */
#define STORE_COMMIT_MS 5
#define BULK_COMMIT_MS 50
#define GROUP_COMMIT_MS 100
#define WATCH_MS 1000
#define CLOSE_MS 3000
#define ASK_MS 1000 /* while no broker answers, they are asked this far apart */

static const enum ff_topic inputs[OWNER_INPUTS] = {FF_TOPIC_RESULTS, FF_TOPIC_COMMANDS};

void ff_owner_say(const struct owner *o, const char *format, ...)
{
    va_list args;
    (void)o;
    va_start(args, format);
    ff_message_args(FF_SEVERITY_WARNING, PROGRAM, format, args);
    va_end(args);
}

void ff_owner_fail(struct owner *o, int status, const char *format, ...)
{
    va_list args;
    if (o->status != FF_EXIT_OK)
        return;
    o->status = status;
    va_start(args, format);
    ff_message_args(FF_SEVERITY_ERROR, PROGRAM, format, args);
    va_end(args);
}

bool ff_owner_is_fatal(enum ff_err err)
{
    return err == FF_ERR_IO || err == FF_ERR_NOMEM || err == FF_ERR_DEFECT || err == FF_ERR_CREATE ||
           err == FF_ERR_CONFIG;
}

void ff_owner_fail_store(struct owner *o, enum ff_err err)
{
    ff_owner_fail(o, ff_err_exit_status(err), "%s: %s%s", o->opts->state_dir, ff_suppressor_why(o->store, err),
                  err == FF_ERR_IO ? " (free some room and start again: nothing that was committed is lost)" : "");
}

bool ff_owner_owns(const struct owner *o, int32_t partition)
{
    return o->parts[partition].owned[OWNER_RESULTS] && o->parts[partition].owned[OWNER_COMMANDS];
}

/* ---- the group gives and takes ------------------------------------------------------------------------------------
 */

static void assignment_begin(struct owner *o)
{
    o->epoch++;
    snprintf(o->writer_id, sizeof o->writer_id, "%016" PRIx64 "%08" PRIx32, o->identity, o->epoch);
    for (int32_t p = 0; p < o->count; p++)
        ff_owner_part_reset(o, &o->parts[p]);
    ff_owner_enter(o, OWNER_IDLE);
    o->reread = o->assignment_new = o->went_back = false;
}

static void on_assigned(void *ctx, const struct ff_broker_place *places, size_t count)
{
    struct owner *o = ctx;
    size_t owned = 0;
    assignment_begin(o);
    if (!places) {
        ff_owner_fail(o, FF_EXIT_OSERR,
                      "memory is short (others get the %zu partitions that were given to this process)", count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (places[i].partition >= o->count) {
            ff_owner_fail_count(o, places[i].topic, places[i].partition + 1);
            return;
        }
        o->parts[places[i].partition].owned[places[i].topic == FF_TOPIC_COMMANDS] = true;
    }
    for (int32_t p = 0; p < o->count; p++) {
        owned += ff_owner_owns(o, p);
        if (o->parts[p].owned[OWNER_RESULTS] != o->parts[p].owned[OWNER_COMMANDS])
            ff_owner_fail(o, FF_EXIT_CONFIG,
                          "partition %d of results and commands have different owners (all members of the "
                          "group must use partition.assignment.strategy=range and the same topics)",
                          p);
    }
    o->joined = o->assignment_new = true;
    atomic_store(&o->counters.ready, false); /* what others did to these partitions is not known yet */
    atomic_store(&o->counters.owned, owned);
    atomic_fetch_add(&o->counters.rebalances, 1);
}

/* What is known of our partitions' topics is no longer true: as if they were given to us just now. */
static void begin_anew(struct owner *o)
{
    bool(*owned)[OWNER_INPUTS] = calloc((size_t)o->count, sizeof *owned);
    if (!owned) {
        ff_owner_fail(o, FF_EXIT_OSERR, "memory is short");
        return;
    }
    for (int32_t p = 0; p < o->count; p++)
        memcpy(owned[p], o->parts[p].owned, sizeof owned[p]);
    ff_owner_store_commit(o);
    assignment_begin(o);
    for (int32_t p = 0; p < o->count; p++)
        memcpy(o->parts[p].owned, owned[p], sizeof owned[p]);
    free(owned);
    o->assignment_new = true;
    atomic_store(&o->counters.ready, false);
    if (ff_broker_read_from(o->tail, NULL, 0) != FF_OK || ff_broker_read_from(o->group, NULL, 0) != FF_OK)
        ff_owner_fail(o, FF_EXIT_SOFTWARE, "librdkafka refuses to stop reading");
}

/* Until everything read is published, or for so long. */
static void drain(struct owner *o, int timeout_ms)
{
    int64_t until = ff_steady_ms() + timeout_ms;
    o->draining = true;
    for (;;) {
        ff_owner_store_commit(o);
        ff_owner_publish(o);
        ff_owner_settle(o);
        if (ff_owner_is_clean(o) || ff_steady_ms() >= until || o->status != FF_EXIT_OK)
            break;
        ff_broker_poll(o->writer, 10);
    }
    o->draining = false;
}

static void on_revoked(void *ctx, bool lost)
{
    struct owner *o = ctx;
    if (lost)
        atomic_fetch_add(&o->counters.lost, 1);
    if (o->phase == OWNER_RUNNING && !lost && o->status == FF_EXIT_OK) {
        drain(o, FF_OWNER_REVOKE_DRAIN_MS);
        /* Not answered: the next owner reads a little twice. */
        if (!ff_owner_group_commit(o, 1000))
            atomic_fetch_add(&o->counters.lost, 1);
    }
    ff_owner_store_commit(o); /* what was read is true whoever owns it */
    assignment_begin(o);
    atomic_store(&o->counters.owned, 0);
    atomic_store(&o->counters.ready, false);
    if (ff_broker_read_from(o->tail, NULL, 0) != FF_OK)
        ff_owner_fail(o, FF_EXIT_SOFTWARE, "librdkafka refuses to stop reading");
}

static void read_inputs(struct owner *o)
{
    struct ff_broker_place *from = calloc((size_t)o->count * OWNER_INPUTS, sizeof *from);
    size_t n = 0;
    if (!from) {
        ff_owner_fail(o, FF_EXIT_OSERR, "memory is short");
        return;
    }
    for (int32_t p = 0; p < o->count; p++)
        for (int i = 0; i < OWNER_INPUTS && ff_owner_owns(o, p); i++) {
            int64_t at = o->parts[p].position[i];
            o->parts[p].fresh[i] = true;
            from[n++] = (struct ff_broker_place){inputs[i], p, at >= 0 ? at : FF_OFFSET_BEGINNING};
        }
    o->reread = ff_broker_read_from(o->group, from, n) != FF_OK;
    free(from);
}

/* ---- the loop ------------------------------------------------------------------------------------------------------
 */

static enum ff_err open_writer(struct owner *o, char *why, size_t size)
{
    struct ff_broker_callbacks callbacks = {.delivered = ff_owner_delivered, .ctx = o};
    return ff_broker_open(o->opts, FF_BROKER_WRITER, &callbacks, &o->writer, why, size);
}

/* Its sequence numbers are beyond repair: all that was under way comes back as failed and is handed out again. */
static void replace_writer(struct owner *o)
{
    char why[256];
    ff_owner_say(o, "the connection for publishing is beyond repair; opening another, nothing is lost");
    ff_broker_close(o->writer, CLOSE_MS);
    o->writer = NULL;
    enum ff_err err = open_writer(o, why, sizeof why);
    if (err != FF_OK)
        ff_owner_fail(o, ff_err_exit_status(err), "%s", why);
}

/* Ends the loop when a broker forbids something: neither time nor another try changes that. */
static void look_for_a_ban(struct owner *o)
{
    char why[256];
    const struct ff_broker *all[] = {o->group, o->writer, o->tail};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (ff_broker_is_forbidden(all[i], why, sizeof why))
            ff_owner_fail(o, FF_EXIT_NOPERM, "Kafka: %s (no permission: allow this user's group and topics)", why);
}

static void complain(struct owner *o, int64_t now, int64_t *last)
{
    char why[256];
    struct ff_broker *all[] = {o->group, o->writer, o->tail};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (ff_broker_complaint(all[i], why, sizeof why) && (*last == 0 || now - *last > 30000)) {
            *last = now;
            ff_owner_say(o, "Kafka: %s (going on trying)", why);
        }
}

/* While they are away, and when they have said nothing for a while: then not by the handle that watches our own
 * records, see places.c. Back they are when each handle that lost them has an answer. */
static void look_for_brokers(struct owner *o, int64_t now, int64_t *complained)
{
    struct ff_broker *all[] = {o->group, o->writer, o->tail};
    int64_t answered = 0;
    bool back = true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        o->away |= ff_broker_is_away(all[i]);
        answered = ff_broker_answered_ms(all[i]) > answered ? ff_broker_answered_ms(all[i]) : answered;
    }
    if ((o->away || now - answered >= FF_KAFKA_ASK_MS) && now - o->asked_ms >= ASK_MS) {
        o->asked_ms = now;
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            back &= !(ff_broker_is_away(all[i]) || all[i] == o->group) || ff_broker_answers(all[i]);
        answered = back ? ff_steady_ms() : answered;
        if (back && o->away && *complained)
            ff_message(FF_SEVERITY_INFO, PROGRAM, "the brokers are back");
        *complained = back && o->away ? 0 : *complained;
        o->away &= !back;
    }
    atomic_store(&o->counters.answered_ms, answered);
    atomic_store(&o->counters.up, !o->away && now - answered < FF_KAFKA_SILENCE_MS);
}

#define PROGRESS_MAX 200

static void describe(const struct owner *o, char text[PROGRESS_MAX])
{
    struct ff_suppressor_stats st;
    static const char *const phases[] = {"waiting for partitions", "restoring", "restoring", "running"};
    ff_suppressor_stats(o->store, &st);
    snprintf(text, PROGRESS_MAX,
             "%s, %" PRIuFAST64 " partitions, %" PRIuFAST64 " results, %" PRIu64 " active, %" PRIuFAST64
             " published, %zu under way",
             phases[o->phase], atomic_load(&o->counters.owned), atomic_load(&o->counters.results), st.active,
             atomic_load(&o->counters.published), o->inflight);
}

/* The line of a terminal, in place of the one before, as ingest and run show it. */
static void show_progress(const struct owner *o)
{
    char text[PROGRESS_MAX];
    describe(o, text);
    fprintf(stderr, "\r\x1b[K%s", text);
}

/* How long the next record is waited for. */
static int patience(const struct owner *o, bool busy, int64_t last_store)
{
    int64_t left = last_store + STORE_COMMIT_MS - ff_steady_ms();
    if (o->uncommitted)
        return left > 0 ? (int)left : 0;
    return busy ? 0 : o->inflight ? 5 : 20;
}

/* One turn; returns whether there was anything to do. */
static bool turn(struct owner *o, bool was_busy, int64_t *last_store)
{
    size_t n = 0;
    ff_broker_poll(o->group, o->phase == OWNER_IDLE && !o->assignment_new ? 50 : 0);
    ff_broker_poll(o->writer, 0);
    look_for_a_ban(o);
    if (o->status == FF_EXIT_OK && ff_broker_is_broken(o->writer))
        replace_writer(o);
    if (o->status != FF_EXIT_OK)
        return false;
    if (o->assignment_new)
        ff_owner_places_find(o);
    bool restoring = o->phase == OWNER_RESTORE_STATE || o->phase == OWNER_RESTORE_PUBLISHED;
    size_t tailed = ff_owner_tail(o, restoring ? 20 : 0);
    if (o->phase == OWNER_RUNNING) {
        if (o->reread)
            read_inputs(o);
        if (ff_owner_is_full(o))
            ff_broker_poll(o->writer, 20);
        else
            n = ff_owner_consume(o, patience(o, was_busy || tailed, *last_store));
    }
    int64_t now = ff_steady_ms();
    bool bulk = restoring ? tailed > 0 : ff_owner_is_behind(o, now);
    bool wait = now - *last_store < (bulk ? BULK_COMMIT_MS : restoring ? 0 : STORE_COMMIT_MS);
    if (o->uncommitted && o->status == FF_EXIT_OK && !wait) {
        ff_owner_store_commit(o);
        *last_store = now;
    }
    if (o->status == FF_EXIT_OK) {
        ff_owner_publish(o);
        ff_owner_settle(o);
    }
    return n > 0 || tailed > 0;
}

static void loop(struct owner *o)
{
    int64_t last_store = 0, last_group = 0, last_complaint = 0, last_line = 0, last_watch = 0;
    bool busy = false, terminal = isatty(STDERR_FILENO);
    struct ff_owner_goal goal = {0};
    if (o->opts->until_end && !ff_owner_goal_begin(o, &goal)) {
        ff_owner_goal_end(&goal);
        return;
    }
    while (!*o->opts->stop && o->status == FF_EXIT_OK) {
        busy = turn(o, busy, &last_store);
        int64_t now = ff_steady_ms();
        if (now - last_watch >= WATCH_MS && o->status == FF_EXIT_OK) {
            last_watch = now;
            if (o->opts->now_and_then)
                o->opts->now_and_then();
            if (ff_owner_places_watch(o, now))
                begin_anew(o);
        }
        if (now - last_group >= GROUP_COMMIT_MS && o->status == FF_EXIT_OK) {
            last_group = now;
            if (o->phase == OWNER_RUNNING && !ff_owner_group_commit(o, 0))
                atomic_fetch_add(&o->counters.lost, 1);
            atomic_store(&o->counters.ready, o->phase == OWNER_RUNNING && !atomic_load(&o->counters.stalled));
            complain(o, now, &last_complaint);
            look_for_brokers(o, now, &last_complaint);
            ff_owner_tell_surges(o);
            ff_owner_tell_letters(o, false);
            if (o->opts->until_end && ff_owner_goal_reached(o, &goal))
                break;
        }
        if (terminal && now - last_line >= 1000) {
            last_line = now;
            show_progress(o);
        }
    }
    if (terminal)
        fputc('\n', stderr);
    ff_owner_goal_end(&goal);
}

/* ---- start and end -------------------------------------------------------------------------------------------------
 */

/* The writer asks, so that it knows the topics: one that learned of each with its first record made that wait 0.3 to
 * 0.9 s. */
static bool check_topics(struct owner *o)
{
    static const enum ff_topic topics[] = {FF_TOPIC_RESULTS,     FF_TOPIC_COMMANDS, FF_TOPIC_SUPPRESSIONS,
                                           FF_TOPIC_STATE,       FF_TOPIC_CHANGES,  FF_TOPIC_RESULTS_DLQ,
                                           FF_TOPIC_COMMANDS_DLQ};
    int32_t counts[7];
    char why[FF_BROKER_ANSWER_MAX], text[FF_BROKER_ANSWER_MAX];
    enum ff_err err = ff_broker_partitions(o->writer, topics, 7, START_MS, o->opts->stop, counts, why, sizeof why);
    if (err == FF_ERR_UNAVAILABLE && *o->opts->stop)
        return false; /* asked to stop before anything began: no failure */
    if (err != FF_OK) {
        int status = ff_broker_no_partitions(err, o->opts->brokers, why, text, sizeof text);
        ff_owner_fail(o, status, "%s", text);
    }
    for (int i = 1; err == FF_OK && i < 5; i++)
        if (counts[i] != counts[0]) {
            ff_owner_fail(o, FF_EXIT_CONFIG,
                          "%s has %d partitions and %s has %d; they must be equal (fivefifty topics check)",
                          ff_broker_topic_name(o->tail, topics[0]), counts[0], ff_broker_topic_name(o->tail, topics[i]),
                          counts[i]);
            return false;
        }
    o->count = err == FF_OK ? counts[0] : 0;
    atomic_store(&o->counters.partitions, (uint64_t)o->count);
    return err == FF_OK;
}

/* What the folder holds belongs to partitions of topics with so many: into others it would be published wrongly. */
static bool check_folder(struct owner *o)
{
    const struct ff_slice name = FF_SLICE("partitions");
    int64_t before = ff_suppressor_offset(o->store, name);
    if (before > 0 && before != o->count) {
        ff_owner_fail(o, FF_EXIT_CONFIG,
                      "%s: is of topics with %d partitions, and they have %d now: addresses belong to other partitions "
                      "than before (docs/kafka.md, \"Another number of partitions\")",
                      o->opts->state_dir, (int)before, o->count);
        return false;
    }
    ff_suppressor_set_offset(o->store, name, o->count);
    ff_suppressor_set_partitions(o->store, o->count);
    o->uncommitted = true;
    return true;
}

static void say_of_http(void *ctx, const char *text)
{
    ff_owner_say(ctx, "%s", text);
}

static bool start(struct owner *o, struct ff_api **api)
{
    const struct ff_suppress_options *opts = o->opts;
    struct ff_broker_callbacks callbacks = {.assigned = on_assigned, .revoked = on_revoked, .ctx = o};
    struct ff_suppressor_options store = {
        .state_dir = opts->state_dir, .folder_of = FF_FOLDER_OF_SUPPRESS, .create = true, .trust_oob = opts->trust_oob,
        .outbox = true};
    struct ff_api_options web = {.listen = opts->listen, .ready = ff_owner_is_ready, .whole = ff_owner_is_whole,
                                 .complete = ff_owner_is_restored, .metrics = ff_owner_metrics, .say = say_of_http,
                                 .ctx = o};
    char why[512] = "";
    enum ff_err err = ff_suppressor_open(&store, &o->store, why, sizeof why);
    if (err == FF_OK)
        err = ff_broker_open(opts, FF_BROKER_WATCHER, NULL, &o->tail, why, sizeof why);
    if (err == FF_OK)
        err = ff_broker_open(opts, FF_BROKER_MEMBER, &callbacks, &o->group, why, sizeof why);
    if (err == FF_OK)
        err = open_writer(o, why, sizeof why);
    if (err == FF_OK && opts->listen) {
        web.suppressor = o->store;
        err = ff_api_start(&web, api, why, sizeof why);
    }
    if (err != FF_OK) {
        ff_owner_fail(o, ff_err_exit_status(err), "%s", why);
        return false;
    }
    if (!check_topics(o) || !check_folder(o))
        return false;
    o->parts = calloc((size_t)o->count, sizeof *o->parts);
    o->batch = ff_batch_reader_new();
    if (!o->parts || !o->batch) {
        ff_owner_fail(o, FF_EXIT_OSERR, "memory is short");
        return false;
    }
    if (getrandom(&o->identity, sizeof o->identity, 0) != sizeof o->identity) {
        ff_owner_fail(o, FF_EXIT_SOFTWARE, "the system gives no random bytes");
        return false;
    }
    assignment_begin(o);
    if (ff_broker_join(o->group, inputs, OWNER_INPUTS) != FF_OK)
        ff_owner_fail(o, FF_EXIT_CONFIG, "cannot join the group");
    return o->status == FF_EXIT_OK;
}

static void end(struct owner *o)
{
    if (o->status == FF_EXIT_OK && o->phase == OWNER_RUNNING) {
        drain(o, FF_OWNER_END_DRAIN_MS);
        if (!ff_owner_group_commit(o, 2000))
            ff_owner_say(o, "the group's offsets could not be committed: a little will be read twice");
    }
    ff_owner_tell_surges(o);
    ff_owner_tell_letters(o, true);
    o->draining = o->uncommitted = true; /* how far the topics were read back, too */
    ff_owner_store_commit(o);
    char text[PROGRESS_MAX];
    describe(o, text);
    ff_message(FF_SEVERITY_INFO, PROGRAM, "%s", text);
}

int ff_suppress_run(const struct ff_suppress_options *opts)
{
    struct owner *o = calloc(1, sizeof *o);
    struct ff_api *api = NULL;
    if (!o)
        return FF_EXIT_OSERR;
    o->opts = opts;
    ff_letter_log_init(&o->letters);
    if (start(o, &api)) {
        loop(o);
        end(o);
    }
    if (api)
        ff_api_stop(api);
    /* The member first: others get its partitions. The writer before the store: what it still holds is told to it. */
    ff_broker_close(o->group, CLOSE_MS);
    ff_broker_close(o->writer, CLOSE_MS);
    ff_broker_close(o->tail, 1000);
    for (int32_t p = 0; p < o->count && o->parts; p++)
        ff_owner_part_reset(o, &o->parts[p]);
    if (o->store)
        ff_suppressor_close(o->store);
    ff_batch_reader_free(o->batch);
    free(o->parts);
    int status = o->status;
    ff_letter_log_fini(&o->letters);
    free(o);
    return status;
}
