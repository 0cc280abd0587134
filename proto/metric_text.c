/* metric_text.c: see metric_text.h. */
#include "proto/metric_text.h"

#include <inttypes.h>

void ff_metric_head(FILE *f, const char *name, const char *type, const char *help)
{
    fprintf(f, "# HELP fivefifty_%s %s\n# TYPE fivefifty_%s %s\n", name, help, name, type);
}

void ff_metric_counter(FILE *f, const char *name, const char *help, uint64_t value)
{
    ff_metric_head(f, name, "counter", help);
    fprintf(f, "fivefifty_%s %" PRIu64 "\n", name, value);
}

void ff_metric_gauge(FILE *f, const char *name, const char *help, double value)
{
    ff_metric_head(f, name, "gauge", help);
    fprintf(f, "fivefifty_%s %.15g\n", name, value);
}

static void put_label(FILE *f, const char *label, struct ff_slice value)
{
    fprintf(f, "%s=\"", label);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\n')
            fputs("\\n", f);
        else if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            fprintf(f, "\\%c", value.ptr[i]);
        else
            fputc(value.ptr[i], f);
    }
    fputc('"', f);
}

void ff_metric_sample(FILE *f, const char *name, const char *label, const char *value, uint64_t count)
{
    fprintf(f, "fivefifty_%s{", name);
    put_label(f, label, ff_slice_str(value));
    fprintf(f, "} %" PRIu64 "\n", count);
}

void ff_metric_sample_of_two(FILE *f, const char *name, const char *label, struct ff_slice value, const char *label2,
                             struct ff_slice value2, uint64_t count)
{
    fprintf(f, "fivefifty_%s{", name);
    put_label(f, label, value);
    fputc(',', f);
    put_label(f, label2, value2);
    fprintf(f, "} %" PRIu64 "\n", count);
}
