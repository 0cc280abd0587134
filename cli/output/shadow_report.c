/* shadow_report.c: see shadow_report.h. */
#include "cli/output/shadow_report.h"

#include <stdio.h>

#include "cli/process/terminal.h"

typedef const struct ff_shadow_row *row_list[FF_SHADOW_ROWS_MAX];

static struct ff_slice rule_of(const struct ff_shadow_side *side)
{
    return ff_slice_of(side->rule, side->rule_len);
}

static bool same_rule(const struct ff_shadow_row *row)
{
    return ff_slice_eq(rule_of(&row->live), rule_of(&row->shadow));
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static const char *change_of(const struct ff_shadow_row *row)
{
    if (row->live.suppress == row->shadow.suppress)
        return "";
    return row->shadow.suppress ? "SUPPRESS MORE" : "suppress less";
}

static void put_sample(struct ff_json_out *o, const struct ff_shadow_row *row, size_t columns)
{
    char code[32] = "", dotted[12];
    size_t n = 0;
    if (row->reply_code)
        n += (size_t)snprintf(code, sizeof code, "%u ", row->reply_code);
    if (row->enhanced_code && ff_enhanced_format(row->enhanced_code, dotted))
        snprintf(code + n, sizeof code - n, "%s ", dotted);
    struct ff_slice text = ff_slice_of(row->text, row->text_len);
    ff_text_put(o, "                e.g. ");
    if (text.len < 3 || text.ptr[0] < '2' || text.ptr[0] > '5') /* else the text begins with its code itself */
        ff_text_put(o, code);
    ff_terminal_put(o, text, columns - 20, false);
    ff_text_put(o, "\n");
}

static void put_row(struct ff_json_out *o, const struct ff_shadow_row *row, unsigned width, bool samples)
{
    size_t columns = width > 60 ? width - 21 : 39;
    ff_text_format(o, "  %12llu  %-22s %-22s %-13s  ", (unsigned long long)row->count,
                   ff_category_name(row->live.category), ff_category_name(row->shadow.category), change_of(row));
    ff_terminal_put(o, row->live.rule_len ? rule_of(&row->live) : FF_SLICE("(none)"), 30, false);
    if (!same_rule(row)) {
        ff_text_put(o, " -> ");
        ff_terminal_put(o, row->shadow.rule_len ? rule_of(&row->shadow) : FF_SLICE("(none)"), 30, false);
    }
    if (row->live.action != row->shadow.action)
        ff_text_format(o, "  (%s -> %s)", ff_action_name(row->live.action), ff_action_name(row->shadow.action));
    ff_text_put(o, "\n");
    if (samples)
        put_sample(o, row, columns);
    ff_text_put(o, "                mask ");
    ff_terminal_put(o, ff_slice_of(row->masked, row->masked_len), columns, false);
    ff_text_put(o, "\n");
}

void ff_shadow_put_text(struct ff_json_out *o, const struct ff_shadow *s, const struct ff_rulebook *book,
                        size_t rows_max, unsigned width, bool samples)
{
    const struct ff_shadow_counts *c = ff_shadow_counts(s);
    row_list rows;
    size_t n = ff_shadow_rows(s, rows);
    uint64_t rest = 0;
    char shadow[FF_RULESET_TITLE_MAX], live[FF_RULESET_TITLE_MAX];
    ff_text_format(o, "Shadow rules %s beside the live ones %s\n", ff_ruleset_title(book->shadow, shadow),
                   ff_ruleset_title(book->live, live));
    ff_text_format(o, "  %llu replies: %llu judged alike, %llu differently; would suppress %llu more and %llu less\n",
                   (unsigned long long)(c->agreed + c->differed), (unsigned long long)c->agreed,
                   (unsigned long long)c->differed, (unsigned long long)c->suppress_more,
                   (unsigned long long)c->suppress_less);
    if (n > 0)
        ff_text_format(o, "  %12s  %-22s %-22s %-13s  %s\n", "replies", "live", "shadow", "change", "rule");
    for (size_t i = 0; i < n; i++) {
        if (i < rows_max)
            put_row(o, rows[i], width, samples);
        else
            rest += rows[i]->count;
    }
    if (rest > 0)
        ff_text_format(o, "  %12llu  in %zu rows more\n", (unsigned long long)rest, n - rows_max);
    if (c->other > 0)
        ff_text_format(o, "  %12llu  beyond the %u rows that are kept\n", (unsigned long long)c->other,
                       FF_SHADOW_ROWS_MAX);
    if (c->earlier > 0)
        ff_text_format(o, "  %12llu  before the rules were read again\n", (unsigned long long)c->earlier);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void put_side(struct ff_json_out *o, const char *key, const struct ff_shadow_side *side)
{
    ff_json_key(o, key);
    ff_json_open(o, '{');
    ff_json_member_text(o, "category", ff_slice_str(ff_category_name(side->category)));
    ff_json_key(o, "suppress");
    ff_json_put_bool(o, side->suppress);
    ff_json_member_text(o, "action", ff_slice_str(ff_action_name(side->action)));
    ff_json_member_text(o, "rule", rule_of(side));
    ff_json_close(o, '}');
}

static void put_difference(struct ff_json_out *o, const struct ff_shadow_row *row)
{
    char hex[17];
    ff_json_open(o, '{');
    ff_json_member_uint(o, "count", row->count);
    put_side(o, "live", &row->live);
    put_side(o, "shadow", &row->shadow);
    if (row->template_id) {
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)row->template_id);
        ff_json_member_text(o, "template", ff_slice_str(hex));
    }
    ff_json_member_text(o, "masked", ff_slice_of(row->masked, row->masked_len));
    if (row->reply_code)
        ff_json_member_uint(o, "reply_code", row->reply_code);
    if (row->enhanced_code) {
        ff_json_key(o, "enhanced_code");
        ff_json_put_enhanced(o, row->enhanced_code);
    }
    ff_json_member_text(o, "reply_text", ff_slice_of(row->text, row->text_len));
    ff_json_close(o, '}');
}

