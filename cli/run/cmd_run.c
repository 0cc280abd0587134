/* cmd_run.c: the whole pipeline in one process: read, decode, classify, suppress, answer look-ups, report.
 *
 * One thread reads and writes (the HTTP interface has its own threads, which only read), and does what comes over the
 * control socket. State, counts and input positions go to disk in one write, every COMMIT_MS while somebody may be
 * waiting for the effect (--follow, --listen), else every COMMIT_BATCH_MS, after the results up to there were written.
 * A crash between two writes costs nothing: what was not written is read again, and a result that was counted already
 * changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "classify/verdict_names.h"
#include "cli/inputs/decode_choices.h"
#include "cli/inputs/rule_files.h"
#include "cli/logs/log_inputs.h"
#include "cli/options/options.h"
#include "cli/output/accounting.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/process/progress.h"
#include "cli/process/signals.h"
#include "cli/process/terminal.h"
#include "cli/run/run_control.h"
#include "cli/run/run_findings.h"
#include "cli/run/run_metrics.h"
#include "cli/run/run_outputs.h"
#include "cli/run/run_report_json.h"
#include "cli/run/run_report_text.h"
#include "cli/run/run_surges.h"
#include "proto/clock.h"
#include "proto/event_json.h"
#include "suppress/http/api.h"

#define COMMIT_MS 50
#define COMMIT_BATCH_MS 500
#define STEP_RECORDS 256
#define WIDTH_OTHERWISE 140

struct run_options {
    struct ff_option_list input, names;
    struct ff_decode_choices decode;
    const char *state, *listen, *results, *dead_letters, *rules, *shadow_rules, *default_tenant, *output;
    bool follow, json, sync, trust_oob, progress;
    uint64_t top;
};

static const struct run_options defaults = {.default_tenant = "default", .sync = true, .progress = true, .top = 10};

#define AT(member) .offset = offsetof(struct run_options, member)
static const struct ff_option table[] = {
    {.name = "input", .letter = 'i', .type = FF_OPTION_LIST, .value = "FORMAT:PATH", AT(input), .required = true,
     .help = "a log to read: packed, json, kumomta or postfix; .gz and .zst are decompressed, - is stdin, a folder is "
             "its files in order of their names"},
    {.name = "state", .letter = 's', .type = FF_OPTION_STRING, .value = "DIR", AT(state), .required = true,
     .help = "folder of the suppressions; made when it is not there"},
    {.name = "follow", .letter = 'F', .type = FF_OPTION_FLAG, AT(follow),
     .help = "keep reading as the inputs grow and are rotated; go on after a restart where the last run stopped, also "
             "in files that were renamed or compressed (.gz, .zst) beside them meanwhile"},
    {.name = "listen", .letter = 'l', .type = FF_OPTION_STRING, .value = "ADDR:PORT", AT(listen),
     .help = "answer checks, metrics and a page for people over HTTP"},
    {.name = "json", .letter = 'j', .type = FF_OPTION_FLAG, AT(json), .help = "print the report as one JSON object"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write the report to FILE, whole or not at all"},
    {.name = "results", .type = FF_OPTION_STRING, .value = "FILE", AT(results), .written = true,
     .help = "write every event with its verdict, one JSON object each; FILE appears whole, or FILE.partial when the "
             "run ends before its inputs; with --follow it is appended to, every event at least once"},
    {.name = "names", .type = FF_OPTION_LIST, .value = FF_VENDOR_CHOICES, AT(names),
     .help = "with --results: the verdict in the words of this product too (bounce_cat, bounce_class, bounce_type, "
             "kumomta_class)"},
    {.name = "dead-letters", .type = FF_OPTION_STRING, .value = "FILE", AT(dead_letters), .written = true,
     .help = "write what could not be decoded, one JSON object each; as with --results"},
    {.name = "rules", .letter = 'r', .type = FF_OPTION_STRING, .value = "FILE", AT(rules), .reread = true,
     .help = "classification rules instead of the built-in ones; read again on SIGHUP"},
    {.name = "shadow-rules", .type = FF_OPTION_STRING, .value = "FILE", AT(shadow_rules), .reread = true,
     .help = "rules that are tried beside the others and decide nothing; the report says what they would change"},
    {.name = "default-tenant", .type = FF_OPTION_STRING, .value = "NAME", AT(default_tenant),
     .help = "tenant of events whose record names none (default: default)"},
    FF_DECODE_CHOICES(struct run_options, decode, true),
    {.name = "trust-oob", .type = FF_OPTION_FLAG, AT(trust_oob),
     .help = "let out-of-band bounces suppress although nothing proves that they answer our mail"},
    {.name = "top", .type = FF_OPTION_UINT, .value = "N", AT(top), .min = 1, .max = FF_REPORT_TOP_MAX,
     .help = "causes and addresses shown in the report (default: 10)"},
    {.name = "sync", .type = FF_OPTION_FLAG, AT(sync),
     .help = "wait for the disk at each commit (default); --no-sync is faster and safe against a crash of the program, "
             "not of the machine"},
    {.name = "progress", .type = FF_OPTION_FLAG, AT(progress), .help = "show progress on a terminal (default)"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty run -i postfix:/var/log/mail.log.1.gz -i postfix:/var/log/mail.log -s /var/lib/fivefifty",
     "read two logs in order, print what was found and what to do"},
    {"fivefifty run -i kumomta:/var/log/kumo/current.zst -s state --follow --listen 127.0.0.1:8080",
     "follow a log and answer GET /v1/check?address=a@example.net&tenant=acme"},
    {NULL, NULL},
};

struct run {
    const struct run_options *opts;
    struct ff_suppressor *state;
    struct ff_log_inputs *inputs;
    struct ff_rule_names *rule_names;
    struct ff_rulebook *rules;
    struct ff_judge *judge;
    struct ff_report *report;
    struct ff_run_outputs out;
    unsigned vendors; /* bit per enum ff_vendor: --names */
    struct ff_json_out json;
    struct ff_api *api;
    struct ff_control *control; /* NULL: the folder takes no socket */
    struct ff_run_metrics *metrics;
    struct ff_decode_maps maps;
    struct ff_time_zone zone;
    struct ff_newest_events newest;
    uint64_t surges_told;
    uint64_t added; /* ff_suppressor_stats().added after the last result that might have changed it */
    enum ff_err err; /* of the suppressor */
    bool dirty, ended; /* ended: all inputs were read to their ends */
    sig_atomic_t reloads;
    uint64_t reloads_done, reloads_failed;
    int64_t started_ms, committed_ms;
    struct ff_progress progress;
};

