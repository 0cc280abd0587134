/* property.h: what a user adds to librdkafka's configuration with -X NAME=VALUE.
 *
 * A property of the user's wins over ours, but for those that a program's promises rest on: they are refused.
 */
#ifndef FF_KAFKA_PROPERTY_H
#define FF_KAFKA_PROPERTY_H

#include <stddef.h>

#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Both as on the command line; they must live as long as the clients made with them. The value may be a password:
 * no message says it. */
struct ff_kafka_property {
    const char *name, *value;
};

/** Why `name` is ours to set: setting it would break what the programs promise, or it has an option of its own.
 * Constant text in words; NULL: the user may set it, or librdkafka knows no such property. */
const char *ff_kafka_property_is_ours(const char *name);

/** @return FF_OK; FF_ERR_CONFIG: one of them is ours; ret_message: "-X NAME: not for the user to set (WHY)" */
FF_MUST_CHECK enum ff_err ff_kafka_properties_check(const struct ff_kafka_property *properties, size_t count,
                                                    char *ret_message, size_t size);

#ifdef __cplusplus
}
#endif
#endif
