/* cmd_release.c: addresses may be mailed again: those named, or all that an incident suppressed
 * (release_selected.h). */
#include "cli/process/messages.h"
#include "cli/suppressions/release_selected.h"

#include <stdio.h>
#include <stdlib.h>

#define ADDRESSES_MAX 4096

struct release_options {
    struct ff_target_options target;
    struct ff_selection_options which;
    const char *tenant, *stream, *note, *incident, *actor, *confirm;
    bool all_tenants;
};

static const struct release_options defaults = {.tenant = "default"};

#define AT(member) .offset = offsetof(struct release_options, member)
static const struct ff_option table[] = {
    FF_TARGET_ROWS(struct release_options),
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant),
     .help = "whose list (default: default)"},
    {.name = "all-tenants", .type = FF_OPTION_FLAG, AT(all_tenants), .help = "without ADDRESS: everybody's list"},
    {.name = "stream", .type = FF_OPTION_STRING, .value = "NAME", AT(stream),
     .help = "only this stream (default: the address in all its scopes)"},
    {.name = "note", .letter = 'm', .type = FF_OPTION_STRING, .value = "TEXT", AT(note),
     .help = "kept with the entry, for whoever asks later"},
    {.name = "incident", .type = FF_OPTION_STRING, .value = "ID", AT(incident),
     .help = "the incident that made it necessary"},
    {.name = "actor", .type = FF_OPTION_STRING, .value = "NAME", AT(actor),
     .help = "who says so (default: the user who runs this)"},
    FF_SELECTION_ROWS(struct release_options),
    {.name = "confirm", .type = FF_OPTION_STRING, .value = "TOKEN", AT(confirm),
     .help = "release what was shown with TOKEN"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty release back@example.net --state /var/lib/fivefifty --tenant acme -m 'customer called'", "one address"},
    {"fivefifty release -s state --all-tenants --provider google --since 2026-11-24T21:00Z --until 2026-11-24T23:30Z",
     "show what a provider's bad evening did; add --confirm to undo it"},
    {"fivefifty release -b kafka:9092 -t acme --rule my/too-broad", "what a rule did that was wrong"},
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
    int status = ff_commands_put(c, cmd, &wrong, ret_ended);
    if (wrong)
        return ff_fail(FF_EXIT_SOFTWARE, "%.*s: %s (a defect)", (int)cmd->address.len, (const char *)cmd->address.ptr,
                       wrong);
    return status;
}

static void say(const struct release_options *o, const char *address, uint64_t ended)
{
    fprintf(stderr, "%s: %s (tenant %s%s%s)\n", address, ended ? "released" : "was not suppressed", o->tenant,
            o->stream ? ", stream " : "", o->stream ? o->stream : "");
}

static int release_all(struct ff_commands *c, struct ff_command *cmd, const char *const *addresses, size_t count,
                       uint64_t *ret_ended)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        cmd->address = ff_slice_str(addresses[i]);
        status = release(c, cmd, &ret_ended[i]);
    }
    return status ? status : ff_commands_flush(c);
}

static int release_addresses(const struct release_options *o, struct ff_command *cmd, const char *const *addresses,
                             size_t count)
{
    struct ff_commands *c = NULL;
    uint64_t *ended = calloc(count, sizeof *ended); /* told when it is committed */
    int status = ended ? ff_commands_open(&o->target, false, &c) : ff_fail(FF_EXIT_OSERR, "out of memory");
    if (status == 0)
        status = ff_commands_check(c, cmd, addresses, count);
    if (status == 0) {
        status = release_all(c, cmd, addresses, count, ended);
        if (status)
            ff_commands_say_done(c, "addresses before that were released, and perhaps some after them",
                                 "the same command again releases the rest");
    }
    int closed = ff_commands_close(c, false);
    status = status ? status : closed;
    for (size_t i = 0; i < count && status == 0 && o->target.state; i++)
        say(o, addresses[i], ended[i]);
    if (status == 0 && !o->target.state)
        fprintf(stderr, "sent %zu for tenant %.*s; the process that owns an address releases it\n", count,
                (int)cmd->tenant_id.len, (const char *)cmd->tenant_id.ptr);
    free(ended);
    return status;
}

/* Addresses and a selection exclude each other: "these, if they are of that evening" would not say what became of
 * the others. */
static int check_what(const struct release_options *o, const struct ff_selection *selection, size_t count)
{
    if (count && !selection->any)
        return ff_fail(FF_EXIT_USAGE,
                       "addresses and --since to --reply are both given (release the ones or the others)");
    if (count && (o->confirm || o->all_tenants))
        return ff_fail(FF_EXIT_USAGE, "--%s goes with --since to --reply, not with addresses",
                       o->confirm ? "confirm" : "all-tenants");
    if (!count && selection->any)
        return ff_fail(
            FF_EXIT_USAGE,
            "what is to be released? (an ADDRESS, or --since, --until, --category, --provider, --rule, --mx, "
            "--sending-ip, --domain, --reply)");
    return ff_target_check(&o->target);
}

static int run(void *options, const char *const *arguments, size_t count)
{
    const struct release_options *o = options;
    struct ff_selection selection;
    struct ff_command cmd = {.verb = FF_VERB_RELEASE, .tenant_id = text(o->tenant), .stream_scope = text(o->stream),
                             .note = text(o->note), .incident_id = text(o->incident), .actor = text(o->actor)};
    int status = ff_selection_read(&o->which, &selection);
    if (status)
        return status;
    const struct ff_release_selected r = {.target = &o->target,
                                          .selection = &selection,
                                          .tenant = o->all_tenants ? NULL : o->tenant,
                                          .stream = o->stream,
                                          .confirm = o->confirm,
                                          .order = &cmd};
    status = check_what(o, &selection, count);
    if (status == 0)
        status = count ? release_addresses(o, &cmd, arguments, count) : ff_release_selected(&r);
    ff_selection_fini(&selection);
    return status;
}

const struct ff_subcommand ff_cmd_release = {
    .name = "release",
    .summary = "let addresses be mailed again: one, or all of an incident",
    .arguments = "[ADDRESS]...",
    .arguments_max = ADDRESSES_MAX,
    .description = "Ends the suppression of addresses and says on stderr which were suppressed (over Kafka: how many "
                   "commands were sent). All evidence that is known no longer counts, also what is ahead of the clock; "
                   "new evidence suppresses again.\n\n"
                   "With --since to --reply instead of addresses it undoes an incident: entries of which all of these "
                   "is true. First it shows them; the same command with --confirm releases them, if they are still the "
                   "same. Evidence after --until (without it, after what was shown) counts on. Complaints, opt-outs "
                   "and entries by hand stay.",
    .options = table,
    .struct_size = sizeof(struct release_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 no address, or --confirm of other entries, 66 no such state folder, 69 no broker, 75 another process "
             "uses the state, or interrupted (--brokers), 77 the brokers do not permit it or refuse the connection, 78 "
             "the folder is of suppress or serve",
    .run = run,
};
