/* rules_load.c: reads a rules file (classify/rules/README.md). Line-oriented, so that every error has a line.
 *
 * Two passes over nothing: each line is understood when it is read; sets must be defined before they are used. Errors
 * are collected one at a time: the first one ends the load, with its line and what to do.
 */
#include "classify/rules_load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- messages and memory ----------------------------------------------------------------------------------------- */

bool ff_load_fail(struct ff_loader *l, const char *format, ...)
{
    if (l->err != FF_OK)
        return false;
    l->err = FF_ERR_CONFIG;
    uint32_t line;
    struct ff_slice file = ff_ruleset_place(l->rules, l->line, &line);
    int n = snprintf(l->message, l->message_size, "%.*s:%u: ", (int)file.len, (const char *)file.ptr, line);
    if (n < 0 || (size_t)n >= l->message_size)
        return false;
    va_list ap;
    va_start(ap, format);
    vsnprintf(l->message + n, l->message_size - (size_t)n, format, ap);
    va_end(ap);
    return false;
}

bool ff_load_room(struct ff_loader *l, void **array, uint32_t count, uint32_t *size, size_t element, uint32_t max,
                  const char *what)
{
    if (count < *size)
        return true;
    if (count >= max)
        return ff_load_fail(l, "more than %u %s (is this a rules file?)", max, what);
    uint32_t n = *size ? *size * 2 : 256;
    void *grown = realloc(*array, n * element);
    if (!grown) {
        l->err = FF_ERR_NOMEM;
        return false;
    }
    *array = grown;
    *size = n;
    return true;
}

struct ff_slice ff_load_keep(struct ff_loader *l, struct ff_slice s)
{
    struct ff_ruleset *r = l->rules;
    if (s.len > r->pool_size - r->pool_used) { /* sized from the text; cannot happen */
        l->err = FF_ERR_DEFECT;
        return ff_slice_of(NULL, 0);
    }
    uint8_t *p = r->pool + r->pool_used;
    if (s.len)
        memcpy(p, s.ptr, s.len);
    r->pool_used += s.len;
    return ff_slice_of(p, s.len);
}

/* ---- words of a line --------------------------------------------------------------------------------------------- */

struct ff_slice ff_load_word(struct ff_slice *rest)
{
    struct ff_slice s = ff_slice_trim(*rest);
    size_t i = 0;
    while (i < s.len && s.ptr[i] != ' ' && s.ptr[i] != '\t')
        i++;
    *rest = ff_slice_trim(ff_slice_sub(s, i, s.len));
    return ff_slice_sub(s, 0, i);
}

static struct ff_slice next_item(struct ff_slice *rest)
{
    size_t bar = ff_slice_chr(*rest, 0, '|');
    size_t end = bar == SIZE_MAX ? rest->len : bar;
    struct ff_slice item = ff_slice_trim(ff_slice_sub(*rest, 0, end));
    *rest = ff_slice_sub(*rest, bar == SIZE_MAX ? end : end + 1, rest->len);
    return item;
}

/* ---- predicates -------------------------------------------------------------------------------------------------- */

static bool read_codes(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        struct ff_code_range range = {0, 0};
        if (ff_slice_eq(w, FF_SLICE("wrapped"))) {
            rule->any_code = true;
            continue;
        }
        if (!ff_slice_eq(w, FF_SLICE("none"))) {
            if (w.len != 3 || w.ptr[0] < '2' || w.ptr[0] > '5')
                return ff_load_fail(l, "\"%.*s\" is no reply code (write 550, 55x, 5xx or none)", (int)w.len,
                                    (const char *)w.ptr);
            unsigned from = 0, to = 0;
            for (int i = 0; i < 3; i++) {
                bool any = w.ptr[i] == 'x';
                if (!any && (w.ptr[i] < '0' || w.ptr[i] > '9'))
                    return ff_load_fail(l, "\"%.*s\" is no reply code (write 550, 55x, 5xx or none)", (int)w.len,
                                        (const char *)w.ptr);
                from = from * 10 + (any ? 0u : (unsigned)(w.ptr[i] - '0'));
                to = to * 10 + (any ? 9u : (unsigned)(w.ptr[i] - '0'));
            }
            range.from = (uint16_t)from;
            range.to = (uint16_t)to;
        }
        if (rule->code_count >= FF_RULE_CODES_MAX)
            return ff_load_fail(l, "more than %d codes (use 5xx, or a second rule)", FF_RULE_CODES_MAX);
        rule->code[rule->code_count++] = range;
    }
    return true;
}

