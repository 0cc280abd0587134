/* cmd_add.c: an operator or a tenant says: do not mail this address. */
#include "cli/process/messages.h"
#include "cli/suppressions/commands.h"
#include "cli/suppressions/written_address.h"
#include "proto/clock.h"

#define ADDRESSES_MAX 4096

struct add_options {
    struct ff_target_options target;
    const char *tenant, *stream, *reason, *note, *expires, *actor;
};

static const struct add_options defaults = {.tenant = "default", .reason = "manual"};

#define AT(member) .offset = offsetof(struct add_options, member)
static const struct ff_option table[] = {
    FF_TARGET_ROWS(struct add_options),
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant),
     .help = "whose list (default: default; * is every tenant)"},
    {.name = "stream", .type = FF_OPTION_STRING, .value = "NAME", AT(stream),
     .help = "only this stream (default: all streams)"},
    {.name = "reason", .type = FF_OPTION_STRING,
     .value = "manual|unsubscribed|complaint_report|role_or_trap|hard_bounce|invalid_domain|imported", AT(reason),
     .help = "why (default: manual)"},
    {.name = "note", .letter = 'm', .type = FF_OPTION_STRING, .value = "TEXT", AT(note),
     .help = "kept with the entry, for whoever asks later"},
    {.name = "expires", .type = FF_OPTION_STRING, .value = "TIME", AT(expires),
     .help = "RFC 3339 time, or from now: 12h, 30d (default: never)"},
    {.name = "actor", .type = FF_OPTION_STRING, .value = "NAME", AT(actor),
     .help = "who says so (default: the user who runs this)"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty add gone@example.net --state /var/lib/fivefifty --tenant acme", "suppress one address for one tenant"},
    {"fivefifty add a@example.net b@example.net -b kafka:9092 -t acme --expires 30d -m 'ticket 4711'",
     "two addresses for a month"},
    {NULL, NULL},
};

static struct ff_slice text(const char *s)
{
    return s ? ff_slice_str(s) : (struct ff_slice){NULL, 0};
}

static int put_all(struct ff_commands *c, struct ff_command *cmd, const char *const *addresses, size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        const char *wrong = ff_written_address(ff_slice_str(addresses[i]), &cmd->address);
        status = wrong ? FF_EXIT_DATA : ff_commands_put(c, cmd, &wrong, NULL);
        if (wrong)
            status = ff_fail(FF_EXIT_SOFTWARE, "%s: %s (a defect)", addresses[i], wrong);
    }
    return status ? status : ff_commands_flush(c);
}

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct add_options *o = options;
    struct ff_commands *c = NULL;
    struct ff_command cmd = {.verb = FF_VERB_ADD,
                             .reason = ff_reason_parse(ff_slice_str(o->reason)),
                             .tenant_id = text(o->tenant),
                             .stream_scope = text(o->stream),
                             .note = text(o->note),
                             .actor = text(o->actor)};
    if (o->expires && !ff_moment_parse(o->expires, 1, &cmd.expires_us))
        return ff_fail(FF_EXIT_USAGE, "--expires: \"%s\" is no time (2026-12-31T00:00:00Z, 12h, 30d)", o->expires);
    if (o->expires && cmd.expires_us <= ff_now_us())
        return ff_fail(FF_EXIT_USAGE, "--expires: \"%s\" is over already (nothing was added)", o->expires);
    int status = ff_commands_open(&o->target, true, &c);
    if (status == 0)
        status = ff_commands_check(c, &cmd, arguments, count);
    if (status == 0) {
        status = put_all(c, &cmd, arguments, count);
        if (status)
            ff_commands_say_done(c, "addresses before that were added", "the same command again adds the rest");
    }
    int closed = ff_commands_close(c, false);
    return status ? status : closed;
}

const struct ff_subcommand ff_cmd_add = {
    .name = "add",
    .summary = "suppress an address by hand",
    .arguments = "ADDRESS...",
    .arguments_min = 1,
    .arguments_max = ADDRESSES_MAX,
    .description = "Suppresses addresses at once, in an embedded state folder (made when it is not there) or through "
                   "Kafka, where the owner of the address does it. What is no single address (*@example.net, two with "
                   "a comma) is refused (65), an expiry in the past too (64).",
    .options = table,
    .struct_size = sizeof(struct add_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 no address, 69 no broker, 73 state cannot be made, 75 another process uses the state, "
             "77 the brokers do not permit it or refuse the connection, "
             "78 the folder is of suppress or serve",
    .run = run,
};
