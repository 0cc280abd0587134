/* import_write.c: translates each pattern, and writes its rules with what was lost beside them. */
#include "classify/import/import_write.h"

#include <stdlib.h>

#include "classify/import/classes.h"
#include "classify/import/join.h"
#include "classify/import/regex.h"
#include "classify/ruleset/rules_int.h"

/** Wording of a class that may suppress, when the caller does not say that it may: decides, below what lets a verdict
 * suppress (evidence.c). */
#define WEIGHT_CAREFUL 45
#define PATTERN_COLUMNS 220
#define SUFFIX_MAX 99u
#define HELD_MARK "#~ "

static const char *const losses[FF_LOSS_BITS] = {
    "a run of letters or digits is a gap, whatever it consists of",
    "words match anywhere, not only beside the code, the beginning or the end (^, $)",
    "a single . matches a blank or punctuation only",
    "hosts, addresses, numbers and ids are masked: any of their kind matches",
    "a repetition counts as once",
    "more than six parts: the rest is not looked at",
    "of several status codes only the first is looked at",
    "some of its alternatives are left out",
};

static bool may_suppress(uint32_t category)
{
    const struct ff_category_info *info = ff_category_info(category);
    return info && info->action == FF_ACTION_SUPPRESS_NOW;
}

static void write_name(const struct ff_import_job *im, const struct ff_import_pattern *p, size_t ordinal, unsigned part,
                       char *ret, size_t size)
{
    char class[41];
    size_t n = 0;
    for (size_t i = 0; i < p->class.len && n < sizeof class - 1; i++) {
        uint8_t c = p->class.ptr[i];
        class[n++] = (uint8_t)((c | 0x20) - 'a') < 26 ? (char)(c | 0x20) : (uint8_t)(c - '0') < 10 ? (char)c : '-';
    }
    class[n] = 0;
    n = (size_t)snprintf(ret, size, "%s-%s-%zu", im->opts->from == FF_IMPORT_KUMOMTA ? "kumomta" : "zonemta", class,
                         ordinal);
    if (part)
        snprintf(ret + n, size - n, ".%u", part + 1);
}

/** "550 5.1.1 words" that the rule fires on. */
static void write_sample(const struct ff_import_rule *r, unsigned code, unsigned enhanced, char *ret, size_t size)
{
    char e[12] = "", c[4];
    if (r->enhanced_count)
        memcpy(e, r->enhanced[enhanced], sizeof e);
    for (char *s = e; *s; s++)
        *s = *s == '*' ? '0' : *s;
    memcpy(c, r->code_count ? r->code[code] : e[0] == '4' ? "450" : "550", sizeof c);
    c[1] = c[1] == 'x' ? '5' : c[1];
    c[2] = c[2] == 'x' ? '0' : c[2];
    snprintf(ret, size, "%s%s%s%s%s", c, e[0] ? " " : "", e, r->sample[0] ? " " : "", r->sample);
}

static struct ff_import_proven *next_proven(struct ff_import_job *im)
{
    if (im->number == im->proven_size) {
        size_t size = im->proven_size ? 2 * im->proven_size : 64;
        struct ff_import_proven *p = realloc(im->proven, size * sizeof *p);
        if (!p) {
            im->short_of_memory = true;
            return NULL;
        }
        im->proven = p;
        im->proven_size = size;
    }
    struct ff_import_proven *p = &im->proven[im->number++];
    if (!im->again) {
        im->proven_count = im->number;
        *p = (struct ff_import_proven){.proof = FF_IMPORT_UNTRIED};
    }
    return p;
}

/** Begins a line of the rule: one that is held back is a comment, which loses its marks to become a rule. */
static void begin_line(struct ff_import_job *im, const struct ff_import_proven *p)
{
    if (p->held)
        fputs(HELD_MARK, im->out);
}

static void write_list(FILE *out, const char *key, const char *list, unsigned from, unsigned to, size_t size)
{
    fprintf(out, "  %s", key);
    for (unsigned i = from; i < to; i++)
        fprintf(out, " %s", list + i * size);
}

