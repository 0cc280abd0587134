/* templates_print.c: see templates_print.h. Everything that a foreign server wrote is made harmless first. */
#include "cli/filters/templates_print.h"

#include <stdio.h>

#include "cli/output/output.h"
#include "cli/process/terminal.h"
#include "proto/time_text.h"

#define INDENT 5u
/** Room of a phrase: at most 6 parts of at most 120 bytes (classify/ruleset/rules_int.h). */
#define PART_BYTES 100u
#define PARTS_MAX 6u

static size_t shown(const struct ff_templates_page *p)
{
    size_t n = ff_templates_count(p->templates);
    return p->top && p->top < n ? p->top : n;
}

static double share(const struct ff_templates_page *p, uint64_t count)
{
    return p->failures ? (double)count / (double)p->failures : 0;
}

static struct ff_slice text_of(const struct ff_template *t)
{
    return ff_slice_of(t->text, t->text_len);
}

static struct ff_slice sample_of(const struct ff_template *t)
{
    return ff_slice_of(t->sample, t->sample_len);
}

/** "550 5.7.1", "550", "5.7.1" or "no code". */
static const char *code_pair(const struct ff_template *t, unsigned i, char buf[32])
{
    char enhanced[12] = "";
    if (t->enhanced[i])
        ff_enhanced_format(t->enhanced[i], enhanced);
    if (t->code[i])
        snprintf(buf, 32, "%u%s%s", t->code[i], enhanced[0] ? " " : "", enhanced);
    else
        snprintf(buf, 32, "%s", enhanced[0] ? enhanced : "no code");
    return buf;
}

static void put_codes(struct ff_json_out *o, const struct ff_template *t)
{
    char buf[32];
    for (unsigned i = 0; i < t->code_count; i++)
        ff_text_format(o, "%s%s", i ? ", " : "", code_pair(t, i, buf));
    if (t->more_codes)
        ff_text_put(o, ", ...");
}

static void put_providers(struct ff_json_out *o, const struct ff_template *t)
{
    for (unsigned i = 0; i < t->provider_count; i++)
        ff_text_format(o, "%s%.*s", i ? ", " : "", (int)t->provider[i].len, (const char *)t->provider[i].ptr);
    if (t->more_providers)
        ff_text_put(o, ", ...");
}

