/* import.c: from a file of another classifier to a rules file of ours: reads the patterns, translates each, writes
 * rules with what was lost beside them, and loads the result before anybody gets it.
 *
 * It is written twice: the first time without examples, to load it and to ask what the rules together say of a reply
 * made from each phrase; where the new rule decides, that reply becomes its example.
 */
#include "classify/import/import.h"

#include <stdlib.h>

#include "classify/explain.h"
#include "classify/import/import_int.h"
#include "classify/ruleset/rules_int.h"

/** Wording of a class that may suppress, when the caller does not say that it may: decides, below what lets a verdict
 * suppress (evidence.c). */
#define WEIGHT_CAREFUL 45
#define PATTERN_COLUMNS 220
#define SUFFIX_MAX 99u

struct pattern {
    struct ff_slice class, text; /* into the pool */
    unsigned line;
    bool transient; /* ZoneMTA: defer, slowdown */
};

/** What the rules together say of a rule's own words. */
enum proof { UNTRIED, DECIDES, OVERRULED, SILENT };

struct import {
    const struct ff_import_options *opts;
    struct ff_import_report *report;
    struct pattern *patterns;
    size_t pattern_count, pattern_size;
    uint8_t *pool;
    size_t pool_used;
    struct ff_ruleset *builtin; /* NULL: alone */
    struct ff_hosts *hosts;     /* those of the built-in rules, or none */
    struct ff_regex regex;
    struct ff_import_rule rules[FF_ALTERNATIVES_MAX]; /* of one pattern */
    size_t rule_count;
    FILE *out;
    struct proven {
        char name[80], sample[FF_IMPORT_PHRASE_MAX + 32];
        enum proof proof;
        uint32_t category, verdict;
    } * proven; /* one per rule written */
    size_t proven_count, proven_size;
    size_t number; /* of the rule that is being written */
    bool second;   /* the second writing */
    bool short_of_memory;
};

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

/* ---- report ------------------------------------------------------------------------------------------------------ */

static void note(struct import *im, const char *what, bool left)
{
    struct ff_import_report *r = im->report;
    if (im->second)
        return;
    for (size_t i = 0; i < r->reason_count; i++)
        if (strcmp(r->reason[i].what, what) == 0 && r->reason[i].left == left) {
            r->reason[i].count++;
            return;
        }
    if (r->reason_count < FF_IMPORT_REASONS_MAX)
        r->reason[r->reason_count++] = (struct ff_import_reason){what, 1, left};
}

static void leave(struct import *im, const char *why)
{
    note(im, why, true);
    im->report->left += !im->second;
    fprintf(im->out, "# left out: %s\n", why);
}

