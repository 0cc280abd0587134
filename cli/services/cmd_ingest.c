/* cmd_ingest.c: the service that turns raw topics into results; with --listen it also answers /metrics. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/inputs/decode_choices.h"
#include "cli/inputs/rule_files.h"
#include "cli/options/kafka_properties.h"
#include "cli/options/options.h"
#include "cli/options/options_pair.h"
#include "cli/output/shadow_report.h"
#include "cli/process/messages.h"
#include "cli/process/signals.h"
#include "cli/process/terminal.h"
#include "ingest/formats/formats.h"
#include "ingest/service/ingest.h"
#include "proto/topics.h"
#include "suppress/http/api.h"

#define SHADOW_ROWS 50 /* shown at the end; counts of all of them are in the metrics */
#define WIDTH_OTHERWISE 140

struct ingest_options {
    const char *brokers, *group, *prefix, *publish, *compress, *rules, *shadow_rules, *listen, *default_tenant;
    struct ff_option_list from, properties;
    struct ff_decode_choices decode;
    bool until_end;
    uint64_t workers;
};

static const struct ingest_options defaults = {
    .group = "fivefifty-ingest", .prefix = FF_TOPIC_PREFIX_DEFAULT, .publish = "all", .compress = "zstd",
    .default_tenant = "default", .workers = 1};

#define AT(member) .offset = offsetof(struct ingest_options, member)
static const struct ff_option table[] = {
    {.name = "brokers", .letter = 'b', .type = FF_OPTION_STRING, .value = "HOST:PORT", AT(brokers), .required = true,
     .help = "one or more brokers of the Kafka cluster, separated by commas"},
    {.name = "from", .letter = 'f', .type = FF_OPTION_LIST, .value = "TOPIC=FORMAT", AT(from), .required = true,
     .help = "a topic to read and what is in it: packed, json, kumomta or postfix; several of one FORMAT are fine"},
    {.name = "group", .letter = 'g', .type = FF_OPTION_STRING, .value = "NAME", AT(group),
     .help = "consumer group; processes of one group share the work (default: fivefifty-ingest)"},
    {.name = "topic-prefix", .type = FF_OPTION_STRING, .value = "PREFIX", AT(prefix),
     .help = "what the names of our topics begin with (default: mail.)"},
    {.name = "until-end", .type = FF_OPTION_FLAG, AT(until_end),
     .help = "end when everything that was in the topics at start is done and committed, by this process or another of "
             "the group"},
    {.name = "workers", .letter = 'w', .type = FF_OPTION_UINT, .value = "N", AT(workers), .min = 1, .max = 64,
     .help = "threads, each with its own Kafka clients; not more than partitions (default: 1)"},
    {.name = "publish", .type = FF_OPTION_STRING, .value = "all|failures|none", AT(publish),
     .help = "which events become results: all of them (default), all but deliveries and the like, or none (dead "
             "letters only)"},
    {.name = "compress", .type = FF_OPTION_STRING, .value = "zstd|lz4|none", AT(compress),
     .help = "how results are packed: zstd (default), lz4 (a third of the CPU, a third more bytes), or none"},
    {.name = "rules", .letter = 'r', .type = FF_OPTION_STRING, .value = "FILE", AT(rules), .reread = true,
     .help = "classification rules instead of the built-in ones; read again on SIGHUP"},
    {.name = "shadow-rules", .type = FF_OPTION_STRING, .value = "FILE", AT(shadow_rules), .reread = true,
     .help = "rules that are tried beside the others and publish nothing; what they would change is told at the end "
             "and in /metrics"},
    {.name = "default-tenant", .type = FF_OPTION_STRING, .value = "NAME", AT(default_tenant),
     .help = "tenant of events whose record (or header tenant-id) names none (default: default)"},
    FF_DECODE_CHOICES(struct ingest_options, decode, false),
    {.name = "listen", .letter = 'l', .type = FF_OPTION_STRING, .value = "ADDR:PORT", AT(listen),
     .help = "answer /metrics, /livez, /readyz and, for people, / over HTTP"},
    {.name = "property", .letter = 'X', .type = FF_OPTION_LIST, .value = "NAME=VALUE", AT(properties),
     .help = "librdkafka configuration property (security.protocol=ssl, session.timeout.ms=10000, ...)"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty ingest --brokers 127.0.0.1:9092 --from mail.raw.kumomta.v1=kumomta --workers 2",
     "classify what KumoMTA logs, for ever"},
    {"fivefifty ingest -b 127.0.0.1:9092 -f mail.raw.postfix.v1=postfix --until-end", "what is there now, then end"},
    {NULL, NULL},
};

static bool ready(void *ctx, char why[FF_API_WHY_MAX])
{
    (void)ctx;
    return ff_ingest_ready(why, FF_API_WHY_MAX);
}

static void metrics(void *ctx, FILE *f)
{
    (void)ctx;
    ff_ingest_metrics(f);
}

static void say(void *ctx, const char *text)
{
    (void)ctx;
    ff_warn("%s", text);
}

