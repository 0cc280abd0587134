/* run_report.c: see run_report.h.
 *
 * A cause is (category, provider, template): what an operator would fix once. The table has a fixed number of slots; when it
 * is full, a cause not seen before is only counted in its category. Refused: keeping every address or reply, which would
 * make memory grow with the input.
 */
#include "cli/run/run_report_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "classify/templates/templates.h"
#include "cli/output/accounting.h"
#include "cli/output/shadow_report.h"
#include "cli/process/terminal.h"

struct ff_report *ff_report_new(unsigned top)
{
    struct ff_report *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->top = top;
    r->newly = calloc(top, sizeof *r->newly);
    if (!r->newly) {
        free(r);
        return NULL;
    }
    return r;
}

void ff_report_free(struct ff_report *r)
{
    if (r)
        free(r->newly);
    free(r);
}

static uint16_t keep(uint8_t *to, size_t size, struct ff_slice s)
{
    size_t n = s.len < size ? s.len : size;
    while (n > 0 && n < s.len && (s.ptr[n] & 0xc0) == 0x80)
        n--; /* not inside a character */
    if (n)
        memcpy(to, s.ptr, n);
    return (uint16_t)n;
}

static void count_unsure(struct ff_unsure *u, const struct ff_verdict *v)
{
    if (!ff_verdict_is_unsure(v, FF_SURE_DEFAULT))
        return;
    u->unclassified += v->category == FF_UNCLASSIFIED;
    u->ambiguous += v->category == FF_AMBIGUOUS;
    u->weak += v->category != FF_UNCLASSIFIED && v->category != FF_AMBIGUOUS;
}

void ff_report_failure(struct ff_report *r, const struct ff_event *ev, const struct ff_verdict *v)
{
    count_unsure(&r->unsure, v);
    struct ff_slice provider = ff_slice_sub(v->provider, 0, FF_REPORT_NAME_MAX);
    uint64_t h = (v->template_id ^ (uint64_t)v->category << 32) * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < provider.len; i++)
        h = (h ^ provider.ptr[i]) * 0x100000001b3u;
    for (size_t i = (size_t)(h >> 40) & (FF_REPORT_SLOTS - 1);; i = (i + 1) & (FF_REPORT_SLOTS - 1)) {
        struct ff_cause *c = &r->causes[i];
        if (c->count == 0) {
            if (r->causes_used == FF_REPORT_CAUSES_MAX)
                return;
            r->causes_used++;
            *c = (struct ff_cause){.count = 1, .template_id = v->template_id, .category = v->category,
                                .reply_code = ev->reply_code, .enhanced_code = ev->enhanced_code};
            c->provider_len = keep(c->provider, sizeof c->provider, provider);
            c->rule_len = keep(c->rule, sizeof c->rule, v->rule);
            c->host_len = keep(c->host, sizeof c->host, ev->remote_host);
            c->text_len = keep(c->text, sizeof c->text, ev->reply_text);
            return;
        }
        if (c->template_id == v->template_id && c->category == v->category &&
            ff_slice_eq(ff_slice_of(c->provider, c->provider_len), provider)) {
            c->count++;
            return;
        }
    }
}

void ff_report_suppressed(struct ff_report *r, const struct ff_event *ev, const struct ff_verdict *v)
{
    r->newly_all++;
    if (r->newly_count == r->top)
        return;
    struct ff_newly *n = &r->newly[r->newly_count++];
    n->category = v->category;
    n->reply_code = ev->reply_code;
    n->enhanced_code = ev->enhanced_code;
    n->address_len = keep(n->address, sizeof n->address, ev->recipient);
    n->tenant_len = keep(n->tenant, sizeof n->tenant, ev->tenant_id);
    n->text_len = keep(n->text, sizeof n->text, ev->reply_text);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

/* Most frequent first; then by what they are, so that the report depends on the input alone. */
static int cause_order(const void *a, const void *b)
{
    const struct ff_cause *x = *(const struct ff_cause *const *)a, *y = *(const struct ff_cause *const *)b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    if (x->template_id != y->template_id)
        return x->template_id < y->template_id ? -1 : 1;
    int c = memcmp(x->provider, y->provider, sizeof x->provider);
    return c;
}

size_t ff_report_sort(struct ff_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < FF_REPORT_SLOTS; i++)
        if (r->causes[i].count > 0)
            r->order[n++] = &r->causes[i];
    qsort(r->order, n, sizeof *r->order, cause_order);
    return n;
}

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

/* ---- what no rule is sure of ------------------------------------------------------------------------------------- */

void ff_report_put_unsure_command(struct ff_json_out *o, const struct ff_report_facts *facts)
{
    ff_text_put(o, "fivefifty templates --unclassified");
    if (facts->rules_path) {
        ff_text_put(o, " --rules");
        ff_text_put_word(o, ff_slice_str(facts->rules_path));
    }
    for (size_t i = 0; i < facts->input->count; i++) {
        ff_text_put(o, " -i");
        ff_text_put_word(o, ff_slice_str(facts->input->items[i]));
    }
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void put_counts(struct ff_json_out *o, const char *key, const uint64_t *by, uint32_t count, const char *(*name)(uint32_t))
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
        ff_json_member_text(o, "advice", ff_slice_str(info->advice));
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
    ff_json_member_text(o, "command", ff_slice_of(command.buf, command.len));
    ff_json_close(o, '}');
    o->failed |= command.failed;
    ff_json_out_fini(&command);
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
    put_unsure(o, &r->unsure, facts);
    ff_json_key(o, "suppressions");
    ff_json_open(o, '{');
    ff_json_member_uint(o, "active", s->active);
    ff_json_member_uint(o, "added", s->added);
    ff_json_member_uint(o, "refreshed", s->refreshed);
    ff_json_member_uint(o, "released", s->released);
    ff_json_close(o, '}');
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
