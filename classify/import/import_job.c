/* import_job.c: see import_job.h. */
#include "classify/import/import_job.h"

void ff_import_count(struct ff_import_job *im, const char *what, enum ff_import_fate fate)
{
    struct ff_import_report *r = im->report;
    for (size_t i = 0; i < r->reason_count; i++)
        if (strcmp(r->reason[i].what, what) == 0 && r->reason[i].fate == fate) {
            r->reason[i].count++;
            return;
        }
    if (r->reason_count < FF_IMPORT_REASONS_MAX)
        r->reason[r->reason_count++] = (struct ff_import_reason){what, 1, fate};
}

void ff_import_leave(struct ff_import_job *im, const char *why)
{
    if (!im->again) {
        ff_import_count(im, why, FF_IMPORT_LEFT);
        im->report->left++;
    }
    fprintf(im->out, "# left out: %s\n", why);
}

enum ff_err ff_import_refuse(struct ff_import_job *im, enum ff_err err, unsigned line, const char *what)
{
    if (line)
        snprintf(im->report->message, sizeof im->report->message, "%s:%u: %s", im->opts->name, line, what);
    else
        snprintf(im->report->message, sizeof im->report->message, "%s: %s", im->opts->name, what);
    return err;
}