static bool pattern_part(struct ff_slice s, uint16_t *ret)
{
    uint64_t v;
    if (s.len == 1 && (s.ptr[0] == '*' || s.ptr[0] == 'x')) {
        *ret = 0xffff;
        return true;
    }
    if (!ff_slice_u64(s, 999, &v))
        return false;
    *ret = (uint16_t)v;
    return true;
}

/** "5.1.1", "x.1.1", "5.7.*", "none". */
static bool read_enhanced(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        struct ff_enhanced_pattern p = {0, 0, 0};
        if (!ff_slice_eq(w, FF_SLICE("none"))) {
            size_t a = ff_slice_chr(w, 0, '.'), b = a == SIZE_MAX ? SIZE_MAX : ff_slice_chr(w, a + 1, '.');
            if (b == SIZE_MAX || !pattern_part(ff_slice_sub(w, 0, a), &p.c) ||
                !pattern_part(ff_slice_sub(w, a + 1, b), &p.s) || !pattern_part(ff_slice_sub(w, b + 1, w.len), &p.d))
                return ff_load_fail(l, "\"%.*s\" is no enhanced code (write 5.1.1, x.1.1, 5.7.* or none)", (int)w.len,
                                    (const char *)w.ptr);
        }
        if (rule->enhanced_count >= FF_RULE_ENHANCED_MAX)
            return ff_load_fail(l, "more than %d enhanced codes (use a second rule)", FF_RULE_ENHANCED_MAX);
        rule->enhanced[rule->enhanced_count++] = p;
    }
    return true;
}

static bool read_stages(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    static const struct {
        const char *name;
        unsigned bits;
    } names[] = {
        {"unknown", 1u << FF_STAGE_UNSPECIFIED},
        {"connect", 1u << FF_STAGE_CONNECT | 1u << FF_STAGE_BANNER},
        {"helo", 1u << FF_STAGE_HELO},
        {"starttls", 1u << FF_STAGE_STARTTLS},
        {"auth", 1u << FF_STAGE_AUTH},
        {"mail", 1u << FF_STAGE_MAIL_FROM},
        {"rcpt", 1u << FF_STAGE_RCPT_TO},
        {"data", 1u << FF_STAGE_DATA},
        {"end-of-data", 1u << FF_STAGE_END_OF_DATA},
        {"queue", 1u << FF_STAGE_QUEUE | 1u << FF_STAGE_DNS},
        {"oob", 1u << FF_STAGE_AFTER_ACCEPT},
        {"early", 1u << FF_STAGE_CONNECT | 1u << FF_STAGE_BANNER | 1u << FF_STAGE_HELO | 1u << FF_STAGE_STARTTLS |
                      1u << FF_STAGE_AUTH | 1u << FF_STAGE_MAIL_FROM},
    };
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        unsigned bits = 0;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (ff_slice_eq(w, ff_slice_str(names[i].name)))
                bits = names[i].bits;
        if (!bits)
            return ff_load_fail(
                l,
                "\"%.*s\" is no stage (connect helo starttls auth mail rcpt data end-of-data queue oob unknown early)",
                (int)w.len, (const char *)w.ptr);
        rule->stages |= (uint16_t)bits;
    }
    return true;
}

