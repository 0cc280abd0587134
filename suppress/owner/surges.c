/* surges.c: a provider that seems to have an outage is told while it lasts, with the command that shows what it did. */
#include <inttypes.h>
#include <string.h>

#include "proto/shell_word.h"
#include "proto/time_text.h"
#include "suppress/owner/owner_int.h"

static void put(struct ff_json_out *o, const char *text)
{
    ff_json_append(o, ff_slice_str(text));
}

static void put_option(struct ff_json_out *o, const char *option, struct ff_slice value)
{
    put(o, option);
    ff_shell_put_word(o, value);
}

static void put_command(struct ff_json_out *o, const struct ff_suppress_options *opts, const struct ff_surge *g)
{
    char since[28];
    ff_time_format(g->since_us, since);
    put_option(o, "fivefifty release --brokers ", ff_slice_str(opts->brokers));
    if (opts->topic_prefix && strcmp(opts->topic_prefix, FF_TOPIC_PREFIX_DEFAULT) != 0)
        put_option(o, " --topic-prefix ", ff_slice_str(opts->topic_prefix));
    put_option(o, " --all-tenants --provider ", g->provider);
    put(o, " --since ");
    since[16] = '\0'; /* to the minute */
    put(o, since);
    put(o, "Z");
}

void ff_owner_tell_surges(struct owner *o)
{
    struct ff_surge g;
    while (ff_suppressor_next_surge(o->store, &o->surges_told, &g)) {
        struct ff_json_out command;
        ff_json_out_init(&command);
        put_command(&command, o->opts, &g);
        ff_owner_say(o,
                     "%.*s: %" PRIu64 " addresses of our partitions suppressed in a few minutes, usual are %" PRIu64
                     ": have they an outage? (%.*s)",
                     (int)g.provider.len, (const char *)g.provider.ptr, g.added, g.usual, (int)command.len,
                     command.len ? command.buf : "");
        ff_json_out_fini(&command);
    }
}