/* ---- results ----------------------------------------------------------------------------------------------------- */

static void write_result(struct run *r, const struct ff_event *ev, const struct ff_verdict *v)
{
    ff_json_open(&r->json, '{');
    ff_event_put_json(&r->json, ev);
    ff_json_key(&r->json, "verdict");
    ff_json_open(&r->json, '{');
    ff_verdict_put_json(&r->json, v);
    if (r->vendors) {
        struct ff_reply reply;
        ff_reply_of_event(ev, &reply);
        ff_verdict_put_names(&r->json, r->vendors, v, ff_reply_is_transient(&reply));
    }
    ff_json_close(&r->json, '}');
    ff_json_close(&r->json, '}');
    ff_json_end_line(&r->json);
    ff_output_take(r->out.results, &r->json);
}

static void on_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct run *r = ctx;
    (void)record;
    ff_newest_note(&r->newest, ff_decoder_number(ff_log_inputs_format(r->inputs)), ev->event_time_us);
    if (r->err == FF_OK)
        r->err = ff_suppressor_result(r->state, ev, v, -1);
    if (ff_kind_is_failure(ev->kind))
        ff_report_failure(r->report, ev, v);
    if (v->action == FF_ACTION_SUPPRESS_NOW || v->action == FF_ACTION_SUPPRESS_AFTER_N) {
        struct ff_suppressor_stats stats;
        ff_suppressor_stats(r->state, &stats);
        if (stats.added > r->added)
            ff_report_suppressed(r->report, ev, v);
        r->added = stats.added;
    }
    if (r->out.results)
        write_result(r, ev, v);
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    struct run *r = ctx;
    if (!r->out.dead)
        return;
    ff_dead_letter_put_json(&r->json, dead, record, ff_log_inputs_format(r->inputs)->name);
    ff_output_take(r->out.dead, &r->json);
}

/* ---- commit, reload ---------------------------------------------------------------------------------------------- */

