/* judge_metrics.c: rules, verdict table and shadow mode for /metrics of `run` and `ingest` (docs/metrics.md). */
#include <inttypes.h>

#include "ingest/pipeline/judge.h"
#include "proto/metric_text.h"

static struct ff_rules_id id_of(const struct ff_ruleset *rules)
{
    return (struct ff_rules_id){ff_ruleset_version(rules), ff_ruleset_label(rules)};
}

void ff_rules_status_of(struct ff_rules_status *status, const struct ff_rulebook *book)
{
    status->live = id_of(book->live);
    status->shadow = book->shadow ? id_of(book->shadow) : (struct ff_rules_id){0};
}

static void put_info(FILE *f, const char *name, const char *help, struct ff_rules_id id)
{
    char version[12], label[12] = "";
    snprintf(version, sizeof version, "%" PRIu32, id.version);
    if (id.label)
        snprintf(label, sizeof label, "%" PRIu32, id.label);
    ff_metric_head(f, name, "gauge", help);
    ff_metric_sample_of_two(f, name, "version", ff_slice_str(version), "label", ff_slice_str(label), 1);
}

static void put_rules(FILE *f, const struct ff_judge_counts *c, const struct ff_rule_names *names)
{
    ff_metric_head(f, "rule_hits_total", "counter", "Failures by the rule that decided; (none): no rule did.");
    uint32_t count = ff_rule_names_count(names);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t category;
        struct ff_slice name = ff_rule_name(names, i, &category);
        if (c->rules[i] > 0)
            ff_metric_sample_of_two(f, "rule_hits_total", "rule", name, "category",
                                    ff_slice_str(ff_category_name(category)), c->rules[i]);
    }
}

static void put_shadow(FILE *f, const struct ff_shadow_counts *s)
{
    ff_metric_counter(f, "shadow_agreed_total", "Failures the shadow rules judge like the live ones.", s->agreed);
    ff_metric_head(f, "shadow_differed_total", "counter", "Failures judged differently, by category of both sides.");
    for (uint32_t i = 0; i < FF_CATEGORY_COUNT; i++)
        for (uint32_t j = 0; j < FF_CATEGORY_COUNT; j++)
            if (s->by_pair[i][j] > 0)
                ff_metric_sample_of_two(f, "shadow_differed_total", "live", ff_slice_str(ff_category_name(i)), "shadow",
                                        ff_slice_str(ff_category_name(j)), s->by_pair[i][j]);
    ff_metric_counter(f, "shadow_suppress_more_total", "Failures only the shadow rules would suppress.",
                      s->suppress_more);
    ff_metric_counter(f, "shadow_suppress_less_total", "Failures only the live rules suppress.", s->suppress_less);
    ff_metric_counter(f, "shadow_without_row_total", "Differences that no row of the report is about.",
                      s->other + s->earlier);
}

void ff_judge_metrics(FILE *f, const struct ff_judge_counts *c, const struct ff_rules_status *status)
{
    const struct ff_classifier_stats *k = &c->classifier;
    put_info(f, "ruleset_info",
             "Always 1; which rules are in force: ruleset_version of verdicts, and the file's line version.",
             status->live);
    ff_metric_counter(f, "rules_reloads_total", "Rules read again and taken, on SIGHUP.", status->reloads);
    ff_metric_counter(f, "rules_reload_failures_total", "Rules read again and refused; the old ones stayed.",
                      status->reload_failures);
    ff_metric_counter(f, "replies_total", "Replies classified.", k->replies);
    ff_metric_counter(f, "verdict_table_hits_total", "Replies whose verdict was in the table.", k->table_hits);
    ff_metric_counter(f, "verdict_table_misses_total", "Replies whose verdict was not in the table.", k->table_misses);
    ff_metric_counter(f, "verdict_table_skeleton_hits_total", "Misses judged before but for words that no rule knows.",
                      k->skeleton_hits);
    ff_metric_counter(f, "verdict_table_evictions_total", "Verdicts that had to leave the table.", k->table_evictions);
    uint64_t looked = k->table_hits + k->table_misses;
    ff_metric_gauge(f, "verdict_table_hit_ratio", "Hits in all look-ups since the start, 0 to 1.",
                    looked ? (double)k->table_hits / (double)looked : 0);
    put_rules(f, c, status->names);
    if (!status->shadow.version)
        return;
    put_info(f, "shadow_ruleset_info", "Always 1; which rules the shadow rules are.", status->shadow);
    put_shadow(f, &c->shadow);
}
