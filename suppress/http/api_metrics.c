/* api_metrics.c: what the HTTP interface itself says in /metrics, then what its process does (docs/metrics.md). */
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

static void put_connections(struct ff_api *api, FILE *f)
{
    unsigned open;
    uint64_t refused;
    ff_api_connections_count(api->connections, &open, &refused);
    ff_metric_gauge(f, "http_connections_open", "Connections that are open.", open);
    ff_metric_counter(f, "http_connections_refused_total", "Connections beyond what one address may have: closed, or no check answered.", refused);
}

void ff_api_put_metrics(struct ff_api *api, FILE *f)
{
    put_answers(api, f);
    put_connections(api, f);
    if (api->metrics)
        api->metrics(api->ctx, f);
}
