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

static int unreadable(const char *path)
{
    bool denied = errno == EACCES || errno == EPERM;
    return ff_fail(denied ? FF_EXIT_NOPERM : FF_EXIT_NOINPUT, "%s: %s (%s)", path, strerror(errno),
                   denied ? "run as a user who may read it" : "check the name of the rules file");
}

/* What is wrong with rules is in a message, unless nothing is. */
static int refused(enum ff_err err, int wrong, const char *message)
{
    return err == FF_ERR_NOMEM ? ff_fail(FF_EXIT_OSERR, "out of memory") : ff_fail(wrong, "%s", message);
}

int ff_rules_open(const char *path, struct ff_ruleset **ret)
{
    char message[512] = "";
    enum ff_err err;
    if (!path) {
        err = ff_ruleset_load((struct ff_slice){NULL, 0}, "built-in rules", ret, message, sizeof message);
        return err ? refused(err, FF_EXIT_SOFTWARE, message) : 0;
    }
    FILE *f = fopen(path, "rb");
    if (!f)
        return unreadable(path);
    int status = 0;
    uint8_t *text = malloc(FF_RULES_BYTES_MAX + 1);
    size_t len = text ? fread(text, 1, FF_RULES_BYTES_MAX + 1, f) : 0;
    if (!text)
        status = ff_fail(FF_EXIT_OSERR, "out of memory");
    else if (ferror(f))
        status = unreadable(path);
    else if (len > FF_RULES_BYTES_MAX)
        status = ff_fail(FF_EXIT_CONFIG, "%s: larger than %u bytes (this is no rules file)", path, FF_RULES_BYTES_MAX);
    else if (len == 0)
        status = ff_fail(FF_EXIT_CONFIG, "%s: is empty (leave --rules away for the built-in rules)", path);
    else if ((err = ff_ruleset_load(ff_slice_of(text, len), path, ret, message, sizeof message)) != FF_OK)
        status = refused(err, FF_EXIT_CONFIG, message);
    if (status == 0 && !ff_ruleset_is_whole(*ret))
        ff_warn(
            "%s:1: warning: the built-in rules are not in force beside these (begin with \"include builtin\", or with "
            "\"include nothing\" if it is meant)",
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
    return *ret ? 0 : ff_fail(FF_EXIT_OSERR, "out of memory");
}
