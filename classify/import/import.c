/* import.c: from a file of another classifier to a rules file of ours: reads the patterns (import_read.c), writes
 * rules (import_write.c), and loads the result before anybody gets it.
 *
 * It is written several times: first without examples, to load it and to ask what the rules together say of a reply
 * made from each phrase; where the new rule decides, that reply becomes its example. Then without the rules that the
 * linter has an error to say of, which are held back, until it has none.
 */
#include "classify/import/import.h"

#include <stdlib.h>

#include "classify/explain.h"
#include "classify/import/classes.h"
#include "classify/import/import_hold.h"
#include "classify/import/import_job.h"
#include "classify/import/import_read.h"
#include "classify/import/import_write.h"
#include "classify/ruleset/rules_int.h"

static enum ff_err prove(struct ff_import_job *im, const struct ff_ruleset *rules)
{
    struct ff_explanation *why = malloc(sizeof *why);
    struct ff_classifier *c = ff_classifier_new(rules, 4);
    if (!why || !c) {
        free(why);
        ff_classifier_free(c);
        return FF_ERR_NOMEM;
    }
    for (size_t i = 0; i < im->proven_count; i++) {
        struct ff_import_proven *p = &im->proven[i];
        (void)ff_classify_explain(c, &(struct ff_reply){.raw = ff_slice_str(p->sample)}, why);
        bool fired = false;
        for (size_t k = 0; k < why->count; k++)
            fired |= ff_slice_eq(why->evidence[k].rule, ff_slice_str(p->name));
        p->verdict = why->verdict.category;
        p->proof = !fired ? FF_IMPORT_SILENT : p->verdict == p->category ? FF_IMPORT_DECIDES : FF_IMPORT_OVERRULED;
    }
    free(why);
    ff_classifier_free(c);
    return FF_OK;
}

static bool in_file(const struct ff_import_job *im, struct ff_slice class)
{
    for (size_t i = 0; i < im->pattern_count; i++)
        if (ff_slice_eq(im->patterns[i].class, class))
            return true;
    return false;
}

/** A class of the product may be missing in this file; any other one is a slip that would change nothing, without a
 * word. */
static enum ff_err check_map(struct ff_import_job *im)
{
    char what[200];
    for (size_t i = 0; i < im->opts->map_count; i++) {
        struct ff_slice class = im->opts->map[i].name;
        if (in_file(im, class) || ff_import_category(im->opts->from, class) != FF_CATEGORY_COUNT)
            continue;
        snprintf(what, sizeof what, "--map: no pattern has the class \"%.*s\" (the file has %.*s, ...; capitals count)",
                 (int)(class.len < 60 ? class.len : 60), (const char *)class.ptr,
                 (int)(im->patterns[0].class.len < 60 ? im->patterns[0].class.len : 60),
                 (const char *)im->patterns[0].class.ptr);
        return ff_import_refuse(im, FF_ERR_CONFIG, 0, what);
    }
    return FF_OK;
}

/** Writes the file and loads it. *ret_text is the caller's. */
static enum ff_err write_and_load(struct ff_import_job *im, char **ret_text, size_t *ret_len,
                                  struct ff_ruleset **ret_rules)
{
    char message[300];
    im->out = open_memstream(ret_text, ret_len);
    if (!im->out)
        return FF_ERR_NOMEM;
    ff_import_write(im);
    if (fclose(im->out) != 0 || im->short_of_memory)
        return FF_ERR_NOMEM;
    enum ff_err err =
        ff_ruleset_load(ff_slice_of(*ret_text, *ret_len), "imported rules", ret_rules, message, sizeof message);
    if (err == FF_ERR_CONFIG &&
        strstr(message, "is this a rules file")) /* a limit of rules_int.h: nobody's mistake but the size's */
        return ff_import_refuse(im, FF_ERR_TOO_LARGE, 0,
                      "more than a rules file may hold (import it in parts, without what built-in rules know)");
    if (err == FF_ERR_CONFIG)
        return ff_import_refuse(im, FF_ERR_DEFECT, 0, message);
    return err;
}

/** Writes it again with what is known of the rules, until nothing is held back any more: to hold one back may
 * uncover another. */
static enum ff_err write_what_passes(struct ff_import_job *im, char **ret_text, size_t *ret_len)
{
    enum ff_err err = FF_OK;
    im->again = true;
    ff_import_hold_unproven(im);
    for (size_t held = 1; err == FF_OK && held > 0;) {
        struct ff_ruleset *rules = NULL;
        free(*ret_text);
        *ret_text = NULL;
        err = write_and_load(im, ret_text, ret_len, &rules);
        if (err == FF_OK)
            err = ff_import_hold_errors(im, rules, &held);
        ff_ruleset_free(rules);
    }
    im->report->rules = im->proven_count - im->report->held;
    return err;
}

static enum ff_err run(struct ff_import_job *im, struct ff_slice text, char **ret_text, size_t *ret_len)
{
    struct ff_ruleset *rules = NULL;
    char message[300];
    enum ff_err err = ff_import_read(im, text);
    if (err == FF_OK)
        err = check_map(im);
    if (err == FF_OK && !im->opts->alone)
        err = ff_ruleset_load(ff_slice_of(NULL, 0), NULL, &im->builtin, message, sizeof message);
    if (err == FF_OK && im->builtin)
        *im->hosts = im->builtin->hosts;
    if (err == FF_OK)
        err = write_and_load(im, ret_text, ret_len, &rules);
    if (err == FF_OK && im->report->carried + im->report->partly == 0)
        err = ff_import_refuse(im, FF_ERR_SYNTAX, 0,
                               "nothing of it could be carried over (is it the file of another product? --from names "
                               "it; --map CLASS=CATEGORY gives a class a category)");
    if (err == FF_OK)
        err = prove(im, rules);
    ff_ruleset_free(rules);
    return err == FF_OK ? write_what_passes(im, ret_text, ret_len) : err;
}

enum ff_err ff_rules_import(struct ff_slice text, const struct ff_import_options *opts, char **ret_text,
                            size_t *ret_len, struct ff_import_report *ret_report)
{
    *ret_report = (struct ff_import_report){.carried = 0};
    *ret_text = NULL;
    *ret_len = 0;
    struct ff_import_job *im = calloc(1, sizeof *im);
    if (!im)
        return FF_ERR_NOMEM;
    im->opts = opts;
    im->report = ret_report;
    enum ff_err err = text.len > FF_IMPORT_TEXT_MAX
                          ? ff_import_refuse(im, FF_ERR_TOO_LARGE, 0, "larger than 1 MiB (is this a rules file?)")
                          : FF_OK;
    im->hosts = calloc(1, sizeof *im->hosts);
    im->pool =
        err == FF_OK ? malloc(text.len + 1) : NULL; /* every kept byte stands in the text, escapes are longer there */
    if (err == FF_OK)
        err = im->pool && im->hosts ? run(im, text, ret_text, ret_len) : FF_ERR_NOMEM;
    if (err != FF_OK) {
        free(*ret_text);
        *ret_text = NULL;
    }
    ff_ruleset_free(im->builtin);
    free(im->patterns);
    free(im->proven);
    free(im->pool);
    free(im->hosts);
    free(im);
    return err;
}
