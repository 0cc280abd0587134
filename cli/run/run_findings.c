/* run_findings.c: see run_findings.h.
 *
 * A cause is (category, provider, template, whether a hop of ours said it): what an operator would fix once. The table
 * has a fixed number of slots; when it is full, a cause not seen before is only counted in its category. Refused:
 * keeping every address or reply, which would make memory grow with the input.
 */
#include "cli/run/run_findings.h"

#include <stdlib.h>
#include <xxhash.h>

#include "classify/templates/templates.h"

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
    s = ff_slice_cut_utf8(s, size);
    if (s.len)
        memcpy(to, s.ptr, s.len);
    return (uint16_t)s.len;
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
    bool own_relay = ff_event_is_of_own_relay(ev);
    uint64_t h = XXH3_64bits_withSeed(provider.ptr, provider.len,
                                      v->template_id ^ (uint64_t)v->category << 32 ^ (uint64_t)own_relay);
    r->of_own_relays += own_relay;
    for (size_t i = (size_t)h & (FF_REPORT_SLOTS - 1);; i = (i + 1) & (FF_REPORT_SLOTS - 1)) {
        struct ff_cause *c = &r->causes[i];
        if (c->count == 0) {
            if (r->causes_used == FF_REPORT_CAUSES_MAX)
                return;
            r->causes_used++;
            *c = (struct ff_cause){.count = 1, .template_id = v->template_id, .category = v->category,
                                   .own_relay = own_relay, .reply_code = ev->reply_code,
                                   .enhanced_code = ev->enhanced_code};
            c->provider_len = keep(c->provider, sizeof c->provider, provider);
            c->rule_len = keep(c->rule, sizeof c->rule, v->rule);
            c->host_len = keep(c->host, sizeof c->host, ev->remote_host);
            c->text_len = keep(c->text, sizeof c->text, ev->reply_text);
            return;
        }
        if (c->template_id == v->template_id && c->category == v->category && c->own_relay == own_relay &&
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
    if (x->own_relay != y->own_relay)
        return x->own_relay ? 1 : -1;
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
