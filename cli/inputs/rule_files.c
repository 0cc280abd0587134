/* rule_files.c: see rule_files.h. */
#include "cli/inputs/rule_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify/verdict_names.h"
#include "cli/process/messages.h"

unsigned ff_vendors_of(const struct ff_option_list *names)
{
    unsigned bits = 0;
    for (size_t i = 0; i < names->count; i++)
        bits |= 1u << ff_vendor_parse(ff_slice_str(names->items[i]));
    return bits;
}

int ff_rules_open(const char *path, struct ff_ruleset **ret)
{
    char message[512] = "";
    if (!path) {
        if (ff_ruleset_load((struct ff_slice){NULL, 0}, "built-in rules", ret, message, sizeof message) != FF_OK)
            return ff_fail(FF_EXIT_SOFTWARE, "%s", message);
        return 0;
    }
    FILE *f = fopen(path, "rb");
    if (!f)
        return ff_fail(FF_EXIT_NOINPUT, "%s: %s (check the name of the rules file)", path, strerror(errno));
    int status = 0;
    uint8_t *text = malloc(FF_RULES_BYTES_MAX + 1);
    size_t len = text ? fread(text, 1, FF_RULES_BYTES_MAX + 1, f) : 0;
    if (!text)
        status = ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    else if (ferror(f))
        status = ff_fail(FF_EXIT_NOINPUT, "%s: %s (check the name of the rules file)", path, strerror(errno));
    else if (len > FF_RULES_BYTES_MAX)
        status = ff_fail(FF_EXIT_CONFIG, "%s: larger than %u bytes (this is no rules file)", path, FF_RULES_BYTES_MAX);
    else if (len == 0)
        status = ff_fail(FF_EXIT_CONFIG, "%s: is empty (leave --rules away for the built-in rules)", path);
    else if (ff_ruleset_load(ff_slice_of(text, len), path, ret, message, sizeof message) != FF_OK)
        status = ff_fail(FF_EXIT_CONFIG, "%s", message);
    if (status == 0 && !ff_ruleset_is_whole(*ret))
        ff_warn("%s:1: warning: the built-in rules are not in force beside these (begin with \"include builtin\", or with \"include "
                "nothing\" if it is meant)",
                path);
    free(text);
    fclose(f);
    return status;
}

int ff_rulebook_open(struct ff_rule_names *names, const char *rules, const char *shadow_rules, struct ff_rulebook **ret)
{
    struct ff_ruleset *live = NULL, *shadow = NULL;
    int status = ff_rules_open(rules, &live);
    if (status == 0 && shadow_rules)
        status = ff_rules_open(shadow_rules, &shadow);
    if (status) {
        ff_ruleset_free(live);
        return status;
    }
    *ret = ff_rulebook_new(names, live, shadow);
    return *ret ? 0 : ff_fail(FF_EXIT_SOFTWARE, "out of memory");
}
