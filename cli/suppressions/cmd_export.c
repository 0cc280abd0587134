/* cmd_export.c: the active suppressions, sorted by the bytes of their keys: the same list gives the same bytes. What has expired is active for nobody
 * who asks, so it is left out. */
#include <stdio.h>

#include "cli/output/accounting.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/suppressions/commands.h"
#include "suppress/export.h"

struct export_options {
    struct ff_target_options target;
    const char *format, *tenant, *output;
};

static const struct export_options defaults = {.format = "jsonl"};

#define AT(member) .offset = offsetof(struct export_options, member)
static const struct ff_option table[] = {
    FF_TARGET_ROWS(struct export_options),
    {.name = "format", .letter = 'f', .type = FF_OPTION_STRING, .value = "jsonl|csv", AT(format), .help = "one JSON object a line (default), or CSV with a header line"},
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant), .help = "only this tenant's (default: all)"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write FILE, whole or not at all, instead of stdout"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_example examples[] = {
    {"fivefifty export --state /var/lib/fivefifty > list.jsonl", "everything that is suppressed"},
    {"fivefifty export --brokers kafka:9092 --tenant acme --format csv -o acme.csv", "one tenant's list from the compacted topic"},
    {NULL, NULL},
};

struct export {
    const struct export_options *opts;
    struct ff_output *out;
    struct ff_json_out text;
    int64_t now_us;
    bool csv;
    enum ff_err err;
};

static bool on_entry(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    struct export *x = ctx;
    struct ff_suppression s;
    (void)key;
    (void)state;
    if (suppression.len == 0)
        return true;
    x->err = ff_suppression_decode(suppression, &s);
    if (x->err != FF_OK)
        return false;
    if (s.state != FF_STATE_ACTIVE || (s.expires_us && s.expires_us <= x->now_us))
        return true;
    if (x->csv) {
        ff_suppression_put_csv(&x->text, &s);
    } else {
        ff_json_open(&x->text, '{');
        ff_suppression_put_json(&x->text, &s);
        ff_json_close(&x->text, '}');
        ff_json_end_line(&x->text);
    }
    ff_output_take(x->out, &x->text);
    return !ff_output_done(x->out);
}

static int from_state(struct export *x, struct ff_slice tenant)
{
    char message[512];
    struct ff_suppressor *state = NULL;
    struct ff_suppressor_options opts = {.state_dir = x->opts->target.state, .read_only = true};
    enum ff_err err = ff_suppressor_open(&opts, &state, message, sizeof message);
    if (err != FF_OK)
        return ff_fail(ff_err_exit_status(err), "%s", message);
    struct ff_lookup *lookup = ff_lookup_new(state);
    err = lookup ? ff_lookup_scan(lookup, tenant, on_entry, x) : FF_ERR_NOMEM;
    ff_lookup_free(lookup);
    ff_suppressor_close(state);
    if (err == FF_OK)
        err = x->err;
    return err == FF_OK ? 0 : ff_fail(ff_err_exit_status(err), "%s: the state cannot be read (%s)", opts.state_dir, ff_err_name(err));
}

static int from_topic(struct export *x, struct ff_slice tenant)
{
    struct ff_suppress_options opts;
    int status = ff_target_kafka(&x->opts->target, &opts);
    if (status == 0)
        status = ff_suppressions_read(&opts, tenant, on_entry, x);
    if (status == 0 && x->err != FF_OK)
        status = ff_fail(FF_EXIT_DATA, "the topic holds a record that is no suppression (check the topic prefix)");
    return status;
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct export x = {.opts = options, .now_us = ff_commands_now_us()};
    (void)arguments;
    (void)count;
    int status = ff_target_check(&x.opts->target);
    if (status == 0)
        status = ff_output_open(&x.out, x.opts->output, false);
    if (status)
        return status;
    struct ff_slice tenant = x.opts->tenant ? ff_slice_str(x.opts->tenant) : (struct ff_slice){NULL, 0};
    x.csv = strcmp(x.opts->format, "csv") == 0;
    ff_json_out_init(&x.text);
    if (x.csv)
        ff_output_write(x.out, ff_slice_str(ff_export_csv_header));
    status = x.opts->target.state ? from_state(&x, tenant) : from_topic(&x, tenant);
    int closed = ff_output_close(x.out, status == 0);
    ff_json_out_fini(&x.text);
    return status ? status : closed;
}

const struct ff_subcommand ff_cmd_export = {
    .name = "export",
    .summary = "the list of suppressed addresses",
    .arguments = "",
    .description = "Prints the active suppressions of a state folder, or of the compacted topic read to its end, sorted by the bytes "
                   "of their keys, without those that have expired. Never makes a state folder. Beside a process that uses the state it shows what that one has "
                   "committed.",
    .options = table,
    .struct_size = sizeof(struct export_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "66 no such state folder, 69 no broker, 73 output cannot be made, 74 disk full or broken",
    .run = run,
};
