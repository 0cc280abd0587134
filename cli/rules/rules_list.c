/* rules_list.c: `fivefifty rules list` and `rules show`: what rules there are, and the text of one. */
#include <stdio.h>
#include <unistd.h>

#include "classify/lint/list.h"
#include "cli/inputs/rule_files.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/process/terminal.h"
#include "cli/rules/rules.h"

static void put_json(struct ff_json_out *o, const struct ff_rule_info *rule)
{
    ff_json_open(o, '{');
    ff_json_member_text(o, "rule", rule->name);
    if (rule->category)
        ff_json_member_text(o, "category", ff_slice_str(ff_category_name(rule->category)));
    ff_json_member_text(o, "layer", ff_slice_str(rule->layer));
    ff_json_member_uint(o, "weight", rule->weight);
    ff_json_member_uint(o, "phrases", rule->phrases);
    ff_json_member_uint(o, "yes", rule->yes);
    ff_json_member_uint(o, "no", rule->no);
    ff_json_member_text(o, "provider", rule->provider);
    ff_json_member_uint(o, "providers", rule->providers);
    ff_json_member_text(o, "file", rule->file);
    ff_json_member_uint(o, "line", rule->line);
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

static void put_text(struct ff_json_out *o, const struct ff_rule_info *rule)
{
    ff_terminal_put(o, rule->name, 28, true);
    ff_text_format(o, " %-22s %-8s %3u %7u %4u %4u  ", rule->category ? ff_category_name(rule->category) : "-",
                   rule->layer, rule->weight, rule->phrases, rule->yes, rule->no);
    ff_terminal_put(o, rule->provider.len ? rule->provider : FF_SLICE("-"), 18, true);
    ff_text_put(o, rule->providers > 1 ? "+ " : "  ");
    ff_terminal_put(o, rule->file, 200, false);
    ff_text_format(o, ":%u\n", rule->line);
}

void ff_rules_tell_version(const struct ff_ruleset *rules)
{
    char title[FF_RULESET_TITLE_MAX];
    fprintf(stderr, "ruleset_version %s\n", ff_ruleset_title(rules, title));
}

int ff_rules_list(const struct ff_rules_options *opts, const char *const *arguments, size_t count)
{
    struct ff_ruleset *rules = NULL;
    struct ff_output *out = NULL;
    struct ff_json_out text;
    ff_json_out_init(&text);
    int status = ff_rules_open(count ? arguments[0] : NULL, &rules);
    if (status == 0)
        status = ff_output_open(&out, opts->output, false);
    if (status == 0 && !opts->json)
        ff_text_format(&text, "%-28s %-22s %-8s %3s %7s %4s %4s  %-18s  %s\n", "RULE", "CATEGORY", "LAYER", "WGT",
                       "PHRASES", "YES", "NO", "PROVIDER", "PLACE");
    for (uint32_t i = 1; status == 0 && i <= ff_ruleset_rule_count(rules); i++) {
        struct ff_rule_info rule;
        ff_ruleset_rule(rules, i, &rule);
        if (opts->json)
            put_json(&text, &rule);
        else
            put_text(&text, &rule);
        ff_output_take(out, &text);
    }
    if (status == 0)
        ff_rules_tell_version(rules);
    int closed = ff_output_close(out, status == 0);
    ff_ruleset_free(rules);
    ff_json_out_fini(&text);
    return status ? status : closed;
}

/* ---- show -------------------------------------------------------------------------------------------------------- */

static void put_line(void *ctx, struct ff_slice file, uint32_t line, struct ff_slice text)
{
    struct ff_json_out *o = ctx;
    while (text.len && (text.ptr[text.len - 1] == '\r' || text.ptr[text.len - 1] == ' '))
        text.len--;
    ff_terminal_put(o, file, 200, false);
    ff_text_format(o, ":%u: ", line);
    ff_terminal_put(o, text, SIZE_MAX, false);
    ff_text_put(o, "\n");
}

int ff_rules_show(const struct ff_rules_options *opts, const char *const *arguments, size_t count)
{
    struct ff_ruleset *rules = NULL;
    struct ff_output *out = NULL;
    struct ff_json_out text;
    size_t found = 0;
    ff_json_out_init(&text);
    int status = ff_rules_open(count > 1 ? arguments[1] : NULL, &rules);
    for (uint32_t i = 1; status == 0 && i <= ff_ruleset_rule_count(rules); i++) {
        struct ff_rule_info rule;
        ff_ruleset_rule(rules, i, &rule);
        if (!ff_slice_eq(rule.name, ff_slice_str(arguments[0])))
            continue;
        ff_ruleset_show(rules, i, put_line, &text);
        found++;
    }
    if (status == 0 && found == 0)
        status = ff_fail(FF_EXIT_USAGE, "there is no rule \"%s\" (fivefifty rules list shows them)", arguments[0]);
    if (status == 0)
        status = ff_output_open(&out, opts->output, false);
    if (status == 0)
        ff_output_take(out, &text);
    int closed = ff_output_close(out, status == 0);
    ff_ruleset_free(rules);
    ff_json_out_fini(&text);
    return status ? status : closed;
}
