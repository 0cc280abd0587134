/* provider.c: whose server it is: by MX host, else by a host or phrase in the text. */
#include "classify/ruleset/rules_int.h"

uint16_t ff_provider_of_mx(const struct ff_ruleset *rules, struct ff_slice mx)
{
    if (mx.len == 0)
        return 0;
    const struct ff_host *e = ff_hosts_find(&rules->hosts, mx);
    return e ? e->mx_provider : 0;
}

struct ff_slice ff_provider_name(const struct ff_ruleset *rules, uint16_t provider)
{
    return provider && provider <= rules->provider_count ? rules->providers[provider].name : ff_slice_of(NULL, 0);
}

uint16_t ff_provider_of_text(const struct ff_ruleset *rules, struct ff_slice masked)
{
    for (size_t at = ff_slice_chr(masked, 0, 'Z'); at != SIZE_MAX && at + 2 < masked.len;
         at = ff_slice_chr(masked, at + 1, 'Z')) {
        size_t index = (size_t)(masked.ptr[at + 1] - 'a') * 26 + (size_t)(masked.ptr[at + 2] - 'a');
        if (index < rules->hosts.count && rules->hosts.entry[index].text_provider)
            return rules->hosts.entry[index].text_provider;
    }
    return 0;
}
