/* cmd_release.c: an address may be mailed again. */
#include "cli/process/messages.h"
#include "cli/suppressions/commands.h"

#include <stdio.h>
#include <stdlib.h>

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

/* One command; *ret_ended: how many entries it ended. */
static int release(struct ff_commands *c, const struct ff_command *cmd, uint64_t *ret_ended)
{
    const char *wrong = NULL;
    uint64_t before = 0, after = 0;
    bool known = ff_commands_released(c, &before);
    int status = ff_commands_put(c, cmd, &wrong);
    if (wrong)
        return ff_fail(FF_EXIT_DATA, "%.*s: %s (nothing was released)", (int)cmd->address.len, (const char *)cmd->address.ptr, wrong);
    *ret_ended = known && ff_commands_released(c, &after) ? after - before : 0;
    return status;
}

static void say(const struct release_options *o, const char *address, uint64_t ended)
{
    fprintf(stderr, "%s: %s (tenant %s%s%s)\n", address, ended ? "released" : "was not suppressed", o->tenant, o->stream ? ", stream " : "",
            o->stream ? o->stream : "");
}

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct release_options *o = options;
    struct ff_commands *c = NULL;
    struct ff_command cmd = {.verb = FF_VERB_RELEASE, .tenant_id = text(o->tenant), .stream_scope = text(o->stream),
                             .note = text(o->note), .incident_id = text(o->incident), .actor = text(o->actor)};
    uint64_t *ended = calloc(count, sizeof *ended); /* told when it is committed */
    int status = ended ? ff_commands_open(&o->target, false, &c) : ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    for (size_t i = 0; i < count && status == 0; i++) {
        cmd.address = ff_slice_str(arguments[i]);
        status = release(c, &cmd, &ended[i]);
    }
    int closed = ff_commands_close(c, status == 0);
    status = status ? status : closed;
    for (size_t i = 0; i < count && status == 0 && o->target.state; i++)
        say(o, arguments[i], ended[i]);
    if (status == 0 && !o->target.state)
        fprintf(stderr, "sent %zu; the process that owns an address releases it\n", count);
    free(ended);
    return status;
}

const struct ff_subcommand ff_cmd_release = {
    .name = "release",
    .summary = "let an address be mailed again",
    .arguments = "ADDRESS...",
    .arguments_min = 1,
    .arguments_max = ADDRESSES_MAX,
    .description = "Ends the suppression of addresses and says on stderr which were suppressed (over Kafka: how many commands were sent). "
                   "All evidence that is known no longer counts, also what is ahead of the clock; new evidence suppresses again.",
    .options = table,
    .struct_size = sizeof(struct release_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 no address, 66 no such state folder, 69 no broker, 75 another process uses the state, 78 the folder is of suppress or serve",
    .run = run,
};
