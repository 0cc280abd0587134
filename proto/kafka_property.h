/* kafka_property.h: which properties of librdkafka a user may not set with -X. */
#ifndef FF_PROTO_KAFKA_PROPERTY_H
#define FF_PROTO_KAFKA_PROPERTY_H

/** Why `name` is ours to set: setting it would break what the programs promise, or it has an option of its own. Constant
 * text in words; NULL: the user may set it, or librdkafka knows no such property. */
const char *ff_kafka_property_is_ours(const char *name);

#endif
