/* run_report_text.c: the report of a run for people: what happened, whose problem it is, who is suppressed, what to
 * do next. */
#include <stdio.h>

#include "cli/output/shadow_report.h"
#include "cli/process/terminal.h"
#include "cli/run/run_report_text.h"
#include "cli/run/run_surges.h"
#include "proto/time_text.h"

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
    struct ff_share by[FF_KIND_COUNT];
    size_t n = ff_shares(c->by_kind, FF_KIND_COUNT, by);
    heading(t, "Events by kind");
    for (size_t i = 0; i < n; i++)
        ff_text_format(t->o, "  %-20s %12s  %5.1f %%\n", ff_kind_name(by[i].number), grouped(by[i].count),
                       100.0 * (double)by[i].count / (double)c->accounting.events);
    if (n == 0)
        ff_text_put(t->o, "  none\n");
}

/* Returns how many failures there are. */
static uint64_t put_categories(struct text *t, const struct ff_pipeline_counts *c)
{
    struct ff_share by[FF_CATEGORY_COUNT];
    size_t n = ff_shares(c->by_category, FF_CATEGORY_COUNT, by);
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
                       100.0 * (double)by[i].count / (double)sum,
                       info ? ff_responsible_name(info->responsible) : "none");
        ff_terminal_put(t->o, ff_slice_str(info ? info->meaning : "no verdict"), t->width > 90 ? t->width - 66 : 40,
                        false);
        ff_text_put(t->o, "\n");
    }
    return sum;
}

/* "No rule is sure of 32 (7.8 %): 31 ambiguous, 1 with a weak verdict" and how to see them; nothing when there are
 * none. */
static void put_unsure(struct text *t, const struct ff_unsure *u, uint64_t failures, const struct ff_report_facts *f)
{
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = {{u->unclassified, "unclassified"}, {u->ambiguous, "ambiguous"}, {u->weak, "with a weak verdict"}};
    if (ff_unsure_count(u) == 0)
        return;
    ff_text_format(t->o, "  No rule is sure of %s (%.1f %%):", grouped(ff_unsure_count(u)),
                   100.0 * (double)ff_unsure_count(u) / (double)failures);
    const char *comma = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].count == 0)
            continue;
        ff_text_format(t->o, "%s %s %s", comma, grouped(parts[i].count), parts[i].what);
        comma = ",";
    }
    ff_text_put(t->o, "; their wordings:\n    ");
    ff_report_put_unsure_command(t->o, f);
    ff_text_put(t->o, "\n");
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
    snprintf(title, sizeof title, "Newly suppressed: %s (now active: %s; new evidence for %s; released %s)",
             grouped(s->added), grouped(s->active), grouped(s->refreshed), grouped(s->released));
    heading(t, title);
    for (size_t i = 0; i < r->newly_count; i++) {
        const struct ff_newly *n = &r->newly[i];
        ff_text_put(t->o, "  ");
        ff_terminal_put(t->o, ff_slice_of(n->address, n->address_len), 42, true);
        ff_text_put(t->o, " ");
        ff_terminal_put(t->o, ff_slice_of(n->tenant, n->tenant_len), 12, true);
        ff_text_format(t->o, " %-18s ", ff_category_name(n->category));
        put_reply(t, n->reply_code, n->enhanced_code, ff_slice_of(n->text, n->text_len),
                  t->width > 118 ? t->width - 78 : 40);
        ff_text_put(t->o, "\n");
    }
    if (s->added > r->newly_count)
        ff_text_format(t->o, "  ... %s more:", grouped(s->added - r->newly_count));
    else if (s->active > 0)
        ff_text_put(t->o, "  all of them:");
    if (s->added > r->newly_count || s->active > 0) {
        ff_text_put(t->o, " fivefifty export --state");
        ff_text_put_word(t->o, ff_slice_str(f->state_dir));
        ff_text_put(t->o, "\n");
    }
    if (s->bad_address)
        ff_text_format(t->o, "  held against nobody, the recipient is no address (no domain): %s\n",
                       grouped(s->bad_address));
    if (s->ahead_of_clock)
        ff_text_format(t->o, "  held against nobody, more than a day ahead of the clock: %s\n",
                       grouped(s->ahead_of_clock));
}