static uint16_t provider_index(const struct ff_ruleset *r, struct ff_slice name)
{
    for (uint16_t i = 1; i <= r->provider_count; i++)
        if (ff_slice_eq(r->providers[i].name, name))
            return i;
    return 0;
}

static bool read_providers(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        uint16_t p = provider_index(l->rules, w);
        if (!p)
            return ff_load_fail(l, "provider \"%.*s\" is not defined (add \"provider %.*s\" above)", (int)w.len,
                                (const char *)w.ptr, (int)w.len, (const char *)w.ptr);
        if (rule->provider_count >= FF_RULE_PROVIDERS_MAX)
            return ff_load_fail(l, "more than %d providers (use a second rule)", FF_RULE_PROVIDERS_MAX);
        rule->provider[rule->provider_count++] = p;
    }
    return true;
}

/* ---- heads ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t weight;
} layers[FF_LAYER_COUNT] = {
    [FF_LAYER_HINT] = {"hint", 0},   [FF_LAYER_SHORT] = {"short", 95}, [FF_LAYER_VETO] = {"veto", 85},
    [FF_LAYER_LISTING] = {"listing", 80}, [FF_LAYER_TABLE] = {"table", 60},  [FF_LAYER_TEXT] = {"text", 70},
    [FF_LAYER_VAGUE] = {"vague", 35},     [FF_LAYER_PRIOR] = {"prior", 25},
};

const char *ff_layer_name(unsigned layer)
{
    return layer < FF_LAYER_COUNT ? layers[layer].name : "?";
}

static const struct {
    const char *name;
    uint16_t hint;
} hints[] = {
    {"temporary", FF_HINT_TEMPORARY},   {"sender-subject", FF_HINT_SENDER}, {"after-accept", FF_HINT_AFTER_ACCEPT},
    {"at-rcpt", FF_HINT_AT_RCPT},       {"at-mail", FF_HINT_AT_MAIL},       {"at-data-end", FF_HINT_AT_DATA_END},
    {"at-connect", FF_HINT_AT_CONNECT}, {"local", FF_HINT_LOCAL},           {"structured", FF_HINT_STRUCTURED},
    {"retry", FF_HINT_RETRY},           {"filler", FF_HINT_FILLER},
};

static struct ff_rule *new_rule(struct ff_loader *l, struct ff_slice id)
{
    if (!ff_load_room(l, (void **)&l->rules->rules, l->rules->rule_count, &l->rules_size, sizeof *l->rules->rules,
                      FF_RULES_MAX, "rules"))
        return NULL;
    struct ff_rule *rule = &l->rules->rules[l->rules->rule_count++];
    *rule = (struct ff_rule){.id = id, .line = l->line};
    return rule;
}

uint32_t ff_load_find(const struct ff_loader *l, struct ff_slice id)
{
    for (uint32_t i = 0; i < l->rules->rule_count; i++) {
        const struct ff_rule *rule = &l->rules->rules[i];
        if (!rule->dropped && !ff_rule_is_fingerprint(rule) && ff_slice_eq(rule->id, id))
            return i;
    }
    return UINT32_MAX;
}

/** Number of the rule that holds the wording of the open provider; UINT32_MAX: there is none yet. */
static uint32_t find_fingerprint(const struct ff_loader *l)
{
    for (uint32_t i = 0; i < l->rules->rule_count; i++)
        if (ff_rule_is_fingerprint(&l->rules->rules[i]) && l->rules->rules[i].provider[0] == l->provider)
            return i;
    return UINT32_MAX;
}

