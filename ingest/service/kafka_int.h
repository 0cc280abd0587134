/* kafka_int.h: what the Kafka-facing files of ingest share: making a client, waiting for a broker, one voice for the log.
 *
 * librdkafka logs a line for each failed connection attempt; during an outage of a minute that is hundreds. All clients of
 * a process share one ff_kafka_voice, which says once that the brokers are gone and once that they are back.
 */
#ifndef FF_INGEST_KAFKA_INT_H
#define FF_INGEST_KAFKA_INT_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "ingest/service/ingest.h"

/** How long a program that just started waits for a broker before it ends with FF_EXIT_UNAVAILABLE. */
#define FF_BROKER_WAIT_MS 20000
/** Answer to one request that a person or a start-up waits for. */
#define FF_REQUEST_WAIT_MS 20000
#define FF_KAFKA_TEXT_MAX 512

struct ff_kafka_voice {
    const char *program;    /* "fivefifty ingest" */
    atomic_bool down;       /* an outage was reported and has not ended */
    atomic_bool quiet;      /* start-up: whoever waits for the broker reports by itself */
    _Atomic int64_t said_us; /* last line of librdkafka's own log that was let through */
};

struct ff_kafka_setting {
    const char *name, *value;
    int since; /* rd_kafka_version() that knows it; 0: all */
};

/** Prints "PROGRAM: TEXT" and gives back `status`. */
int ff_kafka_say(const struct ff_kafka_voice *voice, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Something worked: ends an outage that was reported. */
void ff_kafka_works(struct ff_kafka_voice *voice);

/** While an outage lasts, asks whether it has ended, for clients that have nothing to do; waits 100 ms at most. */
void ff_kafka_look_for_brokers(struct ff_kafka_voice *voice, rd_kafka_t *rk);

/** The user's properties that would break what this program promises, or have an option of their own. Exit status. */
int ff_kafka_properties_check(const struct ff_kafka_voice *voice, const struct ff_kafka_property *properties, size_t count);

/**
 * A configuration with `settings` (ends with NULL), the brokers, the user's properties and the voice; the caller adds
 * callbacks. `opaque` is the configuration's opaque and must begin with a struct ff_kafka_voice *.
 * @return NULL after a message: a property that does not exist or a value that is none (78)
 */
rd_kafka_conf_t *ff_kafka_conf(struct ff_kafka_voice *voice, const struct ff_kafka_setting *settings, const char *brokers,
                               const struct ff_kafka_property *properties, size_t count, void *opaque);

/** Says which values the properties named in `settings` have in the end, in one line: the user's -X included, no others
 * (they may be secrets). Exit status; FF_EXIT_CONFIG after a message. */
int ff_kafka_say_settings(struct ff_kafka_voice *voice, const char *client, const struct ff_kafka_setting *settings,
                          const struct ff_kafka_property *properties, size_t count);

/** Takes conf in any case. NULL after a message. */
rd_kafka_t *ff_kafka_new(struct ff_kafka_voice *voice, rd_kafka_type_t type, rd_kafka_conf_t *conf);

/** Metadata of all topics, tried until FF_BROKER_WAIT_MS have passed or *stop is set (may be NULL; then there is no
 * message). FF_EXIT_OK; else a message was printed. */
int ff_kafka_metadata(struct ff_kafka_voice *voice, rd_kafka_t *rk, const char *brokers, const volatile sig_atomic_t *stop,
                      const struct rd_kafka_metadata **ret);

/** NULL when there is no such topic, or this user may not see it. */
const struct rd_kafka_metadata_topic *ff_kafka_topic_find(const struct rd_kafka_metadata *md, const char *name);

/** Is it there, but not for this user? `rk` is a consumer: asked by a producer, a broker makes what is not there. */
bool ff_kafka_topic_is_hidden(rd_kafka_t *rk, const char *name);

int64_t ff_kafka_now_us(void); /* monotonic */

#endif
