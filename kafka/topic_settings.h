/* topic_settings.h: are the settings of topics that exist as proto/topics.h wants them?
 *
 * A broker makes a topic that is missing by itself when auto.create.topics.enable is set and somebody asks for it: one
 * that forgets, where we count on one that is compacted.
 */
#ifndef FF_KAFKA_TOPIC_SETTINGS_H
#define FF_KAFKA_TOPIC_SETTINGS_H

#include "kafka/client.h"
#include "proto/error.h"
#include "proto/topics.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_kafka_topic {
    const char *name;
    const struct ff_topic_setting *settings; /* ends with a NULL name */
};

/** What is wrong with one setting, in words ("cleanup.policy is delete, must be compact"). `setting` is NULL where the
 * brokers do not show those of the topic, mostly because this user may not see them; `text` then says why. */
typedef void ff_kafka_wrong_fn(void *ctx, const char *topic, const char *setting, const char *text);

/**
 * Asks the brokers once for all topics and calls `each` for everything that is wrong.
 * @param rk  any client
 * @return FF_OK; FF_ERR_UNAVAILABLE: no answer within timeout_ms; ret_message says why
 */
FF_MUST_CHECK enum ff_err ff_kafka_topic_settings(rd_kafka_t *rk, const struct ff_kafka_topic *topics, size_t count,
                                                  int timeout_ms, ff_kafka_wrong_fn *each, void *ctx,
                                                  char *ret_message, size_t size);

#ifdef __cplusplus
}
#endif
#endif