/** "rule ID CATEGORY LAYER [WEIGHT]" or "hint ID NAME". */
bool ff_load_rule(struct ff_loader *l, struct ff_slice rest, bool is_hint)
{
    struct ff_slice id = ff_load_word(&rest), what = ff_load_word(&rest), layer = ff_load_word(&rest),
                    weight = ff_load_word(&rest);
    if (id.len == 0 || what.len == 0)
        return ff_load_fail(l, is_hint ? "a hint needs a name and what it says (hint NAME SAYS)"
                                       : "a rule needs a name and a category (rule NAME CATEGORY LAYER [WEIGHT])");
    struct ff_slice more = is_hint ? layer : rest;
    if (more.len)
        return ff_load_fail(l, "\"%.*s\" is one word too many (%s)", (int)more.len, (const char *)more.ptr,
                            is_hint ? "hint NAME SAYS" : "rule NAME CATEGORY LAYER [WEIGHT]");
    uint32_t other = ff_load_find(l, id);
    if (other != UINT32_MAX) {
        uint32_t line;
        struct ff_slice file = ff_ruleset_place(l->rules, l->rules->rules[other].line, &line);
        return ff_load_fail(l, "rule %.*s exists already, %.*s:%u (give it another name, or write: replace rule)",
                            (int)id.len, (const char *)id.ptr, (int)file.len, (const char *)file.ptr, line);
    }
    struct ff_rule *rule = new_rule(l, id);
    if (!rule)
        return false;
    l->provider = 0;
    l->rule = rule;
    if (is_hint) {
        rule->layer = FF_LAYER_HINT;
        for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
            if (ff_slice_eq(what, ff_slice_str(hints[i].name)))
                rule->hint = hints[i].hint;
        return rule->hint ? true
                          : ff_load_fail(l, "\"%.*s\" is no hint (docs/rules.md lists them)", (int)what.len,
                                         (const char *)what.ptr);
    }
    enum ff_category category = ff_category_parse(what);
    if (category == FF_CATEGORY_COUNT || category == FF_ACCEPTED || category == FF_UNCLASSIFIED)
        return ff_load_fail(l, "\"%.*s\" is no category that a rule may give (see docs/categories.md)", (int)what.len,
                            (const char *)what.ptr);
    rule->category = (uint8_t)category;
    for (unsigned i = 1; i < FF_LAYER_COUNT; i++)
        if (ff_slice_eq(layer, ff_slice_str(layers[i].name)))
            rule->layer = (uint8_t)i;
    if (rule->layer == FF_LAYER_HINT)
        return ff_load_fail(l, "\"%.*s\" is no layer (short veto listing table text vague prior)", (int)layer.len,
                            (const char *)layer.ptr);
    rule->weight = layers[rule->layer].weight;
    uint64_t w;
    if (weight.len) {
        if (!ff_slice_u64(weight, 100, &w) || w == 0)
            return ff_load_fail(l, "weight \"%.*s\" is none (1 to 100)", (int)weight.len, (const char *)weight.ptr);
        rule->weight = (uint8_t)w;
    }
    return true;
}

static bool read_provider(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_slice name = ff_load_word(&rest);
    if (name.len == 0 || rest.len)
        return ff_load_fail(l, "a provider needs a name of one word (provider NAME)");
    l->rule = NULL;
    l->provider = provider_index(l->rules, name);
    if (l->provider)
        return true;
    if (l->rules->provider_count >= FF_PROVIDERS_MAX)
        return ff_load_fail(l, "more than %d providers (leave some out)", FF_PROVIDERS_MAX);
    l->provider = ++l->rules->provider_count;
    l->rules->providers[l->provider] = (struct ff_provider){name, l->line};
    return true;
}

