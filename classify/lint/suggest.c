/* suggest.c: examples for what no example proves, each tried before it is offered.
 *
 * A phrase is written out as a reply: its rule's code and context in front, a member for each choice. Members that are
 * unproven themselves are taken first, so that one reply proves a phrase and a member of each of its sets at once, and
 * a set of seventy words that meets one of sixty needs seventy replies, not a hundred and thirty. What no reply can
 * prove is always carried or outranked by something else: that is worth a look of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "classify/lint/groups.h"
#include "classify/lint/proof.h"
#include "classify/lint/suggest.h"

#define REPLY_BYTES_MAX 2048
#define TURNS_MAX 64 /* choices of company that are tried for what is hard to prove */

struct suggest {
    struct ff_linter *linter;
    struct ff_proof proof;
    void (*each)(void *ctx, const struct ff_suggestion *s);
    void *ctx;
    struct ff_suggest_counts *counts;
    uint16_t group; /* whose member is to be proven, and which: index into literal_groups */
    uint32_t member;
    unsigned turn; /* 0: the company that is best to have; else one after the other */
    bool full;     /* as many words in each gap as it may have, open ends with something behind them */
    bool last;     /* the phrase stands behind its company, not before it */
    size_t used;
    char reply[REPLY_BYTES_MAX], context[256];
};

/* ---- a phrase as a reply ----------------------------------------------------------------------------------------- */

static void put(struct suggest *g, struct ff_slice s)
{
    if (s.len > sizeof g->reply - g->used)
        return; /* too long for an example: it will not hold, and is not offered */
    memcpy(g->reply + g->used, s.ptr, s.len);
    g->used += s.len;
}

static struct ff_slice list_host(const struct ff_ruleset *r, unsigned type)
{
    for (uint32_t i = 0; i < r->hosts.count; i++)
        if (r->hosts.entry[i].list_type == type)
            return r->hosts.entry[i].name;
    return FF_SLICE("list.example");
}

