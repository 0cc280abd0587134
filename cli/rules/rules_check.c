/* rules_check.c: `fivefifty rules lint` and `rules test`: findings and failing examples, for people and for programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "classify/lint/example.h"
#include "classify/lint/lint.h"
#include "classify/lint/suggest.h"
#include "cli/inputs/rule_files.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/process/terminal.h"
#include "cli/rules/rules.h"

#define FILES_MAX 64
#define WORDS_COLUMNS 160
#define RULE_COLUMNS 24

struct check {
    const struct ff_rules_options *opts;
    struct ff_ruleset *rules;
    struct ff_output *out;
    struct ff_json_out text;
    bool colour;
    struct { /* unproven, by file */
        struct ff_slice name;
        size_t count;
    } files[FILES_MAX];
    size_t file_count;
    struct {
        size_t yes, no, failed;
    } by_category[FF_CATEGORY_COUNT];
    size_t notes, unproven;
    struct ff_slice suggested; /* rule of the last suggestion */
    size_t examples, failed;
};

static int begin(struct check *c, const char *path)
{
    ff_json_out_init(&c->text);
    int status = ff_rules_open(path, &c->rules);
    if (status == 0)
        status = ff_output_open(&c->out, c->opts->output, false);
    c->colour = !c->opts->output && ff_terminal_colour(STDOUT_FILENO);
    return status;
}

static int end(struct check *c, int status, bool wrong)
{
    int closed = ff_output_close(c->out, status == 0);
    ff_ruleset_free(c->rules);
    ff_json_out_fini(&c->text);
    if (status == 0)
        status = closed;
    return status == 0 && wrong ? FF_EXIT_CONFIG : status;
}

static void put_place(struct ff_json_out *o, struct ff_slice file, uint32_t line)
{
    ff_terminal_put(o, file, 400, false);
    ff_text_format(o, ":%u", line);
}

/* A name from a rules file between two texts; nothing when there is none. */
static void put_named(struct ff_json_out *o, const char *before, struct ff_slice name, const char *after)
{
    if (name.len == 0)
        return;
    ff_text_put(o, before);
    ff_terminal_put(o, name, SIZE_MAX, false);
    ff_text_put(o, after);
}

/* ---- lint -------------------------------------------------------------------------------------------------------- */

