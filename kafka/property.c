/* property.c: see property.h. */
#include "kafka/property.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *why;
} ours[] = {
    {"bootstrap.servers", "use --brokers"},
    {"metadata.broker.list", "use --brokers"},
    {"group.id", "use --group"},
    {"enable.auto.commit", "offsets are committed after the effects, or records would be lost"},
    {"enable.auto.offset.store", "offsets are committed after the effects, or records would be lost"},
    {"enable.partition.eof", "without it nobody knows that a partition was read to its end"},
    {"enable.idempotence", "without it a retry duplicates or reorders"},
    {"acks", "an acknowledgement must mean all in-sync replicas"},
    {"request.required.acks", "an acknowledgement must mean all in-sync replicas"},
    {"delivery.report.only.error", "offsets wait for the acknowledgements"},
    {"partition.assignment.strategy", "only eager assignment is safe with every supported librdkafka"},
};

const char *ff_kafka_property_is_ours(const char *name)
{
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(name, ours[i].name) == 0)
            return ours[i].why;
    return NULL;
}

enum ff_err ff_kafka_properties_check(const struct ff_kafka_property *properties, size_t count, char *ret_message,
                                      size_t size)
{
    for (size_t i = 0; i < count; i++) {
        const char *why = ff_kafka_property_is_ours(properties[i].name);
        if (why) {
            snprintf(ret_message, size, "-X %s: not for the user to set (%s)", properties[i].name, why);
            return FF_ERR_CONFIG;
        }
    }
    return FF_OK;
}
