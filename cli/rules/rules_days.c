/* rules_days.c: see the header. */
#include "cli/rules/rules_days.h"

#include "suppress/suppress.h"

bool ff_rules_days(const struct ff_reply *r, const struct ff_verdict *v, struct counted_days *ret)
{
    bool local = r->stage == FF_STAGE_QUEUE || r->stage == FF_STAGE_DNS;
    struct ff_event ev = {.kind = r->kind ? r->kind : FF_KIND_BOUNCE, .origin = r->origin, .flags = r->flags};
    if (!ev.origin)
        ev.origin = local ? FF_ORIGIN_LOCAL_QUEUE : FF_ORIGIN_REMOTE_REPLY;
    const struct ff_policy_row *row = ff_policy_row_of(ff_policy_default, &ev, v);
    if (!row || row->after_n < 2)
        return false;
    *ret = (struct counted_days){row->after_n, row->window_days, row->min_span_days, row->per_stream, row->own_mta, ""};
    _Static_assert(sizeof ret->text >= FF_POLICY_DAYS_BYTES, "no room");
    ff_policy_format_days(row, ret->text);
    return true;
}
