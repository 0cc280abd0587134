/* selection.c: see selection.h. */
#include "cli/suppressions/selection.h"

#include "cli/process/messages.h"
#include "cli/process/terminal.h"
#include "cli/suppressions/commands.h"
#include "proto/time_text.h"

#define PROVIDERS_SHOWN 12

/* ---- options ----------------------------------------------------------------------------------------------------- */

static int read_time(const char *option, const char *text, int64_t *ret_us)
{
    if (!text || ff_moment_parse(text, -1, ret_us))
        return 0;
    return ff_fail(FF_EXIT_USAGE, "--%s: \"%s\" is no time (2026-11-24T21:00:00Z, or 90m, 2h, 3d, 1w ago)", option,
                   text);
}

static int check_names(const char *option, const struct ff_option_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (!*list->items[i])
            return ff_fail(FF_EXIT_USAGE, "--%s: the name is empty", option);
    return 0;
}

static int check_values(const struct ff_selection_options *o)
{
    uint8_t ip[16];
    for (size_t i = 0; i < o->category.count; i++)
        if (ff_category_parse(ff_slice_str(o->category.items[i])) == FF_CATEGORY_COUNT)
            return ff_fail(FF_EXIT_USAGE,
                           "--category: there is no category \"%s\" (docs/categories.md lists them: bad-mailbox, ...)",
                           o->category.items[i]);
    for (size_t i = 0; i < o->sending_ip.count; i++)
        if (!ff_ip_parse(ff_slice_str(o->sending_ip.items[i]), ip))
            return ff_fail(FF_EXIT_USAGE, "--sending-ip: \"%s\" is no IP address", o->sending_ip.items[i]);
    return 0;
}

int ff_selection_read(const struct ff_selection_options *o, struct ff_selection *ret)
{
    const struct {
        const char *option;
        const struct ff_option_list *list;
    } names[] = {{"provider", &o->provider}, {"rule", &o->rule}, {"mx", &o->mx}, {"domain", &o->domain}};
    *ret = (struct ff_selection){.options = o};
    ret->any = !o->since && !o->until && !o->reply && !o->category.count && !o->sending_ip.count;
    int status = read_time("since", o->since, &ret->since_us);
    if (status == 0)
        status = read_time("until", o->until, &ret->until_us);
    for (size_t i = 0; i < sizeof names / sizeof *names && status == 0; i++) {
        ret->any = ret->any && !names[i].list->count;
        status = check_names(names[i].option, names[i].list);
    }
    if (status == 0)
        status = check_values(o);
    if (status == 0 && o->since && o->until && ret->since_us >= ret->until_us)
        status = ff_fail(FF_EXIT_USAGE, "--since is not before --until: nothing happened between them");
    if (status == 0 && o->provider.count && !(ret->providers = ff_tally_new()))
        status = ff_fail(FF_EXIT_OSERR, "out of memory");
    return status;
}

void ff_selection_fini(struct ff_selection *sel)
{
    ff_tally_free(sel->providers);
    sel->providers = NULL;
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

static bool one_of(const struct ff_option_list *list, struct ff_slice name)
{
    for (size_t i = 0; i < list->count; i++)
        if (ff_slice_caseeq(name, ff_slice_str(list->items[i])))
            return true;
    return list->count == 0;
}

/* "google.com" is aspmx.l.google.com, too, but not notgoogle.com. */
static bool below_one_of(const struct ff_option_list *list, struct ff_slice host)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ff_slice above = ff_slice_str(list->items[i]);
        size_t at = host.len - above.len;
        if (host.len >= above.len && ff_slice_caseeq(ff_slice_sub(host, at, host.len), above) &&
            (at == 0 || host.ptr[at - 1] == '.'))
            return true;
    }
    return list->count == 0;
}

static bool ip_is_one_of(const struct ff_option_list *list, struct ff_slice ip)
{
    uint8_t wanted[16];
    for (size_t i = 0; i < list->count; i++)
        if (ff_slice_eq(ip, ff_slice_of(wanted, ff_ip_parse(ff_slice_str(list->items[i]), wanted))))
            return true;
    return list->count == 0;
}

static bool contains(struct ff_slice text, const char *wanted)
{
    struct ff_slice w = ff_slice_str(wanted);
    for (size_t at = 0; at + w.len <= text.len; at++)
        if (ff_slice_caseeq(ff_slice_sub(text, at, at + w.len), w))
            return true;
    return false;
}

bool ff_selection_has(const struct ff_selection *sel, const struct ff_suppression *s)
{
    static const struct ff_evidence nothing = {0};
    const struct ff_selection_options *o = sel->options;
    const struct ff_evidence *e = s->has_evidence ? &s->evidence : &nothing;
    if (sel->providers && e->provider.len)
        ff_tally_add(sel->providers, e->provider);
    if (sel->since_us && s->first_event_us < sel->since_us)
        return false;
    if (sel->until_us && s->last_event_us >= sel->until_us)
        return false;
    return one_of(&o->category, ff_slice_str(ff_category_name(e->category))) && one_of(&o->provider, e->provider) &&
           one_of(&o->rule, e->rule) && below_one_of(&o->mx, e->remote_host) &&
           ip_is_one_of(&o->sending_ip, e->local_ip) && one_of(&o->domain, ff_address_domain(s->address_key)) &&
           (!o->reply || contains(e->reply_text, o->reply));
}

/* ---- providers --------------------------------------------------------------------------------------------------- */

static void list_providers(const struct ff_tally *t, struct ff_json_out *o)
{
    struct ff_tally_row rows[PROVIDERS_SHOWN];
    uint64_t others;
    size_t n = ff_tally_top(t, rows, PROVIDERS_SHOWN, &others);
    for (size_t i = 0; i < n; i++) {
        ff_text_put(o, i ? ", " : "there are ");
        ff_terminal_put(o, rows[i].name, rows[i].name.len, false);
        ff_text_format(o, " %llu", (unsigned long long)rows[i].count);
    }
    if (others)
        ff_text_format(o, ", others %llu", (unsigned long long)others);
    ff_text_put(o, n ? "" : "none of them names one");
}

void ff_selection_tell_unknown(const struct ff_selection *sel)
{
    struct ff_json_out o;
    ff_json_out_init(&o);
    if (sel->providers)
        list_providers(sel->providers, &o);
    for (size_t i = 0; sel->providers && i < sel->options->provider.count; i++) {
        const char *name = sel->options->provider.items[i];
        if (!ff_tally_has(sel->providers, ff_slice_str(name)))
            ff_warn("--provider %s: no active entry that was looked at is of a provider with that name (%.*s)", name,
                    o.failed ? 0 : (int)o.len, o.failed ? "" : (const char *)o.buf);
    }
    ff_json_out_fini(&o);
}
