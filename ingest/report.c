/* report.c: what the service counted: the identity of accounting, the line at the end, the metrics. */
#include <inttypes.h>

#include "ingest/ingest_int.h"

void ff_pipeline_counts_add(struct ff_pipeline_counts *a, const struct ff_pipeline_counts *b)
{
    ff_accounting_add(&a->accounting, &b->accounting);
    for (size_t i = 0; i < FF_KIND_COUNT; i++)
        a->by_kind[i] += b->by_kind[i];
    for (size_t i = 0; i < FF_CATEGORY_COUNT; i++)
        a->by_category[i] += b->by_category[i];
    for (size_t i = 0; i < FF_RESP_COUNT; i++)
        a->by_responsible[i] += b->by_responsible[i];
    a->classifier.replies += b->classifier.replies;
    a->classifier.table_hits += b->classifier.table_hits;
    a->classifier.table_misses += b->classifier.table_misses;
    a->classifier.table_evictions += b->classifier.table_evictions;
}

void ff_ingest_totals_add(struct ff_ingest_totals *a, const struct ff_ingest_totals *b)
{
    ff_pipeline_counts_add(&a->pipeline, &b->pipeline);
    a->results += b->results;
    a->filtered += b->filtered;
    a->refused_events += b->refused_events;
    a->dead_letters += b->dead_letters;
    a->batches += b->batches;
    a->batch_bytes += b->batch_bytes;
    a->cycles += b->cycles;
    a->rebalances += b->rebalances;
    a->restarts += b->restarts;
    a->inflight_bytes += b->inflight_bytes;
}

bool ff_ingest_totals_hold(const struct ff_ingest_totals *t)
{
    const struct ff_accounting *a = &t->pipeline.accounting;
    return ff_accounting_holds(a) && a->events == t->results + t->filtered + t->refused_events &&
           a->dead + t->refused_events == t->dead_letters;
}

void ff_ingest_report(FILE *f, const struct ff_ingest_totals *t, double seconds)
{
    const struct ff_accounting *a = &t->pipeline.accounting;
    const char *before = " (";
    fprintf(f, "records %" PRIu64 "  items %" PRIu64 "  events %" PRIu64 "  ignored %" PRIu64, a->records, a->items,
            a->events - t->refused_events, a->ignored);
    for (size_t i = 0; i < FF_IGNORED_COUNT; i++)
        if (a->ignored_by[i] > 0) {
            fprintf(f, "%s%s=%" PRIu64, before, ff_ignored_name((enum ff_ignored)i), a->ignored_by[i]);
            before = " ";
        }
    if (before[1] == '\0')
        fputc(')', f);
    fprintf(f, "  dead-lettered %" PRIu64 "  results %" PRIu64, a->dead + t->refused_events, t->results);
    if (seconds > 0)
        fprintf(f, " (%.0f/s)", (double)t->results / seconds);
    fputc('\n', f);
}

static void counter(FILE *f, const char *name, const char *help, uint64_t value)
{
    fprintf(f, "# HELP fivefifty_ingest_%s %s\n# TYPE fivefifty_ingest_%s counter\nfivefifty_ingest_%s %" PRIu64 "\n",
            name, help, name, name, value);
}

static void family(FILE *f, const char *name, const char *help)
{
    fprintf(f, "# HELP fivefifty_ingest_%s %s\n# TYPE fivefifty_ingest_%s counter\n", name, help, name);
}

static void member(FILE *f, const char *name, const char *label, const char *value, uint64_t n)
{
    fprintf(f, "fivefifty_ingest_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, n);
}

void ff_ingest_totals_metrics(FILE *f, const struct ff_ingest_totals *t)
{
    const struct ff_pipeline_counts *p = &t->pipeline;
    counter(f, "records_total", "Kafka records read", p->accounting.records);
    counter(f, "items_total", "recipients' events, and undecodable or irrelevant units", p->accounting.items);
    family(f, "ignored_total", "items that say nothing about a recipient");
    for (size_t i = 0; i < FF_IGNORED_COUNT; i++)
        member(f, "ignored_total", "reason", ff_ignored_name((enum ff_ignored)i), p->accounting.ignored_by[i]);
    family(f, "dead_letters_total", "items that could not be decoded");
    for (size_t i = 0; i < FF_DEAD_COUNT; i++)
        member(f, "dead_letters_total", "reason", ff_dead_name((enum ff_dead)i),
               p->accounting.dead_by[i] + (i == FF_DEAD_TOO_LARGE ? t->refused_events : 0));
    family(f, "events_total", "events by kind");
    for (uint32_t i = 0; i < FF_KIND_COUNT; i++)
        member(f, "events_total", "kind", ff_kind_name(i), p->by_kind[i]);
    family(f, "failures_total", "failures by category");
    for (uint32_t i = 1; i < FF_CATEGORY_COUNT; i++)
        member(f, "failures_total", "category", ff_category_name(i), p->by_category[i]);
    counter(f, "results_total", "results given to the producer", t->results);
    counter(f, "results_filtered_total", "events left out by --publish", t->filtered);
    counter(f, "batches_total", "packed records produced", t->batches);
    counter(f, "batch_bytes_total", "bytes of packed records", t->batch_bytes);
    counter(f, "replies_total", "replies classified", p->classifier.replies);
    counter(f, "verdict_table_hits_total", "replies whose verdict was in the table", p->classifier.table_hits);
    counter(f, "verdict_table_evictions_total", "verdicts that had to leave the table", p->classifier.table_evictions);
    counter(f, "rebalances_total", "assignments received", t->rebalances);
    counter(f, "client_restarts_total", "Kafka clients started anew after a fatal error", t->restarts);
    fprintf(f,
            "# HELP fivefifty_ingest_inflight_bytes bytes produced and not acknowledged\n"
            "# TYPE fivefifty_ingest_inflight_bytes gauge\nfivefifty_ingest_inflight_bytes %" PRIu64 "\n",
            t->inflight_bytes);
}
