/* options_files.c: no file is written under two options, and none that is read is written (options_files.h). */
#include <stdio.h>
#include <string.h>

#include "cli/options/options_files.h"
#include "cli/output/file_names.h"
#include "cli/process/messages.h"

static const char *string_of(const struct ff_option *o, const void *target)
{
    const char *value;
    memcpy(&value, (const uint8_t *)target + o->offset, sizeof value);
    return value;
}

static bool is_file(const struct ff_option *o)
{
    return o->type == FF_OPTION_STRING && o->value && strcmp(o->value, "FILE") == 0;
}

/* "-" is stdin or stdout. */
static const char *named(const char *path, bool written)
{
    return strcmp(path, "-") != 0 ? path : written ? "/dev/stdout" : "/dev/stdin";
}

static int against(const struct ff_option *out, const char *path, const char *other, const char *what, bool written)
{
    if (!other || !ff_file_same(named(path, true), named(other, written)))
        return 0;
    return ff_fail(FF_EXIT_USAGE, "--%s %s is the same file as %s%s%s (name another one: one of the two would be lost)",
                   out->name, path, what, what[0] ? " " : "", other);
}

static int against_list(const struct ff_option *out, const char *path, const struct ff_option *o, const void *target)
{
    struct ff_option_list list;
    int status = 0;
    memcpy(&list, (const uint8_t *)target + o->offset, sizeof list);
    for (size_t i = 0; i < list.count && status == 0; i++) {
        const char *colon = strchr(list.items[i], ':');
        status = against(out, path, colon ? colon + 1 : NULL, "--input", false);
    }
    return status;
}

/* Outputs before `out` in the table have been held against it already. */
static int against_options(const struct ff_subcommand *sub, const struct ff_option *out, const char *path,
                           const void *target)
{
    int status = 0;
    char what[64];
    for (const struct ff_option *o = sub->options; o->name && status == 0; o++) {
        snprintf(what, sizeof what, "--%s", o->name);
        if (o->type == FF_OPTION_LIST && strcmp(o->value, "FORMAT:PATH") == 0)
            status = against_list(out, path, o, target);
        else if (is_file(o) && (!o->written || o > out))
            status = against(out, path, string_of(o, target), what, o->written);
    }
    return status;
}

int ff_option_files_check(const struct ff_subcommand *sub, const void *target, const char *config,
                          const char *const *arguments, size_t count)
{
    bool are_files = strstr(sub->arguments, "FILE") != NULL;
    for (const struct ff_option *out = sub->options; out->name; out++) {
        const char *path = out->written ? string_of(out, target) : NULL;
        if (!path)
            continue;
        int status = against_options(sub, out, path, target);
        if (status == 0)
            status = against(out, path, config, "--config", false);
        for (size_t i = 0; i < count && are_files && status == 0; i++)
            status = against(out, path, arguments[i], "", false);
        if (status)
            return status;
    }
    return 0;
}
