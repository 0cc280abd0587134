/* voice.h: clients of librdkafka that report by themselves, on stderr, with one voice for all clients of a process.
 *
 * librdkafka logs a line for each failed connection attempt; during an outage of a minute that is hundreds. A
 * ff_kafka_voice says once that the brokers are gone and once that they are back. `ingest` and `topics` have one; the
 * sides of suppression answer from what they know meanwhile, and say so in their own words (suppress/broker/broker.h).
 */
#ifndef FF_KAFKA_VOICE_H
#define FF_KAFKA_VOICE_H

#include <signal.h>
#include <stdatomic.h>

#include "kafka/client.h"
#include "kafka/silence.h"

/** How long a program that just started waits for a broker before it ends with FF_EXIT_UNAVAILABLE. */
#define FF_BROKER_WAIT_MS 20000
/** Answer to one request that a person or a start-up waits for. */
#define FF_REQUEST_WAIT_MS 20000

/** Zero but for `program`. Any thread. */
struct ff_kafka_voice {
    const char *program;    /* "fivefifty ingest" */
    atomic_bool down;       /* an outage was reported and has not ended */
    _Atomic int64_t answered_us; /* monotonic: when something worked, the last time; 0: never */
    atomic_bool quiet;      /* start-up: whoever waits for the broker reports by itself */
    struct ff_kafka_trouble trouble; /* while quiet */
    _Atomic int64_t refused_us; /* last line about a broker that refuses us */
    _Atomic int64_t said_us; /* last line of librdkafka's own log that was let through */
};

/** ff_message() of what went wrong: an error, with status 0 a warning. Gives back `status`. */
int ff_kafka_say(const struct ff_kafka_voice *voice, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Something worked: ends an outage that was reported. */
void ff_kafka_works(struct ff_kafka_voice *voice);

/** Milliseconds since something worked; INT64_MAX: nothing did yet. Any thread. */
int64_t ff_kafka_silent_ms(const struct ff_kafka_voice *voice);
/** Does a broker answer, as far as is known? Any thread. */
bool ff_kafka_is_up(const struct ff_kafka_voice *voice);

/**
 * ff_kafka_conf() with the voice's callbacks; the caller adds others. `opaque` is the configuration's opaque and must
 * begin with a struct ff_kafka_voice *.
 * @return NULL after the message of ff_kafka_conf() (78)
 */
rd_kafka_conf_t *ff_kafka_voice_conf(struct ff_kafka_voice *voice, const struct ff_kafka_access *access,
                                     const struct ff_kafka_setting *const *tables, void *opaque);

/** ff_kafka_new(). NULL after a message. */
rd_kafka_t *ff_kafka_voice_new(struct ff_kafka_voice *voice, rd_kafka_type_t type, rd_kafka_conf_t *conf);

/** Says which values the properties named in `tables` have in the end, in one line: the user's -X included, no others
 * (they may be secrets). Exit status; FF_EXIT_CONFIG after a message. */
int ff_kafka_say_settings(struct ff_kafka_voice *voice, const char *client,
                          const struct ff_kafka_setting *const *tables, const struct ff_kafka_property *properties,
                          size_t count);

/** Metadata of all topics, tried while the voice is quiet, until FF_BROKER_WAIT_MS have passed, *stop is set (may
 * be NULL; then there is no message) or the brokers refuse this client (FF_EXIT_NOPERM). FF_EXIT_OK: the caller
 * destroys *ret; else a message was printed, and *ret is NULL. */
int ff_kafka_metadata(struct ff_kafka_voice *voice, rd_kafka_t *rk, const char *brokers,
                      const volatile sig_atomic_t *stop, const struct rd_kafka_metadata **ret);

#endif
