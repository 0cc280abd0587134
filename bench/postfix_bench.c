/* postfix_bench.c: lines of a generated Postfix log -> events, with joins, beside the least that any reader must do:
 * touch every byte once to find the ends of lines, and the prefix alone. Items are lines, not events. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/generated.h"
#include "ingest/postfix/decode_postfix.h"
#include "ingest/postfix/syslog_prefix.h"

#define EVENTS 200000

struct run {
    struct bench_lines in;
    void *decoder;
    uint64_t sum, events, dead;
};

static uint64_t find_ends(void *ctx)
{
    const struct run *r = ctx;
    struct ff_slice all = ff_slice_of(r->in.text, r->in.size);
    uint64_t sum = 0;
    for (size_t at = 0; (at = ff_slice_chr(all, at, '\n')) != SIZE_MAX; at++)
        sum += at;
    return sum;
}

static uint64_t prefixes(void *ctx)
{
    const struct run *r = ctx;
    struct ff_log_line line;
    uint64_t sum = 0;
    for (size_t i = 0; i < r->in.count; i++)
        sum += ff_syslog_prefix_parse(r->in.lines[i], &line) + line.message.len + line.host.len;
    return sum;
}

static void on_event(void *ctx, const struct ff_event *ev, const struct ff_record *record)
{
    struct run *r = ctx;
    (void)record;
    r->events++;
    r->sum += ev->kind + ev->reply_code + ev->recipient.len + ev->reply_text.len + ev->mail_from.len;
}

static void on_ignored(void *ctx, enum ff_ignored reason)
{
    ((struct run *)ctx)->sum += reason;
}

static void on_dead(void *ctx, const struct ff_dead_letter *dead, const struct ff_record *record)
{
    (void)dead, (void)record;
    ((struct run *)ctx)->dead++;
}

/* A decoder that has not seen the log: otherwise its joiner knows all messages already. */
static void begin(void *ctx)
{
    struct run *r = ctx;
    struct ff_decode_options opts = {.default_tenant = FF_SLICE("default")};
    ff_decoder_postfix.free_(r->decoder);
    r->decoder = ff_decoder_postfix.new_(&opts);
    if (!r->decoder)
        abort();
    r->sum = r->events = r->dead = 0;
}

static uint64_t decode(void *ctx)
{
    struct run *r = ctx;
    struct ff_decode_sink sink = {r, on_event, on_ignored, on_dead};
    for (size_t i = 0; i < r->in.count; i++) {
        struct ff_record record = {.value = r->in.lines[i], .position = {"mail.log", -1, (int64_t)i + 1}};
        ff_decoder_postfix.decode(r->decoder, &record, &sink);
    }
    if (r->events == 0 || r->dead)
        abort();
    return r->sum;
}

int main(void)
{
    struct run r = {0};
    bench_lines_init(&r.in, GEN_POSTFIX, EVENTS);
    bench_print_machine();
    struct bench_result ends = bench_measure("postfix/line_ends", NULL, find_ends, &r, r.in.count);
    struct bench_result prefix = bench_measure("postfix/prefix", NULL, prefixes, &r, r.in.count);
    struct bench_result all = bench_measure("postfix/decode", begin, decode, &r, r.in.count);
    bench_print("postfix/line_ends", "cpu_per_line", ends, "ns", NULL, 0);
    bench_print("postfix/prefix", "cpu_per_line", prefix, "ns", "postfix/line_ends", ends.best_ns);
    bench_print("postfix/decode", "cpu_per_line", all, "ns", "postfix/line_ends", ends.best_ns);
    fprintf(stderr, "%zu lines, %llu events, %.1f bytes a line, %.2f million lines a second and core\n", r.in.count,
            (unsigned long long)r.events, (double)r.in.size / (double)r.in.count, 1e3 / all.best_ns);
    ff_decoder_postfix.free_(r.decoder);
    bench_lines_fini(&r.in);
    return 0;
}
