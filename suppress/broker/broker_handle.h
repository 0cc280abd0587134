/* broker_handle.h: what broker.c, roles.c and questions.c share, and nobody else sees: librdkafka's handle. */
#ifndef FF_SUPPRESS_BROKER_HANDLE_H
#define FF_SUPPRESS_BROKER_HANDLE_H

#include "kafka/client.h"
#include "suppress/broker/broker.h"

#define KAFKA_COMPLAINT_MAX 256

struct ff_broker {
    rd_kafka_t *rk;
    rd_kafka_queue_t *data; /* all but WRITER: where partition queues go */
    enum ff_broker_role role;
    struct ff_broker_callbacks callbacks;
    bool closing;
    bool places_refused; /* ff_broker_places_refused() */
    rd_kafka_topic_partition_list_t *reading; /* what was last assigned by ff_broker_read_from() */
    int64_t forwarded_ms;
    bool away;
    int64_t answered_ms; /* when a broker did, the last time; 0: never */
    struct ff_kafka_trouble trouble;
    const struct ff_suppress_options *opts;
    char complaint[KAFKA_COMPLAINT_MAX], forbidden[KAFKA_COMPLAINT_MAX];
    char names[FF_TOPIC_COUNT][FF_TOPIC_NAME_SIZE];
};

/** What connections met before is over. */
void ff_broker_answered(struct ff_broker *k);

/** NULL: a setting is refused; the message names it, without its value. */
rd_kafka_conf_t *ff_broker_conf(const struct ff_suppress_options *opts, enum ff_broker_role role, char *message,
                                size_t size);

/** The places with their offsets, for the library; to be destroyed. */
rd_kafka_topic_partition_list_t *ff_broker_list(const struct ff_broker *k, const struct ff_broker_place *places,
                                                size_t count);

#endif
