/* rules_explain.c: `fivefifty rules explain`: a reply as the classifier saw it, what fired where, and why the verdict
 * is what it is; written for the person who has to explain it to a customer, or as JSON for programs. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/inputs/rule_files.h"
#include "cli/inputs/sources.h"
#include "cli/output/output.h"
#include "cli/process/messages.h"
#include "cli/rules/rules_days.h"
#include "cli/rules/rules_explain_text.h"
#include "cli/rules/rules_explanation.h"

#define WIDTH_OTHERWISE 100

/* ---- order ------------------------------------------------------------------------------------------------------- */

static bool comes_before(const struct explain *x, uint32_t a, uint32_t b)
{
    static const int rank[] = {[FF_PART_DECIDES] = 0, [FF_PART_AGREES] = 1, [FF_PART_OUTWEIGHED] = 1,
                               [FF_PART_VETOED] = 2,  [FF_PART_HINT] = 3,   [FF_PART_PROVIDER] = 4};
    int ra = rank[x->reasons.part[a]], rb = rank[x->reasons.part[b]];
    if (ra != rb)
        return ra < rb;
    return x->why.evidence[a].weight > x->why.evidence[b].weight;
}

static void sort_evidence(struct explain *x)
{
    for (uint32_t i = 0; i < x->why.count; i++) {
        uint32_t k = i;
        for (; k > 0 && comes_before(x, i, x->order[k - 1]); k--)
            x->order[k] = x->order[k - 1];
        x->order[k] = i;
    }
}

/* ---- for programs ------------------------------------------------------------------------------------------------ */

static void put_change_json(struct explain *x, const struct ff_change *c)
{
    static const char *const kinds[] = {"evidence", "code", "stage", "origin", "own"};
    struct ff_json_out *o = &x->text;
    ff_json_open(o, '{');
    ff_json_member_string(o, "change", ff_slice_str(kinds[c->kind]));
    if (c->kind == FF_CHANGE_EVIDENCE)
        ff_json_member_string(o, "rule", x->why.evidence[c->evidence].rule);
    ff_json_close(o, '}');
}

static void put_evidence_json(struct explain *x, uint32_t i)
{
    struct ff_json_out *o = &x->text;
    const struct ff_fired_rule *e = &x->why.evidence[i];
    ff_json_open(o, '{');
    ff_json_member_string(o, "rule", e->rule);
    ff_json_member_string(o, "part", ff_slice_str(ff_part_name(x->reasons.part[i])));
    ff_json_member_string(o, "layer", ff_slice_str(e->layer));
    if (e->category) {
        ff_json_member_string(o, "category", ff_slice_str(ff_category_name(e->category)));
        ff_json_member_uint(o, "weight", e->weight);
    }
    if (e->words.len) {
        ff_json_member_string(o, "words", e->words);
        ff_json_member_uint(o, "start", (uint64_t)(e->words.ptr - x->why.masked.ptr));
        ff_json_member_uint(o, "end", (uint64_t)(e->words.ptr - x->why.masked.ptr) + e->words.len);
    }
    ff_json_member_string(o, "file", e->file);
    ff_json_member_uint(o, "line", e->line);
    if (x->reasons.vetoes[i].veto_count) {
        ff_json_key(o, "vetoed_unless");
        ff_json_open(o, '[');
        for (size_t v = 0; v < x->reasons.vetoes[i].veto_count; v++)
            put_change_json(x, &x->reasons.vetoes[i].veto[v]);
        ff_json_close(o, ']');
    }
    ff_json_close(o, '}');
}

/** On how many days it takes such a reply, when one alone does not do. */
static void put_days_json(struct explain *x)
{
    struct ff_json_out *o = &x->text;
    struct counted_days days;
    if (!ff_rules_days(&x->line.reply, &x->why.verdict, &days))
        return;
    ff_json_key(o, "counted");
    ff_json_open(o, '{');
    ff_json_member_uint(o, "days", days.days);
    ff_json_member_uint(o, "within", days.within);
    ff_json_member_uint(o, "apart", days.apart);
    ff_json_close(o, '}');
}

