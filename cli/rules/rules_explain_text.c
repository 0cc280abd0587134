/* rules_explain_text.c: the answer for people: the verdict and its meaning, the text as it is matched, the evidence,
 * the reasons. */
#include <stdio.h>

#include "cli/rules/rules_explain_masked.h"
#include "cli/rules/rules_explain_sentences.h"
#include "cli/rules/rules_explain_text.h"

/** Moves the sentence to the text, filled to the width: the first line behind `first`, the others as far in. */
static void put_wrapped(struct explain *x, const char *first)
{
    struct ff_slice rest = ff_slice_of(x->sentence.buf, x->sentence.len);
    size_t room = x->width - strlen(first);
    ff_text_put(&x->text, first);
    while (rest.len) {
        size_t end = rest.len, at = 0;
        for (unsigned n = 0; at < rest.len && n <= room; n += columns_of(rest.ptr[at]), at++)
            if (rest.ptr[at] == ' ')
                end = at;
        if (at == rest.len || end == 0)
            end = rest.len;
        put_slice(&x->text, ff_slice_sub(rest, 0, end));
        rest = ff_slice_sub(rest, end + 1, rest.len);
        if (rest.len)
            ff_text_format(&x->text, "\n%*s", (int)strlen(first), "");
    }
    ff_text_put(&x->text, "\n");
    ff_json_out_reset(&x->sentence);
}

static const char *colour_of(enum ff_part part)
{
    static const char *const colours[] = {
        [FF_PART_DECIDES] = GREEN, [FF_PART_AGREES] = GREEN, [FF_PART_OUTWEIGHED] = "",
        [FF_PART_VETOED] = RED,    [FF_PART_HINT] = YELLOW,  [FF_PART_PROVIDER] = DIM};
    return colours[part];
}

static void put_evidence(struct explain *x)
{
    for (uint32_t k = 0; k < x->why.count; k++) {
        uint32_t i = x->order[k];
        const struct ff_fired_rule *e = &x->why.evidence[i];
        enum ff_part part = x->reasons.part[i];
        char weight[8] = "-";
        if (e->category)
            snprintf(weight, sizeof weight, "%u", e->weight);
        ff_text_format(&x->text, "%4u  %s%-10s%s  %3s %-7s %-22s ", k + 1, paint(x, colour_of(part)),
                       ff_part_name(part), paint(x, RESET), weight, part == FF_PART_PROVIDER ? "" : e->layer,
                       e->category ? ff_category_name(e->category) : "");
        ff_terminal_put(&x->text, e->rule, 24, true);
        ff_text_format(&x->text, " %s", paint(x, DIM));
        put_slice(&x->text, e->file);
        ff_text_format(&x->text, ":%u%s%s\n", e->line, e->words.len ? "" : "  (codes alone)", paint(x, RESET));
        for (size_t v = 0; v < x->reasons.vetoes[i].veto_count; v++) {
            ff_explain_put_change(x, &x->sentence, x->reasons.vetoes[i].veto, x->reasons.vetoes[i].veto_count, v);
            put_wrapped(x, v ? "                 and if " : "      it would count if ");
        }
    }
}

static void heading(struct explain *x, const char *text)
{
    ff_text_format(&x->text, "\n%s%s%s\n", paint(x, BOLD), text, paint(x, RESET));
}

static void put_field(struct explain *x, const char *label, struct ff_slice value)
{
    if (value.len == 0)
        return;
    ff_text_format(&x->text, "%s%s%s ", paint(x, DIM), label, paint(x, RESET));
    put_slice(&x->text, value);
    ff_text_put(&x->text, "   ");
}

static void put_head(struct explain *x)
{
    struct ff_json_out *o = &x->text;
    const struct ff_verdict *v = &x->why.verdict;
    const struct ff_category_info *info = ff_category_info(v->category);
    char codes[32] = "", enhanced[12] = "", retry[24] = "";
    put_slice(o, x->shown);
    ff_text_format(o, "\n\n  %s%s%s, %u%% sure%s: %s%s%s\n", paint(x, BOLD), ff_category_name(v->category),
                   paint(x, RESET), v->confidence, v->conflict ? ", in conflict" : "", v->suppress ? paint(x, RED) : "",
                   v->suppress ? "suppresses" : "does not suppress", paint(x, RESET));
    if (info) {
        ff_text_put(&x->sentence, info->meaning);
        put_wrapped(x, "  meaning   ");
        ff_text_put(&x->sentence, ff_advice(v->category, v->action));
        put_wrapped(x, "  do first  ");
    }
    ff_text_format(o, "  %sproblem of%s %s   %saction%s %s   ", paint(x, DIM), paint(x, RESET),
                   ff_responsible_name(v->responsible), paint(x, DIM), paint(x, RESET), ff_action_name(v->action));
    if (x->why.enhanced)
        ff_enhanced_format(x->why.enhanced, enhanced);
    if (x->why.code)
        snprintf(codes, sizeof codes, "%u%s%s", x->why.code, enhanced[0] ? " " : "", enhanced);
    else
        snprintf(codes, sizeof codes, "%s", enhanced[0] ? enhanced : "none");
    if (v->retry_after_s)
        snprintf(retry, sizeof retry, "%u s", v->retry_after_s);
    put_field(x, "codes", ff_slice_str(codes));
    if (x->line.reply.stage)
        put_field(x, "stage", ff_slice_str(ff_stage_name(x->line.reply.stage)));
    put_field(x, "mx", x->line.reply.mx);
    put_field(x, "provider", v->provider);
    put_field(x, "list", v->list);
    put_field(x, "list type", v->list_type);
    put_field(x, "mechanism", v->mechanism);
    put_field(x, "wait", ff_slice_str(retry));
    ff_text_put(o, "\n");
}

void ff_explain_put_text(struct explain *x)
{
    if (x->line.error) {
        put_slice(&x->text, x->shown);
        ff_text_format(&x->text, "\n\n  %snot judged%s: %s\n", paint(x, RED), paint(x, RESET), x->line.error);
        return;
    }
    put_head(x);
    if (ff_slice_trim(x->why.masked).len) {
        heading(x, "As it is matched");
        ff_explain_put_masked(x);
    }
    if (x->why.count) {
        heading(x, "Evidence");
        put_evidence(x);
    }
    heading(x, "Why");
    ff_explain_put_decision(x, &x->sentence);
    put_wrapped(x, "  ");
    ff_explain_put_suppression(x, &x->sentence);
    put_wrapped(x, "  ");
    for (size_t i = 0; i < x->reasons.change_count; i++) {
        if (ff_explain_named_before(x, x->reasons.changes, i))
            continue;
        ff_explain_put_change(x, &x->sentence, x->reasons.changes, x->reasons.change_count, i);
        put_wrapped(x, i ? "  - and " : "  - ");
    }
}
