/* import_hold.c: see import_hold.h. A rule is not corrected: what it should say instead nobody knows but its
 * author, and the pattern stands beside it. Only the passes of the linter that find errors are made: the others
 * take most of its time. */
#include "classify/import/import_hold.h"

#include "classify/lint/passes.h"

struct holding {
    struct ff_import_job *im;
    size_t count;
};

static struct ff_import_proven *imported(struct ff_import_job *im, struct ff_slice rule)
{
    for (size_t i = 0; i < im->proven_count && rule.len; i++)
        if (ff_slice_eq(rule, ff_slice_str(im->proven[i].name)))
            return &im->proven[i];
    return NULL;
}

static void hold(struct ff_import_job *im, struct ff_import_proven *p, const char *why, struct ff_slice other)
{
    p->held = why;
    snprintf(p->held_for, sizeof p->held_for, "%.*s", (int)other.len, other.len ? (const char *)other.ptr : "");
    ff_import_count(im, why, FF_IMPORT_HELD);
    im->report->held++;
}

void ff_import_hold_unproven(struct ff_import_job *im)
{
    for (size_t i = 0; i < im->proven_count; i++) {
        struct ff_import_proven *p = &im->proven[i];
        if (p->proof == FF_IMPORT_OVERRULED)
            hold(im, p, "other rules say something else of its own words", ff_slice_str(ff_category_name(p->verdict)));
        else if (p->proof == FF_IMPORT_SILENT)
            hold(im, p, "it does not fire on words of its own", ff_slice_of(NULL, 0));
    }
}

static void on_finding(void *ctx, const struct ff_lint *f)
{
    struct holding *h = ctx;
    struct ff_import_proven *own = imported(h->im, f->rule), *cause = own ? own : imported(h->im, f->other_rule);
    if (!f->error || !cause || cause->held)
        return;
    if (f->kind == FF_LINT_SWALLOWS)
        hold(h->im, cause, "a built-in rule loses an example to it", f->other_rule);
    else if (own)
        hold(h->im, own, f->what, f->other_rule);
    else
        hold(h->im, cause, "a built-in rule loses an example to it", f->rule);
    h->count++;
}

enum ff_err ff_import_hold_errors(struct ff_import_job *im, const struct ff_ruleset *rules, size_t *ret_count)
{
    struct holding h = {.im = im};
    struct ff_lint_counts counts = {0};
    struct ff_linter *l = ff_linter_new(rules);
    if (!l)
        return FF_ERR_NOMEM;
    l->findings = (struct ff_findings){rules, on_finding, &h, &counts};
    enum ff_err err = ff_lint_own_examples(l);
    if (err == FF_OK)
        err = ff_lint_overlap(l);
    if (err == FF_OK)
        err = ff_swallowed_report(&l->swallowed, &l->findings);
    ff_linter_free(l);
    *ret_count = h.count;
    return err;
}
