/* cmd_decode.c: any format in, canonical events out: the decoders of `run` and `ingest` as a filter. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/inputs/decode_choices.h"
#include "cli/inputs/sources.h"
#include "cli/options/options_table.h"
#include "cli/output/accounting.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "ingest/formats/formats.h"
#include "ingest/pipeline/pipeline.h"
#include "proto/batch.h"
#include "proto/event_json.h"

#define ZSTD_LEVEL 3
#define FILES_MAX 4096

struct decode_options {
    const char *format, *output, *dead_letters, *stats, *default_tenant;
    bool json, strict, list_formats, line_buffered;
    struct ff_decode_choices decode;
};

static const struct decode_options defaults = {.default_tenant = "default"};

#define AT(member) .offset = offsetof(struct decode_options, member)
static const struct ff_option table[] = {
    {.name = "format", .letter = 'f', .type = FF_OPTION_STRING, .value = FF_FORMAT_CHOICES, AT(format),
     .help = "what the input is"},
    {.name = "json", .letter = 'j', .type = FF_OPTION_FLAG, AT(json),
     .help = "one JSON object a line; without it packed records are written (on a terminal always JSON)"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write FILE, whole or not at all, instead of stdout"},
    {.name = "dead-letters", .type = FF_OPTION_STRING, .value = "FILE", AT(dead_letters), .written = true,
     .help = "write what could not be decoded to FILE, one JSON object each: reason, message, payload, ..."},
    {.name = "stats", .type = FF_OPTION_STRING, .value = "FILE", AT(stats), .written = true,
     .help = "write the counts as one JSON object to FILE"},
    {.name = "strict", .type = FF_OPTION_FLAG, AT(strict), .help = "exit 65 when there were dead letters"},
    {.name = "default-tenant", .type = FF_OPTION_STRING, .value = "NAME", AT(default_tenant),
     .help = "tenant of events whose record names none (default: default)"},
    FF_DECODE_CHOICES(struct decode_options, decode, false),
    {.name = "line-buffered", .type = FF_OPTION_FLAG, AT(line_buffered), .help = "write each event at once"},
    {.name = "list-formats", .type = FF_OPTION_FLAG, AT(list_formats), .help = "print the formats and end"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty decode --format postfix --json /var/log/mail.log", "one JSON event per line"},
    {"fivefifty decode -f kumomta -j 20260806-080000.zst | jq -r .recipient", "a segment that KumoMTA still writes to"},
    {"fivefifty decode -f postfix mail.log.1.gz -o mail.packed --dead-letters bad.jsonl", "packed records for later"},
    {NULL, NULL},
};

struct decode {
    const struct decode_options *opts;
    const struct ff_decoder_ops *format;
    struct ff_output *out, *dead;
    struct ff_json_out json;
    struct ff_batch_writer *batch; /* NULL: JSON is written */
    struct ff_pipeline *pipeline;
    bool defect;
};

/* ---- output ------------------------------------------------------------------------------------------------------ */