/** Host names are looked up in lower case. */
static struct ff_host *add_host(struct ff_loader *l, struct ff_slice name)
{
    uint8_t low[256];
    size_t n = name.len < sizeof low ? name.len : sizeof low;
    for (size_t i = 0; i < n; i++)
        low[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (uint8_t)(name.ptr[i] | 0x20) : name.ptr[i];
    return ff_hosts_add(&l->rules->hosts, ff_load_keep(l, ff_slice_of(low, n)));
}

static bool read_hosts(struct ff_loader *l, struct ff_slice rest, bool mx)
{
    if (rest.len == 0)
        return ff_load_fail(l, "no host behind it (write: %s HOST...)", mx ? "mx" : "host");
    while (rest.len) {
        struct ff_host *e = add_host(l, ff_load_word(&rest));
        if (!e)
            return ff_load_fail(l, "more than %d host names (name their common suffix)", FF_HOSTS_MAX);
        if (mx)
            e->mx_provider = l->provider;
        else
            e->text_provider = l->provider;
    }
    return true;
}

static uint8_t list_type(struct ff_slice name)
{
    return ff_slice_eq(name, FF_SLICE("ip")) ? FF_LIST_IP : ff_slice_eq(name, FF_SLICE("domain")) ? FF_LIST_DOMAIN
         : ff_slice_eq(name, FF_SLICE("uri")) ? FF_LIST_URI : FF_LIST_NONE;
}

/** "list NAME ip|domain|uri HOST...", blanks in the name as '_'. */
static bool read_list(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_slice name = ff_load_word(&rest), type = ff_load_word(&rest);
    uint8_t t = list_type(type);
    if (name.len == 0 || t == FF_LIST_NONE || rest.len == 0)
        return ff_load_fail(l, "write: list NAME ip|domain|uri HOST...");
    while (rest.len) {
        struct ff_host *e = add_host(l, ff_load_word(&rest));
        if (!e)
            return ff_load_fail(l, "more than %d host names (name their common suffix)", FF_HOSTS_MAX);
        e->list = name;
        e->list_type = t;
    }
    return true;
}

static bool read_example(struct ff_loader *l, struct ff_slice rest, uint32_t rule, bool positive)
{
    struct ff_ruleset *r = l->rules;
    if (!ff_load_room(l, (void **)&r->examples, r->example_count, &l->examples_size, sizeof *r->examples, 1u << 16,
                      "examples"))
        return false;
    struct ff_example *x = &r->examples[r->example_count++];
    *x = (struct ff_example){.rule = rule, .line = l->line, .positive = positive};
    if (rest.len && rest.ptr[0] == '{') {
        size_t end = ff_slice_chr(rest, 0, '}');
        if (end == SIZE_MAX)
            return ff_load_fail(l, "the context of the example has no \"}\" (write: yes {stage=rcpt} REPLY)");
        x->context = ff_slice_sub(rest, 1, end);
        rest = ff_slice_trim(ff_slice_sub(rest, end + 1, rest.len));
    }
    x->text = rest;
    return rest.len ? true : ff_load_fail(l, "the example is empty (write: yes 550 5.1.1 the reply)");
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static bool read_phrases(struct ff_loader *l, struct ff_slice rest, unsigned role)
{
    uint32_t before = l->rules->phrase_count;
    while (rest.len) {
        struct ff_slice item = next_item(&rest);
        if (item.len && !ff_load_phrase(l, item, role))
            return false;
    }
    return l->rules->phrase_count > before ? true : ff_load_fail(l, "no phrase behind it (write: any words | words)");
}

static bool read_names(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    rule->list = ff_load_word(&rest);
    rule->list_type = ff_load_word(&rest);
    if (list_type(rule->list_type) == FF_LIST_NONE || rest.len)
        return ff_load_fail(l, "write: names LIST ip|domain|uri");
    return true;
}

static bool read_rule_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest)
{
    struct ff_rule *rule = l->rule;
    if (rest.len == 0)
        return ff_load_fail(l, "nothing behind \"%.*s\" (leave the line out, or say what it holds)", (int)key.len,
                            (const char *)key.ptr);
    if (ff_slice_eq(key, FF_SLICE("any"))) {
        rule->has_any = true;
        return read_phrases(l, rest, FF_ROLE_ANY);
    }
    if (ff_slice_eq(key, FF_SLICE("with"))) {
        if (rule->with_count >= FF_RULE_WITH_MAX)
            return ff_load_fail(l, "more than %d lines \"with\" (join them, or use ~)", FF_RULE_WITH_MAX);
        return read_phrases(l, rest, FF_ROLE_WITH + rule->with_count++);
    }
    if (ff_slice_eq(key, FF_SLICE("not"))) {
        rule->has_not = true;
        return read_phrases(l, rest, FF_ROLE_NOT);
    }
    if (ff_slice_eq(key, FF_SLICE("code")))
        return read_codes(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("enhanced")))
        return read_enhanced(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("stage")))
        return read_stages(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("from")))
        return read_providers(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("mechanism"))) {
        rule->mechanism = rest;
        return true;
    }
    if (ff_slice_eq(key, FF_SLICE("names")))
        return read_names(l, rule, rest);
    if (ff_slice_eq(key, FF_SLICE("yes")) || ff_slice_eq(key, FF_SLICE("no")))
        return read_example(l, rest, (uint32_t)(rule - l->rules->rules), key.len == 3);
    return ff_load_fail(l,
                        "\"%.*s\" is no line of a rule (any with not code enhanced stage from mechanism names yes no)",
                        (int)key.len, (const char *)key.ptr);
}

