/* cmd_generate.c: seeded logs in every format, and the truth about them. */
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/options/options_table.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "ingest/generate/gen_format.h"
#include "proto/json.h"
#include "proto/time_text.h"

struct generate_options {
    uint64_t events, seed, addresses, days;
    const char *format, *start, *truth, *output;
};

#define AT(member) .offset = offsetof(struct generate_options, member)
static const struct ff_option table[] = {
    {.name = "events", .letter = 'n', .type = FF_OPTION_UINT, .value = "N", AT(events), .min = 1, .max = 1000000000000,
     .help = "how many events (default 100000)"},
    {.name = "seed", .letter = 's', .type = FF_OPTION_UINT, .value = "S", AT(seed),
     .help = "the same seed and options give the same bytes on every machine (default 1)"},
    {.name = "format", .letter = 'f', .type = FF_OPTION_STRING, .value = "packed|json|kumomta|postfix", AT(format),
     .required = true,
     .help = "what to write"},
    {.name = "addresses", .type = FF_OPTION_UINT, .value = "N", AT(addresses), .min = 1, .max = 1000000000,
     .help = "how many recipients there are (default: a fifth of the events)"},
    {.name = "start", .type = FF_OPTION_STRING, .value = "TIME", AT(start),
     .help = "when the log begins, RFC 3339 (default 2026-08-03T00:00:00Z)"},
    {.name = "days", .type = FF_OPTION_UINT, .value = "N", AT(days), .min = GEN_DAYS_MIN, .max = 365,
     .help = "how many days it covers (default 21)"},
    {.name = "truth", .type = FF_OPTION_STRING, .value = "FILE", AT(truth), .written = true,
     .help = "write who must be suppressed after all of it, one JSON object a line"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write there, whole or not at all (default: stdout)"},
    FF_OPTIONS_END,
};
static const struct generate_options defaults = {.events = 100000, .seed = 1, .days = GEN_DAYS_DEFAULT};
static const struct ff_option_example examples[] = {
    {"fivefifty generate -n 100000 -f kumomta --truth truth.jsonl -o log.jsonl", "a log and the truth about it"},
    {"fivefifty generate -n 1000000 -f packed | fivefifty decode --format packed --json", "all fields, readable"},
    {NULL, NULL},
};

static ssize_t to_output(void *cookie, const char *buf, size_t size)
{
    struct ff_output *out = cookie;
    ff_output_write(out, ff_slice_of(buf, size));
    return ff_output_done(out) ? -1 : (ssize_t)size;
}

/* What is written must be told by ff_output_close(), which knows a closed pipe from a full disk. */
static int write_events(struct gen_plan *plan, enum gen_format format, struct ff_output *out)
{
    FILE *f = fopencookie(out, "w", (cookie_io_functions_t){.write = to_output});
    struct gen_writer *w = f ? gen_writer_new(format, plan, f) : NULL;
    enum ff_err err = w ? FF_OK : FF_ERR_NOMEM;
    struct gen_event ev;
    while (!err && gen_plan_next(plan, &ev))
        err = gen_write(w, &ev);
    if (!err)
        err = gen_writer_finish(w);
    gen_writer_free(w);
    if (f)
        fclose(f);
    return err && err != FF_ERR_IO ? ff_fail(ff_err_exit_status(err), "%s", ff_err_name(err)) : FF_EXIT_OK;
}

struct truth {
    struct ff_output *out;
    struct ff_json_out json;
};

static void write_truth(void *ctx, const char *tenant, const char *scope, const char *address)
{
    struct truth *t = ctx;
    ff_json_out_reset(&t->json);
    ff_json_open(&t->json, '{');
    ff_json_member_string(&t->json, "tenant_id", ff_slice_str(tenant));
    ff_json_member_string(&t->json, "stream_scope", ff_slice_str(scope));
    ff_json_member_string(&t->json, "address", ff_slice_str(address));
    ff_json_close(&t->json, '}');
    ff_json_end_line(&t->json);
    ff_output_write(t->out, ff_slice_of(t->json.buf, t->json.len));
}

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct generate_options *o = options;
    (void)arguments;
    (void)count;
    struct gen_options g = {.events = o->events,
                            .seed = o->seed,
                            .addresses = o->addresses ? o->addresses : o->events / 5 + 1,
                            .start_us = GEN_START_DEFAULT_US,
                            .days = (uint32_t)o->days};
    if (o->start && !ff_time_parse(ff_slice_str(o->start), false, &g.start_us, NULL))
        return ff_fail(FF_EXIT_USAGE, "--start %s: no RFC 3339 time (for example 2026-08-03T00:00:00Z)", o->start);
    enum gen_format format = gen_format_parse(o->format);
    struct gen_plan *plan = gen_plan_new(&g);
    if (!plan)
        return ff_fail(FF_EXIT_OSERR, "memory is short (fewer --addresses)");
    struct ff_output *out = NULL;
    struct truth truth = {0};
    int status = ff_output_open(&out, o->output, false);
    if (!status && o->truth)
        status = ff_output_open(&truth.out, o->truth, false);
    if (!status)
        status = write_events(plan, format, out);
    if (!status && truth.out) {
        ff_json_out_init(&truth.json);
        gen_truth(plan, format != GEN_POSTFIX, write_truth, &truth);
        ff_json_out_fini(&truth.json);
    }
    bool keep = status == FF_EXIT_OK;
    int closed = out ? ff_output_close(out, keep) : 0;
    int closed_truth = truth.out ? ff_output_close(truth.out, keep && !closed) : 0;
    gen_plan_free(plan);
    return status ? status : closed ? closed : closed_truth;
}

const struct ff_subcommand ff_cmd_generate = {
    .name = "generate",
    .summary = "write a seeded log, and the truth about it",
    .arguments = "",
    .description = "Writes what a sending fleet would log: mostly deliveries, then deferrals and bounces of every "
                   "category in the wording of several providers, three incidents, repeated addresses and duplicate "
                   "lines. The truth comes from the generator's own plan (who is dead, who was only deferred, whose "
                   "server lied), never from the classifier or the policy.",
    .options = table,
    .struct_size = sizeof(struct generate_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "73 the output cannot be made\n74 the disk is full",
    .run = run,
};
