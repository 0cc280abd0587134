/* run_report.c: see run_report.h.
 *
 * A cause is (category, provider, template): what an operator would fix once. The table has a fixed number of slots; when it
 * is full, a cause not seen before is only counted in its category. Refused: keeping every address or reply, which would
 * make memory grow with the input.
 */
#include "cli/run_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/accounting.h"
#include "cli/terminal.h"

#define SLOTS 8192 /* a power of two */
#define SLOTS_USED_MAX (SLOTS * 3 / 4)
#define TEXT_MAX 240
#define NAME_MAX_BYTES 64
#define ADDRESS_MAX 128

struct cause {
    uint64_t count, template_id;
    uint32_t category, reply_code, enhanced_code;
    uint16_t provider_len, rule_len, text_len, host_len;
    uint8_t provider[NAME_MAX_BYTES], rule[NAME_MAX_BYTES], host[NAME_MAX_BYTES], text[TEXT_MAX];
};

struct newly {
    uint32_t category, reply_code, enhanced_code;
    uint16_t address_len, tenant_len, text_len;
    uint8_t address[ADDRESS_MAX], tenant[NAME_MAX_BYTES], text[TEXT_MAX];
};

struct ff_report {
    unsigned top;
    size_t causes_used, newly_count;
    struct newly *newly; /* the first `top` */
    uint64_t newly_all;
    struct cause *order[SLOTS]; /* scratch for sorting */
    struct cause causes[SLOTS];
};

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

