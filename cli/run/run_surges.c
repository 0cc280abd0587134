/* run_surges.c: see run_surges.h. */
#include "cli/run/run_surges.h"

#include "cli/process/messages.h"
#include "cli/process/terminal.h"
#include "cli/run/run_report.h"
#include "proto/time_text.h"

static void put_option(struct ff_json_out *o, const char *option, struct ff_slice value)
{
    ff_text_put(o, option);
    ff_text_put_word(o, value);
}

void ff_surge_put_command(struct ff_json_out *o, const struct ff_surge *surge, const char *state_dir)
{
    char since[28], until[28];
    ff_time_format(surge->since_us, since);
    ff_time_format(surge->until_us, until);
    put_option(o, "fivefifty release --state", ff_slice_str(state_dir));
    put_option(o, " --all-tenants --provider", surge->provider);
    ff_text_format(o, " --since %.16sZ --until %.16sZ", since, until);
}

void ff_surges_tell(const struct ff_suppressor *state, const char *state_dir, uint64_t *told)
{
    struct ff_surge g;
    while (ff_suppressor_next_surge(state, told, &g)) {
        struct ff_json_out command;
        ff_json_out_init(&command);
        ff_surge_put_command(&command, &g, state_dir);
        ff_warn("%.*s: %llu addresses suppressed in a few minutes, usual are %llu: have they an outage? (%.*s)",
                (int)g.provider.len, (const char *)g.provider.ptr, (unsigned long long)g.added,
                (unsigned long long)g.usual, (int)command.len, command.len ? command.buf : "");
        ff_json_out_fini(&command);
    }
}

static void put_one(struct ff_json_out *o, const struct ff_surge *g, const char *state_dir)
{
    struct ff_json_out command;
    ff_json_out_init(&command);
    ff_surge_put_command(&command, g, state_dir);
    ff_json_open(o, '{');
    ff_json_member_text(o, "provider", g->provider);
    ff_json_key(o, "since");
    ff_json_put_time(o, g->since_us);
    ff_json_key(o, "until");
    ff_json_put_time(o, g->until_us);
    ff_json_member_uint(o, "added", g->added);
    ff_json_member_uint(o, "usual", g->usual);
    ff_json_member_uint(o, "tenants", g->tenants);
    ff_report_take_command(o, &command);
    ff_json_close(o, '}');
}

void ff_surges_put_json(struct ff_json_out *o, const struct ff_suppressor *state, const char *state_dir)
{
    struct ff_surge g;
    ff_json_key(o, "surges");
    ff_json_open(o, '[');
    for (uint64_t next = 0; ff_suppressor_next_surge(state, &next, &g);)
        put_one(o, &g, state_dir);
    ff_json_close(o, ']');
}
