/* surges.c: a provider that seems to have an outage is told while it lasts, with the command that shows what it did. */
#include <inttypes.h>
#include <string.h>

#include "proto/time_text.h"
#include "suppress/owner/owner_int.h"

void ff_owner_tell_surges(struct owner *o)
{
    struct ff_surge g;
    while (ff_suppressor_next_surge(o->store, &o->surges_told, &g)) {
        char since[28];
        bool ours = strcmp(o->opts->topic_prefix, "mail.") != 0;
        ff_time_format(g.since_us, since);
        ff_owner_say(o, "%.*s: %" PRIu64 " addresses of our partitions suppressed in a few minutes, usual are %" PRIu64 ": have they an outage? "
                        "(fivefifty release --brokers %s%s%s --all-tenants --provider %.*s --since %.16sZ)",
                     (int)g.provider.len, (const char *)g.provider.ptr, g.added, g.usual, o->opts->brokers, ours ? " --topic-prefix " : "",
                     ours ? o->opts->topic_prefix : "", (int)g.provider.len, (const char *)g.provider.ptr, since);
    }
}
