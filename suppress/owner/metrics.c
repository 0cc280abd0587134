/* metrics.c: what an owner says of itself over HTTP, from the counters that its loop sets. */
#include <inttypes.h>

#include "proto/clock.h"
#include "proto/metric_text.h"
#include "suppress/owner/owner_int.h"

static const char *const phases[OWNER_PHASES] = {"waiting", "restoring_states", "restoring_suppressions", "running"};

static void put_work(FILE *f, const struct owner_counters *c)
{
    ff_metric_counter(f, "suppress_records_total", "Records of results and commands read.", atomic_load(&c->records));
    ff_metric_counter(f, "suppress_results_total", "Results folded into states.", atomic_load(&c->results));
    ff_metric_counter(f, "suppress_commands_total", "Commands carried out.", atomic_load(&c->commands));
    ff_metric_counter(f, "suppress_dead_letters_total", "Records that could not be decoded.",
                      atomic_load(&c->dead_letters));
    ff_metric_counter(f, "suppress_published_keys_total", "Keys published and acknowledged.",
                      atomic_load(&c->published));
    ff_metric_counter(f, "suppress_foreign_records_total", "Records of a former owner that had to be merged.",
                      atomic_load(&c->repaired));
    ff_metric_counter(f, "suppress_unreadable_records_total", "Records that nobody of ours can have written.",
                      atomic_load(&c->unreadable));
    ff_metric_counter(f, "suppress_publish_retries_total", "Records produced again.", atomic_load(&c->retried));
    ff_metric_counter(f, "suppress_rebalances_total", "Assignments received.", atomic_load(&c->rebalances));
    ff_metric_counter(f, "suppress_assignments_lost_total", "Assignments lost without warning.", atomic_load(&c->lost));
    ff_metric_counter(f, "suppress_retention_gaps_total", "Gaps of records that expired before they were read.",
                      atomic_load(&c->gaps));
    ff_metric_gauge(f, "suppress_partitions_owned", "Partitions given to this process.",
                    (double)atomic_load(&c->owned));
    ff_metric_gauge(f, "suppress_keys_in_flight", "Keys to be published or acknowledged.",
                    (double)atomic_load(&c->inflight));
    ff_metric_gauge(f, "suppress_restore_records_left", "Records to be read until it runs, at most.",
                    (double)atomic_load(&c->restore_left));
}

static void put_keys(FILE *f, const struct ff_suppressor_stats *st)
{
    ff_metric_counter(f, "suppress_added_total", "Keys that became active.", st->added);
    ff_metric_counter(f, "suppress_refreshed_total", "New evidence for keys that were active.", st->refreshed);
    ff_metric_counter(f, "suppress_released_total", "Keys that ceased to be active.", st->released);
    ff_metric_counter(f, "suppress_bad_addresses_total", "Evidence about recipients that are no address.",
                      st->bad_address);
    ff_metric_counter(f, "suppress_ahead_of_clock_total", "Failures more than a day in the future.",
                      st->ahead_of_clock);
    ff_metric_counter(f, "suppress_surges_total",
                      "Providers that suddenly had several times their share of what was suppressed.", st->surges);
    ff_metric_gauge(f, "suppress_active", "Active suppressions in the local copy.", (double)st->active);
}

void ff_owner_metrics(void *ctx, FILE *f)
{
    static const char *const input_names[OWNER_INPUTS] = {[OWNER_RESULTS] = "results", [OWNER_COMMANDS] = "commands"};
    struct owner *o = ctx;
    const struct owner_counters *c = &o->counters;
    bool up = atomic_load(&c->up), known = up && atomic_load(&c->lag_known);
    struct ff_suppressor_stats st;
    ff_suppressor_stats(o->store, &st);
    put_work(f, c);
    put_keys(f, &st);
    ff_metric_head(f, "suppress_phase", "gauge", "1 for what it does now.");
    for (unsigned i = 0; i < OWNER_PHASES; i++)
        ff_metric_sample(f, "suppress_phase", "phase", phases[i], atomic_load(&c->phase) == i);
    ff_metric_gauge(f, "kafka_up", "Whether a broker answers.", up);
    ff_metric_head(f, "suppress_lag_records", "gauge", "Records to be read.");
    for (int i = 0; known && i < OWNER_INPUTS; i++) /* else 0 would say that all is done */
        ff_metric_sample(f, "suppress_lag_records", "input", input_names[i], atomic_load(&c->lag[i]));
}

bool ff_owner_is_restored(void *ctx)
{
    struct owner *o = ctx;
    return atomic_load(&o->counters.ready);
}

static void tell_phase(const struct owner_counters *c, char why[FF_API_WHY_MAX])
{
    uint64_t owned = atomic_load(&c->owned);
    unsigned phase = atomic_load(&c->phase);
    if (phase == OWNER_RESTORE_STATE || phase == OWNER_RESTORE_PUBLISHED)
        snprintf(why, FF_API_WHY_MAX, "restoring %" PRIu64 " partitions: at most %" PRIuFAST64 " records to be read",
                 owned, atomic_load(&c->restore_left));
    else if (phase == OWNER_IDLE && owned == 0)
        snprintf(why, FF_API_WHY_MAX, "waiting for the group to give out its partitions");
    else if (phase == OWNER_IDLE)
        snprintf(why, FF_API_WHY_MAX, "%" PRIu64 " partitions were given to it; asking the brokers where to begin",
                 owned);
    else if (atomic_load(&c->stalled))
        snprintf(why, FF_API_WHY_MAX, "nothing was read for %d s, although there is something to be read",
                 FF_OWNER_STALL_MS / 1000);
    else
        snprintf(why, FF_API_WHY_MAX, "about to go on");
}

/* Without brokers it also has no partitions, or cannot restore them: the cause is what is told. */
bool ff_owner_is_ready(void *ctx, char why[FF_API_WHY_MAX])
{
    struct owner *o = ctx;
    const struct owner_counters *c = &o->counters;
    int64_t answered_ms = atomic_load(&c->answered_ms);
    if (atomic_load(&c->ready))
        return true;
    if (atomic_load(&c->partitions) == 0)
        snprintf(why, FF_API_WHY_MAX, "starting: no broker has told of the topics yet");
    else if (answered_ms && !atomic_load(&c->up))
        snprintf(why, FF_API_WHY_MAX, "no broker answered for %" PRId64 " s",
                 (ff_steady_ms() - answered_ms) / 1000);
    else
        tell_phase(c, why);
    return false;
}

/* A check looks at partitions of the tenant and of tenant `*`. Members that share the partitions could answer few
 * checks between them, and what was given away stays in the store and grows old. So: all of them or none. */
bool ff_owner_is_whole(void *ctx)
{
    struct owner *o = ctx;
    uint64_t owned = atomic_load(&o->counters.owned);
    return owned > 0 && owned == atomic_load(&o->counters.partitions);
}