static void write_codes(struct ff_import_job *im, const struct ff_import_proven *p, const struct ff_import_rule *r,
                        unsigned code, unsigned enhanced)
{
    unsigned code_end = code + FF_RULE_CODES_MAX < r->code_count ? code + FF_RULE_CODES_MAX : r->code_count;
    unsigned enhanced_end =
        enhanced + FF_RULE_ENHANCED_MAX < r->enhanced_count ? enhanced + FF_RULE_ENHANCED_MAX : r->enhanced_count;
    if (r->code_count) {
        begin_line(im, p);
        write_list(im->out, "code", r->code[0], code, code_end, sizeof *r->code);
        fputs(r->wrapped ? " wrapped\n" : "\n", im->out);
    }
    if (r->enhanced_count) {
        begin_line(im, p);
        write_list(im->out, "enhanced", r->enhanced[0], enhanced, enhanced_end, sizeof *r->enhanced);
        fputs("\n", im->out);
    }
}

/** Rule `first` of the pattern and those behind it with the same codes. */
static void write_phrases(struct ff_import_job *im, const struct ff_import_proven *p, size_t first)
{
    const struct ff_import_rule *r = &im->rules[first];
    for (size_t i = first; i < im->rule_count && r->phrase[0]; i++)
        if (im->rules[i].phrase[0] && ff_import_same_codes(r, &im->rules[i]) &&
            ff_import_same_enhanced(r, &im->rules[i])) {
            begin_line(im, p);
            fprintf(im->out, "  any %s\n", im->rules[i].phrase);
        }
}

/** A reply that the rule decides; of one that is held back, the reply it was tried on. */
static void write_proof(struct ff_import_job *im, const struct ff_import_proven *p)
{
    if (!im->again || (!p->held && p->proof != FF_IMPORT_DECIDES))
        return;
    begin_line(im, p);
    fprintf(im->out, "  yes %s\n", p->sample);
}

static void write_held(struct ff_import_job *im, const struct ff_import_proven *p)
{
    bool other = p->held_for[0];
    if (p->held)
        fprintf(im->out, "# held back: %s%s%s (without \"" HELD_MARK "\" it is a rule)\n", p->held, other ? ": " : "",
                p->held_for);
}

/** One rule: rule `first` of the pattern and those behind it with the same codes; the codes from..to of both lists. */
static void write_rule(struct ff_import_job *im, const struct ff_import_pattern *p, size_t ordinal, unsigned part,
                       uint32_t category, size_t first, unsigned code, unsigned enhanced)
{
    const struct ff_import_rule *r = &im->rules[first];
    struct ff_import_proven *proven = next_proven(im);
    if (!proven)
        return;
    bool careful = may_suppress(category) && (!im->opts->may_suppress || p->transient || r->loss);
    write_name(im, p, ordinal, part, proven->name, sizeof proven->name);
    write_sample(r, code, enhanced, proven->sample, sizeof proven->sample);
    proven->category = category;
    write_held(im, proven);
    begin_line(im, proven);
    fprintf(im->out, "rule %s %s ", proven->name, ff_category_name(category));
    if (!r->phrase[0])
        fputs("prior\n", im->out);
    else if (careful)
        fprintf(im->out, "text %d\n", WEIGHT_CAREFUL);
    else
        fputs("text\n", im->out);
    write_codes(im, proven, r, code, enhanced);
    write_phrases(im, proven, first);
    write_proof(im, proven);
}

static void write_rules(struct ff_import_job *im, const struct ff_import_pattern *p, size_t ordinal, uint32_t category)
{
    unsigned part = 0;
    for (size_t i = 0; i < im->rule_count; i++) {
        const struct ff_import_rule *r = &im->rules[i];
        bool written = false; /* as one of the phrases of a rule before */
        for (size_t k = 0; k < i && !written && r->phrase[0]; k++)
            written = im->rules[k].phrase[0] && ff_import_same_codes(r, &im->rules[k]) &&
                      ff_import_same_enhanced(r, &im->rules[k]);
        if (written)
            continue;
        for (unsigned c = 0; c == 0 || c < r->code_count; c += FF_RULE_CODES_MAX)
            for (unsigned e = 0; (e == 0 || e < r->enhanced_count) && part < SUFFIX_MAX; e += FF_RULE_ENHANCED_MAX)
                write_rule(im, p, ordinal, part++, category, i, c, e);
    }
}

