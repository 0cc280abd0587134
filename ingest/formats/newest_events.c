/* newest_events.c: see newest_events.h. */
#include "ingest/formats/newest_events.h"


#include "proto/clock.h"
#include "proto/metric_text.h"

void ff_newest_clock(struct ff_newest_events *n)
{
    n->not_after_us = ff_now_coarse_us() + FF_NEWEST_AHEAD_US;
}

void ff_newest_merge(struct ff_newest_events *a, const struct ff_newest_events *b)
{
    for (size_t i = 0; i < FF_FORMATS; i++)
        a->us[i] = a->us[i] > b->us[i] ? a->us[i] : b->us[i];
}

void ff_newest_metric(FILE *f, const char *name, const struct ff_newest_events *n)
{
    ff_metric_head(f, name, "gauge", "Time of the newest event read, by input format.");
    for (size_t i = 0; i < FF_FORMATS; i++)
        if (n->us[i] > 0)
            fprintf(f, "fivefifty_%s{format=\"%s\"} %.3f\n", name, ff_decoders[i]->name, (double)n->us[i] / 1e6);
}
