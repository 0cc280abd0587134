/* rules_explain.c: `fivefifty rules explain`: a reply as the classifier saw it, what fired where, and why the verdict
 * is what it is; written for the person who has to explain it to a customer. */
#include <stdlib.h>
#include <unistd.h>

#include "classify/explain.h"
#include "cli/accounting.h"
#include "cli/inputs.h"
#include "cli/rules.h"
#include "cli/terminal.h"

#define WIDTH_OTHERWISE 100
#define MARGIN 4
#define ROWS_MAX 16

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define RED "\x1b[31m"
#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define CYAN "\x1b[36m"
#define RESET "\x1b[0m"

struct explain {
    const struct ff_rules_options *opts;
    struct ff_ruleset *rules;
    struct ff_explainer *explainer;
    struct ff_output *out;
    struct ff_json_out text;
    struct ff_json_out sentence; /* before it is wrapped */
    struct ff_reply reply;       /* what the options say; the text is filled in */
    struct ff_explanation why;
    struct ff_reasons reasons;
    uint32_t order[FF_EVIDENCE_MAX]; /* evidence as it is shown: what decides first, then by weight */
    bool colour;
    size_t width, count;
};

static const char *paint(const struct explain *x, const char *colour)
{
    return x->colour ? colour : "";
}

static void put_slice(struct ff_json_out *o, struct ff_slice s)
{
    ff_terminal_put(o, s, 2000, false);
}

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

/* ---- sentences --------------------------------------------------------------------------------------------------- */

static const char *layer_meaning(const char *layer)
{
    static const struct {
        const char *layer, *meaning;
    } layers[] = {
        {"short", "a provider's own code for this cause"},
        {"veto", "words that make the sender the subject"},
        {"listing", "words about a list, a rate or harvesting, which say more than the code"},
        {"table", "words and codes that mean this together"},
        {"text", "wording that names this cause"},
        {"vague", "wording that names no cause"},
        {"prior", "nothing but a code"},
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (strcmp(layers[i].layer, layer) == 0)
            return layers[i].meaning;
    return "";
}

/** "rule NAME, CATEGORY" */
static void put_rule(struct ff_json_out *o, const struct ff_evidence *e)
{
    ff_text_format(o, "%s ", e->category ? "rule" : "hint");
    put_slice(o, e->rule);
    if (e->category)
        ff_text_format(o, ", %s", ff_category_name(e->category));
}

/** Several rules may rest on the same words: they are named together, at the first of them. */
static bool same_words(const struct explain *x, const struct ff_change *a, const struct ff_change *b)
{
    return a->kind == FF_CHANGE_EVIDENCE && b->kind == FF_CHANGE_EVIDENCE &&
           ff_slice_eq(x->why.evidence[a->evidence].words, x->why.evidence[b->evidence].words);
}

static void put_evidence_change(const struct explain *x, struct ff_json_out *o, const struct ff_change *changes,
                                size_t count, size_t at)
{
    const struct ff_evidence *e = &x->why.evidence[changes[at].evidence];
    if (e->words.len) {
        ff_text_put(o, "the words \"");
        put_slice(o, e->words);
        ff_text_put(o, "\" were not there (");
    } else {
        ff_text_put(o, "the codes did not say otherwise (");
    }
    put_rule(o, e);
    for (size_t i = at + 1; i < count; i++)
        if (same_words(x, &changes[at], &changes[i])) {
            ff_text_put(o, "; ");
            put_rule(o, &x->why.evidence[changes[i].evidence]);
        }
    ff_text_put(o, ")");
}

static void put_change(const struct explain *x, struct ff_json_out *o, const struct ff_change *changes, size_t count,
                       size_t at)
{
    switch (changes[at].kind) {
    case FF_CHANGE_EVIDENCE:
        put_evidence_change(x, o, changes, count, at);
        break;
    case FF_CHANGE_CODE:
        ff_text_put(o, "every code in it were permanent (5xx, 5.x.x)");
        break;
    case FF_CHANGE_STAGE:
        ff_text_put(o, "it answered RCPT TO");
        break;
    case FF_CHANGE_ORIGIN:
        ff_text_put(o, "a remote server had said it while it had the mail");
        break;
    case FF_CHANGE_OWN:
        ff_text_put(o, "it did not name our own IP or sender");
        break;
    }
}

static bool named_before(const struct explain *x, const struct ff_change *changes, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_words(x, &changes[i], &changes[at]))
            return true;
    return false;
}

