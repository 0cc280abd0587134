/* api_metrics.c: what the HTTP interface says in /metrics of itself, the build and the process, then what its
 * caller does (docs/metrics.md). */
#include <inttypes.h>

#include "proto/metric_text.h"
#include "suppress/http/api_int.h"

static uint64_t now_of(_Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void put_answers(struct ff_api *api, FILE *f)
{
    static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx"};
    struct ff_api_counters *c = &api->checks;
    ff_metric_head(f, "http_checks_total", "counter", "Checks answered, by result.");
    ff_metric_sample(f, "http_checks_total", "result", "suppressed", now_of(&c->suppressed));
    ff_metric_sample(f, "http_checks_total", "result", "clear", now_of(&c->clear));
    ff_metric_sample(f, "http_checks_total", "result", "refused", now_of(&c->refused));
    ff_metric_head(f, "http_answers_total", "counter", "Answers, by class of status.");
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        ff_metric_sample(f, "http_answers_total", "class", classes[i], now_of(&api->by_class[2 + i]));
}

/* A look-up that finds its filter in memory takes some 10 us, one that reads the disk a hundred times that; a
 * thousand lines are some milliseconds. */
static const struct {
    const char *text; /* s */
    uint64_t ns;
} bounds[FF_API_BOUNDS] = {{"0.0001", 100000},  {"0.0005", 500000},  {"0.002", 2000000},   {"0.01", 10000000},
                           {"0.05", 50000000}, {"0.25", 250000000}, {"1", 1000000000}};

void ff_api_duration_add(struct ff_api_durations *d, uint64_t ns)
{
    size_t i = 0;
    while (i < FF_API_BOUNDS && ns > bounds[i].ns)
        i++;
    atomic_fetch_add_explicit(&d->within[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&d->sum_ns, ns, memory_order_relaxed);
}

#define DURATION "http_check_duration_seconds"

static void put_durations(struct ff_api_durations *d, const char *method, FILE *f)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= FF_API_BOUNDS; i++) {
        count += now_of(&d->within[i]);
        fprintf(f, "fivefifty_" DURATION "_bucket{method=\"%s\",le=\"%s\"} %" PRIu64 "\n", method,
                i < FF_API_BOUNDS ? bounds[i].text : "+Inf", count);
    }
    fprintf(f, "fivefifty_" DURATION "_sum{method=\"%s\"} %.9f\n", method, (double)now_of(&d->sum_ns) / 1e9);
    fprintf(f, "fivefifty_" DURATION "_count{method=\"%s\"} %" PRIu64 "\n", method, count);
}

static void put_connections(struct ff_api *api, FILE *f)
{
    unsigned open;
    uint64_t refused;
    ff_api_connections_count(api->connections, &open, &refused);
    ff_metric_gauge(f, "http_connections_open", "Connections that are open.", open);
    ff_metric_counter(f, "http_connections_refused_total",
                      "Connections beyond what one address may have: closed, or no check answered.", refused);
}

void ff_api_put_metrics(struct ff_api *api, FILE *f)
{
    put_answers(api, f);
    put_connections(api, f);
    ff_metric_head(f, DURATION, "histogram",
                   "Time it took to find the answer of a check, or all answers of a bulk check.");
    put_durations(&api->one, "GET", f);
    put_durations(&api->many, "POST", f);
    ff_metric_head(f, "build_info", "gauge", "Always 1; the label is the version of the program.");
    ff_metric_sample(f, "build_info", "version", FF_VERSION, 1);
    ff_api_put_process(f, api->process_started_s);
    if (api->metrics)
        api->metrics(api->ctx, f);
}