/* "TOPIC=FORMAT"; the topic's name cannot hold a '='. */
static int parse_from(const struct ff_option_list *list, struct ff_ingest_from *from)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *format;
        if (!ff_option_pair(list->items[i], &from[i].topic, &format))
            return ff_fail(FF_EXIT_USAGE, "--from %s: not TOPIC=FORMAT", list->items[i]);
        from[i].format = ff_decoder_find(ff_slice_str(format));
        if (!from[i].format)
            return ff_fail(FF_EXIT_USAGE, "--from %s: no such format (fivefifty decode --list-formats)",
                           list->items[i]);
    }
    return FF_EXIT_OK;
}

static int serve_and_run(const struct ff_ingest_options *opts)
{
    struct ff_api *api = NULL;
    char message[256];
    if (opts->listen) {
        const struct ff_api_options a = {.listen = opts->listen, .ready = ready, .metrics = metrics, .say = say};
        enum ff_err err = ff_api_start(&a, &api, message, sizeof message);
        if (err != FF_OK)
            return ff_fail(ff_err_exit_status(err), "%s", message);
    }
    int status = ff_ingest_run(opts);
    if (api)
        ff_api_stop(api);
    return status;
}

/* Where the rules come from: what the program was started with, after SIGHUP what the configuration file says now. */
struct rules_source {
    const struct ingest_options *opts;
    bool again;
};

static int open_rules(void *ctx, struct ff_rule_names *names, struct ff_rulebook **ret)
{
    struct rules_source *from = ctx;
    struct ingest_options fresh = *from->opts;
    if (from->again && !ff_options_reload(&fresh))
        return FF_EXIT_CONFIG;
    from->again = true;
    return ff_rulebook_open(names, fresh.rules, fresh.shadow_rules, ret);
}

static void report_shadow(void *ctx, const struct ff_shadow *found, const struct ff_rulebook *book)
{
    struct ff_json_out o;
    (void)ctx;
    ff_json_out_init(&o);
    ff_shadow_put_text(&o, found, book, SHADOW_ROWS, ff_terminal_width(STDERR_FILENO, WIDTH_OTHERWISE), false);
    fwrite(o.buf, 1, o.failed ? 0 : o.len, stderr);
    ff_json_out_fini(&o);
}

static enum ff_publish publish_of(const char *word)
{
    return strcmp(word, "none") == 0       ? FF_PUBLISH_NONE
           : strcmp(word, "failures") == 0 ? FF_PUBLISH_FAILURES
                                           : FF_PUBLISH_ALL;
}

static enum ff_batch_codec codec_of(const char *word)
{
    return strcmp(word, "none") == 0 ? FF_BATCH_RAW : strcmp(word, "lz4") == 0 ? FF_BATCH_LZ4 : FF_BATCH_ZSTD;
}

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct ingest_options *o = options;
    (void)arguments;
    (void)count;
    struct ff_decode_maps maps = {.streams = {.count = 0}};
    struct ff_time_zone zone = {NULL, 0};
    struct rules_source rules = {.opts = o};
    struct ff_ingest_from *from = calloc(o->from.count, sizeof *from);
    struct ff_kafka_property *properties = NULL;
    int status = from ? ff_decode_maps_init(&maps, &o->decode) : ff_fail(FF_EXIT_OSERR, "out of memory");
    if (status == FF_EXIT_OK)
        status = ff_zone_init(&zone, o->decode.zone);
    if (status == FF_EXIT_OK)
        status = ff_default_tenant_check(o->default_tenant);
    if (status == FF_EXIT_OK)
        status = parse_from(&o->from, from);
    if (status == FF_EXIT_OK)
        status = ff_kafka_properties(&o->properties, &properties);
    if (status == FF_EXIT_OK) {
        const struct ff_ingest_options opts = {
            .brokers = o->brokers,
            .group = o->group,
            .topic_prefix = o->prefix,
            .from = from,
            .from_count = o->from.count,
            .properties = properties,
            .property_count = o->properties.count,
            .workers = (unsigned)o->workers,
            .until_end = o->until_end,
            .publish = publish_of(o->publish),
            .open_rules = open_rules,
            .shadow_report = report_shadow,
            .rules_ctx = &rules,
            .decode = ff_inputs_decode_options(o->default_tenant, o->decode.year, &maps, &zone),
            .codec = codec_of(o->compress),
            .listen = o->listen,
            .stop = &ff_stop,
            .reload = &ff_reload,
        };
        ff_signals_catch();
        status = serve_and_run(&opts);
    }
    ff_decode_maps_fini(&maps);
    ff_time_zone_fini(&zone);
    free(properties);
    free(from);
    return status;
}

const struct ff_subcommand ff_cmd_ingest = {
    .name = "ingest",
    .summary = "Kafka in, results and dead letters out",
    .arguments = "",
    .description = "Reads raw topics as a member of a consumer group, decodes and classifies, and publishes results "
                   "(packed, by partition of the recipient) and dead letters (bytes untouched, the reason in headers). "
                   "Offsets are committed only after the brokers have acknowledged everything that follows from the "
                   "records before them, so a crash repeats some results and loses none. Start more processes to share "
                   "the work. SIGTERM drains, commits and ends; SIGHUP reads the rules again.",
    .options = table,
    .struct_size = sizeof(struct ingest_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "66 the rules are not there\n69 no broker answers at start\n70 the counts do not add up\n"
             "77 the rules may not be read; the brokers do not permit it, or refuse the connection (password, "
             "certificate)\n"
             "78 a topic is missing, or rules or a property are wrong",
    .run = run,
};
