/* client.h: a client of librdkafka: what both sides of the program tell it at start, ask it, and make of its errors.
 *
 * `ingest` and `suppress` have threads, callbacks and answers to errors of their own; here is what must be the same
 * for both. The only headers of ours that show librdkafka's types are this one and voice.h. Messages are whole
 * sentences without the program's name and without a line end; they never hold the value of a property.
 */
#ifndef FF_KAFKA_CLIENT_H
#define FF_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

#include "kafka/property.h"
#include "proto/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Room for a text of librdkafka's. */
#define FF_KAFKA_TEXT_MAX 512

/** Whom a client talks to, and what the user said of that. Borrowed. */
struct ff_kafka_access {
    const char *brokers; /* HOST:PORT,... */
    const struct ff_kafka_property *properties;
    size_t property_count;
};

/** Properties of ours; a table ends with a NULL name. */
struct ff_kafka_setting {
    const char *name, *value;
    int since; /* rd_kafka_version() that knows it, others are not told; 0: all */
};

/** What a program's promises rest on (property.h refuses it to the user, too), and what every client of ours has. */
extern const struct ff_kafka_setting ff_kafka_settings_all[];
/** Offsets are committed by us, after the effects; partition p of all topics goes to one member; reading begins at
 * the beginning, and the end of a partition is told. */
extern const struct ff_kafka_setting ff_kafka_settings_consumer[];
/** An acknowledgement means all in-sync replicas; nothing is duplicated, reordered or given up. */
extern const struct ff_kafka_setting ff_kafka_settings_producer[];

/**
 * A configuration: first our tables in their order, then the brokers, then the user's properties; each wins over those
 * before it. The caller adds callbacks and the opaque, and gives it to ff_kafka_new() or destroys it.
 * @param tables  ends with NULL
 * @return NULL: a property is not the user's to set (property.h) or does not exist, or a value is none; ret_message
 * says which and why
 */
rd_kafka_conf_t *ff_kafka_conf(const struct ff_kafka_access *access, const struct ff_kafka_setting *const *tables,
                               char *ret_message, size_t size);

/** Takes conf in any case. Connects in the background. NULL: ret_message says why ("librdkafka: ..."). */
rd_kafka_t *ff_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *ret_message, size_t size);

/** How many partitions the topic has by these metadata of all topics; 0: it is not there, or this user may not see
 * it. */
int32_t ff_kafka_partitions(const struct rd_kafka_metadata *md, const char *topic);

/**
 * Is it there, but not for this user? In the list of all topics it is missing then; asked for by name, the broker says
 * so.
 * @param consumer  not a producer: asked by one, a broker makes what is not there
 * @return false also without an answer within timeout_ms
 */
bool ff_kafka_topic_is_hidden(rd_kafka_t *consumer, const char *topic, int timeout_ms);

/** Does this error (rd_kafka_resp_err_t) say that the user may not? No retry helps. */
bool ff_kafka_forbids(int err);

/** What connections met since a broker last answered. librdkafka tells the cause to its error callback alone; its
 * calls only say "transport failure". Zero at first; one thread. */
struct ff_kafka_trouble {
    int64_t refused_us; /* when one side would not have the other, the first time; 0: not so */
    char why[FF_KAFKA_TEXT_MAX]; /* a refusal, else what came last; empty: nothing did */
};
/** Of an error callback. */
void ff_kafka_trouble_note(struct ff_kafka_trouble *t, int err, const char *why);
/** Is it a refusal (ff_kafka_refuses_client()) that no other broker made up for within a few seconds? Before that
 * another one of the list may answer, or the same one, which just started and does not know its users yet. */
bool ff_kafka_trouble_is_refusal(const struct ff_kafka_trouble *t);

/** The message of a start that ended so: the brokers, and why. */
#define FF_KAFKA_REFUSED "%s: no connection: %s (check -X security.protocol, sasl.* and ssl.*)"

/** Does this error say that a connection was made and one side does not accept the other: credentials, SASL
 * mechanism, certificate? Trying again helps only when somebody changes one of them. */
bool ff_kafka_refuses_client(int err);

/** Does this error of a produced record say that its topic does not take its timestamp, or that of another record
 * of its batch? Which one, librdkafka does not know before 2.4. */
bool ff_kafka_refuses_time(int err);

#ifdef __cplusplus
}
#endif
#endif