static void publish_metrics(struct run *r)
{
    struct ff_run_facts f = {.rules = {.names = r->rule_names,
                                       .reloads = r->reloads_done,
                                       .reload_failures = r->reloads_failed},
                             .newest = r->newest};
    if (!r->metrics)
        return;
    ff_rules_status_of(&f.rules, r->rules);
    ff_log_inputs_counts(r->inputs, &f.counts);
    ff_log_inputs_bytes(r->inputs, &f.input_bytes, &f.input_lag_bytes);
    ff_run_metrics_set(r->metrics, &f, r->judge);
}

/* Results go out before the state that has counted them: what a commit holds is not read again, so results it had
 * and the file had not would be missing for ever. The other way round they are written twice at worst. */
static int commit(struct run *r)
{
    char message[512] = "the state cannot be written";
    r->committed_ms = ff_steady_ms();
    if (!ff_run_outputs_settle(&r->out))
        return 0; /* the loop ends, and closing them tells */
    if (r->err == FF_OK) {
        ff_log_inputs_mark(r->inputs);
        r->err = ff_suppressor_commit(r->state, message, sizeof message);
    }
    if (r->err != FF_OK)
        return ff_fail(
            ff_err_exit_status(r->err), "%s: %s (%smake room or repair it, and run it again)", r->opts->state, message,
            ff_log_inputs_can_be_read_again(r->inputs) ? "nothing is lost: "
                                                       : "what was read of pipes since the last commit is lost; ");
    r->dirty = false;
    publish_metrics(r);
    if (r->opts->follow)
        ff_surges_tell(r->state, r->opts->state, &r->surges_told);
    return 0;
}

static int refuse_reload(struct run *r)
{
    ff_warn("rules and options stay as they were");
    r->reloads_failed++;
    publish_metrics(r);
    return 0;
}

/* SIGHUP: rules and maps take effect from the next record on; what else changed in the file needs a restart. What the
 * old rules decided is committed first, so that no commit holds verdicts of two versions. */
