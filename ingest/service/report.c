/* report.c: what the service counted: the identity of accounting, the line at the end, the metrics. */
#include <inttypes.h>

#include "ingest/service/ingest_int.h"
#include "proto/metric_text.h"

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
    a->bytes += b->bytes;
    for (size_t i = 0; i < FF_INGEST_STAGE_COUNT; i++)
        a->stage_us[i] += b->stage_us[i];
}

void ff_ingest_gauges_add(struct ff_ingest_gauges *a, const struct ff_ingest_gauges *b)
{
    a->lag_records += b->lag_records;
    a->lag_unknown += b->lag_unknown;
    a->lag_to_end += b->lag_to_end;
    a->partitions += b->partitions;
    a->inflight_bytes += b->inflight_bytes;
    a->inflight_cycles += b->inflight_cycles;
    a->consumer_queue += b->consumer_queue;
    a->producer_queue += b->producer_queue;
    ff_newest_merge(&a->newest, &b->newest);
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

static void put_accounting(FILE *f, const struct ff_ingest_totals *t)
{
    const struct ff_pipeline_counts *p = &t->pipeline;
    const struct ff_accounting *a = &p->accounting;
    ff_metric_counter(f, "ingest_records_total", "Kafka records read.", a->records);
    ff_metric_counter(f, "ingest_bytes_total", "Bytes of the values of records read.", t->bytes);
    ff_metric_counter(f, "ingest_items_total", "Recipients' events, and undecodable or irrelevant units.", a->items);
    ff_metric_head(f, "ingest_ignored_total", "counter", "Items that say nothing about a recipient, by reason.");
    for (size_t i = 0; i < FF_IGNORED_COUNT; i++)
        ff_metric_sample(f, "ingest_ignored_total", "reason", ff_ignored_name((enum ff_ignored)i), a->ignored_by[i]);
    ff_metric_head(f, "ingest_dead_letters_total", "counter", "Items that could not be decoded, by reason.");
    for (size_t i = 0; i < FF_DEAD_COUNT; i++)
        ff_metric_sample(f, "ingest_dead_letters_total", "reason", ff_dead_name((enum ff_dead)i),
                         a->dead_by[i] + (i == FF_DEAD_TOO_LARGE ? t->refused_events : 0));
    ff_metric_head(f, "ingest_events_total", "counter", "Events by kind.");
    for (uint32_t i = 0; i < FF_KIND_COUNT; i++)
        ff_metric_sample(f, "ingest_events_total", "kind", ff_kind_name(i), p->by_kind[i]);
    ff_metric_head(f, "ingest_failures_total", "counter", "Failures by category of their verdict.");
    for (uint32_t i = 1; i < FF_CATEGORY_COUNT; i++)
        ff_metric_sample(f, "ingest_failures_total", "category", ff_category_name(i), p->by_category[i]);
}

static void put_stages(FILE *f, const struct ff_ingest_totals *t)
{
    static const char *const names[FF_INGEST_STAGE_COUNT] = {"read", "decode", "publish", "wait"};
    ff_metric_head(f, "ingest_stage_seconds_total", "counter", "Time of all workers, by what they did.");
    for (size_t i = 0; i < FF_INGEST_STAGE_COUNT; i++)
        fprintf(f, "fivefifty_ingest_stage_seconds_total{stage=\"%s\"} %.6f\n", names[i], (double)t->stage_us[i] / 1e6);
}

void ff_ingest_totals_metrics(FILE *f, const struct ff_ingest_totals *t)
{
    put_accounting(f, t);
    ff_metric_counter(f, "ingest_results_total", "Results given to the producer.", t->results);
    ff_metric_counter(f, "ingest_results_filtered_total", "Events left out by --publish.", t->filtered);
    ff_metric_counter(f, "ingest_batches_total", "Packed records produced.", t->batches);
    ff_metric_counter(f, "ingest_batch_bytes_total", "Bytes of packed records produced.", t->batch_bytes);
    ff_metric_counter(f, "ingest_cycles_total", "Batches of records read, processed and published as one.", t->cycles);
    ff_metric_counter(f, "ingest_rebalances_total", "Assignments received.", t->rebalances);
    ff_metric_counter(f, "ingest_client_restarts_total", "Kafka clients started anew after a fatal error.",
                      t->restarts);
    put_stages(f, t);
}

void ff_ingest_brokers_metrics(FILE *f, const struct ff_ingest_run *run, const struct ff_ingest_gauges *g)
{
    bool up = ff_kafka_is_up(run->voice);
    ff_metric_gauge(f, "kafka_up", "Whether a broker answers.", up);
    ff_metric_gauge(f, "ingest_last_commit_timestamp_seconds",
                    "When the group took offsets of this process, the last time; 0: not yet.",
                    (double)atomic_load(&run->committed_us) / 1e6);
    /* Of a topic that nobody can ask about, 0 would say that all is done. */
    ff_metric_head(f, "ingest_lag_records", "gauge",
                   "Records between the next one to be processed and the end of its partition.");
    if (up && g->lag_unknown == 0)
        fprintf(f, "fivefifty_ingest_lag_records %" PRIu64 "\n", g->lag_records);
}

void ff_ingest_gauges_metrics(FILE *f, const struct ff_ingest_gauges *g)
{
    ff_metric_gauge(f, "ingest_partitions", "Partitions assigned to this process.", (double)g->partitions);
    ff_metric_gauge(f, "ingest_inflight_bytes", "Bytes produced and not acknowledged.", (double)g->inflight_bytes);
    ff_metric_gauge(f, "ingest_inflight_cycles", "Cycles that are not yet done.", (double)g->inflight_cycles);
    ff_metric_gauge(f, "ingest_consumer_queue_records", "Records fetched and not processed.",
                    (double)g->consumer_queue);
    ff_metric_gauge(f, "ingest_producer_queue_records", "Records produced and not acknowledged.",
                    (double)g->producer_queue);
    ff_newest_metric(f, "ingest_newest_event_timestamp_seconds", &g->newest);
}