/** Text fingerprints of a provider are kept as a rule of its own that gives no category. */
static bool read_fingerprint(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_ruleset *r = l->rules;
    l->fingerprint = find_fingerprint(l);
    if (l->fingerprint == UINT32_MAX) {
        struct ff_rule *rule = new_rule(l, r->providers[l->provider].name);
        if (!rule)
            return false;
        rule->layer = FF_LAYER_HINT;
        rule->has_any = true;
        rule->provider[0] = l->provider; /* what it says, not what it needs: provider_count stays 0 */
        l->fingerprint = r->rule_count - 1;
    }
    return read_phrases(l, rest, FF_ROLE_ANY);
}

static bool read_provider_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest)
{
    if (ff_slice_eq(key, FF_SLICE("mx")))
        return read_hosts(l, rest, true);
    if (ff_slice_eq(key, FF_SLICE("host")))
        return read_hosts(l, rest, false);
    if (ff_slice_eq(key, FF_SLICE("text")))
        return read_fingerprint(l, rest);
    if (ff_slice_eq(key, FF_SLICE("yes")) || ff_slice_eq(key, FF_SLICE("no"))) {
        uint32_t rule = find_fingerprint(l);
        return rule != UINT32_MAX
                   ? read_example(l, rest, rule, key.len == 3)
                   : ff_load_fail(l, "an example of wording without wording (add a line \"text ...\" above it)");
    }
    return ff_load_fail(l, "\"%.*s\" is no line of a provider (mx host text yes no)", (int)key.len,
                        (const char *)key.ptr);
}

/** An included text's version says nothing of the whole. */
static bool read_version(struct ff_loader *l, struct ff_slice rest)
{
    uint64_t v;
    if (!ff_slice_u64(rest, UINT32_MAX, &v))
        return ff_load_fail(l, "\"%.*s\" is no version (write: version 7)", (int)rest.len, (const char *)rest.ptr);
    if (!l->included)
        l->rules->version = (uint32_t)v;
    return true;
}

