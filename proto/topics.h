/* topics.h: the names of our Kafka topics and the settings they must have; one table for ingest, suppress and `topics`.
 *
 * Name = prefix ("mail.") + what it holds + major version. A format's raw topic is mail.raw.FORMAT.v1. Dead letters of
 * a topic go to the name with ".dlq" before the version: mail.raw.kumomta.v1 -> mail.raw.kumomta.dlq.v1. Nothing here
 * knows librdkafka; kafka/topic_admin.c makes and checks them.
 */
#ifndef FF_PROTO_TOPICS_H
#define FF_PROTO_TOPICS_H

#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_TOPIC_PREFIX_DEFAULT "mail."
/** Kafka's limit is 249 characters. */
#define FF_TOPIC_NAME_MAX 249
#define FF_TOPIC_NAME_SIZE (FF_TOPIC_NAME_MAX + 1)

enum ff_topic {
    FF_TOPIC_RAW,     /* one per format; its name needs the format */
    FF_TOPIC_RAW_DLQ, /* likewise */
    FF_TOPIC_EVENTS,
    FF_TOPIC_EVENTS_DLQ,
    FF_TOPIC_RESULTS,
    FF_TOPIC_RESULTS_DLQ,
    FF_TOPIC_SUPPRESSIONS,
    FF_TOPIC_STATE,
    FF_TOPIC_CHANGES,
    FF_TOPIC_COMMANDS,
    FF_TOPIC_COMMANDS_DLQ,
    FF_TOPIC_COUNT
};

enum ff_topic_partitions {
    FF_PARTITIONS_FREE,  /* any number does; more of them spread the work */
    /* all keyed topics must have the same number: a partition of one belongs to the owner of the same partition of
     * the others (ff_address_partition) */
    FF_PARTITIONS_KEYED,
    FF_PARTITIONS_FEW,   /* low volume; one when we make it */
};

enum ff_setting_rule {
    FF_SETTING_INITIAL,  /* set when we make the topic; the operator may change it */
    FF_SETTING_EXACT,    /* anything else loses or corrupts what we keep there */
    FF_SETTING_AT_LEAST,
    FF_SETTING_AT_MOST,
};

struct ff_topic_setting {
    const char *name, *value; /* Kafka topic configuration */
    enum ff_setting_rule rule;
};

struct ff_topic_info {
    const char *stem; /* between prefix and version; "%" stands for the format */
    enum ff_topic_partitions partitions;
    const struct ff_topic_setting *settings; /* ends with a NULL name */
};

const struct ff_topic_info *ff_topic_info(enum ff_topic topic);

/** Writes the NUL-terminated name.
 * @param format  for the raw topics, else NULL
 * @return false when it would be longer than Kafka allows (ret_name is then empty) */
FF_MUST_CHECK bool ff_topic_name(char ret_name[FF_TOPIC_NAME_SIZE], const char *prefix, enum ff_topic topic,
                                 const char *format);

/** Where dead letters of any topic go, also of one whose name we did not make: ".dlq" goes before a final ".v" +
 * digits, or to the end when there is none. false when the name would be too long. */
FF_MUST_CHECK bool ff_topic_dlq_name(char ret_name[FF_TOPIC_NAME_SIZE], const char *topic);

#ifdef __cplusplus
}
#endif
#endif
