/* cmd_export.c: the active suppressions, sorted by the bytes of their keys: the same list gives the same bytes. */
#include <stdio.h>

#include "cli/output/accounting.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/process/signals.h"
#include "cli/suppressions/commands.h"
#include "cli/suppressions/active_entries.h"
#include "cli/suppressions/postfix_map.h"
#include "cli/suppressions/selection.h"
#include "suppress/export.h"

struct export_options {
    struct ff_target_options target;
    struct ff_selection_options which;
    const char *format, *tenant, *stream, *output;
};

static const struct export_options defaults = {.format = "jsonl"};

#define AT(member) .offset = offsetof(struct export_options, member)
static const struct ff_option table[] = {
    FF_TARGET_ROWS(struct export_options),
    {.name = "format", .letter = 'f', .type = FF_OPTION_STRING, .value = "jsonl|csv|postfix", AT(format),
     .help = "JSON lines (default), CSV with a header line, or lines for postmap: KEY REJECT"},
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant),
     .help = "only this tenant's (default: all)"},
    {.name = "stream", .type = FF_OPTION_STRING, .value = "NAME", AT(stream),
     .help = "only what holds for mail of this stream"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write FILE, whole or not at all, instead of stdout"},
    FF_SELECTION_ROWS(struct export_options),
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty export --state /var/lib/fivefifty > list.jsonl", "everything that is suppressed"},
    {"fivefifty export --brokers kafka:9092 --tenant acme --format csv -o acme.csv",
     "one tenant's list from the compacted topic"},
    {"fivefifty export -s state --provider google --since 2026-11-24T21:00Z --until 2026-11-24T23:30Z",
     "what a provider's bad evening did"},
    {"fivefifty export -s state -f postfix -o /etc/postfix/suppressed && postmap /etc/postfix/suppressed",
     "a table for check_recipient_access (docs/into-postfix.md)"},
    {NULL, NULL},
};

struct export {
    const struct export_options *opts;
    struct ff_output *out;
    struct ff_json_out text;
    struct ff_selection selection;
    bool csv;
    struct ff_postfix_map *map; /* --format postfix */
};

static bool is_one(struct ff_slice name, const char *wanted, const char *all)
{
    return !wanted || ff_slice_eq(name, ff_slice_str(wanted)) || (all && ff_slice_eq(name, ff_slice_str(all)));
}

/* Whoever has a table only of a tenant's own entries would mail what is suppressed for all tenants. */
static bool is_meant(const struct export *x, const struct ff_suppression *s)
{
    return is_one(s->tenant_id, x->opts->tenant, x->map ? "*" : NULL) &&
           is_one(s->stream_scope, x->opts->stream, FF_SCOPE_ALL) && ff_selection_has(&x->selection, s);
}

static bool on_entry(void *ctx, const struct ff_suppression *s)
{
    struct export *x = ctx;
    if (!is_meant(x, s))
        return true;
    if (x->map)
        return ff_postfix_map_add(x->map, s);
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

static int write_entries(struct export *x)
{
    if (x->csv)
        ff_output_write(x->out, ff_slice_str(ff_export_csv_header));
    if (x->opts->target.brokers)
        ff_output_give_up_on(x->out, &ff_stop);
    int status = ff_entries_each(&x->opts->target, x->map ? NULL : x->opts->tenant, on_entry, x);
    if (status == 0 && x->map)
        status = ff_postfix_map_write(x->map, x->out);
    ff_output_flush(x->out);
    if (status == 0 && ff_stop)
        status = ff_fail(FF_EXIT_TEMPFAIL, "interrupted (the list is not complete)");
    return status;
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
    if (status) {
        ff_selection_fini(&x.selection);
        return status;
    }
    x.csv = strcmp(x.opts->format, "csv") == 0;
    ff_json_out_init(&x.text);
    bool postfix = strcmp(x.opts->format, "postfix") == 0;
    x.map = postfix ? ff_postfix_map_new() : NULL;
    status = postfix && !x.map ? ff_fail(FF_EXIT_OSERR, "out of memory") : write_entries(&x);
    bool whole = status == 0 && !ff_output_done(x.out); /* all entries were looked at */
    int closed = ff_output_close(x.out, status == 0);
    if (whole)
        ff_selection_tell_unknown(&x.selection);
    ff_selection_fini(&x.selection);
    ff_postfix_map_free(x.map);
    ff_json_out_fini(&x.text);
    return status ? status : closed;
}

const struct ff_subcommand ff_cmd_export = {
    .name = "export",
    .summary = "the list of suppressed addresses",
    .arguments = "",
    .description = "Prints the active suppressions of a state folder, or of the compacted topic read to its end, "
                   "sorted by the bytes of their keys, without those that have expired; with --since to --reply only "
                   "those of which all of these is true. As lines for postmap each address is there once, whosever "
                   "entry it is; --tenant and --stream narrow that to what holds for one tenant (entries for all "
                   "tenants too) and one stream. Never makes a state folder. Beside a process that uses the state it "
                   "shows what that one has committed.",
    .options = table,
    .struct_size = sizeof(struct export_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "66 no such state folder, 69 no broker, 71 no memory, 73 output cannot be made, 74 disk full or broken, "
             "75 interrupted (--brokers), 77 the brokers do not permit it or refuse the connection",
    .run = run,
};
