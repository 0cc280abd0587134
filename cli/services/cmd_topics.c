/* cmd_topics.c: make our topics, or check that they are as the other subcommands assume. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/options/kafka_properties.h"
#include "cli/options/options_table.h"
#include "cli/process/messages.h"
#include "ingest/formats/formats.h"
#include "kafka/topic_admin.h"
#include "proto/topics.h"

struct topics_options {
    const char *brokers, *prefix;
    struct ff_option_list properties;
    uint64_t partitions, replicas;
};

#define AT(member) .offset = offsetof(struct topics_options, member)
static const struct ff_option table[] = {
    {.name = "brokers", .letter = 'b', .type = FF_OPTION_STRING, .value = "HOST:PORT", AT(brokers), .required = true,
     .help = "Kafka brokers to begin with, separated by commas"},
    {.name = "topic-prefix", .type = FF_OPTION_STRING, .value = "PREFIX", AT(prefix),
     .help = "what the names of all our topics begin with (default mail.)"},
    {.name = "partitions", .letter = 'p', .type = FF_OPTION_UINT, .value = "N", AT(partitions), .min = 1, .max = 10000,
     .help = "partitions of the topics that create makes (default 16, for keyed topics beside others that exist: "
             "theirs); the keyed ones can never change it afterwards"},
    {.name = "replication-factor", .type = FF_OPTION_UINT, .value = "N", AT(replicas), .min = 1, .max = 32767,
     .help = "copies of each partition (default: the broker's); 3 or more also asks for two in-sync ones"},
    {.name = "property", .letter = 'X', .type = FF_OPTION_LIST, .value = "NAME=VALUE", AT(properties),
     .help = "librdkafka configuration property"},
    FF_OPTIONS_END,
};
static const struct topics_options defaults = {.prefix = FF_TOPIC_PREFIX_DEFAULT};
static const struct ff_option_example examples[] = {
    {"fivefifty topics create --brokers 127.0.0.1:9092 --partitions 16", "make what is missing"},
    {"fivefifty topics check --brokers 127.0.0.1:9092", "is everything as it must be?"},
    {NULL, NULL},
};

/* Ends with NULL; to be freed. NULL: memory is short. */
static const char **format_names(void)
{
    size_t n = 0;
    while (ff_decoders[n])
        n++;
    const char **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; names && i < n; i++)
        names[i] = ff_decoders[i]->name;
    return names;
}

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct topics_options *o = options;
    (void)count;
    const char **formats = format_names();
    if (!formats)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    struct ff_kafka_property *properties = NULL;
    int status = ff_kafka_properties(&o->properties, &properties);
    struct ff_topics_options t = {
        .brokers = o->brokers,
        .topic_prefix = o->prefix,
        .formats = formats,
        .properties = properties,
        .property_count = o->properties.count,
        .partitions = (int)o->partitions,
        .replication_factor = (int)o->replicas,
    };
    if (status != FF_EXIT_OK)
        ;
    else if (strcmp(arguments[0], "create") == 0)
        status = ff_topics_create(&t);
    else if (strcmp(arguments[0], "check") == 0)
        status = ff_topics_check(&t);
    else
        status = ff_fail(FF_EXIT_USAGE, "%s: what to do with the topics? (create or check)", arguments[0]);
    free(properties);
    free(formats);
    return status;
}

const struct ff_subcommand ff_cmd_topics = {
    .name = "topics",
    .summary = "make our Kafka topics, or check them",
    .arguments = "create|check",
    .arguments_min = 1,
    .arguments_max = 1,
    .description = "create makes every topic that is missing, with the settings it needs (compaction, retention, "
                   "partitions), and leaves alone what is there; stderr says how many topics are which, and where one "
                   "that is there has another number of partitions than --partitions, or a setting that must be "
                   "different (78). check looks at all of them and "
                   "names on stderr what is missing or wrong. The keyed topics (results, suppressions and those beside "
                   "them) must have the same number of partitions: the owner of a partition of one owns the same "
                   "partition of the others.",
    .options = table,
    .struct_size = sizeof(struct topics_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "69 no broker answers\n"
             "77 the brokers do not permit it, or refuse the connection (password, certificate)\n"
             "78 check: a topic is missing or wrong; create: a topic cannot be "
             "made as asked, or one that is there has a wrong setting",
    .run = run,
};