static void put_decision(struct explain *x, struct ff_json_out *o)
{
    const struct ff_verdict *v = &x->why.verdict;
    const struct ff_evidence *e = x->why.count ? &x->why.evidence[x->order[0]] : NULL;
    size_t parts[6] = {0};
    for (size_t i = 0; i < x->why.count; i++)
        parts[x->reasons.part[i]]++;
    if (v->category == FF_ACCEPTED) {
        ff_text_put(o, "A 2xx reply: the mail was taken.");
    } else if (!e || parts[FF_PART_DECIDES] == 0) {
        ff_text_put(o, parts[FF_PART_VETOED]
                           ? "What fired does not count here (see \"vetoed\"), and nothing else names a cause."
                           : "No rule names a cause for these words and codes.");
    } else {
        put_slice(o, e->rule);
        ff_text_format(o, " decides with weight %u: %s.", e->weight, layer_meaning(e->layer));
        if (e->category != v->category)
            ff_text_format(o, " What would be %s is %s here: the recipient had been accepted before.",
                           ff_category_name(e->category), ff_category_name(v->category));
        if (parts[FF_PART_AGREES])
            ff_text_format(o, " %zu more agree%s.", parts[FF_PART_AGREES], parts[FF_PART_AGREES] == 1 ? "s" : "");
        if (parts[FF_PART_OUTWEIGHED])
            ff_text_format(o, " It outweighs %zu that say%s otherwise.", parts[FF_PART_OUTWEIGHED],
                           parts[FF_PART_OUTWEIGHED] == 1 ? "s" : "");
    }
    if (v->conflict)
        ff_text_put(o, " Codes and words disagree, which makes it less sure.");
}

static bool names_dead_address(const struct explain *x)
{
    for (size_t i = 0; i < x->why.count; i++) {
        const struct ff_category_info *info = ff_category_info(x->why.evidence[i].category);
        if (info && info->action == FF_ACTION_SUPPRESS_NOW)
            return true;
    }
    return false;
}

static void put_suppression(const struct explain *x, struct ff_json_out *o)
{
    if (x->why.verdict.category == FF_ACCEPTED)
        ff_text_put(o, "There is nothing to suppress.");
    else if (x->why.verdict.suppress)
        ff_text_put(o, "It suppresses the address: the words name the cause, every code is permanent, nothing says "
                       "temporary, and neither "
                       "the sender nor the stage speaks against it.");
    else if (!names_dead_address(x))
        ff_text_put(o, "It cannot suppress the address: nothing in it says that the address is dead. Words that do "
                       "would have to be there.");
    else if (!x->reasons.suppressible)
        ff_text_put(o, "It does not suppress the address, and no single part of it is to blame: what says that the "
                       "address is dead is too weak "
                       "(a bare code never suffices).");
    else
        ff_text_put(o, "It does not suppress the address. It would if");
}

/* ---- the masked text with its underlines
 * ------------------------------------------------------------------------------ */

/** Columns of a character by its first byte: ideographs take two. */
static unsigned columns_of(uint8_t c)
{
    return (c & 0xc0) == 0x80 ? 0 : c >= 0xe3 && c != 0xef ? 2 : 1;
}

static unsigned columns_between(struct ff_slice s, size_t from, size_t to)
{
    unsigned n = 0;
    for (size_t i = from; i < to && i < s.len; i++)
        n += columns_of(s.ptr[i]);
    return n;
}

/** Where the line that begins at `from` ends: at the last blank that fits. */
static size_t line_end(const struct explain *x, struct ff_slice text, size_t from)
{
    size_t last = text.len, at = from;
    for (unsigned n = 0; at < text.len; at++) {
        if (text.ptr[at] == ' ')
            last = at;
        n += columns_of(text.ptr[at]);
        if (n > x->width - MARGIN && last != text.len && last > from)
            return last;
    }
    return text.len;
}

/** Trimmed span of a piece of evidence, in the whole masked text. */
static bool span_of(const struct explain *x, uint32_t i, size_t *ret_from, size_t *ret_to)
{
    const struct ff_evidence *e = &x->why.evidence[i];
    if (e->words.len == 0)
        return false;
    *ret_from = (size_t)(e->words.ptr - x->why.masked.ptr);
    *ret_to = *ret_from + e->words.len;
    return true;
}

