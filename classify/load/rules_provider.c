/* rules_provider.c: providers and lists of a rules file: the entries that say which hosts are theirs, and the lines of
 * a rule that name one ("from", "names").
 */
#include "classify/load/rules_provider.h"

#include "classify/load/near_name.h"
#include "classify/load/rules_example.h"
#include "classify/load/rules_phrase.h"

/* ---- providers --------------------------------------------------------------------------------------------------- */

static uint16_t provider_index(const struct ff_ruleset *r, struct ff_slice name)
{
    for (uint16_t i = 1; i <= r->provider_count; i++)
        if (ff_slice_eq(r->providers[i].name, name))
            return i;
    return 0;
}

bool ff_load_provider(struct ff_loader *l, struct ff_slice rest)
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

/** A host that has the name for a label, as gmail.com has "gmail": many know a provider by that. NULL: none. */
static const struct ff_host *host_with_label(const struct ff_ruleset *r, struct ff_slice label)
{
    for (uint32_t i = 0; i < r->hosts.count; i++) {
        const struct ff_host *e = &r->hosts.entry[i];
        size_t at = ff_slice_find(e->name, 0, label), end = at + label.len;
        bool whole = at != SIZE_MAX && (at == 0 || e->name.ptr[at - 1] == '.') &&
                     (end == e->name.len || e->name.ptr[end] == '.');
        if (whole && (e->mx_provider || e->text_provider))
            return e;
    }
    return NULL;
}

/** There is no such provider: ends the load. */
static bool refuse_provider(struct ff_loader *l, struct ff_slice name)
{
    const struct ff_ruleset *r = l->rules;
    const struct ff_host *host = host_with_label(r, name);
    struct ff_near_name near = {.wanted = name};
    for (uint16_t i = 1; i <= r->provider_count && !host; i++)
        ff_near_name_offer(&near, r->providers[i].name);
    if (host)
        near.found = r->providers[host->mx_provider ? host->mx_provider : host->text_provider].name;
    if (near.found.len)
        return ff_load_fail(
            l, "provider \"%.*s\" is not defined (did you mean %.*s? a new one is an entry above: provider %.*s)",
            (int)name.len, (const char *)name.ptr, (int)near.found.len, (const char *)near.found.ptr, (int)name.len,
            (const char *)name.ptr);
    return ff_load_fail(l,
                        "provider \"%.*s\" is not defined (%sa new one is an entry above: provider %.*s, with its mx)",
                        (int)name.len, (const char *)name.ptr,
                        l->included || l->included_hash ? "" : "\"include builtin\" brings those in that are known; ",
                        (int)name.len, (const char *)name.ptr);
}

bool ff_load_from(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    while (rest.len) {
        struct ff_slice w = ff_load_word(&rest);
        uint16_t p = provider_index(l->rules, w);
        if (!p)
            return refuse_provider(l, w);
        if (rule->provider_count >= FF_RULE_PROVIDERS_MAX)
            return ff_load_fail(l, "more than %d providers (use a second rule)", FF_RULE_PROVIDERS_MAX);
        rule->provider[rule->provider_count++] = p;
    }
    return true;
}

/* ---- hosts ------------------------------------------------------------------------------------------------------- */

/** Letters, digits, '-' and '_' between dots: anything else no host that answers is called. */
static bool is_host_name(struct ff_slice s)
{
    bool dot = true; /* the byte before */
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        bool letter = (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '-' || c == '_';
        if (!letter && (c != '.' || dot))
            return false;
        dot = c == '.';
    }
    return !dot;
}

