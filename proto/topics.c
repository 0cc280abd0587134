/* topics.c: the table of topics. Every setting says what it is for; the durations are in milliseconds, as Kafka wants
 * them. */
#include "proto/topics.h"

#include <stdio.h>

/* What we do not set stays at the broker's default, which is the operator's choice (replication, segment sizes). */
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, FF_SETTING_INITIAL                                                                                 \
    }
/* Packed values hold zstd already; a broker that recompresses costs its CPU and makes librdkafka decode twice. */
#define AS_PRODUCED                                                                                                    \
    {                                                                                                                  \
        "compression.type", "producer", FF_SETTING_EXACT                                                               \
    }

/* Shippers set old timestamps on backfills; with CreateTime those would expire before they are read. */
static const struct ff_topic_setting raw[] = {
    {"cleanup.policy", "delete", FF_SETTING_EXACT},
    {"retention.ms", "604800000", FF_SETTING_INITIAL},
    {"message.timestamp.type", "LogAppendTime", FF_SETTING_INITIAL},
    END,
};
/* A dead letter is the whole item (up to FF_RECORD_BYTES_MAX, 8 MiB) plus its headers. */
static const struct ff_topic_setting dead_letters[] = {
    {"cleanup.policy", "delete", FF_SETTING_EXACT},
    {"retention.ms", "2592000000", FF_SETTING_INITIAL},
    {"max.message.bytes", "9437184", FF_SETTING_AT_LEAST},
    END,
};
/* One event may have 1 MiB (FF_EVENT_BYTES_MAX), which is above Kafka's default limit for a record. */
static const struct ff_topic_setting packed[] = {
    {"cleanup.policy", "delete", FF_SETTING_EXACT},
    {"retention.ms", "1209600000", FF_SETTING_INITIAL},
    {"max.message.bytes", "4194304", FF_SETTING_AT_LEAST},
    AS_PRODUCED,
    END,
};
/* The state of record. Compaction must wait long enough that an owner sees, and repairs, what a former owner wrote late
 * (min.compaction.lag); must happen within a day, because what a record said before is personal data
 * (max.compaction.lag); and tombstones, of which we write none, must outlive the longest outage of a reader
 * (delete.retention, 7 days). */
static const struct ff_topic_setting compacted[] = {
    {"cleanup.policy", "compact", FF_SETTING_EXACT},
    {"min.compaction.lag.ms", "600000", FF_SETTING_AT_LEAST},
    {"max.compaction.lag.ms", "86400000", FF_SETTING_AT_MOST},
    {"delete.retention.ms", "604800000", FF_SETTING_AT_LEAST},
    {"min.cleanable.dirty.ratio", "0.1", FF_SETTING_INITIAL},
    AS_PRODUCED,
    END,
};
static const struct ff_topic_setting feed[] = {
    {"cleanup.policy", "delete", FF_SETTING_EXACT},
    {"retention.ms", "2592000000", FF_SETTING_INITIAL},
    END,
};

static const struct ff_topic_info topics[FF_TOPIC_COUNT] = {
    [FF_TOPIC_RAW] = {"raw.%", FF_PARTITIONS_FREE, raw},
    [FF_TOPIC_RAW_DLQ] = {"raw.%.dlq", FF_PARTITIONS_FEW, dead_letters},
    [FF_TOPIC_EVENTS] = {"events", FF_PARTITIONS_FREE, packed},
    [FF_TOPIC_EVENTS_DLQ] = {"events.dlq", FF_PARTITIONS_FEW, dead_letters},
    [FF_TOPIC_RESULTS] = {"results", FF_PARTITIONS_KEYED, packed},
    [FF_TOPIC_RESULTS_DLQ] = {"results.dlq", FF_PARTITIONS_FEW, dead_letters},
    [FF_TOPIC_SUPPRESSIONS] = {"suppressions", FF_PARTITIONS_KEYED, compacted},
    [FF_TOPIC_STATE] = {"suppression-state", FF_PARTITIONS_KEYED, compacted},
    [FF_TOPIC_CHANGES] = {"suppression-changes", FF_PARTITIONS_KEYED, feed},
    [FF_TOPIC_COMMANDS] = {"suppression-commands", FF_PARTITIONS_KEYED, feed},
    [FF_TOPIC_COMMANDS_DLQ] = {"suppression-commands.dlq", FF_PARTITIONS_FEW, dead_letters},
};

const struct ff_topic_info *ff_topic_info(enum ff_topic topic)
{
    return &topics[topic];
}

bool ff_topic_name(char ret_name[FF_TOPIC_NAME_SIZE], const char *prefix, enum ff_topic topic, const char *format)
{
    const char *stem = topics[topic].stem;
    const char *hole = strchr(stem, '%');
    int n = hole ? snprintf(ret_name, FF_TOPIC_NAME_SIZE, "%s%.*s%s%s.v1", prefix, (int)(hole - stem), stem,
                            format ? format : "", hole + 1)
                 : snprintf(ret_name, FF_TOPIC_NAME_SIZE, "%s%s.v1", prefix, stem);
    if (n > 0 && n <= FF_TOPIC_NAME_MAX)
        return true;
    ret_name[0] = '\0';
    return false;
}

bool ff_topic_dlq_name(char ret_name[FF_TOPIC_NAME_SIZE], const char *topic)
{
    size_t len = strlen(topic), digits = len;
    while (digits > 0 && topic[digits - 1] >= '0' && topic[digits - 1] <= '9')
        digits--;
    size_t cut = len;
    if (digits < len && digits >= 2 && topic[digits - 1] == 'v' && topic[digits - 2] == '.')
        cut = digits - 2;
    ret_name[0] = '\0';
    if (len + sizeof(".dlq") - 1 > FF_TOPIC_NAME_MAX)
        return false;
    snprintf(ret_name, FF_TOPIC_NAME_SIZE, "%.*s.dlq%s", (int)cut, topic, topic + cut);
    return true;
}
