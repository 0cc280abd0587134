/* roles.c: what librdkafka is told at start, by role; -X adds to it and overrides it. */
#include "suppress/broker/broker_handle.h"

static const struct ff_kafka_setting for_all[] = {
    {"client.id", "fivefifty-suppress", 0},
    {"socket.keepalive.enable", "true", 0},
    {"log.connection.close", "false", 0},
    {NULL, NULL, 0},
};
static const struct ff_kafka_setting for_reading[] = {
    {"fetch.max.bytes", "4194304", 0},    /* near the L2 size, as in ingest/service/source_kafka.c */
    /* Without a least size each append to any partition is a fetch of its own: some hundred a second, each naming all
     * partitions. A lone record waits 15 ms at most. */
    {"fetch.min.bytes", "65536", 0},
    {"fetch.wait.max.ms", "15", 0},
    {"fetch.error.backoff.ms", "100", 0},
    {"queued.min.messages", "1000000", 0}, /* a full queue makes librdkafka 2.0 sleep for a second */
    {"queued.max.messages.kbytes", "131072", 0},
    {"check.crcs", "true", 0},
    {NULL, NULL, 0},
};
/* What an owner reads back is mostly what it wrote itself: fetched as it comes, that was a third of the broker's
 * requests. */
static const struct ff_kafka_setting for_watching[] = {
    {"fetch.min.bytes", "1048576", 0},
    {"fetch.wait.max.ms", "100", 0},
    {NULL, NULL, 0},
};
static const struct ff_kafka_setting for_member[] = {
    {"session.timeout.ms", "10000", 0},
    {"heartbeat.interval.ms", "2000", 0},
    {NULL, NULL, 0},
};
static const struct ff_kafka_setting for_writing[] = {
    {"linger.ms", "1", 0}, /* what goes together is handed over together (owner_int.h) */
    {"compression.type", "lz4", 0}, /* batches are small: zstd sets up half a megabyte of tables for each */
    {"queue.buffering.max.messages", "1000000", 0},
    {"queue.buffering.max.kbytes", "1048576", 0},
    {NULL, NULL, 0},
};

/* A reader's group is a name only: it never joins nor commits. */
static const char *group_of(const struct ff_suppress_options *opts, enum ff_broker_role role)
{
    if (role != FF_BROKER_MEMBER)
        return "fivefifty-reader";
    return opts->group && *opts->group ? opts->group : "fivefifty-suppress";
}

rd_kafka_conf_t *ff_broker_conf(const struct ff_suppress_options *opts, enum ff_broker_role role, char *message,
                                size_t size)
{
    const struct ff_kafka_access access = {opts->brokers, opts->properties, opts->property_count};
    const struct ff_kafka_setting group[] = {{"group.id", group_of(opts, role), 0}, {NULL, NULL, 0}};
    const struct ff_kafka_setting *const writer[] = {ff_kafka_settings_all, for_all, ff_kafka_settings_producer,
                                                     for_writing, NULL};
    const struct ff_kafka_setting *const reader[] = {
        ff_kafka_settings_all, for_all, ff_kafka_settings_consumer, for_reading, for_member, group,
        role == FF_BROKER_WATCHER ? for_watching : NULL, NULL,
    };
    return ff_kafka_conf(&access, role == FF_BROKER_WRITER ? writer : reader, message, size);
}
