/* cmd_templates.c: which replies come most often, and which of them no rule knows: the queue of rules worth writing. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/inputs/reply_line.h"
#include "cli/filters/templates_print.h"
#include "cli/inputs/decode_choices.h"
#include "cli/inputs/rule_files.h"
#include "cli/inputs/sources.h"
#include "cli/logs/log_inputs.h"
#include "cli/options/options_table.h"
#include "cli/output/accounting.h"
#include "cli/process/messages.h"
#include "cli/process/terminal.h"
#include "ingest/formats/formats.h"
#include "proto/time_text.h"

#define FILES_MAX 1024
#define STEP_RECORDS 4096
#define WAIT_MS 500
#define WIDTH_OTHERWISE 140
#define TOP_OTHERWISE 20

struct templates_options {
    struct ff_option_list input;
    struct ff_decode_choices decode;
    const char *format, *rules, *output;
    bool unclassified, json, stub;
    uint64_t top, counters, sure;
};

static const struct templates_options defaults = {.counters = FF_TEMPLATES_COUNTERS_DEFAULT, .sure = FF_SURE_DEFAULT};

#define AT(member) .offset = offsetof(struct templates_options, member)
static const struct ff_option table[] = {
    {.name = "unclassified", .letter = 'u', .type = FF_OPTION_FLAG, AT(unclassified),
     .help = "only what no rule is sure of: unclassified, ambiguous, or a confidence below --sure"},
    {.name = "sure", .type = FF_OPTION_UINT, .value = "PERCENT", AT(sure), .min = 1, .max = 100,
     .help = "confidence from which a verdict needs no better rule (default: 40)"},
    {.name = "format", .letter = 'f', .type = FF_OPTION_STRING, .value = FF_FORMAT_CHOICES, AT(format),
     .help = "the files are logs of this format (default: one reply a line, as classify reads them)"},
    {.name = "input", .letter = 'i', .type = FF_OPTION_LIST, .value = "FORMAT:PATH", AT(input),
     .help = "a log to read, as run reads it; what run --results wrote is json:PATH and is judged again"},
    {.name = "json", .letter = 'j', .type = FF_OPTION_FLAG, AT(json), .help = "one JSON object per wording"},
    {.name = "stub", .type = FF_OPTION_FLAG, AT(stub),
     .help = "print a rule for each wording, to be edited, beside the built-in ones"},
    {.name = "top", .letter = 'n', .type = FF_OPTION_UINT, .value = "N", AT(top), .min = 1,
     .help = "wordings printed (default: 20, with --json all)"},
    {.name = "counters", .letter = 'k', .type = FF_OPTION_UINT, .value = "N", AT(counters), .min = 1,
     .max = FF_TEMPLATES_COUNTERS_MAX,
     .help = "wordings counted at a time, 2 KiB each: a count may be too high by replies / N (default: 4096)"},
    {.name = "rules", .letter = 'r', .type = FF_OPTION_STRING, .value = "FILE", AT(rules),
     .help = "use these rules instead of the built-in ones"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write FILE, whole or not at all, instead of stdout"},
    FF_DECODE_CHOICES(struct templates_options, decode, false),
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty templates --unclassified -i postfix:/var/log/mail.log",
     "what the rules do not know yet, most frequent first"},
    {"fivefifty templates -u --stub -f kumomta /var/log/kumomta >> my.rules",
     "rules to edit: category, phrase, examples"},
    {"fivefifty templates --json < replies.txt", "every wording with its count and verdict"},
    {NULL, NULL},
};

struct templates {
    const struct templates_options *opts;
    struct ff_templates *summary;
    struct ff_ruleset *rules;
    struct ff_classifier *classifier;
    struct ff_output *out;
    struct ff_json_out text;
    struct ff_decode_maps maps;
    struct ff_time_zone zone;
    struct ff_option_list specs; /* --input, then FILE as FORMAT:FILE */
    char **made;                 /* the latter */
    uint64_t failures, bare, refused; /* bare: codes without wording; refused: lines that are no reply */
    uint64_t bare_id;                 /* template of a bare code */
};

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static void count_reply(struct templates *t, const struct ff_reply *reply, const struct ff_verdict *v, int64_t time_us)
{
    t->failures++;
    if (t->opts->unclassified && !ff_verdict_is_unsure(v, t->opts->sure))
        return;
    if (t->opts->unclassified && v->template_id == t->bare_id)
        t->bare++; /* nothing to write a rule about */
    else
        ff_templates_add(t->summary, t->classifier, reply, v, time_us);
}