static enum ff_err refuse(struct import *im, enum ff_err err, unsigned line, const char *what)
{
    if (line)
        snprintf(im->report->message, sizeof im->report->message, "%s:%u: %s", im->opts->name, line, what);
    else
        snprintf(im->report->message, sizeof im->report->message, "%s: %s", im->opts->name, what);
    return err;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static struct ff_slice keep(struct import *im, struct ff_slice s)
{
    uint8_t *at = im->pool + im->pool_used;
    if (s.len)
        memcpy(at, s.ptr, s.len);
    im->pool_used += s.len;
    return ff_slice_of(at, s.len);
}

static void add_pattern(struct import *im, struct ff_slice class, struct ff_slice text, unsigned line, bool transient)
{
    if (im->pattern_count == im->pattern_size) {
        size_t size = im->pattern_size ? 2 * im->pattern_size : 64;
        struct pattern *p = realloc(im->patterns, size * sizeof *p);
        if (!p) {
            im->short_of_memory = true;
            return;
        }
        im->patterns = p;
        im->pattern_size = size;
    }
    const struct ff_slice *last = im->pattern_count ? &im->patterns[im->pattern_count - 1].class : NULL;
    class = last && ff_slice_eq(*last, class) ? *last : keep(im, class); /* once for all patterns of an array */
    im->patterns[im->pattern_count++] = (struct pattern){class, keep(im, text), line, transient};
}

static void on_string(void *ctx, const struct ff_toml_string *s)
{
    struct import *im = ctx;
    struct ff_slice class = s->key, dotted = FF_SLICE("rules.");
    if (s->table.len == 0 && ff_slice_starts(class, dotted))
        class = ff_slice_sub(class, dotted.len, class.len);
    else if (!ff_slice_eq(s->table, FF_SLICE("rules")))
        return; /* KumoMTA ignores what is not in [rules] */
    add_pattern(im, class, s->value, s->line, false);
}

/** regex,action,category,message; nothing is quoted, so that a pattern holds no comma. */
static void read_zonemta_line(struct import *im, struct ff_slice line, unsigned number)
{
    size_t a = ff_slice_chr(line, 0, ','), b = a == SIZE_MAX ? SIZE_MAX : ff_slice_chr(line, a + 1, ',');
    if (b == SIZE_MAX) {
        add_pattern(im, ff_slice_of(NULL, 0), line, number, false);
        return;
    }
    size_t c = ff_slice_chr(line, b + 1, ',');
    struct ff_slice action = ff_slice_trim(ff_slice_sub(line, a + 1, b));
    bool transient = ff_slice_eq(action, FF_SLICE("defer")) || ff_slice_eq(action, FF_SLICE("slowdown"));
    add_pattern(im, ff_slice_trim(ff_slice_sub(line, b + 1, c)), ff_slice_sub(line, 0, a), number, transient);
}

static enum ff_err read_patterns(struct import *im, struct ff_slice text)
{
    unsigned line = 0;
    const char *what = NULL;
    if (im->opts->from == FF_IMPORT_KUMOMTA) {
        enum ff_err err = ff_toml_strings(text, on_string, im, &line, &what);
        if (err == FF_ERR_SYNTAX)
            return refuse(im, err, line, what);
        if (err != FF_OK)
            return err;
    } else {
        for (size_t at = 0; at < text.len;) {
            size_t end = ff_slice_chr(text, at, '\n');
            struct ff_slice s = ff_slice_trim(ff_slice_sub(text, at, end));
            line++;
            if (s.len && s.ptr[0] != '#')
                read_zonemta_line(im, s, line);
            at = end == SIZE_MAX ? text.len : end + 1;
        }
    }
    if (im->short_of_memory)
        return FF_ERR_NOMEM;
    size_t whole = 0;
    for (size_t i = 0; i < im->pattern_count; i++)
        whole += im->patterns[i].class.len > 0;
    if (whole == 0)
        return refuse(im, FF_ERR_SYNTAX, 0,
                      im->opts->from == FF_IMPORT_KUMOMTA
                          ? "there is no pattern in it (a classifier file has [rules] with CLASS = [\"pattern\", ...])"
                          : "there is no pattern in it (its lines are regex,action,category,message)");
    return FF_OK;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static bool may_suppress(uint32_t category)
{
    const struct ff_category_info *info = ff_category_info(category);
    return info && info->action == FF_ACTION_SUPPRESS_NOW;
}

static void write_name(const struct import *im, const struct pattern *p, size_t ordinal, unsigned part, char *ret,
                       size_t size)
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

static struct proven *next_proven(struct import *im)
{
    if (im->number == im->proven_size) {
        size_t size = im->proven_size ? 2 * im->proven_size : 64;
        struct proven *p = realloc(im->proven, size * sizeof *p);
        if (!p) {
            im->short_of_memory = true;
            return NULL;
        }
        im->proven = p;
        im->proven_size = size;
    }
    struct proven *p = &im->proven[im->number++];
    if (!im->second) {
        im->proven_count = im->number;
        *p = (struct proven){.proof = UNTRIED};
    }
    return p;
}

static void write_list(FILE *out, const char *key, const char *list, unsigned from, unsigned to, size_t size)
{
    fprintf(out, "  %s", key);
    for (unsigned i = from; i < to; i++)
        fprintf(out, " %s", list + i * size);
}

/** One rule: rule `first` of the pattern and those behind it with the same codes; the codes from..to of both lists. */
static void write_rule(struct import *im, const struct pattern *p, size_t ordinal, unsigned part, uint32_t category,
                       size_t first, unsigned code, unsigned enhanced)
{
    const struct ff_import_rule *r = &im->rules[first];
    struct proven *proven = next_proven(im);
    if (!proven)
        return;
    bool careful = may_suppress(category) && (!im->opts->may_suppress || p->transient || r->loss);
    write_name(im, p, ordinal, part, proven->name, sizeof proven->name);
    write_sample(r, code, enhanced, proven->sample, sizeof proven->sample);
    proven->category = category;
    fprintf(im->out, "rule %s %s ", proven->name, ff_category_name(category));
    if (!r->phrase[0])
        fputs("prior\n", im->out);
    else if (careful)
        fprintf(im->out, "text %d\n", WEIGHT_CAREFUL);
    else
        fputs("text\n", im->out);
    unsigned code_end = code + FF_RULE_CODES_MAX < r->code_count ? code + FF_RULE_CODES_MAX : r->code_count;
    unsigned enhanced_end =
        enhanced + FF_RULE_ENHANCED_MAX < r->enhanced_count ? enhanced + FF_RULE_ENHANCED_MAX : r->enhanced_count;
    if (r->code_count) {
        write_list(im->out, "code", r->code[0], code, code_end, sizeof *r->code);
        fputs(r->wrapped ? " wrapped\n" : "\n", im->out);
    }
    if (r->enhanced_count) {
        write_list(im->out, "enhanced", r->enhanced[0], enhanced, enhanced_end, sizeof *r->enhanced);
        fputs("\n", im->out);
    }
    for (size_t i = first; i < im->rule_count && r->phrase[0]; i++)
        if (im->rules[i].phrase[0] && ff_import_same_codes(r, &im->rules[i]) &&
            ff_import_same_enhanced(r, &im->rules[i]))
            fprintf(im->out, "  any %s\n", im->rules[i].phrase);
    if (im->second && proven->proof == DECIDES)
        fprintf(im->out, "  yes %s\n", proven->sample);
    else if (im->second && proven->proof == OVERRULED)
        fprintf(im->out, "  # the rules together say %s of: %s\n", ff_category_name(proven->verdict), proven->sample);
}

static void write_rules(struct import *im, const struct pattern *p, size_t ordinal, uint32_t category)
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
static void write_source(struct import *im, const struct pattern *p)
{
    fprintf(im->out, "\n# %.*s, line %u: ", (int)(p->class.len < 60 ? p->class.len : 60), (const char *)p->class.ptr,
            p->line);
    for (size_t i = 0; i < p->text.len && i < PATTERN_COLUMNS; i++)
        fputc(p->text.ptr[i] < ' ' || p->text.ptr[i] == 0x7f ? '?' : p->text.ptr[i], im->out);
    fputs(p->text.len > PATTERN_COLUMNS ? " ...\n" : "\n", im->out);
}

static uint32_t category_of(const struct import *im, struct ff_slice class)
{
    for (size_t i = 0; i < im->opts->map_count; i++)
        if (ff_slice_eq(im->opts->map[i].name, class))
            return im->opts->map[i].category;
    return ff_import_category(im->opts->from, class);
}

/** Fills im->rules; false: *ret_wrong. Sets what all of them lose. */
static bool translate(struct import *im, const struct pattern *p, uint16_t *ret_loss, const char **ret_wrong)
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

static void write_pattern(struct import *im, const struct pattern *p, size_t ordinal)
{
    uint16_t loss;
    const char *wrong;
    uint32_t category = category_of(im, p->class);
    write_source(im, p);
    if (p->class.len == 0) {
        leave(im, "a line without a class (regex,action,category,message)");
        return;
    }
    if (category == FF_CATEGORY_NONE) {
        leave(im, "its class is no cause of a failure (--map CLASS=CATEGORY gives it one)");
        return;
    }
    if (category >= FF_CATEGORY_COUNT) {
        leave(im, "its class is not known (--map CLASS=CATEGORY gives it a category)");
        return;
    }
    if (!translate(im, p, &loss, &wrong)) {
        leave(im, wrong);
        return;
    }
    for (unsigned i = 0; i < FF_LOSS_BITS; i++)
        if (loss >> i & 1) {
            fprintf(im->out, "# partly: %s\n", losses[i]);
            note(im, losses[i], false);
        }
    if (!im->second && loss)
        im->report->partly++;
    else if (!im->second)
        im->report->carried++;
    write_rules(im, p, ordinal, category);
}

static void write_file(struct import *im)
{
    const struct ff_import_report *r = im->report;
    im->number = 0;
    if (im->second)
        fprintf(im->out,
                "# Imported from %s's rules by \"fivefifty rules import\": %zu patterns carried over, %zu partly, %zu "
                "left out.\n"
                "# Words count, not case or punctuation; a gap is up to 40 words; which rule comes first does not "
                "matter here.\n",
                im->opts->from == FF_IMPORT_KUMOMTA ? "KumoMTA" : "ZoneMTA", r->carried, r->partly, r->left);
    if (!im->opts->alone)
        fputs("include builtin\n", im->out);
    for (size_t i = 0; i < im->pattern_count; i++)
        write_pattern(im, &im->patterns[i], i + 1);
}

/* ---- proof ------------------------------------------------------------------------------------------------------- */

static enum ff_err prove(struct import *im, const struct ff_ruleset *rules)
{
    struct ff_explanation *why = malloc(sizeof *why);
    struct ff_classifier *c = ff_classifier_new(rules, 4);
    if (!why || !c) {
        free(why);
        ff_classifier_free(c);
        return FF_ERR_NOMEM;
    }
    for (size_t i = 0; i < im->proven_count; i++) {
        struct proven *p = &im->proven[i];
        (void)ff_classify_explain(c, &(struct ff_reply){.raw = ff_slice_str(p->sample)}, why);
        bool fired = false;
        for (size_t k = 0; k < why->count; k++)
            fired |= ff_slice_eq(why->evidence[k].rule, ff_slice_str(p->name));
        p->verdict = why->verdict.category;
        p->proof = !fired ? SILENT : p->verdict == p->category ? DECIDES : OVERRULED;
    }
    free(why);
    ff_classifier_free(c);
    return FF_OK;
}

/** Writes the file and loads it. *ret_text is the caller's. */
static enum ff_err write_and_load(struct import *im, char **ret_text, size_t *ret_len, struct ff_ruleset **ret_rules)
{
    char message[300];
    im->out = open_memstream(ret_text, ret_len);
    if (!im->out)
        return FF_ERR_NOMEM;
    write_file(im);
    if (fclose(im->out) != 0 || im->short_of_memory)
        return FF_ERR_NOMEM;
    enum ff_err err =
        ff_ruleset_load(ff_slice_of(*ret_text, *ret_len), "imported rules", ret_rules, message, sizeof message);
    if (err == FF_ERR_CONFIG &&
        strstr(message, "is this a rules file")) /* a limit of rules_int.h: nobody's mistake but the size's */
        return refuse(im, FF_ERR_TOO_LARGE, 0,
                      "more than a rules file may hold (import it in parts, without what built-in rules know)");
    if (err == FF_ERR_CONFIG)
        return refuse(im, FF_ERR_DEFECT, 0, message);
    return err;
}

static enum ff_err run(struct import *im, struct ff_slice text, char **ret_text, size_t *ret_len)
{
    struct ff_ruleset *rules = NULL;
    char message[300];
    enum ff_err err = read_patterns(im, text);
    if (err == FF_OK && !im->opts->alone)
        err = ff_ruleset_load(ff_slice_of(NULL, 0), NULL, &im->builtin, message, sizeof message);
    if (err == FF_OK && im->builtin)
        *im->hosts = im->builtin->hosts;
    if (err == FF_OK)
        err = write_and_load(im, ret_text, ret_len, &rules);
    if (err == FF_OK)
        err = prove(im, rules);
    ff_ruleset_free(rules);
    rules = NULL;
    if (err == FF_OK) {
        im->report->rules = im->proven_count;
        im->second = true;
        free(*ret_text);
        *ret_text = NULL;
        err = write_and_load(im, ret_text, ret_len, &rules);
    }
    ff_ruleset_free(rules);
    return err;
}

enum ff_err ff_rules_import(struct ff_slice text, const struct ff_import_options *opts, char **ret_text,
                            size_t *ret_len, struct ff_import_report *ret_report)
{
    *ret_report = (struct ff_import_report){.carried = 0};
    *ret_text = NULL;
    *ret_len = 0;
    struct import *im = calloc(1, sizeof *im);
    if (!im)
        return FF_ERR_NOMEM;
    im->opts = opts;
    im->report = ret_report;
    enum ff_err err = text.len > FF_IMPORT_TEXT_MAX
                          ? refuse(im, FF_ERR_TOO_LARGE, 0, "larger than 1 MiB (is this a rules file?)")
                          : FF_OK;
    im->hosts = calloc(1, sizeof *im->hosts);
    im->pool =
        err == FF_OK ? malloc(text.len + 1) : NULL; /* every kept byte stands in the text, escapes are longer there */
    if (err == FF_OK)
        err = im->pool && im->hosts ? run(im, text, ret_text, ret_len) : FF_ERR_NOMEM;
    if (err != FF_OK) {
        free(*ret_text);
        *ret_text = NULL;
    }
    ff_ruleset_free(im->builtin);
    free(im->patterns);
    free(im->proven);
    free(im->pool);
    free(im->hosts);
    free(im);
    return err;
}