static void put_surges(struct text *t, const struct ff_report_facts *f)
{
    struct ff_surge g;
    char since[28], until[28];
    for (uint64_t next = 0, shown = 0; ff_suppressor_next_surge(f->state, &next, &g); shown++) {
        if (shown == 0)
            heading(t, "Outages? Their failures may be no fault of the addresses");
        ff_time_format(g.since_us, since);
        ff_time_format(g.until_us, until);
        ff_text_put(t->o, "  ");
        ff_terminal_put(t->o, g.provider, 40, false);
        ff_text_format(
            t->o,
            ": %s suppressed from %.16sZ to %.16sZ, usual are %s; of at least %u tenant%s. To see and undo it:\n    ",
            grouped(g.added), since, until, grouped(g.usual), g.tenants, g.tenants == 1 ? "" : "s");
        ff_surge_put_command(t->o, &g, f->state_dir);
        ff_text_put(t->o, "\n");
    }
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
static const struct ff_cause *example_of(const struct ff_report *r, size_t causes, uint32_t category)
{
    for (size_t i = 0; i < causes; i++)
        if (r->order[i]->category == category)
            return r->order[i];
    return NULL;
}

#define ADVICE_SHOWN 10

static void put_next(struct text *t, struct ff_report *r, const struct ff_pipeline_counts *c)
{
    struct ff_share by[FF_CATEGORY_COUNT];
    size_t n = ff_report_advice(c, by), causes = ff_report_sort(r), shown = 0;
    heading(t, "What to do next");
    for (size_t i = 0; i < n && shown < ADVICE_SHOWN; i++) {
        const struct ff_category_info *info = ff_category_info(by[i].number);
        ff_text_format(t->o, "  %zu. %s (%s, %s)\n", ++shown, info->name, grouped(by[i].count),
                       ff_responsible_name(info->responsible));
        put_wrapped(t, ff_advice(by[i].number, ff_report_action(c, by[i].number)), 5);
        const struct ff_cause *e = example_of(r, causes, by[i].number);
        if (!e || e->text_len == 0)
            continue;
        if (e->count == 1)
            ff_text_put(t->o, "     e.g. once");
        else
            ff_text_format(t->o, "     e.g. %s times", grouped(e->count));
        if (e->own_relay || e->provider_len || e->host_len) {
            ff_text_put(t->o, e->own_relay ? " at our own relay " : " at ");
            ff_terminal_put(t->o,
                            e->provider_len && !e->own_relay ? ff_slice_of(e->provider, e->provider_len)
                                                             : ff_slice_of(e->host, e->host_len),
                            40, false);
        }
        ff_text_put(t->o, ": ");
        put_reply(t, e->reply_code, e->enhanced_code, ff_slice_of(e->text, e->text_len),
                  t->width > 106 ? t->width - 66 : 40);
        ff_text_put(t->o, "\n");
    }
    if (shown == 0)
        ff_text_put(t->o, "  nothing: no failures\n");
}

static void put_accounting(struct text *t, const struct ff_accounting *a, bool all_written, bool dead_letters_kept)
{
    const char *sum = !ff_accounting_holds(a) ? "DOES NOT ADD UP"
                      : all_written           ? "nothing is lost"
                                              : "counted, but NOT ALL OF IT WAS WRITTEN";
    heading(t, "Accounting");
    ff_text_format(t->o, "  %s items = %s results + %s ignored + %s dead-lettered: %s\n", grouped(a->items),
                   grouped(a->events), grouped(a->ignored), grouped(a->dead), sum);
    for (unsigned i = 0; i < FF_IGNORED_COUNT; i++)
        if (a->ignored_by[i])
            ff_text_format(t->o, "    ignored, %-18s %12s\n", ff_ignored_name((enum ff_ignored)i),
                           grouped(a->ignored_by[i]));
    for (unsigned i = 0; i < FF_DEAD_COUNT; i++)
        if (a->dead_by[i])
            ff_text_format(t->o, "    dead letter, %-14s %12s\n", ff_dead_name((enum ff_dead)i),
                           grouped(a->dead_by[i]));
    if (a->dead && !dead_letters_kept)
        ff_text_put(t->o, "    To see them, and what is wrong with each, add --dead-letters FILE.\n");
}

void ff_report_put_text(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *f, bool colour,
                        unsigned width)
{
    struct text t = {o, colour, width};
    const struct ff_pipeline_counts *c = f->counts;
    ff_text_format(o, "%s events from %zu input%s in %.1f s (%s events/s)%s\n", grouped(c->accounting.events),
                   f->inputs, f->inputs == 1 ? "" : "s", f->seconds,
                   grouped(f->seconds > 0 ? (uint64_t)((double)c->accounting.events / f->seconds) : 0),
                   f->stopped ? "; stopped by a signal before the end" : "");
    put_kinds(&t, c);
    uint64_t failures = put_categories(&t, c);
    if (r->of_own_relays)
        ff_text_format(
            o, "  Our own relays said %s of them (filter, second instance, mail store): held against no address\n",
            grouped(r->of_own_relays));
    put_unsure(&t, &r->unsure, failures, f);
    put_newly(&t, r, f);
    put_surges(&t, f);
    put_next(&t, r, c);
    if (f->shadow) {
        ff_text_put(o, "\n");
        ff_shadow_put_text(o, f->shadow, f->rules, r->top, width, true);
    }
    put_accounting(&t, &c->accounting, f->all_written, f->dead_letters_kept);
}
