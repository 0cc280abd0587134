/* metrics.c: what an owner says of itself over HTTP, from the counters that its loop sets. */
#include "suppress/owner/owner_int.h"

#include <inttypes.h>

static const char *const phases[OWNER_PHASES] = {"waiting", "restoring_states", "restoring_suppressions", "running"};

void ff_owner_metrics(void *ctx, FILE *f)
{
    struct owner *o = ctx;
    const struct owner_counters *c = &o->counters;
    struct ff_suppressor_stats st;
    ff_suppressor_stats(o->store, &st);
    const struct {
        const char *name, *type;
        uint64_t value;
    } rows[] = {
        {"records_total", "counter", atomic_load(&c->records)},
        {"results_total", "counter", atomic_load(&c->results)},
        {"commands_total", "counter", atomic_load(&c->commands)},
        {"dead_letters_total", "counter", atomic_load(&c->dead_letters)},
        {"published_keys_total", "counter", atomic_load(&c->published)},
        {"foreign_records_total", "counter", atomic_load(&c->repaired)},
        {"unreadable_records_total", "counter", atomic_load(&c->unreadable)},
        {"publish_retries_total", "counter", atomic_load(&c->retried)},
        {"rebalances_total", "counter", atomic_load(&c->rebalances)},
        {"assignments_lost_total", "counter", atomic_load(&c->lost)},
        {"retention_gaps_total", "counter", atomic_load(&c->gaps)},
        {"added_total", "counter", st.added},
        {"refreshed_total", "counter", st.refreshed},
        {"released_total", "counter", st.released},
        {"bad_addresses_total", "counter", st.bad_address},
        {"ahead_of_clock_total", "counter", st.ahead_of_clock},
        {"surges_total", "counter", st.surges},
        {"active", "gauge", st.active},
        {"partitions_owned", "gauge", atomic_load(&c->owned)},
        {"keys_in_flight", "gauge", atomic_load(&c->inflight)},
        {"restore_records_left", "gauge", atomic_load(&c->restore_left)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        fprintf(f, "# TYPE fivefifty_suppress_%s %s\nfivefifty_suppress_%s %" PRIu64 "\n", rows[i].name, rows[i].type,
                rows[i].name, rows[i].value);
    fputs("# TYPE fivefifty_suppress_phase gauge\n", f);
    for (unsigned i = 0; i < OWNER_PHASES; i++)
        fprintf(f, "fivefifty_suppress_phase{phase=\"%s\"} %d\n", phases[i], atomic_load(&c->phase) == i);
    bool up = atomic_load(&c->up), known = up && atomic_load(&c->lag_known);
    fprintf(f, "# TYPE fivefifty_kafka_up gauge\nfivefifty_kafka_up %d\n", up ? 1 : 0);
    fputs("# TYPE fivefifty_suppress_lag_records gauge\n", f);
    for (int i = 0; known && i < OWNER_INPUTS; i++) /* else 0 would say that all is done */
        fprintf(f, "fivefifty_suppress_lag_records{input=\"%s\"} %" PRIuFAST64 "\n", i == OWNER_RESULTS ? "results" : "commands",
                atomic_load(&c->lag[i]));
}

bool ff_owner_is_ready(void *ctx)
{
    struct owner *o = ctx;
    return atomic_load(&o->counters.ready);
}

/* A check looks at partitions of the tenant and of tenant `*`. Members that share the partitions could answer few checks
 * between them, and what was given away stays in the store and grows old. So: all of them or none. */
bool ff_owner_is_whole(void *ctx)
{
    struct owner *o = ctx;
    uint64_t owned = atomic_load(&o->counters.owned);
    return owned > 0 && owned == atomic_load(&o->counters.partitions);
}
