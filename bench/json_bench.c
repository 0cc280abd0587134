/* json_bench.c: the JSON tape on generated KumoMTA records, and our own JSON to events, each beside a pass over the
 * same bytes that checks nothing but UTF-8: what a strict parser cannot go below. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "bench/json_peers.h"
#include "proto/event_json.h"

#define EVENTS 1000 /* about 1 MB: what a consumer has fetched is in the cache */

struct input {
    struct bench_lines lines;
    struct ff_json_doc *doc;
    struct ff_arena arena;
    uint8_t mem[1 << 16];
};

static uint64_t pass(void *ctx)
{
    const struct input *in = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < in->lines.count; i++)
        sum += ff_slice_is_utf8(in->lines.lines[i]) * in->lines.lines[i].len;
    return sum;
}

static uint64_t parse(void *ctx)
{
    const struct input *in = ctx;
    struct ff_err_at at;
    uint64_t sum = 0;
    for (size_t i = 0; i < in->lines.count; i++) {
        if (ff_json_parse(in->doc, in->lines.lines[i], &at))
            abort();
        sum += in->doc->count;
    }
    return sum;
}

static uint64_t to_events(void *ctx)
{
    struct input *in = ctx;
    struct ff_err_at at;
    struct ff_event ev;
    uint64_t sum = 0;
    for (size_t i = 0; i < in->lines.count; i++) {
        ff_arena_reset(&in->arena);
        if (ff_json_parse(in->doc, in->lines.lines[i], &at) || ff_event_from_json(in->doc, 0, &in->arena, &ev, &at))
            abort();
        sum += ev.recipient.len + ev.reply_text.len + ev.reply_code + (uint64_t)ev.event_time_us;
    }
    return sum;
}

#if FF_HAVE_SIMDJSON
static uint64_t simdjson_dom(void *ctx)
{
    const struct input *in = ctx;
    return peer_simdjson_dom(in->lines.lines, in->lines.count);
}

static uint64_t simdjson_ondemand(void *ctx)
{
    const struct input *in = ctx;
    return peer_simdjson_ondemand(in->lines.lines, in->lines.count);
}
#endif

static void measure(const char *name, enum gen_format format, uint64_t (*work)(void *ctx))
{
    static struct input in;
    uint64_t bytes = 0;
    char label[64];
    bench_lines_init(&in.lines, format, EVENTS);
    in.doc = ff_json_doc_new(10000);
    ff_arena_init(&in.arena, in.mem, sizeof in.mem);
    if (!in.doc)
        abort();
    for (size_t i = 0; i < in.lines.count; i++)
        bytes += in.lines.lines[i].len;
    struct bench_result floor = bench_measure("pass", NULL, pass, &in, in.lines.count);
    struct bench_result own = bench_measure(name, NULL, work, &in, in.lines.count);
    double per_record = (double)bytes / (double)in.lines.count;
    snprintf(label, sizeof label, "json/%s", name);
    bench_print(label, "cpu_per_record", own, "ns", "a pass over the bytes", floor.best_ns);
    struct bench_result speed = {.best_ns = per_record / own.best_ns, .median_ns = per_record / own.median_ns};
    bench_print(label, "bytes_per_cpu", speed, "GB/s", NULL, 0);
    bench_print(label, "record_size", (struct bench_result){.best_ns = per_record, .median_ns = per_record}, "bytes",
                NULL, 0);
    ff_json_doc_free(in.doc);
    bench_lines_fini(&in.lines);
}

int main(void)
{
    bench_print_machine();
    measure("parse_kumomta", GEN_KUMOMTA, parse);
    measure("parse_own", GEN_JSON, parse);
    measure("own_to_events", GEN_JSON, to_events);
#if FF_HAVE_SIMDJSON
    fprintf(stderr, "simdjson chose its %s\n", peer_simdjson_name());
    measure("simdjson_dom", GEN_KUMOMTA, simdjson_dom);
    measure("simdjson_ondemand", GEN_KUMOMTA, simdjson_ondemand);
#endif
    return 0;
}
