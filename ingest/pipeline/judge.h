/* judge.h: verdicts for one thread, by the rules in force: classifier, counts per rule, and in shadow mode a second
 * classifier beside it whose answers are only compared.
 *
 * All pipelines of a thread share one judge: one verdict table instead of one per input, and new rules hold for all of
 * them from the same event on.
 */
#ifndef FF_INGEST_JUDGE_H
#define FF_INGEST_JUDGE_H

#include <stdio.h>

#include "ingest/pipeline/rulebook.h"
#include "ingest/pipeline/shadow.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_judge;

/** Becomes a user of `book`. NULL when memory is short. */
FF_MUST_CHECK struct ff_judge *ff_judge_new(struct ff_rulebook *book);
void ff_judge_free(struct ff_judge *j);
/** New rules for all events from now on; counts go on. false: memory is short and the old rules stay, all of them. */
FF_MUST_CHECK bool ff_judge_swap(struct ff_judge *j, struct ff_rulebook *book);
/** Category none for events that are no failure (delivery: accepted). Without shadow rules this costs what
 * ff_classify_event() costs and one addition. */
void ff_judge_event(struct ff_judge *j, const struct ff_event *ev, struct ff_verdict *ret);
/** NULL: there never were shadow rules. */
const struct ff_shadow *ff_judge_shadow(const struct ff_judge *j);

/** What the judges of a process counted, over all rules they had. */
struct ff_judge_counts {
    struct ff_classifier_stats classifier; /* of the live rules */
    struct ff_shadow_counts shadow;
    uint64_t rules[FF_RULE_NAMES_MAX]; /* failures by the number of the rule that decided; their sum is all failures */
};
/** Adds; `ret` begins as zeros. The thread of the judge only. */
void ff_judge_counts(const struct ff_judge *j, struct ff_judge_counts *ret);
void ff_judge_counts_add(struct ff_judge_counts *a, const struct ff_judge_counts *b);

/** The rules of a process, for /metrics. */
struct ff_rules_status {
    const struct ff_rule_names *names;
    struct ff_rules_id {
        uint32_t version, label; /* ff_ruleset_version(), ff_ruleset_label() */
    } live, shadow;              /* shadow.version 0: no shadow mode */
    uint64_t reloads, reload_failures;
};
/** Sets `live` and `shadow`; keeps nothing of `book`. */
void ff_rules_status_of(struct ff_rules_status *status, const struct ff_rulebook *book);
/** Rules, verdict table and shadow mode in Prometheus text format (docs/metrics.md). */
void ff_judge_metrics(FILE *f, const struct ff_judge_counts *counts, const struct ff_rules_status *status);

#ifdef __cplusplus
}
#endif
#endif
