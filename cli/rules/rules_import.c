/* rules_import.c: `fivefifty rules import`: rules of another classifier as a file of ours, and what was lost on the
 * way. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify/import/import.h"
#include "cli/options/options_pair.h"
#include "cli/process/messages.h"
#include "cli/rules/rules.h"

/** The whole of a file, or of stdin; at most one byte more than may be imported. */
static int read_file(const char *path, uint8_t **ret, size_t *ret_len)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    if (!f)
        return ff_fail(errno == EACCES ? FF_EXIT_NOPERM : FF_EXIT_NOINPUT, "%s: %s", path, strerror(errno));
    int status = 0;
    *ret = malloc(FF_IMPORT_TEXT_MAX + 1);
    *ret_len = *ret ? fread(*ret, 1, FF_IMPORT_TEXT_MAX + 1, f) : 0;
    if (!*ret)
        status = ff_fail(FF_EXIT_OSERR, "out of memory");
    else if (ferror(f))
        status = ff_fail(FF_EXIT_NOINPUT, "%s: %s", path, strerror(errno));
    if (!is_stdin)
        fclose(f);
    return status;
}

/** --map CLASS=CATEGORY, each. */
static int read_map(const struct ff_option_list *list, struct ff_import_map **ret)
{
    *ret = calloc(list->count + 1, sizeof **ret);
    if (!*ret)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        const char *class, *category;
        if (!ff_option_pair(list->items[i], &class, &category))
            return ff_fail(FF_EXIT_USAGE, "--map: \"%s\" is no CLASS=CATEGORY", list->items[i]);
        uint32_t c = ff_category_parse(ff_slice_str(category));
        if (c == FF_CATEGORY_COUNT || c == FF_ACCEPTED || c == FF_UNCLASSIFIED)
            return ff_fail(FF_EXIT_USAGE,
                           "--map: \"%s\" is no category that a rule may give (docs/categories.md lists them)",
                           category);
        (*ret)[i] = (struct ff_import_map){ff_slice_str(class), c};
    }
    return 0;
}

static void tell(const struct ff_import_report *r)
{
    static const char *const fates[] = {
        [FF_IMPORT_PARTLY] = "partly", [FF_IMPORT_LEFT] = "left", [FF_IMPORT_HELD] = "held back"};
    fprintf(stderr, "patterns %zu  carried %zu  partly %zu  left %zu  rules %zu  held back %zu\n",
            r->carried + r->partly + r->left, r->carried, r->partly, r->left, r->rules, r->held);
    for (unsigned fate = 0; fate < sizeof fates / sizeof *fates; fate++)
        for (size_t i = 0; i < r->reason_count; i++)
            if (r->reason[i].fate == fate)
                fprintf(stderr, "  %s %zu: %s\n", fates[fate], r->reason[i].count, r->reason[i].what);
}

static int failed(enum ff_err err, const struct ff_import_report *r)
{
    if (r->message[0] == 0)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    if (r->left)
        tell(r); /* why nothing of it was carried over */
    if (err == FF_ERR_CONFIG)
        return ff_fail(FF_EXIT_USAGE, "%s", r->message);
    return ff_fail(err == FF_ERR_DEFECT ? FF_EXIT_SOFTWARE : FF_EXIT_DATA, "%s", r->message);
}

static int write_file(const char *path, const char *text, size_t len)
{
    struct ff_output *out = NULL;
    int status = ff_output_open(&out, path, false);
    if (status)
        return status;
    ff_output_write(out, ff_slice_of(text, len));
    return ff_output_close(out, true);
}

int ff_rules_import_file(const struct ff_rules_options *o, const char *const *arguments, size_t count)
{
    (void)count;
    if (!o->from)
        return ff_fail(FF_EXIT_USAGE, "import needs --from " FF_IMPORT_CHOICES " (whose file is it?)");
    struct ff_import_map *map = NULL;
    uint8_t *in = NULL;
    char *text = NULL;
    size_t in_len = 0, len;
    struct ff_import_report report;
    int status = read_map(&o->map, &map);
    if (status == 0)
        status = read_file(arguments[0], &in, &in_len);
    if (status == 0) {
        const struct ff_import_options opts = {.from = ff_import_from_parse(ff_slice_str(o->from)),
                                               .name = strcmp(arguments[0], "-") == 0 ? "stdin" : arguments[0],
                                               .map = map,
                                               .map_count = o->map.count,
                                               .alone = o->alone,
                                               .may_suppress = o->may_suppress};
        enum ff_err err = ff_rules_import(ff_slice_of(in, in_len), &opts, &text, &len, &report);
        status = err == FF_OK ? write_file(o->output, text, len) : failed(err, &report);
        if (status == 0)
            tell(&report);
    }
    free(text);
    free(in);
    free(map);
    return status;
}
