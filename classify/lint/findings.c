/* findings.c: see findings.h. */
#include "classify/lint/findings.h"

#include "classify/ruleset/rules_int.h"

const char *ff_lint_kind_name(enum ff_lint_kind kind)
{
    static const char *const names[FF_LINT_KIND_COUNT] = {"example",    "no-example", "dead",      "undecided",
                                                          "impossible", "shadowed",   "duplicate", "broad",
                                                          "unproven",   "unused",     "swallows"};
    return (unsigned)kind < FF_LINT_KIND_COUNT ? names[kind] : "?";
}

void ff_findings_report(const struct ff_findings *f, struct ff_lint finding, uint32_t line, uint32_t other)
{
    finding.file = ff_ruleset_place(f->rules, line, &finding.line);
    if (other)
        finding.other_file = ff_ruleset_place(f->rules, other, &finding.other_line);
    finding.included = ff_ruleset_is_included(f->rules, line) && (!other || ff_ruleset_is_included(f->rules, other));
    if (finding.error)
        f->counts->errors++;
    else
        f->counts->notes++;
    if (f->each)
        f->each(f->ctx, &finding);
}
