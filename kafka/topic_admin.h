/* topic_admin.h: makes our topics, those of all subcommands, and checks that they are as the programs assume
 * (proto/topics.h is the table). `fivefifty topics`.
 */
#ifndef FF_KAFKA_TOPIC_ADMIN_H
#define FF_KAFKA_TOPIC_ADMIN_H

#include "kafka/property.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Partitions of our keyed topics unless the user says otherwise. */
#define FF_PARTITIONS_DEFAULT 16

struct ff_topics_options {
    const char *brokers, *topic_prefix;
    const char *const *formats; /* of raw records: each has a topic and one for its dead letters; ends with NULL */
    const struct ff_kafka_property *properties;
    size_t property_count;
    int partitions;         /* 0: FF_PARTITIONS_DEFAULT; of a keyed topic beside others of ours: theirs */
    int replication_factor; /* 0: the broker's default */
};
/** Make what is missing, leave alone what is there. What was made and left goes to stderr, also which topics have
 * another number of partitions than was asked for, and what is wrong with the settings of those that were there.
 * Exit status; 69 without a broker, 78 when something is wrong. */
int ff_topics_create(const struct ff_topics_options *opts);
/** 0 when all is as it should be; 78 and a line on stderr for each topic that is missing or wrong, 77 when this user
 * may not see one. */
int ff_topics_check(const struct ff_topics_options *opts);

#ifdef __cplusplus
}
#endif
#endif