/** Host names are looked up in lower case. NULL after a message. */
static struct ff_host *add_host(struct ff_loader *l, struct ff_slice name)
{
    if (!is_host_name(name)) {
        bool below = name.len > 2 && name.ptr[0] == '*' && name.ptr[1] == '.';
        struct ff_slice rest = below ? ff_slice_sub(name, 2, name.len) : FF_SLICE("example.net");
        (void)ff_load_fail(
            l, "\"%.*s\" is no host name (letters, digits, - and dots; every host below it is meant, too: %.*s)",
            (int)name.len, (const char *)name.ptr, (int)rest.len, (const char *)rest.ptr);
        return NULL;
    }
    uint8_t low[256];
    size_t n = name.len < sizeof low ? name.len : sizeof low;
    for (size_t i = 0; i < n; i++)
        low[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (uint8_t)(name.ptr[i] | 0x20) : name.ptr[i];
    struct ff_host *e = ff_hosts_add(&l->rules->hosts, ff_load_keep(l, ff_slice_of(low, n)));
    if (!e)
        (void)ff_load_fail(l, "more than %d host names (name their common suffix)", FF_HOSTS_MAX);
    return e;
}

static bool read_hosts(struct ff_loader *l, struct ff_slice rest, bool mx)
{
    if (rest.len == 0)
        return ff_load_fail(l, "no host behind it (write: %s HOST...)", mx ? "mx" : "host");
    while (rest.len) {
        struct ff_host *e = add_host(l, ff_load_word(&rest));
        if (!e)
            return false;
        if (mx)
            e->mx_provider = l->provider;
        else
            e->text_provider = l->provider;
    }
    return true;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static uint8_t list_type(struct ff_slice name)
{
    return ff_slice_eq(name, FF_SLICE("ip")) ? FF_LIST_IP : ff_slice_eq(name, FF_SLICE("domain")) ? FF_LIST_DOMAIN
         : ff_slice_eq(name, FF_SLICE("uri")) ? FF_LIST_URI : FF_LIST_NONE;
}

bool ff_load_list(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_slice name = ff_load_word(&rest), type = ff_load_word(&rest);
    uint8_t t = list_type(type);
    if (name.len == 0 || t == FF_LIST_NONE || rest.len == 0)
        return ff_load_fail(l, "write: list NAME ip|domain|uri HOST...");
    while (rest.len) {
        struct ff_host *e = add_host(l, ff_load_word(&rest));
        if (!e)
            return false;
        e->list = name;
        e->list_type = t;
    }
    return true;
}

bool ff_load_names(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest)
{
    rule->list = ff_load_word(&rest);
    rule->list_type = ff_load_word(&rest);
    if (list_type(rule->list_type) == FF_LIST_NONE || rest.len)
        return ff_load_fail(l, "write: names LIST ip|domain|uri");
    return true;
}

/* ---- lines of a provider ----------------------------------------------------------------------------------------- */

/** Number of the rule that holds the wording of the open provider; UINT32_MAX: there is none yet. */
static uint32_t find_fingerprint(const struct ff_loader *l)
{
    for (uint32_t i = 0; i < l->rules->rule_count; i++)
        if (ff_rule_is_fingerprint(&l->rules->rules[i]) && l->rules->rules[i].provider[0] == l->provider)
            return i;
    return UINT32_MAX;
}

/** Text fingerprints of a provider are kept as a rule of its own that gives no category. */
static bool read_fingerprint(struct ff_loader *l, struct ff_slice rest)
{
    struct ff_ruleset *r = l->rules;
    l->fingerprint = find_fingerprint(l);
    if (l->fingerprint == UINT32_MAX) {
        struct ff_rule *rule = ff_load_new_rule(l, r->providers[l->provider].name);
        if (!rule)
            return false;
        rule->layer = FF_LAYER_HINT;
        rule->has_any = true;
        rule->provider[0] = l->provider; /* what it says, not what it needs: provider_count stays 0 */
        l->fingerprint = r->rule_count - 1;
    }
    return ff_load_phrases(l, rest, FF_ROLE_ANY);
}

bool ff_load_provider_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest)
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
                   ? ff_load_example(l, rest, rule, key.len == 3)
                   : ff_load_fail(l, "an example of wording without wording (add a line \"text ...\" above it)");
    }
    return ff_load_fail(l, "\"%.*s\" is no line of a provider (mx host text yes no)", (int)key.len,
                        (const char *)key.ptr);
}
