/* options_duration.c: see options_duration.h. */
#include "cli/options/options_duration.h"

#define NUMBER_MAX 100000

bool ff_duration_parse(const char *text, int64_t *ret_seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    struct ff_slice s = ff_slice_str(text);
    uint64_t n;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (s.len > 1 && s.ptr[s.len - 1] == units[i].unit &&
            ff_slice_u64(ff_slice_sub(s, 0, s.len - 1), NUMBER_MAX, &n)) {
            *ret_seconds = (int64_t)n * units[i].seconds;
            return true;
        }
    return false;
}
