/* kafka_properties.c: see kafka_properties.h. */
#include "cli/options/kafka_properties.h"

#include <stdlib.h>

#include "cli/options/options_pair.h"
#include "cli/process/messages.h"

int ff_kafka_properties(const struct ff_option_list *list, struct ff_kafka_property **ret)
{
    struct ff_kafka_property *properties = calloc(list->count + 1, sizeof *properties);
    if (!properties)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    for (size_t i = 0; i < list->count; i++)
        if (!ff_option_pair(list->items[i], &properties[i].name, &properties[i].value)) {
            free(properties);
            return ff_fail(FF_EXIT_USAGE, "-X %s: not NAME=VALUE", list->items[i]);
        }
    *ret = properties;
    return 0;
}