static void on_result(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct templates *t = ctx;
    struct ff_verdict verdict;
    struct ff_reply reply;
    (void)v; /* the pipeline has no judge: one classifier judges and explains */
    (void)record;
    if (!ff_kind_is_failure(ev->kind))
        return;
    ff_classify_event(t->classifier, ev, &verdict);
    ff_reply_of_event(ev, &reply);
    count_reply(t, &reply, &verdict, ff_time_is_usable(ev->event_time_us) ? ev->event_time_us : 0);
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)ctx;
    (void)dead;
    (void)record; /* the accounting counts it */
}

struct reply_files {
    struct templates *templates;
    struct ff_reply_reader reader;
};

static int count_line(void *ctx, const struct ff_record *record)
{
    struct reply_files *files = ctx;
    struct ff_reply_line q;
    struct ff_verdict v;
    ff_reply_line_parse(&files->reader, record, &q);
    if (q.error || ff_classify(files->templates->classifier, &q.reply, &v) != FF_OK)
        files->templates->refused++;
    else if (v.category != FF_ACCEPTED)
        count_reply(files->templates, &q.reply, &v, 0);
    return 0;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

static int read_reply_files(struct templates *t, const char *const *files, size_t count)
{
    struct reply_files read = {.templates = t};
    int status = ff_reply_reader_init(&read.reader);
    if (status == 0 && count == 0)
        status = ff_source_read_all(NULL, FF_FRAMING_LINES, NULL, count_line, &read);
    for (size_t i = 0; i < count && status == 0; i++)
        status = ff_source_read_all(files[i], FF_FRAMING_LINES, NULL, count_line, &read);
    ff_reply_reader_fini(&read.reader);
    if (t->refused)
        ff_warn("%llu lines are no replies and were left out (fivefifty classify says why)",
                (unsigned long long)t->refused);
    return status;
}

static int read_logs(struct templates *t)
{
    struct ff_log_inputs *inputs = NULL;
    struct ff_pipeline_counts counts;
    struct ff_decode_options decode = ff_inputs_decode_options("default", t->opts->decode.year, &t->maps, &t->zone);
    struct ff_pipeline_sink sink = {t, on_result, on_dead};
    int status = ff_log_inputs_check(&t->specs);
    if (status == 0)
        status = ff_log_inputs_open(&inputs, &t->specs, false, &decode, NULL, &sink, NULL);
    while (status == 0) {
        enum ff_log_step step = ff_log_inputs_step(inputs, STEP_RECORDS);
        if (step == FF_LOG_ENDED)
            break;
        if (step == FF_LOG_IDLE)
            ff_log_inputs_wait(inputs, -1, WAIT_MS);
    }
    if (status == 0) {
        ff_log_inputs_counts(inputs, &counts);
        status = ff_log_inputs_status(inputs);
        ff_accounting_print(&counts.accounting);
        if (status == 0)
            status = ff_accounting_check(&counts.accounting);
    }
    ff_log_inputs_close(inputs);
    return status;
}

/** Files with --format are inputs like those of --input. */
static int make_specs(struct templates *t, const char *const *files, size_t count)
{
    const struct templates_options *o = t->opts;
    size_t named = o->format ? (count ? count : o->input.count == 0) : 0;
    t->specs.items = calloc(o->input.count + named + 1, sizeof *t->specs.items);
    t->made = calloc(named + 1, sizeof *t->made);
    if (!t->specs.items || !t->made)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    for (size_t i = 0; i < o->input.count; i++)
        t->specs.items[t->specs.count++] = o->input.items[i];
    for (size_t i = 0; i < named; i++) {
        if (asprintf(&t->made[i], "%s:%s", o->format, count ? files[i] : "-") < 0)
            return ff_fail(FF_EXIT_OSERR, "out of memory");
        t->specs.items[t->specs.count++] = t->made[i];
    }
    return 0;
}

/* ---- start and end ----------------------------------------------------------------------------------------------- */

static int start(struct templates *t)
{
    const struct templates_options *o = t->opts;
    if (o->json && o->stub)
        return ff_fail(FF_EXIT_USAGE, "--json and --stub are two outputs (give one of them)");
    int status = ff_rules_open(o->rules, &t->rules);
    if (status == 0)
        status = ff_decode_maps_init(&t->maps, &o->decode);
    if (status == 0)
        status = ff_zone_init(&t->zone, o->decode.zone);
    if (status)
        return status;
    t->classifier = ff_classifier_new(t->rules, 0);
    t->summary = ff_templates_new((size_t)o->counters);
    if (!t->classifier || !t->summary)
        return ff_fail(FF_EXIT_OSERR, "out of memory (fewer --counters need less)");
    struct ff_verdict bare;
    (void)ff_classify(t->classifier, &(struct ff_reply){.code = 550}, &bare);
    t->bare_id = bare.template_id;
    return 0;
}

static int print(struct templates *t)
{
    const struct templates_options *o = t->opts;
    bool terminal = !o->output && isatty(STDOUT_FILENO);
    const struct ff_templates_page page = {
        .templates = t->summary,
        .failures = t->failures,
        .bare = t->bare,
        .top = o->top ? (size_t)o->top : o->json ? 0 : TOP_OTHERWISE,
        .unclassified = o->unclassified,
        .colour = terminal && ff_terminal_colour(STDOUT_FILENO),
        .width = terminal ? ff_terminal_width(STDOUT_FILENO, WIDTH_OTHERWISE) : WIDTH_OTHERWISE,
    };
    int status = ff_output_open(&t->out, o->output, false);
    if (status)
        return status;
    if (o->json)
        ff_templates_put_json(t->out, &t->text, &page);
    else if (o->stub)
        ff_templates_put_rules(t->out, &t->text, &page);
    else
        ff_templates_put_text(t->out, &t->text, &page);
    return ff_output_close(t->out, true);
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct templates t = {.opts = options};
    ff_json_out_init(&t.text);
    int status = start(&t);
    if (status == 0)
        status = make_specs(&t, arguments, count);
    if (status == 0 && !t.opts->format && (count || t.specs.count == 0))
        status = read_reply_files(&t, arguments, count);
    if (status == 0 && t.specs.count)
        status = read_logs(&t);
    if (status == 0)
        status = print(&t);
    ff_templates_free(t.summary);
    ff_classifier_free(t.classifier);
    ff_ruleset_free(t.rules);
    ff_decode_maps_fini(&t.maps);
    ff_time_zone_fini(&t.zone);
    ff_json_out_fini(&t.text);
    for (size_t i = t.opts->input.count; i < t.specs.count; i++)
        free(t.made[i - t.opts->input.count]);
    free(t.made);
    free(t.specs.items);
    return status;
}

const struct ff_subcommand ff_cmd_templates = {
    .name = "templates",
    .summary = "which replies come most often, and which no rule knows",
    .arguments = "[FILE]...",
    .arguments_max = FILES_MAX,
    .description = "Counts replies by their wording, with addresses, hosts, ids and numbers masked, and prints the "
                   "most frequent first. With --unclassified only those are counted that no rule is sure of: the rules "
                   "worth writing. A file is one reply a line, as classify reads it, or with --format a log. Memory is "
                   "bounded: a count may be too high, and says by how much at most.",
    .options = table,
    .struct_size = sizeof(struct templates_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 damaged input, 66 input not there, 73 output cannot be made, 74 disk full, 77 no permission to read, "
             "78 rules",
    .run = run,
};