static bool read_line(struct ff_loader *l, struct ff_slice line)
{
    bool indented = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
    struct ff_slice rest = ff_slice_trim(line);
    if (rest.len == 0 || rest.ptr[0] == '#')
        return true;
    struct ff_slice key = ff_load_word(&rest);
    if (indented && l->rule)
        return read_rule_line(l, key, rest);
    if (indented && l->provider)
        return read_provider_line(l, key, rest);
    if (indented)
        return ff_load_fail(l, "an indented line belongs to a rule or provider (begin one above it)");
    if (ff_slice_eq(key, FF_SLICE("rule")))
        return ff_load_rule(l, rest, false);
    if (ff_slice_eq(key, FF_SLICE("hint")))
        return ff_load_rule(l, rest, true);
    if (ff_slice_eq(key, FF_SLICE("provider")))
        return read_provider(l, rest);
    if (ff_slice_eq(key, FF_SLICE("set")))
        return ff_load_set(l, rest);
    if (ff_slice_eq(key, FF_SLICE("list")))
        return read_list(l, rest);
    if (ff_slice_eq(key, FF_SLICE("version")))
        return read_version(l, rest);
    if (ff_slice_eq(key, FF_SLICE("include")))
        return ff_load_include(l, rest);
    if (ff_slice_eq(key, FF_SLICE("file")))
        return rest.len ? ff_load_part(l, rest, 1)
                        : ff_load_fail(l, "write: file NAME (what the lines that follow are a copy of)");
    if (ff_slice_eq(key, FF_SLICE("drop")) || ff_slice_eq(key, FF_SLICE("replace")) ||
        ff_slice_eq(key, FF_SLICE("extend")))
        return ff_load_change(l, key, rest);
    return ff_load_fail(
        l, "\"%.*s\" begins no entry (version include set list provider rule hint replace drop extend file)",
        (int)key.len, (const char *)key.ptr);
}

static bool keep_line(struct ff_loader *l, struct ff_slice line)
{
    struct ff_rules_source *s = &l->rules->source;
    if (!ff_load_room(l, (void **)&s->lines, l->line, &l->lines_size, sizeof line, FF_RULES_LINES_MAX, "lines"))
        return false;
    s->lines[l->line] = line;
    s->line_count = l->line;
    return true;
}

bool ff_load_lines(struct ff_loader *l, struct ff_slice text)
{
    bool ok = true;
    for (size_t at = 0; ok && at < text.len; l->line += ok) {
        size_t end = ff_slice_chr(text, at, '\n');
        if (end == SIZE_MAX)
            end = text.len;
        struct ff_slice line = ff_slice_sub(text, at, end);
        ok = keep_line(l, line) && read_line(l, line);
        at = end + 1;
    }
    return ok;
}

enum ff_err ff_ruleset_load(struct ff_slice text, const char *name, struct ff_ruleset **ret_rules, char *ret_message,
                            size_t size)
{
    if (size)
        ret_message[0] = 0;
    if (text.len == 0) {
        text = ff_rules_builtin();
        name = "built-in rules";
    }
    struct ff_loader l = {.message = ret_message, .message_size = size};
    if (text.len > FF_RULES_TEXT_MAX) {
        snprintf(ret_message, size, "%s: larger than %u bytes (is this a rules file?)", name ? name : "rules",
                 FF_RULES_TEXT_MAX);
        return FF_ERR_CONFIG;
    }
    if (!ff_load_begin(&l, text)) {
        ff_load_end(&l);
        ff_ruleset_free(l.rules);
        return FF_ERR_NOMEM;
    }
    struct ff_slice copy = ff_slice_of(l.rules->text, text.len);
    if (ff_slice_starts(copy, FF_SLICE("\xef\xbb\xbf")))
        copy = ff_slice_sub(copy, 3, copy.len); /* some editors begin a file with U+FEFF */
    bool ok =
        ff_load_part(&l, ff_load_keep(&l, ff_slice_sub(ff_slice_str(name ? name : "rules"), 0, FF_FILE_NAME_MAX)), 1);
    l.line = 1;
    ok = ok && ff_load_lines(&l, copy) && ff_load_compile(&l);
    struct ff_ruleset *rules = l.rules;
    ff_load_end(&l);
    if (!ok) {
        ff_ruleset_free(rules);
        return l.err == FF_OK ? FF_ERR_CONFIG : l.err;
    }
    if (rules->version == 0) /* results must say which rules made them, also when nobody counts versions */
        rules->version = (uint32_t)XXH3_64bits_withSeed(text.ptr, text.len, l.included_hash) | 1u << 31;
    *ret_rules = rules;
    return FF_OK;
}
