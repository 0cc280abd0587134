/* run_report_json.c: see run_report_json.h. */
#include "cli/run/run_report_json.h"

#include <stdio.h>

#include "cli/output/accounting.h"
#include "cli/output/shadow_report.h"
#include "cli/run/run_surges.h"

static void put_counts(struct ff_json_out *o, const char *key, const uint64_t *by, uint32_t count,
                       const char *(*name)(uint32_t))
{
    ff_json_key(o, key);
    ff_json_open(o, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (by[i] == 0)
            continue;
        ff_json_member_uint(o, name(i), by[i]);
    }
    ff_json_close(o, '}');
}

static void put_cause(struct ff_json_out *o, const struct ff_cause *c)
{
    char hex[17];
    const struct ff_category_info *info = ff_category_info(c->category);
    ff_json_open(o, '{');
    ff_json_member_uint(o, "count", c->count);
    ff_json_member_text(o, "category", ff_slice_str(ff_category_name(c->category)));
    if (info)
        ff_json_member_text(o, "responsible", ff_slice_str(ff_responsible_name(info->responsible)));
    ff_json_member_text(o, "provider", ff_slice_of(c->provider, c->provider_len));
    ff_json_member_text(o, "remote_host", ff_slice_of(c->host, c->host_len));
    if (c->own_relay) {
        ff_json_key(o, "own_relay");
        ff_json_put_bool(o, true);
    }
    ff_json_member_text(o, "rule", ff_slice_of(c->rule, c->rule_len));
    if (c->template_id) {
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)c->template_id);
        ff_json_member_text(o, "template", ff_slice_str(hex));
    }
    if (c->reply_code)
        ff_json_member_uint(o, "reply_code", c->reply_code);
    if (c->enhanced_code) {
        ff_json_key(o, "enhanced_code");
        ff_json_put_enhanced(o, c->enhanced_code);
    }
    ff_json_member_text(o, "reply_text", ff_slice_of(c->text, c->text_len));
    ff_json_close(o, '}');
}

static void put_advice(struct ff_json_out *o, const struct ff_pipeline_counts *counts)
{
    struct ff_share by[FF_CATEGORY_COUNT];
    size_t n = ff_report_advice(counts, by);
    ff_json_key(o, "advice");
    ff_json_open(o, '[');
    for (size_t i = 0; i < n; i++) {
        const struct ff_category_info *info = ff_category_info(by[i].number);
        ff_json_open(o, '{');
        ff_json_member_text(o, "category", ff_slice_str(info->name));
        ff_json_member_text(o, "responsible", ff_slice_str(ff_responsible_name(info->responsible)));
        ff_json_member_uint(o, "count", by[i].count);
        uint32_t action = ff_report_action(counts, by[i].number);
        ff_json_member_text(o, "action", ff_slice_str(ff_action_name(action)));
        ff_json_member_text(o, "advice", ff_slice_str(ff_advice(by[i].number, action)));
        ff_json_close(o, '}');
    }
    ff_json_close(o, ']');
}

static void put_unsure(struct ff_json_out *o, const struct ff_unsure *u, const struct ff_report_facts *facts)
{
    struct ff_json_out command;
    ff_json_out_init(&command);
    ff_report_put_unsure_command(&command, facts);
    ff_json_key(o, "unsure");
    ff_json_open(o, '{');
    ff_json_member_uint(o, "count", ff_unsure_count(u));
    ff_json_member_uint(o, "unclassified", u->unclassified);
    ff_json_member_uint(o, "ambiguous", u->ambiguous);
    ff_json_member_uint(o, "weak", u->weak);
    ff_report_take_command(o, &command);
    ff_json_close(o, '}');
}

void ff_report_put_json(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *facts)
{
    const struct ff_pipeline_counts *c = facts->counts;
    const struct ff_suppressor_stats *s = facts->suppressions;
    ff_json_open(o, '{');
    ff_accounting_put_json(o, &c->accounting);
    ff_json_member_uint(o, "results", c->accounting.events);
    put_counts(o, "by_kind", c->by_kind, FF_KIND_COUNT, ff_kind_name);
    put_counts(o, "by_category", c->by_category, FF_CATEGORY_COUNT, ff_category_name);
    put_counts(o, "by_responsible", c->by_responsible, FF_RESP_COUNT, ff_responsible_name);
    ff_json_member_uint(o, "own_relay_failures", r->of_own_relays);
    put_unsure(o, &r->unsure, facts);
    ff_json_key(o, "suppressions");
    ff_json_open(o, '{');
    ff_json_member_uint(o, "active", s->active);
    ff_json_member_uint(o, "added", s->added);
    ff_json_member_uint(o, "refreshed", s->refreshed);
    ff_json_member_uint(o, "released", s->released);
    ff_json_close(o, '}');
    ff_surges_put_json(o, facts->state, facts->state_dir);
    ff_json_key(o, "unusable_evidence");
    ff_json_open(o, '{');
    ff_json_member_uint(o, "bad_address", s->bad_address);
    ff_json_member_uint(o, "ahead_of_clock", s->ahead_of_clock);
    ff_json_close(o, '}');
    ff_json_key(o, "top_causes");
    ff_json_open(o, '[');
    size_t n = ff_report_sort(r);
    for (size_t i = 0; i < n && i < r->top; i++)
        put_cause(o, r->order[i]);
    ff_json_close(o, ']');
    put_advice(o, c);
    if (facts->shadow) {
        ff_json_key(o, "shadow");
        ff_shadow_put_json(o, facts->shadow, facts->rules);
    }
    ff_json_close(o, '}');
    ff_json_end_line(o);
}
