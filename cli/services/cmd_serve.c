/* cmd_serve.c: the read replica near the MTAs. */
#include <stdlib.h>

#include "cli/options/kafka_properties.h"
#include "cli/options/options_duration.h"
#include "cli/options/options_table.h"
#include "cli/process/messages.h"
#include "cli/process/signals.h"
#include "cli/services/nothing_to_reload.h"
#include "suppress/service.h"

#define MAX_AGE_LEAST_S 5 /* brokers are asked once a second at most */

struct serve_options {
    const char *brokers, *topic_prefix, *group, *state, *listen, *max_age;
    struct ff_option_list properties;
};

static const struct serve_options defaults = {.topic_prefix = "mail."};

#define AT(member) .offset = offsetof(struct serve_options, member)
static const struct ff_option table[] = {
    {.name = "brokers", .letter = 'b', .type = FF_OPTION_STRING, .value = "HOST:PORT", AT(brokers), .required = true,
     .help = "one or more brokers of the Kafka cluster"},
    {.name = "state", .letter = 's', .type = FF_OPTION_STRING, .value = "DIR", AT(state), .required = true,
     .help = "folder for the copy, and for nobody else's; made when it is not there, read again from Kafka when it is "
             "lost"},
    {.name = "listen", .letter = 'l', .type = FF_OPTION_STRING, .value = "ADDR:PORT", AT(listen), .required = true,
     .help = "answer look-ups, /livez, /readyz and /metrics there, and a page for people at /"},
    {.name = "max-age", .type = FF_OPTION_STRING, .value = "DURATION", AT(max_age),
     .help = "/readyz says 503 when no broker answered for so long, 5s or more: 90s, 10m, 2h (default: never for that "
             "reason)"},
    {.name = "topic-prefix", .type = FF_OPTION_STRING, .value = "PREFIX", AT(topic_prefix),
     .help = "of all topic names (default: mail.)"},
    {.name = "group", .letter = 'g', .type = FF_OPTION_STRING, .value = "NAME", AT(group),
     .help = "accepted and not used: every replica reads all partitions by itself"},
    {.name = "property", .letter = 'X', .type = FF_OPTION_LIST, .value = "NAME=VALUE", AT(properties),
     .help = "a property of librdkafka"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty serve --brokers kafka:9092 --state /var/lib/fivefifty-serve --listen 127.0.0.1:8025",
     "one for each host or rack"},
    {"curl 'http://127.0.0.1:8025/v1/check?address=gone@example.net&tenant=acme'", "may this address be mailed?"},
    {NULL, NULL},
};

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct serve_options *so = options;
    struct ff_kafka_property *properties = NULL;
    int status = ff_kafka_properties(&so->properties, &properties);
    (void)arguments, (void)count;
    if (status)
        return status;
    struct ff_suppress_options opts = {
        .brokers = so->brokers, .topic_prefix = so->topic_prefix, .state_dir = so->state, .properties = properties,
        .property_count = so->properties.count, .listen = so->listen, .stop = &ff_stop,
        .now_and_then = ff_nothing_to_reload,
    };
    if (so->max_age && (!ff_duration_parse(so->max_age, &opts.max_age_s) || opts.max_age_s < MAX_AGE_LEAST_S)) {
        free(properties);
        return ff_fail(FF_EXIT_USAGE, "--max-age: \"%s\" is no duration of %ds or more (90s, 10m, 2h)", so->max_age,
                       MAX_AGE_LEAST_S);
    }
    ff_signals_catch();
    status = ff_serve_run(&opts);
    free(properties);
    return status;
}

const struct ff_subcommand ff_cmd_serve = {
    .name = "serve",
    .summary = "answer look-ups from a local copy of the suppressions (Kafka)",
    .arguments = "",
    .description =
        "Copies mail.suppressions.v1 into a local folder, follows it, and answers over HTTP. Answers come from the "
        "copy alone: while Kafka is away they grow old and nothing else happens, also after a restart; likewise while "
        "the topic is missing or the disk is full, when /readyz says 503. /readyz says 200 once everything that was "
        "published at start has been read, and with --max-age only while brokers answer: checks are answered all the "
        "same.\n"
        "SIGTERM answers what is under way and stops; SIGHUP changes nothing, and says so.",
    .options = table,
    .struct_size = sizeof(struct serve_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "69 no broker and nothing known from an earlier run, or the address cannot be listened on\n73 the copy "
             "cannot be made\n"
             "74 the copy cannot be written, and nothing is known from an earlier run\n75 another process uses the "
             "folder\n"
             "77 the brokers do not permit it, or refuse the connection (password, certificate), and nothing is known "
             "from an earlier run\n"
             "78 the topic is missing (fivefifty topics create) and nothing is known, or the "
             "folder is another service's",
    .run = run,
};