static void put_pairs(struct ff_json_out *o, const struct ff_shadow_counts *c)
{
    ff_json_key(o, "by_category");
    ff_json_open(o, '[');
    for (uint32_t i = 0; i < FF_CATEGORY_COUNT; i++)
        for (uint32_t j = 0; j < FF_CATEGORY_COUNT; j++) {
            if (c->by_pair[i][j] == 0)
                continue;
            ff_json_open(o, '{');
            ff_json_member_text(o, "live", ff_slice_str(ff_category_name(i)));
            ff_json_member_text(o, "shadow", ff_slice_str(ff_category_name(j)));
            ff_json_member_uint(o, "count", c->by_pair[i][j]);
            ff_json_close(o, '}');
        }
    ff_json_close(o, ']');
}

static void put_rules_json(struct ff_json_out *o, const char *version, const char *label,
                           const struct ff_ruleset *rules)
{
    ff_json_member_uint(o, version, ff_ruleset_version(rules));
    if (ff_ruleset_label(rules))
        ff_json_member_uint(o, label, ff_ruleset_label(rules));
}

void ff_shadow_put_json(struct ff_json_out *o, const struct ff_shadow *s, const struct ff_rulebook *book)
{
    const struct ff_shadow_counts *c = ff_shadow_counts(s);
    row_list rows;
    size_t n = ff_shadow_rows(s, rows);
    ff_json_open(o, '{');
    put_rules_json(o, "live_version", "live_label", book->live);
    put_rules_json(o, "shadow_version", "shadow_label", book->shadow);
    ff_json_member_uint(o, "compared", c->agreed + c->differed);
    ff_json_member_uint(o, "agreed", c->agreed);
    ff_json_member_uint(o, "differed", c->differed);
    ff_json_member_uint(o, "suppress_more", c->suppress_more);
    ff_json_member_uint(o, "suppress_less", c->suppress_less);
    put_pairs(o, c);
    ff_json_key(o, "differences");
    ff_json_open(o, '[');
    for (size_t i = 0; i < n; i++)
        put_difference(o, rows[i]);
    ff_json_close(o, ']');
    ff_json_member_uint(o, "other", c->other);
    ff_json_member_uint(o, "earlier", c->earlier);
    ff_json_close(o, '}');
}