static int reload(struct run *r)
{
    struct ff_rulebook *rules = NULL;
    struct run_options fresh;
    struct ff_decode_maps maps = {.streams = {.count = 0}};
    char title[FF_RULESET_TITLE_MAX];
    r->reloads = ff_reload;
    if (!ff_options_reload(&fresh) || ff_decode_maps_init(&maps, &fresh.decode) != 0 ||
        ff_rulebook_open(r->rule_names, fresh.rules, fresh.shadow_rules, &rules) != 0) {
        ff_decode_maps_fini(&maps);
        return refuse_reload(r);
    }
    int status = r->dirty ? commit(r) : 0;
    if (status || !ff_judge_swap(r->judge, rules)) {
        ff_rulebook_drop(rules);
        ff_decode_maps_fini(&maps);
        if (status)
            return status;
        ff_warn("memory is short");
        return refuse_reload(r);
    }
    ff_rulebook_drop(r->rules);
    r->rules = rules;
    ff_decode_maps_fini(&r->maps);
    r->maps = maps;
    r->reloads_done++;
    publish_metrics(r);
    ff_note("rules %s are in force", ff_ruleset_title(rules->live, title));
    return 0;
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

/* Bounded inputs have a share and the time left, followed ones how many bytes are not read yet. */
static void show_progress(struct run *r)
{
    struct ff_pipeline_counts c;
    struct ff_progress_at at = {.things = "events", .endless = r->opts->follow};
    if (!ff_progress_is_due(&r->progress))
        return;
    ff_log_inputs_counts(r->inputs, &c);
    ff_log_inputs_progress(r->inputs, &at.done, &at.total);
    at.count = c.accounting.events;
    ff_progress_show(&r->progress, &at);
}

/* What is answered is on the disk: also not when results cannot be written, which ends the loop and is told then. */
static int commit_for_control(void *ctx)
{
    struct run *r = ctx;
    int status = commit(r);
    return status == 0 && ff_run_outputs_failed(&r->out) ? FF_EXIT_IO : status;
}

static int loop(struct run *r)
{
    int64_t interval = r->opts->follow || r->opts->listen ? COMMIT_MS : COMMIT_BATCH_MS;
    int status = 0;
    while (!ff_stop && status == 0) {
        ff_newest_clock(&r->newest);
        enum ff_log_step step = ff_log_inputs_step(r->inputs, STEP_RECORDS);
        int64_t since = ff_steady_ms() - r->committed_ms;
        if (step == FF_LOG_WORKED)
            r->dirty = true; /* positions move even when nothing came of it */
        if (r->err != FF_OK || (r->dirty && since >= interval))
            status = commit(r);
        if (r->reloads != ff_reload && status == 0)
            status = reload(r);
        if (r->control && status == 0)
            status = ff_run_control_serve(r->control, r->state, commit_for_control, r);
        show_progress(r);
        if (ff_run_outputs_failed(&r->out))
            break; /* told when they are closed */
        r->ended = step == FF_LOG_ENDED;
        if (r->ended)
            break;
        if (status == 0 && step == FF_LOG_IDLE)
            ff_log_inputs_wait(r->inputs, r->control ? ff_control_fd(r->control) : -1,
                               r->dirty ? (int)(since < interval ? interval - since : 1) : 500);
    }
    return status;
}

/* ---- start and end ----------------------------------------------------------------------------------------------- */

static int open_state(struct run *r)
{
    char message[512];
    struct ff_suppressor_options opts = {.state_dir = r->opts->state,
                                         .folder_of = FF_FOLDER_OF_RUN,
                                         .create = true,
                                         .sync = r->opts->sync,
                                         .trust_oob = r->opts->trust_oob,
                                         .default_tenant = r->opts->default_tenant};
    enum ff_err err = ff_suppressor_open(&opts, &r->state, message, sizeof message);
    if (err != FF_OK)
        return ff_fail(ff_err_exit_status(err), "%s", message);
    if (ff_control_open(r->opts->state, &r->control) != FF_OK)
        ff_warn("%s/" FF_CONTROL_SOCKET ": no socket can be made there (add, release and import work only while this "
                "process is stopped)",
                r->opts->state);
    return 0;
}

static void say(void *ctx, const char *text)
{
    (void)ctx;
    ff_warn("%s", text);
}

static int listen_start(struct run *r)
{
    char message[512];
    if (!r->opts->listen)
        return 0;
    r->metrics = ff_run_metrics_new(r->state);
    if (!r->metrics)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    publish_metrics(r); /* whoever asks before the first commit gets zeros, not nothing */
    struct ff_api_options opts = {.listen = r->opts->listen, .suppressor = r->state,
                                  .metrics = ff_run_metrics_write, .say = say, .ctx = r->metrics};
    enum ff_err err = ff_api_start(&opts, &r->api, message, sizeof message);
    return err == FF_OK ? 0 : ff_fail(ff_err_exit_status(err), "%s", message);
}

static int start(struct run *r)
{
    const struct run_options *o = r->opts;
    r->vendors = ff_vendors_of(&o->names);
    if (r->vendors && !o->results)
        return ff_fail(FF_EXIT_USAGE, "--names adds to the objects of --results (give both)");
    int status = ff_default_tenant_check(o->default_tenant);
    if (status == 0)
        status = ff_decode_maps_init(&r->maps, &o->decode);
    if (status == 0)
        status = ff_zone_init(&r->zone, o->decode.zone);
    if (status == 0)
        status = (r->rule_names = ff_rule_names_new()) ? 0 : ff_fail(FF_EXIT_OSERR, "out of memory");
    if (status == 0)
        status = ff_rulebook_open(r->rule_names, o->rules, o->shadow_rules, &r->rules);
    if (status)
        return status;
    r->report = ff_report_new((unsigned)o->top);
    r->judge = ff_judge_new(r->rules);
    if (!r->report || !r->judge)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    struct ff_decode_options decode = ff_inputs_decode_options(o->default_tenant, o->decode.year, &r->maps, &r->zone);
    struct ff_pipeline_sink sink = {r, on_result, on_dead};
    status = ff_log_inputs_check(&o->input);
    if (status == 0)
        status = open_state(r);
    if (status == 0)
        status = ff_log_inputs_open(&r->inputs, &o->input, o->follow, &decode, r->judge, &sink, r->state);
    if (status == 0)
        status = ff_run_outputs_open(&r->out, o->results, o->dead_letters, o->follow, o->sync);
    if (status == 0)
        status = listen_start(r);
    return status;
}

static int print_report(struct run *r, const struct ff_pipeline_counts *counts, bool all_written)
{
    struct ff_suppressor_stats stats;
    struct ff_output *out = NULL;
    bool to_terminal = !r->opts->output && isatty(STDOUT_FILENO);
    ff_suppressor_stats(r->state, &stats);
    struct ff_report_facts facts = {
        .counts = counts,
        .suppressions = &stats,
        .state = r->state,
        .shadow = r->rules->shadow ? ff_judge_shadow(r->judge) : NULL,
        .rules = r->rules,
        .state_dir = r->opts->state,
        .input = &r->opts->input,
        .decode = &r->opts->decode,
        .rules_path = r->opts->rules,
        .seconds = (double)(ff_steady_ms() - r->started_ms) / 1000.0,
        .inputs = ff_log_inputs_number(r->inputs),
        .stopped = ff_stop != 0 && !r->ended,
        .all_written = all_written,
        .dead_letters_kept = r->opts->dead_letters != NULL,
    };
    int status = ff_output_open(&out, r->opts->output, false);
    if (status)
        return status;
    if (r->opts->json)
        ff_report_put_json(r->report, &r->json, &facts);
    else
        ff_report_put_text(r->report, &r->json, &facts, to_terminal && ff_terminal_colour(STDOUT_FILENO),
                           to_terminal ? ff_terminal_width(STDOUT_FILENO, WIDTH_OTHERWISE) : WIDTH_OTHERWISE);
    ff_output_take(out, &r->json);
    return ff_output_close(out, true);
}

static void worse(int *status, int other)
{
    if (*status == 0)
        *status = other;
}

/* A log of another format is no damaged one: it is read to its end, counted, and none of it was meant. */
static void warn_of_nothing(const struct ff_accounting *a)
{
    if (a->items > 0 && a->events == 0)
        ff_warn("no result in %llu item%s (%llu dead-lettered, %llu ignored): are these logs what --input calls them?",
                (unsigned long long)a->items, a->items == 1 ? "" : "s", (unsigned long long)a->dead,
                (unsigned long long)a->ignored);
}

static int finish(struct run *r, int status)
{
    struct ff_pipeline_counts counts;
    ff_control_close(r->control);
    r->control = NULL;
    if (status == 0)
        status = commit(r);
    ff_progress_end(&r->progress);
    ff_api_stop(r->api);
    r->api = NULL;
    int written = ff_run_outputs_close(&r->out, status == 0 && r->ended && ff_log_inputs_status(r->inputs) == 0);
    worse(&status, written);
    bool all_written = status == 0;
    worse(&status, ff_log_inputs_status(r->inputs));
    ff_log_inputs_counts(r->inputs, &counts);
    worse(&status, print_report(r, &counts, all_written));
    warn_of_nothing(&counts.accounting);
    worse(&status, ff_accounting_check(&counts.accounting));
    return status;
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct run r = {.opts = options, .started_ms = ff_steady_ms()};
    ff_progress_init(&r.progress, r.opts->progress);
    (void)arguments;
    (void)count;
    ff_json_out_init(&r.json);
    ff_signals_catch();
    int status = start(&r);
    if (status == 0) {
        r.committed_ms = ff_steady_ms();
        status = finish(&r, loop(&r));
    }
    ff_api_stop(r.api);
    ff_run_outputs_drop(&r.out);
    ff_log_inputs_close(r.inputs);
    ff_control_close(r.control);
    ff_suppressor_close(r.state);
    ff_run_metrics_free(r.metrics);
    ff_report_free(r.report);
    ff_judge_free(r.judge);
    ff_rulebook_drop(r.rules);
    ff_rule_names_free(r.rule_names);
    ff_decode_maps_fini(&r.maps);
    ff_time_zone_fini(&r.zone);
    ff_json_out_fini(&r.json);
    return status;
}

const struct ff_subcommand ff_cmd_run = {
    .name = "run",
    .summary = "the whole pipeline in one process: logs in, suppressions and a report out",
    .arguments = "",
    .description = "Reads logs of mail servers, judges every failure, and keeps the addresses that must not be mailed "
                   "again in a state folder. Ends with the inputs and prints a report, or follows them with --follow. "
                   "Reading the same input again changes nothing. Inputs of one format are read in the given order and "
                   "share what they tell of a message. SIGTERM ends it in order, SIGHUP reads the rules again.",
    .options = table,
    .struct_size = sizeof(struct run_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 damaged input, 66 input not there, 69 --listen impossible, 73 state or output cannot be made, 74 disk "
             "full or broken, 75 another process uses the state, 77 no permission, 78 the folder is of suppress or "
             "serve",
    .run = run,
};
