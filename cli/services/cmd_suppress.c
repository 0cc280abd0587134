/* cmd_suppress.c: the service that owns partitions: results in, suppressions out. */
#include <stdlib.h>

#include "cli/options/kafka_properties.h"
#include "cli/options/options_table.h"
#include "cli/process/signals.h"
#include "cli/services/nothing_to_reload.h"
#include "suppress/service.h"

struct suppress_options {
    const char *brokers, *group, *topic_prefix, *state, *listen;
    struct ff_option_list properties;
    bool until_end, trust_oob;
};

static const struct suppress_options defaults = {.group = "fivefifty-suppress", .topic_prefix = "mail."};

#define AT(member) .offset = offsetof(struct suppress_options, member)
static const struct ff_option table[] = {
    {.name = "brokers", .letter = 'b', .type = FF_OPTION_STRING, .value = "HOST:PORT", AT(brokers), .required = true,
     .help = "one or more brokers of the Kafka cluster"},
    {.name = "state", .letter = 's', .type = FF_OPTION_STRING, .value = "DIR", AT(state), .required = true,
     .help = "folder for this process's copy of the state, and for nobody else's; made when it is not there. One that "
             "is lost is restored from the topics"},
    {.name = "group", .letter = 'g', .type = FF_OPTION_STRING, .value = "NAME", AT(group),
     .help = "processes of one group share the partitions (default: fivefifty-suppress)"},
    {.name = "topic-prefix", .type = FF_OPTION_STRING, .value = "PREFIX", AT(topic_prefix),
     .help = "of all topic names (default: mail.)"},
    {.name = "until-end", .type = FF_OPTION_FLAG, AT(until_end),
     .help = "stop when everything that was in the topics at start is done and committed"},
    {.name = "trust-oob", .type = FF_OPTION_FLAG, AT(trust_oob),
     .help = "believe out-of-band bounces without a verified return path; only where nobody else can send to it"},
    {.name = "listen", .letter = 'l', .type = FF_OPTION_STRING, .value = "ADDR:PORT", AT(listen),
     .help = "answer /livez, /readyz, /metrics and, for people, / there, and look-ups while it owns all partitions "
             "(else 421: ask serve)"},
    {.name = "property", .letter = 'X', .type = FF_OPTION_LIST, .value = "NAME=VALUE", AT(properties),
     .help = "a property of librdkafka"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty suppress --brokers kafka:9092 --state /var/lib/fivefifty-suppress",
     "own a share of the partitions; start more of them to spread the work"},
    {"fivefifty suppress --brokers kafka:9092 --state state --until-end", "a batch job: do what is there, then stop"},
    {NULL, NULL},
};

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct suppress_options *so = options;
    struct ff_kafka_property *properties = NULL;
    int status = ff_kafka_properties(&so->properties, &properties);
    (void)arguments, (void)count;
    if (status)
        return status;
    struct ff_suppress_options opts = {
        .brokers = so->brokers, .group = so->group, .topic_prefix = so->topic_prefix, .state_dir = so->state,
        .properties = properties, .property_count = so->properties.count, .until_end = so->until_end,
        .trust_oob = so->trust_oob, .listen = so->listen, .stop = &ff_stop, .now_and_then = ff_nothing_to_reload,
    };
    ff_signals_catch();
    status = ff_suppress_run(&opts);
    free(properties);
    return status;
}

const struct ff_subcommand ff_cmd_suppress = {
    .name = "suppress",
    .summary = "keep the suppressions of the partitions it owns (Kafka)",
    .arguments = "",
    .description =
        "Reads what ingest made of the logs and what operators order, decides which addresses may no longer be mailed, "
        "and publishes that to the compacted topic mail.suppressions.v1. Processes of one group share the partitions; "
        "one that dies, freezes or loses its disk is replaced by the others without a difference in what is "
        "published.\n"
        "SIGTERM finishes what is under way, commits and leaves the group; SIGHUP changes nothing, and says so.",
    .options = table,
    .struct_size = sizeof(struct suppress_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "69 no broker\n73 the state cannot be made\n74 the state cannot be written\n75 another process uses the "
             "state\n"
             "77 the brokers do not permit it, or refuse the connection (password, certificate)\n"
             "78 topics are missing or do not fit together (fivefifty topics check), or the folder is another "
             "service's",
    .run = run,
};
