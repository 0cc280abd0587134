/* run_metrics.c: see run_metrics.h. Prometheus text format 0.0.4. A copy under a mutex, taken at each commit: the loop that
 * counts never waits for a reader longer than one copy, and a scrape sees counts that belong together. */
#include "cli/run_metrics.h"

#include <pthread.h>
#include <stdlib.h>

struct ff_run_metrics {
    pthread_mutex_t mutex;
    struct ff_suppressor *state;
    struct ff_pipeline_counts counts;
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

void ff_run_metrics_set(struct ff_run_metrics *m, const struct ff_pipeline_counts *counts)
{
    pthread_mutex_lock(&m->mutex);
    m->counts = *counts;
    pthread_mutex_unlock(&m->mutex);
}

/* The state was opened before the interface was started. */
bool ff_run_metrics_ready(void *ctx)
{
    (void)ctx;
    return true;
}

static void head(FILE *f, const char *name, const char *type, const char *help)
{
    fprintf(f, "# HELP fivefifty_%s %s\n# TYPE fivefifty_%s %s\n", name, help, name, type);
}

static void one(FILE *f, const char *name, const char *type, const char *help, uint64_t value)
{
    head(f, name, type, help);
    fprintf(f, "fivefifty_%s %llu\n", name, (unsigned long long)value);
}

static void labelled(FILE *f, const char *name, const char *label, const char *value, uint64_t count)
{
    fprintf(f, "fivefifty_%s{%s=\"%s\"} %llu\n", name, label, value, (unsigned long long)count);
}

static void write_counts(FILE *f, const struct ff_pipeline_counts *c)
{
    const struct ff_accounting *a = &c->accounting;
    one(f, "records_total", "counter", "Records (lines, packed records) read.", a->records);
    one(f, "items_total", "counter", "Units that had to be accounted for: events + ignored + dead letters.", a->items);
    head(f, "events_total", "counter", "Events by kind.");
    for (uint32_t i = 0; i < FF_KIND_COUNT; i++)
        labelled(f, "events_total", "kind", ff_kind_name(i), c->by_kind[i]);
    head(f, "failures_total", "counter", "Failures by category of their verdict.");
    for (uint32_t i = 1; i < FF_CATEGORY_COUNT; i++)
        labelled(f, "failures_total", "category", ff_category_name(i), c->by_category[i]);
    head(f, "ignored_total", "counter", "Units that say nothing about a recipient, by reason.");
    for (unsigned i = 0; i < FF_IGNORED_COUNT; i++)
        labelled(f, "ignored_total", "reason", ff_ignored_name((enum ff_ignored)i), a->ignored_by[i]);
    head(f, "dead_letters_total", "counter", "Units that could not be decoded, by reason.");
    for (unsigned i = 0; i < FF_DEAD_COUNT; i++)
        labelled(f, "dead_letters_total", "reason", ff_dead_name((enum ff_dead)i), a->dead_by[i]);
}

void ff_run_metrics_write(void *ctx, FILE *f)
{
    struct ff_run_metrics *m = ctx;
    struct ff_pipeline_counts counts;
    struct ff_suppressor_stats s;
    pthread_mutex_lock(&m->mutex);
    counts = m->counts;
    pthread_mutex_unlock(&m->mutex);
    ff_suppressor_stats(m->state, &s);
    write_counts(f, &counts);
    one(f, "suppressions_active", "gauge", "Active suppressions.", s.active);
    one(f, "suppressions_added_total", "counter", "Keys that became active.", s.added);
    one(f, "suppressions_refreshed_total", "counter", "New evidence for keys that were active.", s.refreshed);
    one(f, "suppressions_released_total", "counter", "Keys that ceased to be active.", s.released);
    one(f, "ignored_echoes_total", "counter", "Refusals of our own that were not counted as evidence.", s.ignored_echo);
    one(f, "ignored_unproven_total", "counter", "Out-of-band reports without proof.", s.ignored_unproven);
}
