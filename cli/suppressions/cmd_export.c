/* cmd_export.c: the active suppressions, sorted by the bytes of their keys: the same list gives the same bytes. */
#include <stdio.h>

#include "cli/output/accounting.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/process/signals.h"
#include "cli/suppressions/commands.h"
#include "cli/suppressions/active_entries.h"
#include "cli/suppressions/selection.h"
#include "suppress/export.h"

struct export_options {
    struct ff_target_options target;
    struct ff_selection_options which;
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
    FF_SELECTION_ROWS(struct export_options),
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty export --state /var/lib/fivefifty > list.jsonl", "everything that is suppressed"},
    {"fivefifty export --brokers kafka:9092 --tenant acme --format csv -o acme.csv", "one tenant's list from the compacted topic"},
    {"fivefifty export -s state --provider google --since 2026-11-24T21:00Z --until 2026-11-24T23:30Z", "what a provider's bad evening did"},
    {NULL, NULL},
};

struct export {
    const struct export_options *opts;
    struct ff_output *out;
    struct ff_json_out text;
    struct ff_selection selection;
    bool csv;
};

static bool on_entry(void *ctx, const struct ff_suppression *s)
{
    struct export *x = ctx;
    if (!ff_selection_has(&x->selection, s))
        return true;
    if (x->csv) {
        ff_suppression_put_csv(&x->text, s);
    } else {
        ff_json_open(&x->text, '{');
        ff_suppression_put_json(&x->text, s);
        ff_json_close(&x->text, '}');
        ff_json_end_line(&x->text);
    }
    ff_output_take(x->out, &x->text);
    return !ff_output_done(x->out);
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct export x = {.opts = options};
    (void)arguments;
    (void)count;
    int status = ff_target_check(&x.opts->target);
    if (status == 0)
        status = ff_selection_read(&x.opts->which, &x.selection);
    if (status == 0)
        status = ff_output_open(&x.out, x.opts->output, false);
    if (status)
        return status;
    x.csv = strcmp(x.opts->format, "csv") == 0;
    ff_json_out_init(&x.text);
    if (x.csv)
        ff_output_write(x.out, ff_slice_str(ff_export_csv_header));
    if (x.opts->target.brokers)
        ff_output_give_up_on(x.out, &ff_stop);
    status = ff_entries_each(&x.opts->target, x.opts->tenant, on_entry, &x);
    ff_output_flush(x.out);
    if (status == 0 && ff_stop)
        status = ff_fail(FF_EXIT_TEMPFAIL, "interrupted (the list is not complete)");
    int closed = ff_output_close(x.out, status == 0);
    ff_json_out_fini(&x.text);
    return status ? status : closed;
}

const struct ff_subcommand ff_cmd_export = {
    .name = "export",
    .summary = "the list of suppressed addresses",
    .arguments = "",
    .description = "Prints the active suppressions of a state folder, or of the compacted topic read to its end, sorted by the bytes "
                   "of their keys, without those that have expired; with --since to --reply only those of which all of these is true. Never makes a state folder. Beside a process that uses the state it shows what that one has "
                   "committed.",
    .options = table,
    .struct_size = sizeof(struct export_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "66 no such state folder, 69 no broker, 73 output cannot be made, 74 disk full or broken, 75 interrupted (--brokers), 77 the brokers do not permit it or refuse the connection",
    .run = run,
};
