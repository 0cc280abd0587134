/* roles.c: what librdkafka is told at start, by role; -X adds to it and overrides it. */
#include "proto/kafka_property.h"
#include "suppress/broker/broker_handle.h"

struct setting {
    const char *name, *value;
};

static const struct setting for_all[] = {
    {"socket.nagle.disable", "true"},     {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.max.ms", "1000"}, /* the default of 10 s is how long we would not notice that it is back */
    {"log.connection.close", "false"},    {NULL, NULL},
};
static const struct setting for_reading[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "earliest"}, /* gaps are noticed and told by the owner */
    {"fetch.max.bytes", "4194304"},    /* near the L2 size, as in ingest/service/source_kafka.c */
    /* Without a least size each append to any partition is a fetch of its own: some hundred a second, each naming all
     * partitions. A lone record waits 15 ms at most. */
    {"fetch.min.bytes", "65536"},
    {"fetch.wait.max.ms", "15"},
    {"fetch.error.backoff.ms", "100"},
    {"queued.min.messages", "1000000"}, /* a full queue makes librdkafka 2.0 sleep for a second */
    {"queued.max.messages.kbytes", "131072"},
    {"check.crcs", "true"},
    {NULL, NULL},
};
/* What an owner reads back is mostly what it wrote itself: fetched as it comes, that was a third of the broker's requests. */
static const struct setting for_watching[] = {
    {"fetch.min.bytes", "1048576"},
    {"fetch.wait.max.ms", "100"},
    {NULL, NULL},
};
static const struct setting for_member[] = {
    {"partition.assignment.strategy", "range"}, /* partition p of both topics goes to the same member */
    {"session.timeout.ms", "10000"},
    {"heartbeat.interval.ms", "2000"},
    {NULL, NULL},
};
static const struct setting for_writing[] = {
    {"enable.idempotence", "true"},
    {"linger.ms", "1"}, /* what goes together is handed over together (owner_int.h) */
    {"compression.type", "lz4"}, /* batches are small: zstd sets up half a megabyte of tables for each */
    {"message.timeout.ms", "0"}, /* never gives up: giving up breaks the sequence numbers of librdkafka 2.0 */
    {"queue.buffering.max.messages", "1000000"},
    {"queue.buffering.max.kbytes", "1048576"},
    {NULL, NULL},
};

static bool conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, char *message, size_t size)
{
    char why[200];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return true;
    snprintf(message, size, "-X %s: %s", name, why); /* the value may be a password */
    return false;
}

static bool conf_set_all(rd_kafka_conf_t *conf, const struct setting *settings, char *message, size_t size)
{
    for (; settings->name; settings++)
        if (!conf_set(conf, settings->name, settings->value, message, size))
            return false;
    return true;
}

static bool is_for_the_user(const char *name, char *message, size_t size)
{
    const char *why = ff_kafka_property_is_ours(name);
    if (why)
        snprintf(message, size, "-X %s: not for the user to set (%s)", name, why);
    return !why;
}

rd_kafka_conf_t *ff_broker_conf(const struct ff_suppress_options *opts, enum ff_broker_role role, char *message, size_t size)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char *group = opts->group && *opts->group ? opts->group : "fivefifty-suppress";
    bool ok = conf_set(conf, "bootstrap.servers", opts->brokers, message, size) &&
              conf_set(conf, "client.id", "fivefifty-suppress", message, size) &&
              conf_set_all(conf, for_all, message, size);
    if (ok && role == FF_BROKER_WRITER)
        ok = conf_set_all(conf, for_writing, message, size);
    if (ok && role != FF_BROKER_WRITER) /* a reader's group is a name only: it never joins nor commits */
        ok = conf_set_all(conf, for_reading, message, size) && conf_set_all(conf, for_member, message, size) &&
             conf_set(conf, "group.id", role == FF_BROKER_MEMBER ? group : "fivefifty-reader", message, size);
    if (ok && role == FF_BROKER_WATCHER)
        ok = conf_set_all(conf, for_watching, message, size);
    for (size_t i = 0; ok && i < opts->property_count; i++)
        ok = is_for_the_user(opts->properties[i].name, message, size) &&
             conf_set(conf, opts->properties[i].name, opts->properties[i].value, message, size);
    if (ok)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}
