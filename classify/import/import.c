/* import.c: from a file of another classifier to a rules file of ours: reads the patterns (import_read.c), writes
 * rules (import_write.c), and loads the result before anybody gets it.
 *
 * It is written twice: the first time without examples, to load it and to ask what the rules together say of a reply
 * made from each phrase; where the new rule decides, that reply becomes its example.
 */
#include "classify/import/import.h"

#include <stdlib.h>

#include "classify/explain.h"
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

/** Writes the file and loads it. *ret_text is the caller's. */
static enum ff_err write_and_load(struct ff_import_job *im, char **ret_text, size_t *ret_len, struct ff_ruleset **ret_rules)
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

static enum ff_err run(struct ff_import_job *im, struct ff_slice text, char **ret_text, size_t *ret_len)
{
    struct ff_ruleset *rules = NULL;
    char message[300];
    enum ff_err err = ff_import_read(im, text);
    if (err == FF_OK && !im->opts->alone)
        err = ff_ruleset_load(ff_slice_of(NULL, 0), NULL, &im->builtin, message, sizeof message);
    if (err == FF_OK && im->builtin)
        *im->hosts = im->builtin->hosts;
    if (err == FF_OK)
        err = write_and_load(im, ret_text, ret_len, &rules);
    if (err == FF_OK)
        err = prove(im, rules);
    ff_ruleset_free(rules);
    rules = NULL;
    if (err == FF_OK) {
        im->report->rules = im->proven_count;
        im->second = true;
        free(*ret_text);
        *ret_text = NULL;
        err = write_and_load(im, ret_text, ret_len, &rules);
    }
    ff_ruleset_free(rules);
    return err;
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
