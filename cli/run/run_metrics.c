/* run_metrics.c: see run_metrics.h. Prometheus text format 0.0.4 (docs/metrics.md). A copy under a mutex, taken at
 * each commit: the loop that counts never waits for a reader longer than one copy, and a scrape sees counts that
 * belong together. */
#include "cli/run/run_metrics.h"

#include <pthread.h>
#include <stdlib.h>

#include "proto/metric_text.h"

struct ff_run_metrics {
    pthread_mutex_t mutex;
    struct ff_suppressor *state;
    struct ff_run_facts facts;
    struct ff_judge_counts judged;
};

struct ff_run_metrics *ff_run_metrics_new(struct ff_suppressor *state)
{
    struct ff_run_metrics *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->state = state;
    pthread_mutex_init(&m->mutex, NULL);
    return m;
}

void ff_run_metrics_free(struct ff_run_metrics *m)
{
    if (m)
        pthread_mutex_destroy(&m->mutex);
    free(m);
}

void ff_run_metrics_set(struct ff_run_metrics *m, const struct ff_run_facts *facts, const struct ff_judge *judge)
{
    pthread_mutex_lock(&m->mutex);
    m->facts = *facts;
    memset(&m->judged, 0, sizeof m->judged);
    ff_judge_counts(judge, &m->judged);
    pthread_mutex_unlock(&m->mutex);
}

static void put_counts(FILE *f, const struct ff_run_facts *facts)
{
    const struct ff_pipeline_counts *c = &facts->counts;
    const struct ff_accounting *a = &c->accounting;
    ff_metric_counter(f, "records_total", "Records (lines, packed records) read.", a->records);
    ff_metric_counter(f, "input_bytes_total", "Bytes of the inputs read, as they are stored.", facts->input_bytes);
    ff_metric_gauge(f, "input_lag_bytes", "Bytes of the files not read yet, as they are stored; pipes count 0.",
                    (double)facts->input_lag_bytes);
    ff_newest_metric(f, "newest_event_timestamp_seconds", &facts->newest);
    ff_metric_counter(f, "items_total", "Units that had to be accounted for: events + ignored + dead letters.",
                      a->items);
    ff_metric_head(f, "events_total", "counter", "Events by kind.");
    for (uint32_t i = 0; i < FF_KIND_COUNT; i++)
        ff_metric_sample(f, "events_total", "kind", ff_kind_name(i), c->by_kind[i]);
    ff_metric_head(f, "failures_total", "counter", "Failures by category of their verdict.");
    for (uint32_t i = 1; i < FF_CATEGORY_COUNT; i++)
        ff_metric_sample(f, "failures_total", "category", ff_category_name(i), c->by_category[i]);
    ff_metric_head(f, "ignored_total", "counter", "Units that say nothing about a recipient, by reason.");
    for (unsigned i = 0; i < FF_IGNORED_COUNT; i++)
        ff_metric_sample(f, "ignored_total", "reason", ff_ignored_name((enum ff_ignored)i), a->ignored_by[i]);
    ff_metric_head(f, "dead_letters_total", "counter", "Units that could not be decoded, by reason.");
    for (unsigned i = 0; i < FF_DEAD_COUNT; i++)
        ff_metric_sample(f, "dead_letters_total", "reason", ff_dead_name((enum ff_dead)i), a->dead_by[i]);
}

static void put_suppressions(FILE *f, const struct ff_suppressor_stats *s)
{
    ff_metric_gauge(f, "suppressions_active", "Active suppressions.", (double)s->active);
    ff_metric_counter(f, "suppressions_added_total", "Keys that became active.", s->added);
    ff_metric_counter(f, "suppressions_refreshed_total", "New evidence for keys that were active.", s->refreshed);
    ff_metric_counter(f, "suppressions_released_total", "Keys that ceased to be active.", s->released);
    ff_metric_counter(f, "suppressions_surges_total",
                      "Providers that suddenly had several times their share of what was suppressed.", s->surges);
    ff_metric_counter(f, "ignored_echoes_total", "Refusals of our own that were not counted as evidence.",
                      s->ignored_echo);
    ff_metric_counter(f, "ignored_unproven_total", "Out-of-band reports without proof.", s->ignored_unproven);
    ff_metric_counter(f, "ignored_bad_addresses_total", "Evidence about recipients that are no address (no domain).",
                      s->bad_address);
    ff_metric_counter(f, "ignored_ahead_of_clock_total", "Failures more than a day in the future.", s->ahead_of_clock);
}

void ff_run_metrics_write(void *ctx, FILE *f)
{
    struct ff_run_metrics *m = ctx;
    struct ff_suppressor_stats s;
    struct ff_run_metrics *copy = malloc(sizeof *copy); /* a scraper that reads slowly must not hold up the loop */
    if (!copy)
        return;
    pthread_mutex_lock(&m->mutex);
    copy->facts = m->facts;
    copy->judged = m->judged;
    pthread_mutex_unlock(&m->mutex);
    ff_suppressor_stats(m->state, &s);
    put_counts(f, &copy->facts);
    ff_judge_metrics(f, &copy->judged, &copy->facts.rules);
    put_suppressions(f, &s);
    free(copy);
}
