/* options_pair.c: see options_pair.h. */
#include "cli/options/options_pair.h"

#include <string.h>

#include "cli/options/options_kept.h"

bool ff_option_pair(const char *text, const char **ret_key, const char **ret_value)
{
    const char *eq = strchr(text, '=');
    if (!eq || eq == text)
        return false;
    char *copy = ff_options_keep(strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    copy[eq - text] = 0;
    *ret_key = copy;
    *ret_value = copy + (eq - text) + 1;
    return true;
}
