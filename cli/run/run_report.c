/* run_report.c: see run_report.h. */
#include "cli/run/run_report.h"

#include <stdlib.h>

#include "cli/process/terminal.h"

static int share_order(const void *a, const void *b)
{
    const struct ff_share *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Counts that are not zero, largest first. Returns how many. */
size_t ff_shares(const uint64_t *by, uint32_t count, struct ff_share *ret)
{
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (by[i] > 0)
            ret[n++] = (struct ff_share){i, by[i]};
    qsort(ret, n, sizeof *ret, share_order);
    return n;
}

/* What the sender must change comes first (when it is a hundredth of all failures), then what it must do more slowly or
 * what makes up a tenth of them, then the rest, last what mends itself. */
static unsigned urgency(const struct ff_share *share, uint64_t failures)
{
    const struct ff_category_info *info = ff_category_info(share->number);
    bool frequent = share->count >= failures / 10;
    switch (info ? info->action : FF_ACTION_NONE) {
    case FF_ACTION_FIX_SENDER:
        return share->count >= failures / 100 ? 0 : 2;
    case FF_ACTION_THROTTLE:
        return 1;
    case FF_ACTION_INVESTIGATE:
        return frequent ? 1 : 2;
    default:
        return frequent ? 1 : 3;
    }
}

uint32_t ff_report_action(const struct ff_pipeline_counts *counts, uint32_t category)
{
    uint32_t most = FF_ACTION_NONE;
    for (uint32_t i = 0; i < FF_ACTION_COUNT; i++)
        if (counts->by_action[category][i] > counts->by_action[category][most])
            most = i;
    return most;
}

size_t ff_report_advice(const struct ff_pipeline_counts *counts, struct ff_share *ret)
{
    struct ff_share by[FF_CATEGORY_COUNT];
    size_t all = ff_shares(counts->by_category, FF_CATEGORY_COUNT, by), n = 0;
    uint64_t failures = 0;
    for (size_t i = 0; i < all; i++)
        failures += by[i].count;
    for (unsigned wanted = 0; wanted <= 3; wanted++) {
        for (size_t i = 0; i < all; i++) {
            const struct ff_category_info *info = ff_category_info(by[i].number);
            if (info && info->advice && info->advice[0] && urgency(&by[i], failures) == wanted)
                ret[n++] = by[i];
        }
    }
    return n;
}

static void put_list(struct ff_json_out *o, const char *option, const struct ff_option_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        ff_text_put(o, option);
        ff_text_put_word(o, ff_slice_str(list->items[i]));
    }
}

void ff_report_put_unsure_command(struct ff_json_out *o, const struct ff_report_facts *facts)
{
    ff_text_put(o, "fivefifty templates --unclassified");
    if (facts->rules_path) {
        ff_text_put(o, " --rules");
        ff_text_put_word(o, ff_slice_str(facts->rules_path));
    }
    put_list(o, " --own-relay", &facts->decode->own_relay);
    put_list(o, " --only-from", &facts->decode->only_from);
    put_list(o, " --skip-recipients", &facts->decode->skip_recipients);
    put_list(o, " -i", facts->input);
}

void ff_report_take_command(struct ff_json_out *o, struct ff_json_out *command)
{
    ff_json_member_text(o, "command", ff_slice_of(command->buf, command->len));
    o->failed |= command->failed;
    ff_json_out_fini(command);
}
