/* reason.c: reasons for a verdict, found by asking what would be different.
 *
 * A second text that explains evidence.c would be wrong as soon as the first is changed. So nothing is known here of
 * how evidence is weighed: things are taken out (whatif.h) or changed about the reply, and the classifier is asked
 * again.
 */
#include <stdlib.h>

#include "classify/judge/whatif.h"

struct ff_explainer {
    struct ff_whatif *whatif;
    const struct ff_reply *reply;
    struct ff_explanation first; /* the reply as it is */
    struct ff_explanation again; /* as it would be */
    uint8_t masked[FF_MASKED_BYTES_MAX];
    uint8_t permanent[FF_REPLY_BYTES_MAX];
};

struct ff_explainer *ff_explainer_new(const struct ff_ruleset *rules)
{
    struct ff_explainer *x = calloc(1, sizeof *x);
    if (x && !(x->whatif = ff_whatif_new(rules))) {
        free(x);
        return NULL;
    }
    return x;
}

void ff_explainer_free(struct ff_explainer *x)
{
    if (!x)
        return;
    ff_whatif_free(x->whatif);
    free(x);
}

const char *ff_part_name(enum ff_part part)
{
    static const char *const names[] = {"decides", "agrees", "outweighed", "vetoed", "hint", "provider"};
    return names[part];
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static bool is_digit(struct ff_slice s, size_t i)
{
    return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
}

/** Does a code of class 4 begin here: 4xx or 4.x.x, not inside a longer number? */
static bool transient_code(struct ff_slice s, size_t i)
{
    if (s.ptr[i] != '4' || (i && (is_digit(s, i - 1) || s.ptr[i - 1] == '.')))
        return false;
    if (i + 1 < s.len && s.ptr[i + 1] == '.')
        return is_digit(s, i + 2);
    return is_digit(s, i + 1) && is_digit(s, i + 2) && !is_digit(s, i + 3) &&
           !(i + 3 < s.len && s.ptr[i + 3] == '.' && is_digit(s, i + 4));
}

static struct ff_slice make_permanent(struct ff_explainer *x, struct ff_slice text)
{
    text = ff_slice_sub(text, 0, sizeof x->permanent);
    for (size_t i = 0; i < text.len; i++)
        x->permanent[i] = transient_code(text, i) ? '5' : text.ptr[i];
    return ff_slice_of(x->permanent, text.len);
}

static void change_reply(struct ff_explainer *x, enum ff_change_kind kind, struct ff_reply *r)
{
    switch (kind) {
    case FF_CHANGE_CODE:
        if (r->raw.len)
            r->raw = make_permanent(x, r->raw);
        else
            r->text = make_permanent(x, r->text);
        if (r->code / 100 == 4)
            r->code += 100;
        if (r->enhanced / 1000000 == 4)
            r->enhanced += 1000000;
        if (r->kind == FF_KIND_TRANSIENT_FAILURE || r->kind == FF_KIND_DELAYED)
            r->kind = FF_KIND_BOUNCE;
        break;
    case FF_CHANGE_STAGE:
        r->stage = FF_STAGE_RCPT_TO;
        if (r->kind == FF_KIND_OOB)
            r->kind = FF_KIND_BOUNCE;
        break;
    case FF_CHANGE_ORIGIN:
        r->origin = FF_ORIGIN_REMOTE_REPLY;
        if (r->stage == FF_STAGE_QUEUE || r->stage == FF_STAGE_DNS)
            r->stage = FF_STAGE_RCPT_TO;
        if (r->kind == FF_KIND_EXPIRATION || r->kind == FF_KIND_ADMIN_BOUNCE)
            r->kind = FF_KIND_BOUNCE;
        break;
    case FF_CHANGE_OWN:
        r->sending_ip = r->mail_from = ff_slice_of(NULL, 0);
        break;
    case FF_CHANGE_EVIDENCE:
        break;
    }
}

/** The verdict with these changes, in x->again. */
static void ask(struct ff_explainer *x, const struct ff_change *changes, size_t count)
{
    struct ff_reply r = *x->reply;
    for (size_t i = 0; i < count; i++) {
        if (changes[i].kind == FF_CHANGE_EVIDENCE)
            ff_whatif_rule(x->whatif, x->first.evidence[changes[i].evidence].index, false);
        else
            change_reply(x, changes[i].kind, &r);
    }
    (void)ff_classify_explain(x->whatif->classifier, &r, &x->again);
    for (size_t i = 0; i < count; i++)
        if (changes[i].kind == FF_CHANGE_EVIDENCE)
            ff_whatif_rule(x->whatif, x->first.evidence[changes[i].evidence].index, true);
}

/** Leaves out every change after `fixed` that is not needed for `holds`. The set as it is must hold. */
static size_t minimise(struct ff_explainer *x, struct ff_change *set, size_t fixed, size_t count,
                       bool (*holds)(const struct ff_explainer *x, uint32_t evidence), uint32_t evidence)
{
    for (size_t i = fixed; i < count;) {
        struct ff_change without = set[i];
        memmove(&set[i], &set[i + 1], (count - i - 1) * sizeof *set);
        ask(x, set, count - 1);
        if (holds(x, evidence)) {
            count--;
            continue;
        }
        memmove(&set[i + 1], &set[i], (count - i - 1) * sizeof *set);
        set[i++] = without;
    }
    return count;
}

static const enum ff_change_kind about_reply[] = {FF_CHANGE_ORIGIN, FF_CHANGE_OWN, FF_CHANGE_STAGE, FF_CHANGE_CODE};
#define ABOUT_REPLY (sizeof about_reply / sizeof *about_reply)

static size_t add_about_reply(struct ff_change *set, size_t n)
{
    for (size_t i = 0; i < ABOUT_REPLY; i++)
        set[n++] = (struct ff_change){about_reply[i], 0};
    return n;
}

/* ---- the part of each piece -------------------------------------------------------------------------------------- */

static bool is_cause(const struct ff_explainer *x, uint32_t i)
{
    return x->first.evidence[i].category != FF_CATEGORY_NONE;
}

static bool is_fingerprint(const struct ff_explainer *x, uint32_t i)
{
    return ff_rule_is_fingerprint(&x->whatif->real->rules[x->first.evidence[i].index]);
}

static bool decides(const struct ff_explainer *x, uint32_t i)
{
    return ff_slice_eq(x->again.verdict.rule, x->first.evidence[i].rule);
}

/** Category that the deciding rule names: the verdict's may be another one (a recipient that was accepted before). */
static uint32_t named_category(const struct ff_explainer *x)
{
    for (uint32_t i = 0; i < x->first.count; i++)
        if (is_cause(x, i) && ff_slice_eq(x->first.verdict.rule, x->first.evidence[i].rule))
            return x->first.evidence[i].category;
    return x->first.verdict.category;
}

/** Would it decide if it were alone? When not: without which hints, or under which circumstances? */
static void judge_piece(struct ff_explainer *x, uint32_t piece, struct ff_reasons *ret)
{
    struct ff_change set[FF_CHANGES_MAX];
    size_t fixed = 0, n;
    const struct ff_verdict *v = &x->first.verdict;
    for (uint32_t i = 0; i < x->first.count; i++)
        if (i != piece && is_cause(x, i))
            set[fixed++] = (struct ff_change){FF_CHANGE_EVIDENCE, i};
    ask(x, set, fixed);
    if (decides(x, piece)) {
        bool same = ff_slice_eq(v->rule, x->first.evidence[piece].rule);
        ret->part[piece] = same                                                     ? FF_PART_DECIDES
                           : x->first.evidence[piece].category == named_category(x) ? FF_PART_AGREES
                                                                                    : FF_PART_OUTWEIGHED;
        return;
    }
    ret->part[piece] = FF_PART_VETOED;
    n = fixed;
    for (uint32_t i = 0; i < x->first.count; i++)
        if (!is_cause(x, i) && !is_fingerprint(x, i))
            set[n++] = (struct ff_change){FF_CHANGE_EVIDENCE, i};
    n = add_about_reply(set, n);
    ask(x, set, n);
    if (!decides(x, piece))
        return;
    n = minimise(x, set, fixed, n, decides, piece);
    size_t most = sizeof ret->vetoes[0].veto / sizeof *ret->vetoes[0].veto;
    for (size_t i = fixed; i < n && ret->vetoes[piece].veto_count < most; i++)
        ret->vetoes[piece].veto[ret->vetoes[piece].veto_count++] = set[i];
}

/* ---- what is missing for a suppression --------------------------------------------------------------------------- */

static bool suppresses(const struct ff_explainer *x, uint32_t unused)
{
    (void)unused;
    return x->again.verdict.suppress;
}

static bool is_suppressible(uint32_t category)
{
    const struct ff_category_info *info = ff_category_info(category);
    return info && info->action == FF_ACTION_SUPPRESS_NOW;
}

static void find_missing(struct ff_explainer *x, struct ff_reasons *ret)
{
    size_t n = 0;
    for (uint32_t i = 0; i < x->first.count; i++)
        if (!is_fingerprint(x, i) && !is_suppressible(x->first.evidence[i].category))
            ret->changes[n++] = (struct ff_change){FF_CHANGE_EVIDENCE, i};
    n = add_about_reply(ret->changes, n);
    ask(x, ret->changes, n);
    ret->suppressible = x->again.verdict.suppress;
    ret->change_count = ret->suppressible ? minimise(x, ret->changes, 0, n, suppresses, 0) : 0;
}

enum ff_err ff_explain(struct ff_explainer *x, const struct ff_reply *reply, struct ff_explanation *ret,
                       struct ff_reasons *ret_reasons)
{
    *ret_reasons = (struct ff_reasons){.change_count = 0};
    x->reply = reply;
    enum ff_err err = ff_classify_explain(x->whatif->classifier, reply, &x->first);
    size_t len = x->first.masked.len;
    if (len)
        memcpy(x->masked, x->first.masked.ptr, len);
    x->first.masked = ff_slice_of(x->masked, len);
    for (size_t i = 0; i < x->first.count; i++)
        x->first.evidence[i].words =
            ff_slice_trim(ff_slice_sub(x->first.masked, x->first.evidence[i].start, x->first.evidence[i].end));
    for (uint32_t i = 0; i < x->first.count; i++) {
        if (is_cause(x, i))
            judge_piece(x, i, ret_reasons);
        else
            ret_reasons->part[i] = is_fingerprint(x, i) ? FF_PART_PROVIDER : FF_PART_HINT;
    }
    if (!x->first.verdict.suppress && x->first.count)
        find_missing(x, ret_reasons);
    *ret = x->first;
    return err;
}

/* ---- the masked text --------------------------------------------------------------------------------------------- */

struct ff_slice ff_masked_word(const struct ff_ruleset *rules, struct ff_slice word)
{
    static const struct {
        const char *word, *meaning;
    } words[] = {{"A", "address"},
                 {"H", "host name"},
                 {"I", "IP address"},
                 {"U", "URL"},
                 {"D", "id, date or hash"},
                 {"#", "number"},
                 {"N", "null sender"},
                 {"W", "words that quote another server"},
                 {"Lip", "list of IPs"},
                 {"Ldom", "list of domains"},
                 {"Luri", "list of URIs"},
                 {"Uip", "URL of a list of IPs"},
                 {"Udom", "URL of a list of domains"},
                 {"Uuri", "URL of a list of URIs"},
                 {"Up", "help page with ?p="},
                 {"Uc", "help page with ?c="},
                 {"Ui", "page with ?ip="}};
    if (word.len == 3 && word.ptr[0] == 'Z') {
        size_t i = (size_t)(word.ptr[1] - 'a') * 26 + (size_t)(word.ptr[2] - 'a');
        return i < rules->hosts.count ? rules->hosts.entry[i].name : ff_slice_of(NULL, 0);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ff_slice_eq(word, ff_slice_str(words[i].word)))
            return ff_slice_str(words[i].meaning);
    return ff_slice_of(NULL, 0);
}