/** "2026-08-06 08:00:00 to 2026-08-07 09:30:00 UTC" */
static void put_times(struct ff_json_out *o, const struct ff_template *t)
{
    char first[28], last[28];
    ff_time_format(t->first_us, first);
    ff_time_format(t->last_us, last);
    first[10] = last[10] = ' ';
    if (t->first_us / 1000000 == t->last_us / 1000000)
        ff_text_format(o, "%.19s UTC", first);
    else
        ff_text_format(o, "%.19s to %.19s UTC", first, last);
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

static void put_foreign(struct ff_json_out *o, const struct ff_templates_page *p, struct ff_slice s)
{
    ff_text_format(o, "%*s", (int)INDENT, "");
    ff_terminal_put(o, s, p->width > INDENT + 20 ? p->width - INDENT : 20, false);
    ff_text_put(o, "\n");
}

static void put_entry(struct ff_json_out *o, const struct ff_templates_page *p, size_t number,
                      const struct ff_template *t)
{
    ff_text_format(o, "\n%3zu. %s%llu%s (%.1f %%)  %s, %u%% sure  ", number, p->colour ? "\x1b[1m" : "",
                   (unsigned long long)t->count, p->colour ? "\x1b[0m" : "", 100 * share(p, t->count),
                   ff_category_name(t->category), t->confidence);
    put_codes(o, t);
    if (t->provider_count) {
        ff_text_put(o, "  ");
        put_providers(o, t);
    }
    ff_text_format(o, "\n%*s%016llx", (int)INDENT, "", (unsigned long long)t->id);
    if (t->rule.len)
        ff_text_format(o, "  rule %.*s", (int)t->rule.len, (const char *)t->rule.ptr);
    if (t->first_us) {
        ff_text_put(o, "  ");
        put_times(o, t);
    }
    if (t->error)
        ff_text_format(o, "  (or up to %llu fewer)", (unsigned long long)t->error);
    ff_text_put(o, "\n");
    put_foreign(o, p, t->text_len ? text_of(t) : FF_SLICE("(codes only)"));
    put_foreign(o, p, t->sample_len ? sample_of(t) : FF_SLICE("(empty)"));
}

void ff_templates_put_text(struct ff_output *out, struct ff_json_out *o, const struct ff_templates_page *p)
{
    size_t n = shown(p), all = ff_templates_count(p->templates);
    uint64_t total = ff_templates_total(p->templates), error = ff_templates_error_max(p->templates);
    ff_text_format(
        o, p->unclassified ? "%llu of %llu failures (%.1f %%) have no sure verdict" : "%llu of %llu failures (%.1f %%)",
        (unsigned long long)total, (unsigned long long)p->failures, 100 * share(p, total));
    ff_text_format(o, ": %s%zu wording%s\n", error ? "more than " : "", all, all == 1 ? "" : "s");
    if (p->bare)
        ff_text_format(o, "%llu more are codes without wording\n", (unsigned long long)p->bare);
    ff_output_take(out, o);
    for (size_t i = 0; i < n; i++) {
        put_entry(o, p, i + 1, ff_templates_nth(p->templates, i));
        ff_output_take(out, o);
    }
    if (n < all)
        ff_text_format(o, "\n%zu more (--top %zu shows all)\n", all - n, all);
    if (error)
        ff_text_format(o,
                       "\nA wording that is not counted here came at most %llu times (--counters N: more counters, a "
                       "lower bound).\n",
                       (unsigned long long)error);
    ff_output_take(out, o);
}

/* ---- for programs ------------------------------------------------------------------------------------------------ */

static void put_object(struct ff_json_out *o, const struct ff_templates_page *p, const struct ff_template *t)
{
    char buf[32];
    snprintf(buf, sizeof buf, "%016llx", (unsigned long long)t->id);
    ff_json_open(o, '{');
    ff_json_member_string(o, "template", ff_slice_str(buf));
    ff_json_member_uint(o, "count", t->count);
    ff_json_member_uint(o, "error", t->error);
    ff_json_key(o, "share");
    ff_json_put_double(o, share(p, t->count));
    ff_json_member_string(o, "category", ff_slice_str(ff_category_name(t->category)));
    ff_json_key(o, "suppress");
    ff_json_put_bool(o, t->suppress);
    ff_json_member_string(o, "action", ff_slice_str(ff_action_name(t->action)));
    ff_json_member_uint(o, "confidence", t->confidence);
    if (t->rule.len)
        ff_json_member_string(o, "rule", t->rule);
    ff_json_key(o, "codes");
    ff_json_open(o, '[');
    for (unsigned i = 0; i < t->code_count; i++)
        if (t->code[i] || t->enhanced[i])
            ff_json_put_string(o, ff_slice_str(code_pair(t, i, buf)));
    ff_json_close(o, ']');
    ff_json_key(o, "providers");
    ff_json_open(o, '[');
    for (unsigned i = 0; i < t->provider_count; i++)
        ff_json_put_string(o, t->provider[i]);
    ff_json_close(o, ']');
    if (t->first_us) {
        ff_json_key(o, "first_seen");
        ff_json_put_time(o, t->first_us);
        ff_json_key(o, "last_seen");
        ff_json_put_time(o, t->last_us);
    }
    ff_json_member_string(o, "text", text_of(t));
    ff_json_member_string(o, "sample", sample_of(t));
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

void ff_templates_put_json(struct ff_output *out, struct ff_json_out *o, const struct ff_templates_page *p)
{
    for (size_t i = 0; i < shown(p); i++) {
        put_object(o, p, ff_templates_nth(p->templates, i));
        ff_output_take(out, o);
    }
}

/* ---- for the writer of rules ------------------------------------------------------------------------------------- */

/** The template as one phrase: cut into parts that a rule may have, as far as they go. */
static void put_phrase(struct ff_json_out *o, struct ff_slice text)
{
    size_t in_part = 0, parts = 1;
    while (text.len) {
        size_t end = ff_slice_chr(text, 0, ' ');
        struct ff_slice word = ff_slice_sub(text, 0, end == SIZE_MAX ? text.len : end);
        text = end == SIZE_MAX ? ff_slice_of(NULL, 0) : ff_slice_sub(text, end + 1, text.len);
        bool gap = word.ptr[0] == '~';
        if (gap || in_part + word.len + 1 > PART_BYTES) {
            if (++parts > PARTS_MAX || text.len == 0)
                return;
            if (!gap)
                ff_text_put(o, " ~0");
            in_part = 0;
        }
        if (word.len > PART_BYTES)
            return; /* of a script without blanks: what stands before is the phrase */
        ff_text_format(o, " %.*s", (int)word.len, (const char *)word.ptr);
        in_part += gap ? 0 : word.len + 1;
    }
}

static void put_rule(struct ff_json_out *o, const struct ff_templates_page *p, const struct ff_template *t)
{
    ff_text_format(o, "# %llu repl%s, %.1f %% of the failures", (unsigned long long)t->count,
                   t->count == 1 ? "y" : "ies", 100 * share(p, t->count));
    if (t->provider_count) {
        ff_text_put(o, "; ");
        put_providers(o, t);
    }
    if (t->first_us) {
        ff_text_put(o, "; ");
        put_times(o, t);
    }
    ff_text_format(o, "\n# now: %s, %u%% sure. Put the category here, shorten the phrase to what names the cause:\n",
                   ff_category_name(t->category), t->confidence);
    ff_text_format(o, "rule new-%016llx-%u ambiguous text\n", (unsigned long long)t->id, t->category);
    ff_text_put(o, "  any");
    put_phrase(o, text_of(t));
    /* braces would be the context of the example */
    ff_text_put(o, t->sample[0] == '{' ? "\n  yes {} " : "\n  yes ");
    ff_text_format(o, "%.*s", (int)t->sample_len, (const char *)t->sample);
    ff_text_put(o, "\n  # no a reply it must not fire on\n\n");
}

void ff_templates_put_rules(struct ff_output *out, struct ff_json_out *o, const struct ff_templates_page *p)
{
    for (size_t i = 0, rules = 0; i < shown(p); i++) {
        const struct ff_template *t = ff_templates_nth(p->templates, i);
        if (t->text_len == 0)
            continue; /* a bare code: its wording names no cause, so no rule can */
        if (rules++ == 0)
            ff_text_put(o, "include builtin\n\n");
        put_rule(o, p, t);
        ff_output_take(out, o);
    }
}
