/* run_progress.c: see run_progress.h. */
#include "cli/process/clock.h"
#include "cli/run/run_progress.h"

#include <stdio.h>
#include <unistd.h>

#define SHOW_MS 200
#define SMOOTH 0.2 /* share of the latest interval: the line must neither jump nor lag behind a change by minutes */

void ff_run_progress_init(struct ff_run_progress *p, bool wanted, bool follow)
{
    *p = (struct ff_run_progress){.started_ms = ff_clock_ms(), .wanted = wanted && isatty(STDERR_FILENO), .follow = follow};
    p->shown_ms = p->started_ms;
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

void ff_run_progress_show(struct ff_run_progress *p, const struct ff_log_inputs *inputs)
{
    struct ff_pipeline_counts c;
    uint64_t done, total;
    if (!p->wanted)
        return;
    int64_t now = ff_clock_ms();
    double seconds = (double)(now - p->shown_ms) / 1000.0;
    if (now - p->shown_ms < SHOW_MS)
        return;
    ff_log_inputs_counts(inputs, &c);
    ff_log_inputs_progress(inputs, &done, &total);
    uint64_t events = c.accounting.events;
    smooth(&p->events_per_s, (double)(events - p->shown_events) / seconds);
    smooth(&p->bytes_per_s, done > p->shown_bytes ? (double)(done - p->shown_bytes) / seconds : 0);
    fputs("\r\x1b[K", stderr);
    if (total > 0 && !p->follow)
        fprintf(stderr, "%5.1f %%  ", 100.0 * (double)done / (double)total);
    fprintf(stderr, "%llu events  %.0f/s", (unsigned long long)events, p->events_per_s);
    if (total > 0 && p->follow) {
        fputs("  ", stderr);
        put_size(total > done ? total - done : 0);
        fputs(" behind", stderr);
    } else if (total > 0 && p->bytes_per_s > 0) {
        unsigned left = (unsigned)((double)(total > done ? total - done : 0) / p->bytes_per_s);
        fprintf(stderr, "  %u:%02u left", left / 60, left % 60);
    }
    p->shown_ms = now;
    p->shown_events = events;
    p->shown_bytes = done;
    p->shown = true;
}

void ff_run_progress_end(struct ff_run_progress *p)
{
    if (p->shown)
        fputs("\r\x1b[K", stderr);
    p->shown = false;
}