/** The pattern as a comment: one line, nothing that a terminal obeys. */
static void write_source(struct ff_import_job *im, const struct ff_import_pattern *p)
{
    fprintf(im->out, "\n# %.*s, line %u: ", (int)(p->class.len < 60 ? p->class.len : 60), (const char *)p->class.ptr,
            p->line);
    for (size_t i = 0; i < p->text.len && i < PATTERN_COLUMNS; i++)
        fputc(p->text.ptr[i] < ' ' || p->text.ptr[i] == 0x7f ? '?' : p->text.ptr[i], im->out);
    fputs(p->text.len > PATTERN_COLUMNS ? " ...\n" : "\n", im->out);
}

static uint32_t category_of(const struct ff_import_job *im, struct ff_slice class)
{
    for (size_t i = 0; i < im->opts->map_count; i++)
        if (ff_slice_eq(im->opts->map[i].name, class))
            return im->opts->map[i].category;
    return ff_import_category(im->opts->from, class);
}

/** Fills im->rules; false: *ret_wrong. Sets what all of them lose. */
static bool translate(struct ff_import_job *im, const struct ff_import_pattern *p, uint16_t *ret_loss,
                      const char **ret_wrong)
{
    struct ff_alternatives list;
    *ret_loss = 0;
    *ret_wrong = NULL;
    im->rule_count = 0;
    if (!ff_regex_parse(&im->regex, p->text)) {
        *ret_wrong = im->regex.wrong;
        return false;
    }
    if (!ff_regex_expand(&im->regex, &list, ret_wrong))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        const char *wrong;
        struct ff_import_rule *r = &im->rules[im->rule_count];
        if (ff_import_phrase(im->hosts, &list.item[i], r, &wrong)) {
            im->rule_count++;
            *ret_loss |= r->loss;
        } else {
            *ret_loss |= FF_LOSS_ALTERNATIVE;
            *ret_wrong = wrong;
        }
    }
    free(list.item);
    im->rule_count = ff_import_join(im->rules, im->rule_count);
    for (size_t i = 0; i < im->rule_count; i++)
        im->rules[i].loss |= *ret_loss;
    return im->rule_count > 0;
}

static void write_pattern(struct ff_import_job *im, const struct ff_import_pattern *p, size_t ordinal)
{
    uint16_t loss;
    const char *wrong;
    uint32_t category = category_of(im, p->class);
    write_source(im, p);
    if (p->class.len == 0) {
        ff_import_leave(im, "a line without a class (regex,action,category,message)");
        return;
    }
    if (category == FF_CATEGORY_NONE) {
        ff_import_leave(im, "its class is no cause of a failure (--map CLASS=CATEGORY gives it one)");
        return;
    }
    if (category >= FF_CATEGORY_COUNT) {
        ff_import_leave(im, "its class is not known (--map CLASS=CATEGORY gives it a category)");
        return;
    }
    if (!translate(im, p, &loss, &wrong)) {
        ff_import_leave(im, wrong);
        return;
    }
    for (unsigned i = 0; i < FF_LOSS_BITS; i++)
        if (loss >> i & 1) {
            fprintf(im->out, "# partly: %s\n", losses[i]);
            if (!im->again)
                ff_import_count(im, losses[i], FF_IMPORT_PARTLY);
        }
    if (!im->again && loss)
        im->report->partly++;
    else if (!im->again)
        im->report->carried++;
    write_rules(im, p, ordinal, category);
}

void ff_import_write(struct ff_import_job *im)
{
    const struct ff_import_report *r = im->report;
    im->number = 0;
    if (im->again)
        fprintf(im->out,
                "# Imported from %s's rules by \"fivefifty rules import\": %zu patterns carried over, %zu partly, %zu "
                "left out; %zu rules held back.\n"
                "# Words count, not case or punctuation; a gap is up to 40 words; which rule comes first does not "
                "matter here.\n",
                im->opts->from == FF_IMPORT_KUMOMTA ? "KumoMTA" : "ZoneMTA", r->carried, r->partly, r->left, r->held);
    fputs(im->opts->alone ? "include nothing\n" : "include builtin\n", im->out);
    for (size_t i = 0; i < im->pattern_count; i++)
        write_pattern(im, &im->patterns[i], i + 1);
}
