/* progress.c: see progress.h. */
#include "cli/process/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "proto/clock.h"

#define SHOW_MS 200
#define SMOOTH 0.2 /* share of the latest interval: the line must neither jump nor lag behind a change by minutes */
#define CLEAR "\r\x1b[K"

static bool on_screen;

void ff_progress_init(struct ff_progress *p, bool wanted)
{
    *p = (struct ff_progress){.shown_ms = ff_steady_ms(), .wanted = wanted && isatty(STDERR_FILENO)};
}

bool ff_progress_is_due(const struct ff_progress *p)
{
    return p->wanted && ff_steady_ms() - p->shown_ms >= SHOW_MS;
}

static void put_size(uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double v = (double)bytes;
    size_t unit = 0;
    for (; v >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        v /= 1000;
    fprintf(stderr, unit ? "%.1f %s" : "%.0f %s", v, units[unit]);
}

static void smooth(double *rate, double now)
{
    *rate = *rate > 0 ? *rate + SMOOTH * (now - *rate) : now;
}

static void put_rest(const struct ff_progress *p, const struct ff_progress_at *at)
{
    uint64_t left = at->total > at->done ? at->total - at->done : 0;
    if (at->total > 0 && at->endless) {
        fputs("  ", stderr);
        put_size(left);
        fputs(" behind", stderr);
    } else if (at->total > 0 && p->bytes_per_s > 0) {
        unsigned s = (unsigned)((double)left / p->bytes_per_s);
        fprintf(stderr, "  %u:%02u left", s / 60, s % 60);
    }
}

void ff_progress_show(struct ff_progress *p, const struct ff_progress_at *at)
{
    int64_t now = ff_steady_ms();
    double seconds = (double)(now - p->shown_ms) / 1000.0;
    if (!p->wanted || seconds <= 0)
        return;
    smooth(&p->things_per_s, at->count > p->shown_count ? (double)(at->count - p->shown_count) / seconds : 0);
    smooth(&p->bytes_per_s, at->done > p->shown_done ? (double)(at->done - p->shown_done) / seconds : 0);
    fprintf(stderr, CLEAR "%s%s", at->doing ? at->doing : "", at->doing ? "  " : "");
    if (at->total > 0 && !at->endless)
        fprintf(stderr, "%5.1f %%  ", 100.0 * (double)at->done / (double)at->total);
    fprintf(stderr, "%llu %s  %.0f/s", (unsigned long long)at->count, at->things, p->things_per_s);
    put_rest(p, at);
    p->shown_ms = now;
    p->shown_count = at->count;
    p->shown_done = at->done;
    p->shown = on_screen = true;
}

void ff_progress_make_room(void)
{
    if (on_screen)
        fputs(CLEAR, stderr);
    on_screen = false;
}

void ff_progress_end(struct ff_progress *p)
{
    if (p->shown)
        ff_progress_make_room();
    p->shown = false;
}