/** What may stand for a placeholder. False: the word is none. */
static bool put_placeholder(struct suggest *g, struct ff_slice w)
{
    static const struct {
        const char *name, *text;
        unsigned list_type;
    } texts[] = {
        {"<addr>", "<bob@example.com>", 0},
        {"<host>", "mx.example.net", 0},
        {"<ip>", "192.0.2.1", 0},
        {"<url>", "https://example.net/help", 0},
        {"<id>", "4f8a2c91d0e7b365", 0},
        {"<num>", "42", 0},
        {"#", "42", 0},
        {"<null>", "<>", 0},
        {"<p>", "https://support.google.com/mail/?p=", 0},
        {"<c>", "https://mail.example.net/?c=", 0},
        {"<i>", "https://mail.example.net/?ip=192.0.2.1", 0},
        {"<list-ip>", "", FF_LIST_IP},
        {"<list-domain>", "", FF_LIST_DOMAIN},
        {"<list-uri>", "", FF_LIST_URI},
        {"<url-ip>", "https://", FF_LIST_IP},
        {"<url-domain>", "https://", FF_LIST_DOMAIN},
        {"<url-uri>", "https://", FF_LIST_URI},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (ff_slice_eq(w, ff_slice_str(texts[i].name))) {
            put(g, ff_slice_str(texts[i].text));
            if (texts[i].list_type)
                put(g, list_host(g->linter->rules, texts[i].list_type));
            return true;
        }
    return false;
}

static void put_words(struct suggest *g, struct ff_slice words)
{
    while (words.len) {
        size_t end = ff_slice_chr(words, 0, ' ');
        struct ff_slice w = ff_slice_sub(words, 0, end == SIZE_MAX ? words.len : end);
        words = end == SIZE_MAX ? ff_slice_of(NULL, 0) : ff_slice_trim(ff_slice_sub(words, end, words.len));
        bool open_url = g->used && g->reply[g->used - 1] == '='; /* "?p=" and its word are one */
        if (g->used && !open_url)
            put(g, FF_SLICE(" "));
        if (put_placeholder(g, w))
            continue;
        for (size_t i = 0; i < w.len; i++)
            if (w.ptr[i] != '*')
                put(g, ff_slice_sub(w, i, i + 1));
            else if (i && g->full)
                put(g, FF_SLICE("s"));
    }
}

/** The member in question, else one that is unproven too, else the first; in later turns any. */
static uint32_t choose(const struct suggest *g, uint16_t group)
{
    const struct ff_linter *l = g->linter;
    if (group == g->group)
        return g->member;
    if (g->turn)
        return l->member[l->member_first[group] + (g->turn - 1) % l->group_size[group]];
    for (uint32_t i = l->member_first[group]; i < l->member_first[group + 1]; i++)
        if (ff_group_has_members(l, group) && !g->proof.members[ff_member_first(l, l->member[i])])
            return l->member[i];
    return l->member[l->member_first[group]];
}

/** Words that no rule knows. */
static void put_gap(struct suggest *g, unsigned words)
{
    static const char *const texts[] = {"lorem", "ipsum", "dolor", "sit", "amet"};
    for (unsigned i = 0; i < words; i++)
        put_words(g, ff_slice_str(texts[i % (sizeof texts / sizeof *texts)]));
}

static void put_phrase(struct suggest *g, const struct ff_phrase *ph)
{
    for (unsigned k = 0; k < ph->count; k++) {
        if (k && g->full)
            put_gap(g, ph->element[k].gap_words);
        put_words(g, g->linter->rules->source.members[choose(g, ph->element[k].group)].words);
    }
}

/** A phrase for each role that the rule needs besides this one. */
static void put_company(struct suggest *g, const struct ff_phrase *ph)
{
    const struct ff_linter *l = g->linter;
    const struct ff_rule *rule = &l->rules->rules[ph->rule];
    for (unsigned role = FF_ROLE_ANY; role < (unsigned)FF_ROLE_WITH + rule->with_count; role++) {
        if (role == ph->role || (role == FF_ROLE_ANY && !rule->has_any))
            continue;
        uint32_t first = l->phrase_first[ph->rule], count = l->phrase_first[ph->rule + 1] - first;
        for (uint32_t i = 0; i < count; i++) {
            const struct ff_phrase *other = &l->rules->phrases[l->phrase_of_rule[first + (i + g->turn) % count]];
            if (other->role == role) {
                put_phrase(g, other);
                break;
            }
        }
    }
}

/* ---- codes and context ------------------------------------------------------------------------------------------- */

static void put_codes(struct suggest *g, const struct ff_rule *rule, unsigned code)
{
    char text[40];
    if (code) {
        snprintf(text, sizeof text, "%u", code);
        put(g, ff_slice_str(text));
    }
    const struct ff_enhanced_pattern *p = &rule->enhanced[rule->enhanced_count ? g->turn % rule->enhanced_count : 0];
    if (rule->enhanced_count == 0 || p->c == 0)
        return;
    snprintf(text, sizeof text, "%s%u.%u.%u", code ? " " : "", p->c == 0xffff ? (code ? code / 100 : 5) : p->c,
             p->s == 0xffff ? 1u : p->s, p->d == 0xffff ? 1u : p->d);
    put(g, ff_slice_str(text));
}

static const char *stage_name(const struct ff_rule *rule)
{
    static const struct {
        unsigned stage;
        const char *name;
    } names[] = {{FF_STAGE_RCPT_TO, "rcpt"},    {FF_STAGE_MAIL_FROM, "mail"},          {FF_STAGE_CONNECT, "connect"},
                 {FF_STAGE_HELO, "helo"},       {FF_STAGE_STARTTLS, "starttls"},       {FF_STAGE_AUTH, "auth"},
                 {FF_STAGE_DATA, "data"},       {FF_STAGE_END_OF_DATA, "end-of-data"}, {FF_STAGE_QUEUE, "queue"},
                 {FF_STAGE_AFTER_ACCEPT, "oob"}};
    if (rule->stages == 0 || rule->stages & 1u << FF_STAGE_UNSPECIFIED)
        return NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rule->stages >> names[i].stage & 1)
            return names[i].name;
    return NULL;
}