static void put_finding_json(struct ff_json_out *o, const struct ff_lint *f)
{
    ff_json_open(o, '{');
    ff_json_member_text(o, "severity", f->error ? FF_SLICE("error") : FF_SLICE("note"));
    ff_json_member_text(o, "kind", ff_slice_str(ff_lint_kind_name(f->kind)));
    ff_json_member_text(o, "file", f->file);
    ff_json_member_uint(o, "line", f->line);
    ff_json_member_text(o, "rule", f->rule);
    ff_json_member_text(o, "set", f->set);
    ff_json_member_text(o, "what", ff_slice_str(f->what));
    ff_json_member_text(o, "words", f->words);
    if (f->count)
        ff_json_member_uint(o, "count", f->count);
    ff_json_member_text(o, "other_rule", f->other_rule);
    if (f->other_file.len) {
        ff_json_member_text(o, "other_file", f->other_file);
        ff_json_member_uint(o, "other_line", f->other_line);
    }
    ff_json_member_text(o, "remedy", ff_slice_str(f->remedy));
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

static void put_finding_text(struct check *c, const struct ff_lint *f)
{
    struct ff_json_out *o = &c->text;
    put_place(o, f->file, f->line);
    ff_text_format(o, ": %s%s%s: ", c->colour ? (f->error ? "\x1b[31m" : "\x1b[33m") : "", f->error ? "error" : "note",
                   c->colour ? "\x1b[0m" : "");
    put_named(o, "rule ", f->rule, ": ");
    put_named(o, "set ", f->set, ": ");
    ff_text_put(o, f->what);
    if (f->words.len) {
        ff_text_put(o, ": \"");
        ff_terminal_put(o, f->words, WORDS_COLUMNS, false);
        ff_text_put(o, "\"");
    }
    ff_text_put(o, " (");
    if (f->count)
        ff_text_format(o, "%u %s; ", f->count, f->counted);
    put_named(o, "", f->other_rule, "");
    if (f->other_file.len) {
        ff_text_put(o, f->other_rule.len ? ", " : "");
        put_place(o, f->other_file, f->other_line);
    }
    ff_text_format(o, "%s%s)\n", f->other_rule.len || f->other_file.len ? "; " : "", f->remedy);
}

static void count_unproven(struct check *c, struct ff_slice file)
{
    size_t i = 0;
    while (i < c->file_count && !ff_slice_eq(c->files[i].name, file))
        i++;
    if (i == FILES_MAX)
        return;
    if (i == c->file_count)
        c->files[c->file_count++].name = file;
    c->files[i].count++;
    c->unproven++;
}

static void on_finding(void *ctx, const struct ff_lint *f)
{
    struct check *c = ctx;
    bool unproven = f->kind == FF_LINT_UNPROVEN;
    if (f->included && !f->error)
        return; /* whoever extends the built-in rules wants to hear of his own */
    if (unproven)
        count_unproven(c, f->file);
    else if (!f->error)
        c->notes++;
    if (unproven != c->opts->unproven && !(unproven && c->opts->json))
        return;
    if (c->opts->json)
        put_finding_json(&c->text, f);
    else
        put_finding_text(c, f);
    ff_output_take(c->out, &c->text);
}

static void put_suggestion_json(struct ff_json_out *o, const struct ff_suggestion *s)
{
    ff_json_open(o, '{');
    ff_json_member_text(o, "file", s->file);
    ff_json_member_uint(o, "line", s->line);
    ff_json_member_text(o, "rule", s->rule);
    ff_json_member_text(o, "expect", s->positive ? FF_SLICE("yes") : FF_SLICE("no"));
    ff_json_member_text(o, "context", s->context);
    ff_json_member_text(o, "reply", s->reply);
    ff_json_member_uint(o, "proves", s->proves);
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

/** Lines that can be pasted under the rule they follow. */
static void on_suggestion(void *ctx, const struct ff_suggestion *s)
{
    struct check *c = ctx;
    struct ff_json_out *o = &c->text;
    if (c->opts->json) {
        put_suggestion_json(o, s);
    } else {
        if (!ff_slice_eq(c->suggested, s->rule)) {
            ff_text_put(o, "# ");
            put_place(o, s->file, s->line);
            put_named(o, ": rule ", s->rule, "\n");
        }
        ff_text_format(o, "  %s ", s->positive ? "yes" : "no");
        put_named(o, "{", s->context, "} ");
        ff_terminal_put(o, s->reply, SIZE_MAX, false);
        ff_text_put(o, "\n");
        c->suggested = s->rule;
    }
    ff_output_take(c->out, o);
}

static int suggest(struct check *c)
{
    struct ff_suggest_counts n;
    if (ff_ruleset_suggest(c->rules, on_suggestion, c, &n) != FF_OK)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    fprintf(stderr, "examples %zu  would prove %zu  left %zu\n", n.examples, n.proven, n.left);
    return 0;
}

int ff_rules_lint(const struct ff_rules_options *opts, const char *const *arguments, size_t count)
{
    struct check c = {.opts = opts};
    struct ff_lint_counts n = {0};
    int status = begin(&c, count ? arguments[0] : NULL);
    if (status == 0 && opts->suggest)
        return end(&c, suggest(&c), false);
    if (status == 0 && ff_ruleset_lint(c.rules, on_finding, &c, &n) != FF_OK)
        status = ff_fail(FF_EXIT_OSERR, "out of memory");
    if (status)
        return end(&c, status, false);
    for (size_t i = 0; i < c.file_count; i++) {
        char line[400];
        snprintf(line, sizeof line, "%.*s: %zu unproven", (int)c.files[i].name.len, (const char *)c.files[i].name.ptr,
                 c.files[i].count);
        ff_terminal_clean(line);
        fprintf(stderr, "%s\n", line);
    }
    fprintf(stderr, "rules %zu  examples %zu (failing %zu)  errors %zu  notes %zu  unproven %zu%s\n", n.rules,
            n.examples, n.failing, n.errors, c.notes, c.unproven,
            c.unproven && !opts->unproven ? " (--unproven lists them)" : "");
    ff_rules_tell_version(c.rules);
    return end(&c, 0, n.errors > 0);
}

/* ---- test -------------------------------------------------------------------------------------------------------- */

static void put_trial_json(struct ff_json_out *o, const struct ff_trial *t)
{
    ff_json_open(o, '{');
    ff_json_member_text(o, "file", t->file);
    ff_json_member_uint(o, "line", t->line);
    ff_json_member_text(o, "rule", t->rule);
    ff_json_member_text(o, "expect", t->positive ? FF_SLICE("yes") : FF_SLICE("no"));
    ff_json_key(o, "holds");
    ff_json_put_bool(o, !t->failure);
    if (t->failure)
        ff_json_member_text(o, "failure", ff_slice_str(t->failure));
    ff_json_member_text(o, "reply", t->text);
    ff_json_member_text(o, "context", t->context);
    ff_json_member_text(o, "category", ff_slice_str(ff_category_name(t->why->verdict.category)));
    ff_json_member_text(o, "decided_by", t->why->verdict.rule);
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

/** The reply, the verdict it got, and the evidence for it, heaviest first. */
static void put_failure(struct check *c, const struct ff_trial *t)
{
    struct ff_json_out *o = &c->text;
    put_place(o, t->file, t->line);
    put_named(o, ": rule ", t->rule, ": ");
    ff_text_format(o, "%s%s%s\n    %s ", c->colour ? "\x1b[31m" : "", t->failure, c->colour ? "\x1b[0m" : "",
                   t->positive ? "yes" : "no");
    ff_terminal_put(o, t->text, 300, false);
    ff_text_format(o, "\n    got %s", ff_category_name(t->why->verdict.category));
    put_named(o, " by ", t->why->verdict.rule, "");
    ff_text_put(o, t->why->count ? "; what fired:\n" : "; nothing fired\n");
    for (size_t i = 0; i < t->why->count; i++) {
        const struct ff_fired_rule *e = &t->why->evidence[i];
        ff_text_format(o, "      %3u %-7s ", e->weight, e->layer);
        ff_terminal_put(o, e->rule, e->rule.len > RULE_COLUMNS ? e->rule.len : RULE_COLUMNS, true);
        ff_text_format(o, " %-22s ", e->category ? ff_category_name(e->category) : "-");
        ff_terminal_put(o, e->words.len ? e->words : FF_SLICE("(codes)"), 60, false);
        ff_text_put(o, "\n");
    }
}

static void on_trial(void *ctx, const struct ff_trial *t)
{
    struct check *c = ctx;
    uint32_t k = t->category < FF_CATEGORY_COUNT ? t->category : 0;
    c->examples++;
    c->failed += t->failure != NULL;
    c->by_category[k].yes += t->positive;
    c->by_category[k].no += !t->positive;
    c->by_category[k].failed += t->failure != NULL;
    if (c->opts->json)
        put_trial_json(&c->text, t);
    else if (t->failure)
        put_failure(c, t);
    ff_output_take(c->out, &c->text);
}

static void put_counts(struct check *c, uint32_t category, const char *name)
{
    if (c->by_category[category].yes + c->by_category[category].no)
        ff_text_format(&c->text, "%-24s %6zu %6zu %7zu\n", name, c->by_category[category].yes,
                       c->by_category[category].no, c->by_category[category].failed);
}

static void put_summary(struct check *c)
{
    ff_text_format(&c->text, "%-24s %6s %6s %7s\n", "CATEGORY", "YES", "NO", "FAILED");
    for (uint32_t i = FF_CATEGORY_NONE + 1; i < FF_CATEGORY_COUNT; i++)
        put_counts(c, i, ff_category_name(i));
    put_counts(c, FF_CATEGORY_NONE, "(hints, providers)");
    ff_output_take(c->out, &c->text);
}

int ff_rules_test(const struct ff_rules_options *opts, const char *const *arguments, size_t count)
{
    struct check *c = calloc(1, sizeof *c);
    if (!c)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    c->opts = opts;
    int status = begin(c, count ? arguments[0] : NULL);
    if (status == 0 && ff_ruleset_test(c->rules, on_trial, c) != FF_OK)
        status = ff_fail(FF_EXIT_OSERR, "out of memory");
    if (status == 0) {
        if (!opts->json)
            put_summary(c);
        fprintf(stderr, "examples %zu  failing %zu\n", c->examples, c->failed);
    }
    status = end(c, status, c->failed > 0);
    free(c);
    return status;
}