static void batch_flush(struct decode *d)
{
    struct ff_slice record;
    uint8_t head[10];
    if (ff_batch_count(d->batch) == 0)
        return;
    if (ff_batch_close(d->batch, &record) != FF_OK) {
        d->defect = true;
        return;
    }
    size_t n = 0;
    for (uint64_t v = record.len; ; v >>= 7) {
        head[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        if (v <= 0x7f)
            break;
    }
    ff_output_write(d->out, ff_slice_of(head, n));
    ff_output_write(d->out, record);
    ff_output_line_end(d->out);
    ff_batch_begin(d->batch, ff_slice_str(d->format->name), FF_SLICE("fivefifty"));
}

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_verdict *v, const struct ff_record *record)
{
    struct decode *d = ctx;
    (void)v;
    (void)record;
    if (!d->batch) {
        ff_json_open(&d->json, '{');
        ff_event_put_json(&d->json, ev);
        ff_json_close(&d->json, '}');
        ff_json_end_line(&d->json);
        ff_output_take(d->out, &d->json);
        return;
    }
    if (ff_batch_content_bytes(d->batch) >= FF_BATCH_CONTENT_TARGET || d->out->line_buffered)
        batch_flush(d);
    enum ff_err err = ff_batch_add_event(d->batch, ev);
    if (err == FF_ERR_TOO_LARGE) {
        batch_flush(d);
        err = ff_batch_add_event(d->batch, ev);
    }
    if (err != FF_OK)
        d->defect = true;
    if (d->out->line_buffered)
        batch_flush(d);
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    struct decode *d = ctx;
    if (!d->dead)
        return;
    ff_dead_letter_put_json(&d->json, dead, record, d->format->name);
    ff_output_take(d->dead, &d->json);
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

static int on_record(void *ctx, const struct ff_record *record)
{
    struct decode *d = ctx;
    ff_pipeline_record(d->pipeline, record);
    return 0;
}

static int decode_file(struct decode *d, const char *path)
{
    return ff_source_read_all(path, d->format->framing, d->out, on_record, d);
}

static int write_stats(const struct decode *d, const struct ff_accounting *a)
{
    struct ff_output *out = NULL;
    struct ff_json_out json;
    if (!d->opts->stats)
        return 0;
    int status = ff_output_open(&out, d->opts->stats, false);
    if (status)
        return status;
    ff_json_out_init(&json);
    ff_json_open(&json, '{');
    ff_accounting_put_json(&json, a);
    ff_json_close(&json, '}');
    ff_json_end_line(&json);
    ff_output_take(out, &json);
    ff_json_out_fini(&json);
    return ff_output_close(out, true);
}

static void worse(int *status, int other)
{
    if (*status == 0)
        *status = other;
}

static int finish(struct decode *d, int status)
{
    struct ff_pipeline_counts counts;
    if (d->batch)
        batch_flush(d);
    ff_pipeline_counts(d->pipeline, &counts);
    bool gone = d->out->gone;
    worse(&status, ff_output_close(d->out, status == 0)); /* half an input makes no whole file */
    worse(&status, ff_output_close(d->dead, true));
    d->out = d->dead = NULL;
    if (gone)
        return status; /* quietly: the reader has seen enough */
    worse(&status, write_stats(d, &counts.accounting));
    ff_accounting_print(&counts.accounting);
    worse(&status, ff_accounting_check(&counts.accounting));
    if (d->defect)
        worse(&status,
              ff_fail(FF_EXIT_SOFTWARE, "an event could not be packed (a defect; please report it with the input)"));
    if (d->opts->strict && counts.accounting.dead > 0)
        worse(&status, FF_EXIT_DATA);
    return status;
}

static int list_formats(void)
{
    for (const struct ff_decoder_ops *const *f = ff_decoders; *f; f++)
        printf("%-10s %s\n", (*f)->name, (*f)->summary);
    return ff_stdout_flush();
}

static int start(struct decode *d, struct ff_decode_maps *maps, const struct ff_time_zone *zone)
{
    const struct decode_options *o = d->opts;
    bool terminal = !o->output && isatty(STDOUT_FILENO);
    int status = ff_default_tenant_check(o->default_tenant);
    if (status == 0)
        status = ff_output_open(&d->out, o->output, o->line_buffered || terminal);
    if (status == 0 && o->dead_letters)
        status = ff_output_open(&d->dead, o->dead_letters, o->line_buffered);
    if (status)
        return status;
    struct ff_decode_options decode = ff_inputs_decode_options(o->default_tenant, o->decode.year, maps, zone);
    struct ff_pipeline_sink sink = {d, on_event, on_dead};
    if (!o->json && !terminal) {
        d->batch = ff_batch_writer_new(FF_BATCH_EVENTS, ZSTD_LEVEL);
        if (!d->batch)
            return ff_fail(FF_EXIT_OSERR, "out of memory");
        ff_batch_begin(d->batch, ff_slice_str(d->format->name), FF_SLICE("fivefifty"));
    }
    d->pipeline = ff_pipeline_new(d->format, &decode, NULL, &sink);
    return d->pipeline ? 0 : ff_fail(FF_EXIT_OSERR, "out of memory");
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct decode d = {.opts = options};
    struct ff_decode_maps maps;
    struct ff_time_zone zone = {NULL, 0};
    if (d.opts->list_formats)
        return list_formats();
    if (!d.opts->format)
        return ff_fail(FF_EXIT_USAGE, "--format is missing (one of " FF_FORMAT_CHOICES ")");
    d.format = ff_decoder_find(ff_slice_str(d.opts->format));
    ff_json_out_init(&d.json);
    int status = ff_decode_maps_init(&maps, &d.opts->decode);
    if (status == 0)
        status = ff_zone_init(&zone, d.opts->decode.zone);
    if (status == 0)
        status = start(&d, &maps, &zone);
    if (status == 0) {
        if (count == 0)
            status = decode_file(&d, NULL);
        for (size_t i = 0; i < count && status == 0; i++)
            status = decode_file(&d, arguments[i]);
        status = finish(&d, status);
    }
    worse(&status, ff_output_close(d.out, false));
    worse(&status, ff_output_close(d.dead, false));
    ff_pipeline_free(d.pipeline);
    ff_batch_writer_free(d.batch);
    ff_json_out_fini(&d.json);
    ff_decode_maps_fini(&maps);
    ff_time_zone_fini(&zone);
    return status;
}

const struct ff_subcommand ff_cmd_decode = {
    .name = "decode",
    .summary = "any log format in, canonical events out",
    .arguments = "[FILE]...",
    .arguments_max = FILES_MAX,
    .description = "Decodes logs of mail servers into canonical events. Names ending in .gz or .zst are decompressed, "
                   "also while they grow; - or no FILE is stdin. Every item is an event, ignored for a reason, or a "
                   "dead letter; the counts are printed to stderr at the end.",
    .options = table,
    .struct_size = sizeof(struct decode_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 damaged input, or dead letters with --strict, 66 input not there, 73 output cannot be made, 74 disk "
             "full, 77 no permission to read",
    .run = run,
};