/** "stage=rcpt mx=mx.example.net" as the rule needs it. */
static void set_context(struct suggest *g, const struct ff_rule *rule)
{
    const struct ff_hosts *hosts = &g->linter->rules->hosts;
    const char *stage = stage_name(rule);
    size_t n = stage ? (size_t)snprintf(g->context, sizeof g->context, "stage=%s", stage) : 0;
    g->context[n] = 0;
    for (uint32_t i = 0; rule->provider_count && i < hosts->count; i++)
        if (hosts->entry[i].mx_provider == rule->provider[0]) {
            snprintf(g->context + n, sizeof g->context - n, "%smx=mx.%.*s", n ? " " : "", (int)hosts->entry[i].name.len,
                     (const char *)hosts->entry[i].name.ptr);
            return;
        }
}

/* ---- trying ------------------------------------------------------------------------------------------------------ */

/** Before or behind the words of a hint: what it asks them to stand beside. */
static void put_claim(struct suggest *g, const struct ff_rule *rule, bool behind)
{
    if (rule->where == FF_WHERE_NOUN && behind)
        put_words(g, FF_SLICE("lorem"));
    else if ((rule->where == FF_WHERE_BEFORE && behind) || (rule->where == FF_WHERE_BEHIND && !behind))
        put_words(g, FF_SLICE("user unknown"));
}

/** True when the reply proves something new; then it is offered. */
static bool offer(struct suggest *g, const struct ff_phrase *ph)
{
    struct ff_linter *l = g->linter;
    const struct ff_rule *rule = &l->rules->rules[ph->rule];
    const struct ff_example x = {.text = ff_slice_of(g->reply, g->used),
                                 .context = ff_slice_str(g->context),
                                 .rule = ph->rule,
                                 .line = ph->line,
                                 .positive = ph->role != FF_ROLE_NOT};
    size_t before = g->proof.proven;
    ff_proof_by(&g->proof, &x);
    if (g->proof.proven == before)
        return false;
    struct ff_suggestion s = {.rule = rule->id,
                              .positive = x.positive,
                              .context = x.context,
                              .reply = x.text,
                              .proves = g->proof.proven - before};
    s.file = ff_ruleset_place(l->rules, rule->line, &s.line);
    g->counts->examples++;
    g->counts->proven += s.proves;
    g->each(g->ctx, &s);
    return true;
}

/** Writes the phrase as a reply with one code after another, until it proves what is to be proven. */
static void try_phrase(struct suggest *g, const struct ff_phrase *ph, const bool *proven)
{
    static const struct ff_code_range codes[] = {{550, 550}, {450, 450}, {0, 0}};
    const struct ff_rule *rule = &g->linter->rules->rules[ph->rule];
    const struct ff_code_range *code = rule->code_count ? rule->code : codes;
    size_t count = rule->code_count ? rule->code_count : sizeof codes / sizeof *codes;
    for (size_t i = 0; i < count && !*proven; i++) {
        g->used = 0;
        put_codes(g, rule, code[i].from);
        put_claim(g, rule, false);
        if (!g->last)
            put_phrase(g, ph);
        put_company(g, ph);
        if (g->last)
            put_phrase(g, ph);
        put_claim(g, rule, true);
        set_context(g, rule);
        (void)offer(g, ph);
    }
}

/** So many turns, and each member of the phrase's sets has been in its company. */
static unsigned turns_of(const struct suggest *g, const struct ff_phrase *ph)
{
    const struct ff_rule *rule = &g->linter->rules->rules[ph->rule];
    unsigned n = rule->enhanced_count > 1 ? rule->enhanced_count : 1;
    if (rule->with_count || ph->role != FF_ROLE_ANY)
        return TURNS_MAX; /* other phrases vary too */
    for (unsigned k = 0; k < ph->count; k++)
        if (ph->element[k].group != g->group && g->linter->group_size[ph->element[k].group] > n)
            n = g->linter->group_size[ph->element[k].group];
    return n < TURNS_MAX ? n : TURNS_MAX;
}