void ff_report_failure(struct ff_report *r, const struct ff_event *ev, const struct ff_verdict *v)
{
    struct ff_slice provider = ff_slice_sub(v->provider, 0, NAME_MAX_BYTES);
    uint64_t h = (v->template_id ^ (uint64_t)v->category << 32) * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < provider.len; i++)
        h = (h ^ provider.ptr[i]) * 0x100000001b3u;
    for (size_t i = (size_t)(h >> 40) & (SLOTS - 1);; i = (i + 1) & (SLOTS - 1)) {
        struct cause *c = &r->causes[i];
        if (c->count == 0) {
            if (r->causes_used == SLOTS_USED_MAX)
                return;
            r->causes_used++;
            *c = (struct cause){.count = 1, .template_id = v->template_id, .category = v->category,
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
    struct newly *n = &r->newly[r->newly_count++];
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
    const struct cause *x = *(const struct cause *const *)a, *y = *(const struct cause *const *)b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    if (x->template_id != y->template_id)
        return x->template_id < y->template_id ? -1 : 1;
    int c = memcmp(x->provider, y->provider, sizeof x->provider);
    return c;
}

static size_t sort_causes(struct ff_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (r->causes[i].count > 0)
            r->order[n++] = &r->causes[i];
    qsort(r->order, n, sizeof *r->order, cause_order);
    return n;
}

struct share {
    uint32_t number;
    uint64_t count;
};

static int share_order(const void *a, const void *b)
{
    const struct share *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Counts that are not zero, largest first. Returns how many. */
static size_t shares(const uint64_t *by, uint32_t count, struct share *ret)
{
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (by[i] > 0)
            ret[n++] = (struct share){i, by[i]};
    qsort(ret, n, sizeof *ret, share_order);
    return n;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void put_counts(struct ff_json_out *o, const char *key, const uint64_t *by, uint32_t count, const char *(*name)(uint32_t))
{
    ff_json_key(o, key);
    ff_json_open(o, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (by[i] == 0)
            continue;
        ff_json_key(o, name(i));
        ff_json_put_uint(o, by[i]);
    }
    ff_json_close(o, '}');
}

static void put_member(struct ff_json_out *o, const char *key, struct ff_slice value)
{
    if (value.len == 0)
        return;
    ff_json_key(o, key);
    ff_json_put_string(o, value);
}

static void put_cause(struct ff_json_out *o, const struct cause *c)
{
    char hex[17];
    const struct ff_category_info *info = ff_category_info(c->category);
    ff_json_open(o, '{');
    ff_json_key(o, "count");
    ff_json_put_uint(o, c->count);
    put_member(o, "category", ff_slice_str(ff_category_name(c->category)));
    if (info)
        put_member(o, "responsible", ff_slice_str(ff_responsible_name(info->responsible)));
    put_member(o, "provider", ff_slice_of(c->provider, c->provider_len));
    put_member(o, "remote_host", ff_slice_of(c->host, c->host_len));
    put_member(o, "rule", ff_slice_of(c->rule, c->rule_len));
    if (c->template_id) {
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)c->template_id);
        put_member(o, "template", ff_slice_str(hex));
    }
    if (c->reply_code) {
        ff_json_key(o, "reply_code");
        ff_json_put_uint(o, c->reply_code);
    }
    if (c->enhanced_code) {
        ff_json_key(o, "enhanced_code");
        ff_json_put_enhanced(o, c->enhanced_code);
    }
    put_member(o, "reply_text", ff_slice_of(c->text, c->text_len));
    ff_json_close(o, '}');
}

static void put_advice(struct ff_json_out *o, const struct ff_pipeline_counts *counts)
{
    struct share by[FF_CATEGORY_COUNT];
    size_t n = shares(counts->by_category, FF_CATEGORY_COUNT, by);
    ff_json_key(o, "advice");
    ff_json_open(o, '[');
    for (size_t i = 0; i < n; i++) {
        const struct ff_category_info *info = ff_category_info(by[i].number);
        if (!info || !info->advice || !info->advice[0])
            continue;
        ff_json_open(o, '{');
        put_member(o, "category", ff_slice_str(info->name));
        put_member(o, "responsible", ff_slice_str(ff_responsible_name(info->responsible)));
        ff_json_key(o, "count");
        ff_json_put_uint(o, by[i].count);
        put_member(o, "advice", ff_slice_str(info->advice));
        ff_json_close(o, '}');
    }
    ff_json_close(o, ']');
}

void ff_report_put_json(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *facts)
{
    const struct ff_pipeline_counts *c = facts->counts;
    const struct ff_suppressor_stats *s = facts->suppressions;
    ff_json_open(o, '{');
    ff_accounting_put_json(o, &c->accounting);
    ff_json_key(o, "results");
    ff_json_put_uint(o, c->accounting.events);
    put_counts(o, "by_kind", c->by_kind, FF_KIND_COUNT, ff_kind_name);
    put_counts(o, "by_category", c->by_category, FF_CATEGORY_COUNT, ff_category_name);
    put_counts(o, "by_responsible", c->by_responsible, FF_RESP_COUNT, ff_responsible_name);
    ff_json_key(o, "suppressions");
    ff_json_open(o, '{');
    ff_json_key(o, "active");
    ff_json_put_uint(o, s->active);
    ff_json_key(o, "added");
    ff_json_put_uint(o, s->added);
    ff_json_key(o, "refreshed");
    ff_json_put_uint(o, s->refreshed);
    ff_json_key(o, "released");
    ff_json_put_uint(o, s->released);
    ff_json_close(o, '}');
    ff_json_key(o, "top_causes");
    ff_json_open(o, '[');
    size_t n = sort_causes(r);
    for (size_t i = 0; i < n && i < r->top; i++)
        put_cause(o, r->order[i]);
    ff_json_close(o, ']');
    put_advice(o, c);
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

struct text {
    struct ff_json_out *o;
    bool colour;
    unsigned width;
};

/* 1234567 -> "1,234,567"; up to four results live at once. */
static const char *grouped(uint64_t v)
{
    static char buffers[4][28];
    static unsigned turn;
    char *end = buffers[turn++ & 3] + 27;
    unsigned digits = 0;
    *end = 0;
    do {
        if (digits && digits % 3 == 0)
            *--end = ',';
        *--end = (char)('0' + v % 10);
        digits++;
    } while ((v /= 10) > 0);
    return end;
}

static void heading(struct text *t, const char *title)
{
    ff_text_format(t->o, "\n%s%s%s\n", t->colour ? "\x1b[1m" : "", title, t->colour ? "\x1b[0m" : "");
}

static void put_kinds(struct text *t, const struct ff_pipeline_counts *c)
{
    struct share by[FF_KIND_COUNT];
    size_t n = shares(c->by_kind, FF_KIND_COUNT, by);
    heading(t, "Events by kind");
    for (size_t i = 0; i < n; i++)
        ff_text_format(t->o, "  %-20s %12s  %5.1f %%\n", ff_kind_name(by[i].number), grouped(by[i].count),
                       100.0 * (double)by[i].count / (double)c->accounting.events);
    if (n == 0)
        ff_text_put(t->o, "  none\n");
}

static void put_categories(struct text *t, const struct ff_pipeline_counts *c)
{
    struct share by[FF_CATEGORY_COUNT];
    size_t n = shares(c->by_category, FF_CATEGORY_COUNT, by);
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += by[i].count;
    heading(t, "Failures by category");
    if (n == 0)
        ff_text_put(t->o, "  none\n");
    else
        ff_text_format(t->o, "  %-24s %9s %8s  %-18s %s\n", "category", "count", "share", "whose problem", "meaning");
    for (size_t i = 0; i < n; i++) {
        const struct ff_category_info *info = ff_category_info(by[i].number);
        ff_text_format(t->o, "  %-24s %9s %6.1f %%  %-18s ", ff_category_name(by[i].number), grouped(by[i].count),
                       100.0 * (double)by[i].count / (double)sum, info ? ff_responsible_name(info->responsible) : "none");
        ff_terminal_put(t->o, ff_slice_str(info ? info->meaning : "no verdict"), t->width > 90 ? t->width - 66 : 40, false);
        ff_text_put(t->o, "\n");
    }
}

/* "550 5.1.1 no such user", in at most `columns`. */
static void put_reply(struct text *t, uint32_t code, uint32_t enhanced, struct ff_slice text, size_t columns)
{
    char head[32] = "", dotted[12];
    size_t n = 0;
    if (code)
        n += (size_t)snprintf(head, sizeof head, "%u ", code);
    if (enhanced && ff_enhanced_format(enhanced, dotted))
        n += (size_t)snprintf(head + n, sizeof head - n, "%s ", dotted);
    ff_text_put(t->o, head);
    ff_terminal_put(t->o, text, columns > n ? columns - n : 0, false);
}

static void put_newly(struct text *t, const struct ff_report *r, const struct ff_report_facts *f)
{
    char title[160];
    const struct ff_suppressor_stats *s = f->suppressions;
    snprintf(title, sizeof title, "Newly suppressed: %s (now active: %s; new evidence for %s; released %s)", grouped(s->added),
             grouped(s->active), grouped(s->refreshed), grouped(s->released));
    heading(t, title);
    for (size_t i = 0; i < r->newly_count; i++) {
        const struct newly *n = &r->newly[i];
        ff_text_put(t->o, "  ");
        ff_terminal_put(t->o, ff_slice_of(n->address, n->address_len), 42, true);
        ff_text_put(t->o, " ");
        ff_terminal_put(t->o, ff_slice_of(n->tenant, n->tenant_len), 12, true);
        ff_text_format(t->o, " %-18s ", ff_category_name(n->category));
        put_reply(t, n->reply_code, n->enhanced_code, ff_slice_of(n->text, n->text_len), t->width > 118 ? t->width - 78 : 40);
        ff_text_put(t->o, "\n");
    }
    if (s->added > r->newly_count)
        ff_text_format(t->o, "  ... %s more: fivefifty export --state %s\n", grouped(s->added - r->newly_count), f->state_dir);
    else if (s->active > 0)
        ff_text_format(t->o, "  all of them: fivefifty export --state %s\n", f->state_dir);
}

/* Text filled to the width behind `indent` blanks. */
static void put_wrapped(struct text *t, const char *text, unsigned indent)
{
    unsigned at = 0;
    for (size_t len; *text; text += len, text += strspn(text, " ")) {
        len = strcspn(text, " ");
        if (at == 0 || at + 1 + len > t->width) {
            ff_text_format(t->o, "%s%*s", at ? "\n" : "", (int)indent, "");
            at = indent;
        } else {
            ff_text_put(t->o, " ");
            at++;
        }
        ff_text_format(t->o, "%.*s", (int)len, text);
        at += (unsigned)len;
    }
    ff_text_put(t->o, "\n");
}

/* The most frequent cause of a category, for an example; NULL: none was kept. */
static const struct cause *example_of(const struct ff_report *r, size_t causes, uint32_t category)
{
    for (size_t i = 0; i < causes; i++)
        if (r->order[i]->category == category)
            return r->order[i];
    return NULL;
}

#define ADVICE_SHOWN 8

static void put_next(struct text *t, struct ff_report *r, const struct ff_pipeline_counts *c)
{
    struct share by[FF_CATEGORY_COUNT];
    size_t n = shares(c->by_category, FF_CATEGORY_COUNT, by), causes = sort_causes(r), shown = 0;
    heading(t, "What to do next");
    for (size_t i = 0; i < n && shown < ADVICE_SHOWN; i++) {
        const struct ff_category_info *info = ff_category_info(by[i].number);
        if (!info || !info->advice || !info->advice[0])
            continue;
        ff_text_format(t->o, "  %zu. %s (%s, %s)\n", ++shown, info->name, grouped(by[i].count), ff_responsible_name(info->responsible));
        put_wrapped(t, info->advice, 5);
        const struct cause *e = example_of(r, causes, by[i].number);
        if (!e || e->text_len == 0)
            continue;
        ff_text_format(t->o, "     e.g. %s times", grouped(e->count));
        if (e->provider_len || e->host_len) {
            ff_text_put(t->o, " at ");
            ff_terminal_put(t->o, e->provider_len ? ff_slice_of(e->provider, e->provider_len) : ff_slice_of(e->host, e->host_len), 40, false);
        }
        ff_text_put(t->o, ": ");
        put_reply(t, e->reply_code, e->enhanced_code, ff_slice_of(e->text, e->text_len), t->width > 106 ? t->width - 66 : 40);
        ff_text_put(t->o, "\n");
    }
    if (shown == 0)
        ff_text_put(t->o, "  nothing: no failures\n");
}

static void put_accounting(struct text *t, const struct ff_accounting *a)
{
    heading(t, "Accounting");
    ff_text_format(t->o, "  %s items = %s results + %s ignored + %s dead-lettered: %s\n", grouped(a->items), grouped(a->events),
                   grouped(a->ignored), grouped(a->dead), ff_accounting_holds(a) ? "nothing is lost" : "DOES NOT ADD UP");
    for (unsigned i = 0; i < FF_IGNORED_COUNT; i++)
        if (a->ignored_by[i])
            ff_text_format(t->o, "    ignored, %-18s %12s\n", ff_ignored_name((enum ff_ignored)i), grouped(a->ignored_by[i]));
    for (unsigned i = 0; i < FF_DEAD_COUNT; i++)
        if (a->dead_by[i])
            ff_text_format(t->o, "    dead letter, %-14s %12s\n", ff_dead_name((enum ff_dead)i), grouped(a->dead_by[i]));
}

void ff_report_put_text(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *f, bool colour, unsigned width)
{
    struct text t = {o, colour, width};
    const struct ff_pipeline_counts *c = f->counts;
    ff_text_format(o, "%s events from %zu input%s in %.1f s (%s events/s)%s\n", grouped(c->accounting.events), f->inputs,
                   f->inputs == 1 ? "" : "s", f->seconds,
                   grouped(f->seconds > 0 ? (uint64_t)((double)c->accounting.events / f->seconds) : 0),
                   f->stopped ? "; stopped by a signal before the end" : "");
    put_kinds(&t, c);
    put_categories(&t, c);
    put_newly(&t, r, f);
    put_next(&t, r, c);
    put_accounting(&t, &c->accounting);
}
