/* cmd_release.c: an address may be mailed again. */
#include "cli/commands.h"

#define ADDRESSES_MAX 4096

struct release_options {
    struct ff_target_options target;
    const char *tenant, *stream, *note, *incident, *actor;
};

static const struct release_options defaults = {.tenant = "default"};

#define AT(member) .offset = offsetof(struct release_options, member)
static const struct ff_option table[] = {
    FF_TARGET_ROWS(struct release_options),
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant), .help = "whose list (default: default)"},
    {.name = "stream", .type = FF_OPTION_STRING, .value = "NAME", AT(stream), .help = "only this stream (default: the address in all its scopes)"},
    {.name = "note", .letter = 'm', .type = FF_OPTION_STRING, .value = "TEXT", AT(note), .help = "kept with the entry, for whoever asks later"},
    {.name = "incident", .type = FF_OPTION_STRING, .value = "ID", AT(incident), .help = "the incident that made it necessary"},
    {.name = "actor", .type = FF_OPTION_STRING, .value = "NAME", AT(actor), .help = "who says so (default: the user who runs this)"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_example examples[] = {
    {"fivefifty release back@example.net --state /var/lib/fivefifty --tenant acme -m 'customer called'", "one address"},
    {NULL, NULL},
};

static struct ff_slice text(const char *s)
{
    return s ? ff_slice_str(s) : (struct ff_slice){NULL, 0};
}

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct release_options *o = options;
    struct ff_commands *c = NULL;
    struct ff_command cmd = {.verb = FF_VERB_RELEASE, .tenant_id = text(o->tenant), .stream_scope = text(o->stream),
                             .note = text(o->note), .incident_id = text(o->incident), .actor = text(o->actor)};
    int status = ff_commands_open(&o->target, false, &c);
    for (size_t i = 0; i < count && status == 0; i++) {
        const char *wrong = NULL;
        cmd.address = ff_slice_str(arguments[i]);
        status = ff_commands_put(c, &cmd, &wrong);
        if (wrong)
            status = ff_fail(FF_EXIT_DATA, "%s: %s (nothing was released)", arguments[i], wrong);
    }
    int closed = ff_commands_close(c, status == 0);
    return status ? status : closed;
}

const struct ff_subcommand ff_cmd_release = {
    .name = "release",
    .summary = "let an address be mailed again",
    .arguments = "ADDRESS...",
    .arguments_min = 1,
    .arguments_max = ADDRESSES_MAX,
    .description = "Ends the suppression of addresses. Evidence from before the release no longer counts; new evidence suppresses "
                   "again.",
    .options = table,
    .struct_size = sizeof(struct release_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 no address, 66 no such state folder, 69 no broker, 75 another process uses the state",
    .run = run,
};