static void try_hard(struct suggest *g, const struct ff_phrase *ph, const bool *proven)
{
    unsigned turns = turns_of(g, ph);
    for (g->turn = 0; g->turn <= turns && !*proven; g->turn++)
        for (unsigned way = 0; way < 4 && !*proven; way++) {
            g->full = way & 1;
            g->last = way & 2;
            try_phrase(g, ph, proven);
        }
    g->turn = 0;
    g->full = g->last = false;
}

/** One reply, or many. */
typedef void try_fn(struct suggest *g, const struct ff_phrase *ph, const bool *proven);

static void prove_phrase(struct suggest *g, uint32_t phrase, try_fn *try)
{
    g->group = UINT16_MAX;
    try(g, &g->linter->rules->phrases[phrase], &g->proof.phrases[phrase]);
}

/** In all phrases that have it. */
static void prove_member_in(struct suggest *g, uint32_t member, try_fn *try, const bool *proven)
{
    const struct ff_ruleset *r = g->linter->rules;
    g->member = member;
    g->group = r->literal_groups[member];
    for (uint32_t i = 0; i < r->phrase_count && !*proven; i++)
        for (unsigned k = 0; k < r->phrases[i].count; k++)
            if (r->phrases[i].element[k].group == g->group) {
                try(g, &r->phrases[i], proven);
                break;
            }
}

static void prove_member(struct suggest *g, uint32_t first, try_fn *try)
{
    const struct ff_linter *l = g->linter;
    const struct ff_literal *lit = &l->rules->literals[l->literal_of[first]];
    for (uint32_t k = first; k < lit->group_first + lit->group_count; k++)
        if (ff_member_is_same(l, k, first))
            prove_member_in(g, k, try, &g->proof.members[first]);
}

static bool is_own_phrase(const struct ff_ruleset *r, uint32_t phrase)
{
    return !ff_ruleset_is_included(r, r->phrases[phrase].line);
}

/** A member of a set or choice in the text that is not included; a set that takes in others has theirs, but not as its
 * own. */
static bool is_own_member(const struct ff_linter *l, uint32_t member)
{
    const struct ff_ruleset *r = l->rules;
    return ff_group_has_members(l, r->literal_groups[member]) && ff_member_first(l, member) == member &&
           !ff_ruleset_is_included(r, r->source.members[member].line);
}

/** Phrases first: they take members along. */
static void prove_all(struct suggest *g, try_fn *try)
{
    const struct ff_linter *l = g->linter;
    const struct ff_ruleset *r = l->rules;
    for (uint32_t i = 0; i < r->phrase_count; i++)
        if (!g->proof.phrases[i] && is_own_phrase(r, i))
            prove_phrase(g, i, try);
    for (uint32_t k = 0; k < l->member_first[r->group_count]; k++)
        if (!g->proof.members[k] && is_own_member(l, k))
            prove_member(g, k, try);
}

/** Counted at the end: later replies prove what was left before. */
static void count_left(struct suggest *g)
{
    const struct ff_linter *l = g->linter;
    const struct ff_ruleset *r = l->rules;
    for (uint32_t i = 0; i < r->phrase_count; i++)
        g->counts->left += !g->proof.phrases[i] && is_own_phrase(r, i);
    for (uint32_t k = 0; k < l->member_first[r->group_count]; k++)
        g->counts->left += !g->proof.members[k] && is_own_member(l, k);
}

enum ff_err ff_ruleset_suggest(const struct ff_ruleset *rules, void (*each)(void *ctx, const struct ff_suggestion *s),
                               void *ctx, struct ff_suggest_counts *ret)
{
    struct suggest *g = calloc(1, sizeof *g);
    struct ff_linter *l = ff_linter_new(rules);
    *ret = (struct ff_suggest_counts){0};
    bool enough = g && l && ff_proof_init(&g->proof, l);
    if (enough) {
        g->linter = l;
        g->each = each;
        g->ctx = ctx;
        g->counts = ret;
        prove_all(g, try_phrase);
        prove_all(g, try_hard);
        count_left(g);
    }
    if (g)
        ff_proof_fini(&g->proof);
    ff_linter_free(l);
    free(g);
    return enough ? FF_OK : FF_ERR_NOMEM;
}