struct row {
    unsigned end; /* column behind the last underline */
    char cells[512];
};

static bool is_free(const struct row *row, unsigned from, unsigned to)
{
    for (unsigned i = from ? from - 1 : 0; i <= to && i < sizeof row->cells; i++)
        if (row->cells[i] != ' ')
            return false;
    return true;
}

/** Underlines columns [from, to), which begin with the label, in the first row that has room. */
static void draw(struct row *rows, size_t *count, unsigned from, unsigned to, const char *label)
{
    size_t i = 0, n = strlen(label);
    if (to - from < n)
        to = from + (unsigned)n;
    if (to >= sizeof rows->cells)
        return;
    while (i < *count && !is_free(&rows[i], from, to))
        i++;
    if (i == ROWS_MAX)
        return;
    if (i == *count) {
        memset(rows[i].cells, ' ', sizeof rows[i].cells);
        rows[i].end = 0;
        (*count)++;
    }
    memset(rows[i].cells + from, '~', to - from);
    memcpy(rows[i].cells + from, label, n);
    if (to > rows[i].end)
        rows[i].end = to;
}

static void put_line(struct explain *x, struct ff_slice text, size_t from, size_t to)
{
    struct row rows[ROWS_MAX];
    size_t count = 0;
    ff_text_format(&x->text, "%*s", MARGIN, "");
    ff_terminal_put(&x->text, ff_slice_sub(text, from, to), 4000, false);
    ff_text_put(&x->text, "\n");
    for (uint32_t k = 0; k < x->why.count; k++) {
        size_t a, b;
        char label[8];
        if (!span_of(x, x->order[k], &a, &b) || a >= to || b <= from)
            continue;
        snprintf(label, sizeof label, "%u", k + 1);
        draw(rows, &count, a > from ? columns_between(text, from, a) : 0, columns_between(text, from, b < to ? b : to),
             a >= from ? label : "");
    }
    for (size_t i = 0; i < count; i++)
        ff_text_format(&x->text, "%*s%s%.*s%s\n", MARGIN, "", paint(x, CYAN), (int)rows[i].end, rows[i].cells,
                       paint(x, RESET));
}

static void put_legend(struct explain *x)
{
    struct ff_slice seen[32], text = x->why.masked;
    size_t count = 0;
    for (size_t at = 0; at < text.len && count < 32;) {
        size_t end = ff_slice_chr(text, at, ' ');
        struct ff_slice w = ff_slice_sub(text, at, end == SIZE_MAX ? text.len : end),
                        meaning = ff_masked_word(x->rules, w);
        at = end == SIZE_MAX ? text.len : end + 1;
        bool known = meaning.len == 0;
        for (size_t i = 0; i < count; i++)
            known |= ff_slice_eq(seen[i], w);
        if (known)
            continue;
        ff_text_format(&x->text, "%s%s%.*s %.*s", count ? ", " : "    ", count ? "" : paint(x, DIM), (int)w.len,
                       (const char *)w.ptr, (int)meaning.len, (const char *)meaning.ptr);
        seen[count++] = w;
    }
    if (count)
        ff_text_format(&x->text, "%s\n", paint(x, RESET));
}

static void put_masked(struct explain *x)
{
    struct ff_slice text = x->why.masked;
    size_t from = 0;
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    while (from < text.len && text.ptr[from] == ' ')
        from++;
    while (from < text.len) {
        size_t to = line_end(x, text, from);
        put_line(x, text, from, to);
        from = to + 1;
    }
    put_legend(x);
}

/* ---- for people
 * ------------------------------------------------------------------------------------------------------ */

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
        const struct ff_evidence *e = &x->why.evidence[i];
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
            put_change(x, &x->sentence, x->reasons.vetoes[i].veto, x->reasons.vetoes[i].veto_count, v);
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

