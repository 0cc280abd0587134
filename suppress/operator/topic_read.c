/* topic_read.c: see topic_read.h. */
#include "suppress/operator/topic_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/clock.h"

#define START_MS 30000
#define ANSWER_MS 5000
/** Nothing came for so long: the broker went away. */
#define SILENCE_MS 30000

struct reading {
    struct ff_topic_reading *t;
    struct ff_broker *reader;
    struct ff_broker_place *ends; /* by partition; offset 0: nothing (more) is to be read of it */
    int32_t count, open;
};

int ff_topic_complain(struct ff_topic_reading *t, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->message, t->message_size, format, args);
    va_end(args);
    return status;
}

bool ff_topic_is_stopped(const struct ff_topic_reading *t)
{
    return t->opts->stop && *t->opts->stop;
}

int ff_topic_interrupted(struct ff_topic_reading *t)
{
    return ff_topic_complain(t, FF_EXIT_TEMPFAIL, "interrupted");
}

static int count_partitions(struct reading *g)
{
    char why[FF_BROKER_ANSWER_MAX], text[FF_BROKER_ANSWER_MAX];
    enum ff_err err = ff_broker_partitions(g->reader, &g->t->topic, 1, START_MS, g->t->opts->stop, &g->count, why,
                                           sizeof why);
    if (err == FF_OK)
        return FF_EXIT_OK;
    if (ff_topic_is_stopped(g->t))
        return ff_topic_interrupted(g->t);
    int status = ff_broker_no_partitions(err, g->t->opts->brokers, why, text, sizeof text);
    return ff_topic_complain(g->t, status, "%s", text);
}

/* Partitions that were made a moment ago have no leader to ask yet. */
static int find_ends(struct reading *g)
{
    int64_t until = ff_steady_ms() + START_MS;
    enum ff_err err;
    for (int32_t p = 0; p < g->count; p++)
        g->ends[p] = (struct ff_broker_place){g->t->topic, p, 0};
    while ((err = ff_broker_ends(g->reader, g->ends, (size_t)g->count, ANSWER_MS)) != FF_OK &&
           ff_steady_ms() < until && !ff_topic_is_stopped(g->t))
        ff_broker_poll(g->reader, 100);
    if (err == FF_OK)
        return FF_EXIT_OK;
    if (ff_topic_is_stopped(g->t))
        return ff_topic_interrupted(g->t);
    return ff_topic_complain(g->t, FF_EXIT_UNAVAILABLE, "the broker does not say where the topic ends");
}

static int begin(struct reading *g)
{
    struct ff_broker_place *from = g->ends + g->count;
    for (int32_t p = 0; p < g->count; p++) {
        if (g->t->wants && !g->t->wants(g->t->ctx, p, g->count))
            g->ends[p].offset = 0;
        if (g->ends[p].offset > 0)
            from[g->open++] = (struct ff_broker_place){g->t->topic, p, FF_OFFSET_BEGINNING};
    }
    if (ff_broker_read_from(g->reader, from, (size_t)g->open) != FF_OK)
        return ff_topic_complain(g->t, FF_EXIT_SOFTWARE, "librdkafka refuses to read the topic");
    return FF_EXIT_OK;
}

static void take(struct reading *g, const struct ff_broker_record *r)
{
    struct ff_broker_place *end = &g->ends[r->partition];
    if (!r->end && end->offset > 0 && r->offset < end->offset)
        g->t->failed = g->t->each(g->t->ctx, r);
    if (end->offset > 0 && (r->end ? r->offset : r->offset + 1) >= end->offset) {
        end->offset = 0;
        g->open--;
    }
}

static int read_all(struct reading *g)
{
    int64_t last = ff_steady_ms();
    while (g->open > 0 && g->t->failed == FF_OK) {
        struct ff_broker_record r;
        ff_broker_poll(g->reader, 0);
        if (ff_topic_is_stopped(g->t))
            return ff_topic_interrupted(g->t);
        if (ff_broker_read(g->reader, 100, &r)) {
            last = ff_steady_ms();
            take(g, &r);
            ff_broker_release(&r);
        } else if (ff_steady_ms() - last > SILENCE_MS) {
            return ff_topic_complain(g->t, FF_EXIT_UNAVAILABLE, "the broker at %s no longer answers",
                                     g->t->opts->brokers);
        }
    }
    return g->t->failed == FF_OK ? FF_EXIT_OK : FF_EXIT_SOFTWARE;
}

int ff_topic_read(struct ff_topic_reading *t)
{
    struct reading g = {.t = t};
    char why[512] = "";
    t->failed = FF_OK;
    enum ff_err err = ff_broker_open(t->opts, FF_BROKER_READER, NULL, &g.reader, why, sizeof why);
    if (err != FF_OK)
        return ff_topic_complain(t, ff_err_exit_status(err), "%s", why);
    int status = count_partitions(&g);
    if (status == FF_EXIT_OK && !(g.ends = calloc((size_t)g.count * 2, sizeof *g.ends)))
        status = ff_topic_complain(t, FF_EXIT_OSERR, "memory is short");
    if (status == FF_EXIT_OK)
        status = find_ends(&g);
    if (status == FF_EXIT_OK)
        status = begin(&g);
    if (status == FF_EXIT_OK)
        status = read_all(&g);
    ff_broker_close(g.reader, 2000);
    free(g.ends);
    return status;
}
