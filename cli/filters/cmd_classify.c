/* cmd_classify.c: replies in, verdicts out: the classifier as a filter. One answer per line, in order, whatever the
 * line. */
#include <stdio.h>
#include <unistd.h>

#include "classify/verdict_names.h"
#include "cli/inputs/reply_line.h"
#include "cli/inputs/rule_files.h"
#include "cli/inputs/sources.h"
#include "cli/options/options_table.h"
#include "cli/output/output.h"
#include "cli/output/shadow_report.h"
#include "cli/process/messages.h"
#include "cli/process/terminal.h"

#define WIDTH_OTHERWISE 132

struct classify_options {
    struct ff_option_list names;
    const char *output, *rules, *shadow_rules;
    bool json, line_buffered;
};

#define AT(member) .offset = offsetof(struct classify_options, member)
static const struct ff_option table[] = {
    {.name = "json", .letter = 'j', .type = FF_OPTION_FLAG, AT(json),
     .help = "one JSON object per input line (default: a table)"},
    {.name = "rules", .letter = 'r', .type = FF_OPTION_STRING, .value = "FILE", AT(rules),
     .help = "use these rules instead of the built-in ones"},
    {.name = "shadow-rules", .type = FF_OPTION_STRING, .value = "FILE", AT(shadow_rules),
     .help = "print what these rules would change, by volume, instead of a verdict for each reply"},
    {.name = "names", .type = FF_OPTION_LIST, .value = FF_VENDOR_CHOICES, AT(names),
     .help = "with --json: the verdict in the words of this product too (bounce_cat, bounce_class, bounce_type, "
             "kumomta_class)"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write FILE, whole or not at all, instead of stdout"},
    {.name = "line-buffered", .type = FF_OPTION_FLAG, AT(line_buffered), .help = "write each answer at once"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"echo '550 5.1.1 user unknown' | fivefifty classify", "one reply, a table"},
    {"fivefifty classify --json < replies.txt", "one reply a line in, one verdict a line out"},
    {"echo '{\"id\":\"a\",\"code\":550,\"text\":\"no such user\",\"mx\":\"mx.example.net\"}' | fivefifty classify -j",
     "what is known besides the text helps: stage, mx, enhanced, origin, sending_ip, mail_from, recipient"},
    {"fivefifty classify --shadow-rules new.rules < replies.txt", "what other rules would change, and how often"},
    {NULL, NULL},
};

struct classify {
    const struct classify_options *opts;
    struct ff_output *out;
    struct ff_json_out text;
    struct ff_reply_reader reader;
    struct ff_rule_names *rule_names;
    struct ff_rulebook *rules;
    struct ff_classifier *classifier, *other; /* other NULL: no shadow rules */
    struct ff_shadow *shadow;
    unsigned vendors; /* bit per enum ff_vendor: --names */
    bool colour;
    size_t width;
};

/* ---- an answer out ----------------------------------------------------------------------------------------------- */

static void put_json(struct classify *c, const struct ff_reply_line *q, const struct ff_verdict *v, int64_t number)
{
    struct ff_json_out *o = &c->text;
    char line_number[24];
    ff_json_open(o, '{');
    ff_json_key(o, "id");
    if (q->id.len > 0) {
        ff_json_put_raw(o, q->id);
    } else {
        snprintf(line_number, sizeof line_number, "%lld", (long long)number);
        ff_json_put_string(o, ff_slice_str(line_number));
    }
    ff_verdict_put_json(o, v);
    if (!q->error)
        ff_verdict_put_names(o, c->vendors, v, ff_reply_is_transient(&q->reply));
    if (q->error)
        ff_json_member_string(o, "error", ff_slice_str(q->error));
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

#define RESET "\x1b[0m"

static const char *colour_of(const struct ff_verdict *v)
{
    switch (v->action) {
    case FF_ACTION_DELIVER:
        return "\x1b[32m"; /* green: delivered */
    case FF_ACTION_SUPPRESS_NOW:
    case FF_ACTION_SUPPRESS_AFTER_N:
        return "\x1b[31m"; /* red: about the address */
    case FF_ACTION_FIX_SENDER:
    case FF_ACTION_INVESTIGATE:
        return "\x1b[33m"; /* yellow: about us */
    default:
        return "\x1b[36m"; /* cyan: wait */
    }
}

#define COLUMNS_BEFORE_REPLY 77

static void put_header(struct classify *c)
{
    if (c->colour)
        ff_text_put(&c->text, "\x1b[1m");
    ff_text_format(&c->text, "%-22s %-17s %-18s %4s  %-9s  %s", "CATEGORY", "ACTION", "WHOSE PROBLEM", "SURE",
                   "PROVIDER", "REPLY");
    ff_text_put(&c->text, c->colour ? RESET "\n" : "\n");
}

static void put_table(struct classify *c, const struct ff_reply_line *q, const struct ff_verdict *v,
                      struct ff_slice line)
{
    struct ff_json_out *o = &c->text;
    if (c->colour)
        ff_text_put(o, colour_of(v));
    ff_text_format(o, "%-22s %-17s", ff_category_name(v->category), ff_action_name(v->action));
    if (c->colour)
        ff_text_put(o, RESET);
    ff_text_format(o, " %-18s %3u%%  ", ff_responsible_name(v->responsible), v->confidence);
    ff_terminal_put(o, v->provider.len ? v->provider : FF_SLICE("-"), 9, true);
    ff_text_put(o, "  ");
    if (q->error)
        ff_text_format(o, "[%s] ", q->error);
    size_t used = COLUMNS_BEFORE_REPLY + (q->error ? strlen(q->error) + 3 : 0);
    struct ff_slice text = q->reply.raw.len ? q->reply.raw : q->reply.text.len ? q->reply.text : line;
    ff_terminal_put(o, text, c->width > used + 20 ? c->width - used : 20, false);
    ff_text_put(o, "\n");
}

static int answer(void *ctx, const struct ff_record *record)
{
    struct classify *c = ctx;
    struct ff_reply_line q;
    struct ff_verdict v;
    ff_reply_line_parse(&c->reader, record, &q);
    /* A line that is not understood is judged by nothing: half a reply must never suppress. */
    struct ff_reply nothing = {.code = 0}, *reply = q.error ? &nothing : &q.reply;
    if (ff_classify(c->classifier, reply, &v) != FF_OK && !q.error)
        q.error = "neither a text nor a code";
    if (c->shadow) {
        struct ff_verdict other;
        (void)!ff_classify(c->other, reply, &other); /* nothing to judge: the same for both */
        ff_shadow_compare(c->shadow, c->classifier, reply, &v, &other);
        return 0;
    }
    if (c->opts->json)
        put_json(c, &q, &v, record->position.offset);
    else
        put_table(c, &q, &v, record->value);
    ff_output_take(c->out, &c->text);
    return 0;
}

/* ---- the filter -------------------------------------------------------------------------------------------------- */

/* What the replies read so far would have become. */
static void put_shadow(struct classify *c)
{
    if (c->opts->json) {
        ff_json_open(&c->text, '{');
        ff_json_key(&c->text, "shadow");
        ff_shadow_put_json(&c->text, c->shadow, c->rules);
        ff_json_close(&c->text, '}');
        ff_json_end_line(&c->text);
    } else {
        ff_shadow_put_text(&c->text, c->shadow, c->rules, FF_SHADOW_ROWS_MAX, (unsigned)c->width, true);
    }
    ff_output_take(c->out, &c->text);
}

static bool start_shadow(struct classify *c)
{
    if (!c->rules->shadow)
        return true;
    c->other = ff_classifier_new(c->rules->shadow, 0);
    c->shadow = ff_shadow_new();
    return c->other && c->shadow;
}

static int start(struct classify *c)
{
    const struct classify_options *o = c->opts;
    bool terminal = !o->output && isatty(STDOUT_FILENO);
    int status = ff_reply_reader_init(&c->reader);
    c->rule_names = ff_rule_names_new();
    c->vendors = ff_vendors_of(&o->names);
    if (c->vendors && !o->json && status == 0)
        status = ff_fail(FF_EXIT_USAGE, "--names adds to the objects of --json (give both)");
    if (status == 0)
        status = c->rule_names ? ff_rulebook_open(c->rule_names, o->rules, o->shadow_rules, &c->rules)
                               : ff_fail(FF_EXIT_OSERR, "out of memory");
    if (status == 0)
        status = ff_output_open(&c->out, o->output, o->line_buffered || terminal);
    if (status)
        return status;
    c->colour = terminal && ff_terminal_colour(STDOUT_FILENO);
    c->width = terminal ? ff_terminal_width(STDOUT_FILENO, WIDTH_OTHERWISE) : WIDTH_OTHERWISE;
    c->classifier = ff_classifier_new(c->rules->live, 0);
    return c->classifier && start_shadow(c) ? 0 : ff_fail(FF_EXIT_OSERR, "out of memory");
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct classify c = {.opts = options};
    ff_json_out_init(&c.text);
    int status = start(&c);
    if (status == 0 && !c.opts->json && !c.shadow)
        put_header(&c); /* goes out with the first answer */
    if (status == 0)
        status = ff_source_read_all(count ? arguments[0] : NULL, FF_FRAMING_LINES, c.out, answer, &c);
    if (status == 0 && c.shadow)
        put_shadow(&c);
    int closed = ff_output_close(c.out, status == 0);
    ff_classifier_free(c.classifier);
    ff_classifier_free(c.other);
    ff_shadow_free(c.shadow);
    ff_rulebook_drop(c.rules);
    ff_rule_names_free(c.rule_names);
    ff_reply_reader_fini(&c.reader);
    ff_json_out_fini(&c.text);
    return status ? status : closed;
}

const struct ff_subcommand ff_cmd_classify = {
    .name = "classify",
    .summary = "SMTP replies in, verdicts out",
    .arguments = "[FILE]",
    .arguments_max = 1,
    .description = "Judges SMTP replies: what happened, whose problem it is, and whether the address may be mailed "
                   "again. A line is a reply as text, or a JSON object (id, code, enhanced, stage, mx, text, raw, "
                   "sending_ip, mail_from, recipient, origin). Every line gets one answer, in order; a line that "
                   "cannot be understood gets one with an error. With --shadow-rules the answer is one table for all "
                   "lines: what the second rules would change, suppressions first.",
    .options = table,
    .struct_size = sizeof(struct classify_options),
    .examples = examples,
    .exits = "65 damaged compressed input, 66 input not there, 73 output cannot be made, 74 disk full, 77 no "
             "permission to read, 78 rules",
    .run = run,
};