static void put_head(struct explain *x, struct ff_slice reply)
{
    struct ff_json_out *o = &x->text;
    const struct ff_verdict *v = &x->why.verdict;
    const struct ff_category_info *info = ff_category_info(v->category);
    char codes[32] = "", enhanced[12] = "", retry[24] = "";
    put_slice(o, reply);
    ff_text_format(o, "\n\n  %s%s%s, %u%% sure%s: %s%s%s\n", paint(x, BOLD), ff_category_name(v->category),
                   paint(x, RESET), v->confidence, v->conflict ? ", in conflict" : "", v->suppress ? paint(x, RED) : "",
                   v->suppress ? "suppresses" : "does not suppress", paint(x, RESET));
    if (info) {
        ff_text_put(&x->sentence, info->meaning);
        put_wrapped(x, "  meaning   ");
        ff_text_put(&x->sentence, info->advice);
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
    put_field(x, "provider", v->provider);
    put_field(x, "list", v->list);
    put_field(x, "list type", v->list_type);
    put_field(x, "mechanism", v->mechanism);
    put_field(x, "wait", ff_slice_str(retry));
    ff_text_put(o, "\n");
}

static void put_text(struct explain *x, struct ff_slice reply)
{
    put_head(x, reply);
    if (ff_slice_trim(x->why.masked).len) {
        heading(x, "As it is matched");
        put_masked(x);
    }
    if (x->why.count) {
        heading(x, "Evidence");
        put_evidence(x);
    }
    heading(x, "Why");
    put_decision(x, &x->sentence);
    put_wrapped(x, "  ");
    put_suppression(x, &x->sentence);
    put_wrapped(x, "  ");
    for (size_t i = 0; i < x->reasons.change_count; i++) {
        if (named_before(x, x->reasons.changes, i))
            continue;
        put_change(x, &x->sentence, x->reasons.changes, x->reasons.change_count, i);
        put_wrapped(x, i ? "  - and " : "  - ");
    }
}

/* ---- for programs
 * ----------------------------------------------------------------------------------------------------- */

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
    const struct ff_evidence *e = &x->why.evidence[i];
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

static void put_json(struct explain *x, struct ff_slice reply)
{
    struct ff_json_out *o = &x->text;
    ff_json_open(o, '{');
    ff_json_member_string(o, "reply", reply);
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
    ff_json_key(o, "would_suppress_if");
    ff_json_open(o, '[');
    for (size_t i = 0; i < x->reasons.change_count; i++)
        put_change_json(x, &x->reasons.changes[i]);
    ff_json_close(o, ']');
    ff_json_close(o, '}');
    ff_json_end_line(o);
}

/* ---- the verb ---------------------------------------------------------------------------------------------------- */

static void explain(struct explain *x, struct ff_slice text)
{
    struct ff_slice reply = ff_slice_trim(text);
    x->reply.raw = reply;
    if (ff_explain(x->explainer, &x->reply, &x->why, &x->reasons) != FF_OK)
        x->why.count = 0; /* an empty line: unclassified, without evidence */
    sort_evidence(x);
    if (x->opts->json) {
        put_json(x, reply);
    } else {
        if (x->count++)
            ff_text_format(&x->text, "\n%s----%s\n\n", paint(x, DIM), paint(x, RESET));
        put_text(x, reply);
    }
    ff_output_take(x->out, &x->text);
}

static int explain_line(void *ctx, const struct ff_record *record)
{
    if (ff_slice_trim(record->value).len)
        explain(ctx, record->value);
    return 0;
}

static int set_context(struct explain *x)
{
    const struct ff_rules_options *o = x->opts;
    struct ff_reply *r = &x->reply;
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
        return ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    x->opts = opts;
    ff_json_out_init(&x->text);
    ff_json_out_init(&x->sentence);
    x->colour = !opts->output && ff_terminal_colour(STDOUT_FILENO);
    x->width = opts->output ? WIDTH_OTHERWISE : ff_terminal_width(STDOUT_FILENO, WIDTH_OTHERWISE);
    int status = set_context(x);
    if (status == 0)
        status = ff_rules_open(opts->rules, &x->rules);
    if (status == 0)
        status = ff_output_open(&x->out, opts->output, false);
    if (status == 0 && !(x->explainer = ff_explainer_new(x->rules)))
        status = ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    if (status == 0 && strcmp(arguments[0], "-") == 0)
        status = ff_source_read_all(NULL, FF_FRAMING_LINES, x->out, explain_line, x);
    else if (status == 0)
        explain(x, ff_slice_str(arguments[0]));
    int closed = ff_output_close(x->out, status == 0);
    ff_explainer_free(x->explainer);
    ff_ruleset_free(x->rules);
    ff_json_out_fini(&x->text);
    ff_json_out_fini(&x->sentence);
    free(x);
    return status ? status : closed;
}