static void put_json(struct explain *x)
{
    struct ff_json_out *o = &x->text;
    ff_json_open(o, '{');
    if (x->line.id.len) {
        ff_json_key(o, "id");
        ff_json_put_raw(o, x->line.id);
    }
    ff_json_member_string(o, "reply", x->shown);
    if (x->line.error)
        ff_json_member_string(o, "error", ff_slice_str(x->line.error));
    ff_json_member_string(o, "masked", x->why.masked);
    if (x->why.code)
        ff_json_member_uint(o, "code", x->why.code);
    if (x->why.enhanced) {
        ff_json_key(o, "enhanced");
        ff_json_put_enhanced(o, x->why.enhanced);
    }
    ff_verdict_put_json(o, &x->why.verdict);
    ff_json_key(o, "evidence");
    ff_json_open(o, '[');
    for (size_t i = 0; i < x->why.count; i++)
        put_evidence_json(x, x->order[i]);
    ff_json_close(o, ']');
    put_days_json(x);
    ff_json_key(o, "would_suppress_if");
    ff_json_open(o, '[');
    for (size_t i = 0; i < x->reasons.change_count; i++)
        put_change_json(x, &x->reasons.changes[i]);
    ff_json_close(o, ']');
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

/* ---- the verb ---------------------------------------------------------------------------------------------------- */

/** What the line does not say, the options may. */
static void add_given(struct explain *x, struct ff_reply *r)
{
    const struct ff_reply *g = &x->given;
    bool staged = r->stage != FF_STAGE_UNSPECIFIED; /* queue and oob imply who says it: of two stages only one does */
    if (!staged) {
        r->stage = g->stage;
        r->kind = g->kind;
    }
    if (r->origin == FF_ORIGIN_UNSPECIFIED && (!staged || x->opts->origin))
        r->origin = g->origin;
    r->code = r->code ? r->code : g->code;
    r->enhanced = r->enhanced ? r->enhanced : g->enhanced;
    r->mx = r->mx.len ? r->mx : g->mx;
    r->sending_ip = r->sending_ip.len ? r->sending_ip : g->sending_ip;
    r->mail_from = r->mail_from.len ? r->mail_from : g->mail_from;
    r->recipient = r->recipient.len ? r->recipient : g->recipient;
}

/** A line of the classify filter, judged as it judges it. */
static int explain(void *ctx, const struct ff_record *record)
{
    struct explain *x = ctx;
    struct ff_reply *r = &x->line.reply;
    if (ff_slice_trim(record->value).len == 0)
        return 0;
    ff_reply_line_parse(&x->reader, record, &x->line);
    x->shown = ff_slice_trim(r->raw.len ? r->raw : r->text.len ? r->text : record->value);
    add_given(x, r);
    if (x->line.error)
        *r = (struct ff_reply){.code = 0}; /* judged by nothing: half a reply must never suppress */
    if (ff_explain(x->explainer, r, &x->why, &x->reasons) != FF_OK) {
        x->why.count = 0; /* unclassified, without evidence */
        x->line.error = x->line.error ? x->line.error : "neither a text nor a code";
    }
    sort_evidence(x);
    if (x->opts->json) {
        put_json(x);
    } else {
        if (x->count++)
            ff_text_format(&x->text, "\n%s----%s\n\n", paint(x, DIM), paint(x, RESET));
        ff_explain_put_text(x);
    }
    ff_output_take(x->out, &x->text);
    return 0;
}

static int set_context(struct explain *x)
{
    const struct ff_rules_options *o = x->opts;
    struct ff_reply *r = &x->given;
    if (o->stage && !ff_reply_stage_parse(ff_slice_str(o->stage), &r->stage, &r->kind, &r->origin))
        return ff_fail(FF_EXIT_USAGE,
                       "--stage: \"%s\" is none of connect helo starttls auth mail rcpt data end-of-data queue oob",
                       o->stage);
    if (o->origin && !ff_reply_origin_parse(ff_slice_str(o->origin), &r->origin))
        return ff_fail(FF_EXIT_USAGE, "--origin: \"%s\" is none of remote local dsn", o->origin);
    if (o->enhanced && !ff_enhanced_parse(ff_slice_str(o->enhanced), &r->enhanced))
        return ff_fail(FF_EXIT_USAGE, "--enhanced: \"%s\" is no status code like 5.1.1", o->enhanced);
    r->code = (uint32_t)o->code;
    r->mx = ff_slice_str(o->mx ? o->mx : "");
    r->sending_ip = ff_slice_str(o->sending_ip ? o->sending_ip : "");
    r->mail_from = ff_slice_str(o->mail_from ? o->mail_from : "");
    r->recipient = ff_slice_str(o->recipient ? o->recipient : "");
    return 0;
}

int ff_rules_explain(const struct ff_rules_options *opts, const char *const *arguments, size_t count)
{
    struct explain *x = calloc(1, sizeof *x);
    (void)count;
    if (!x)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    x->opts = opts;
    ff_json_out_init(&x->text);
    ff_json_out_init(&x->sentence);
    x->colour = !opts->output && ff_terminal_colour(STDOUT_FILENO);
    x->width = opts->output ? WIDTH_OTHERWISE : ff_terminal_width(STDOUT_FILENO, WIDTH_OTHERWISE);
    int status = ff_reply_reader_init(&x->reader);
    if (status == 0)
        status = set_context(x);
    if (status == 0)
        status = ff_rules_open(opts->rules, &x->rules);
    if (status == 0)
        status = ff_output_open(&x->out, opts->output, false);
    if (status == 0 && !(x->explainer = ff_explainer_new(x->rules)))
        status = ff_fail(FF_EXIT_OSERR, "out of memory");
    const struct ff_record typed = {.value = ff_slice_str(arguments[0]), .position = {"REPLY", -1, 1}};
    if (status == 0 && strcmp(arguments[0], "-") == 0)
        status = ff_source_read_all(NULL, FF_FRAMING_LINES, x->out, explain, x);
    else if (status == 0)
        status = explain(x, &typed);
    int closed = ff_output_close(x->out, status == 0);
    ff_explainer_free(x->explainer);
    ff_ruleset_free(x->rules);
    ff_reply_reader_fini(&x->reader);
    ff_json_out_fini(&x->text);
    ff_json_out_fini(&x->sentence);
    free(x);
    return status ? status : closed;
}
