/* kafka_properties.h: the option -X of the subcommands that talk to Kafka. */
#ifndef FF_CLI_KAFKA_PROPERTIES_H
#define FF_CLI_KAFKA_PROPERTIES_H

#include "cli/options/options.h"
#include "kafka/property.h"

/** From repeated -X NAME=VALUE, as many as the list has; to be freed. 0; 64 or 70 with a message. */
FF_MUST_CHECK int ff_kafka_properties(const struct ff_option_list *list, struct ff_kafka_property **ret);

#endif
