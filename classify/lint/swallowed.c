/* swallowed.c: see swallowed.h. */
#include "classify/lint/swallowed.h"

#include <stdlib.h>

#include "classify/ruleset/rules_int.h"

struct ff_swallowing {
    uint32_t by, rule, order; /* numbers of rules; which came first */
    bool error;
    struct ff_slice words;
};

bool ff_swallowed_note(struct ff_swallowed *s, const struct ff_ruleset *rules, uint32_t by, uint32_t rule,
                       uint32_t line, struct ff_slice words, bool error)
{
    if (!ff_ruleset_is_included(rules, line) || ff_ruleset_is_included(rules, rules->rules[by].line))
        return false;
    if (s->count == s->size) {
        uint32_t size = s->size ? 2 * s->size : 64;
        struct ff_swallowing *grown = realloc(s->list, size * sizeof *grown);
        if (!grown) {
            s->short_of_memory = true;
            return true;
        }
        s->list = grown;
        s->size = size;
    }
    s->list[s->count] = (struct ff_swallowing){by, rule, s->count, error, words};
    s->count++;
    return true;
}

static int by_rules(const void *a, const void *b)
{
    const struct ff_swallowing *x = a, *y = b;
    if (x->by != y->by)
        return x->by < y->by ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/** All that one rule takes: n of the list. The first that is an error is shown. */
static void report(const struct ff_findings *f, const struct ff_swallowing *list, uint32_t n)
{
    const struct ff_rule *by = &f->rules->rules[list->by];
    const struct ff_swallowing *shown = list;
    uint32_t rules = 0;
    for (uint32_t i = 0; i < n; i++) {
        rules += i == 0 || list[i].rule != list[i - 1].rule;
        if (list[i].error && !shown->error)
            shown = &list[i];
    }
    const struct ff_rule *first = &f->rules->rules[shown->rule];
    ff_findings_report(f,
                       (struct ff_lint){.kind = FF_LINT_SWALLOWS,
                                        .error = shown->error,
                                        .rule = by->id,
                                        .words = shown->words,
                                        .what = shown->error ? "examples of built-in rules no longer hold because of it"
                                                             : "it outranks built-in rules wherever these would decide",
                                        .count = rules,
                                        .counted = rules == 1 ? "built-in rule" : "built-in rules",
                                        .remedy = shown->error ? "ask for more words, give it less weight, or drop or "
                                                                 "replace what it is to stand for; rules test lists "
                                                                 "the examples"
                                                               : "drop them if that is meant, else give it less weight",
                                        .other_rule = first->id},
                       by->line, first->line);
}

enum ff_err ff_swallowed_report(struct ff_swallowed *s, const struct ff_findings *f)
{
    if (s->count)
        qsort(s->list, s->count, sizeof *s->list, by_rules);
    for (uint32_t from = 0, to = 0; from < s->count; from = to) {
        while (to < s->count && s->list[to].by == s->list[from].by)
            to++;
        report(f, s->list + from, to - from);
    }
    return s->short_of_memory ? FF_ERR_NOMEM : FF_OK;
}
