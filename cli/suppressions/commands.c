/* commands.c: see commands.h. Copies into one arena per batch: what comes from a line of a file is gone with the
 * line. */
#include "cli/suppressions/commands.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/control/control_client.h"
#include "cli/options/kafka_properties.h"
#include "cli/options/options_duration.h"
#include "cli/process/messages.h"
#include "cli/process/signals.h"
#include "cli/suppressions/written_address.h"
#include "proto/clock.h"
#include "proto/time_text.h"

#define ID_HEX 32

struct ff_commands {
    const char *state_dir;       /* NULL: Kafka */
    struct ff_suppressor *state; /* NULL: not opened yet, or a `run` has it */
    int control;                 /* its socket; -1: not connected */
    uint8_t *control_memory;
    struct ff_control_answer *answer;
    bool create, failed;
    struct ff_suppress_options kafka;
    struct ff_arena arena;
    size_t count;
    uint64_t done, ended;
    char actor[64];
    struct ff_command batch[FF_COMMANDS_PER_BATCH];
    uint64_t *ret_ended[FF_COMMANDS_PER_BATCH];
    uint8_t memory[FF_COMMANDS_PER_BATCH * 512];
};

int ff_target_check(const struct ff_target_options *t)
{
    if (t->state && t->brokers)
        return ff_fail(FF_EXIT_USAGE, "--state and --brokers are both given (the suppressions are in one of them)");
    if (!t->state && !t->brokers)
        return ff_fail(FF_EXIT_USAGE, "--state DIR or --brokers HOST:PORT is missing (where are the suppressions?)");
    return 0;
}

int ff_target_kafka(const struct ff_target_options *t, struct ff_suppress_options *ret)
{
    static struct ff_kafka_property *properties;
    *ret = (struct ff_suppress_options){.brokers = t->brokers,
                                        .topic_prefix = t->topic_prefix ? t->topic_prefix : "mail.",
                                        .stop = &ff_stop};
    free(properties);
    properties = NULL;
    int status = ff_kafka_properties(&t->properties, &properties);
    if (status)
        return status;
    ret->properties = properties;
    ret->property_count = t->properties.count;
    return 0;
}

static void name_actor(struct ff_commands *c)
{
    const struct passwd *user = getpwuid(getuid());
    snprintf(c->actor, sizeof c->actor, "%s", user ? user->pw_name : "unknown");
}

int ff_commands_open(const struct ff_target_options *t, bool create, struct ff_commands **ret)
{
    int status = ff_target_check(t);
    if (status)
        return status;
    struct ff_commands *c = calloc(1, sizeof *c);
    if (!c)
        return ff_fail(FF_EXIT_OSERR, "out of memory");
    ff_arena_init(&c->arena, c->memory, sizeof c->memory);
    name_actor(c);
    c->state_dir = t->state;
    c->create = create;
    c->control = -1;
    if (t->brokers)
        status = ff_target_kafka(t, &c->kafka);
    if (status) {
        free(c);
        return status;
    }
    *ret = c;
    return 0;
}

static int in_use(const struct ff_commands *c)
{
    return ff_fail(FF_EXIT_TEMPFAIL,
                   "%s: in use by another process that takes no commands (stop it, run this again, start it: systemctl "
                   "stop fivefifty-run; export, explain and /v1/check go beside it)",
                   c->state_dir);
}

static int does_not_answer(const struct ff_commands *c)
{
    return ff_fail(FF_EXIT_TEMPFAIL, "%s: the run that has it does not answer (perhaps it is done; run this again)",
                   c->state_dir);
}

/* The state is in use, mostly by a `run --follow`, which no waiting ends: it is asked to do it. */
static int connect_to_run(struct ff_commands *c)
{
    enum ff_err err = ff_control_connect(c->state_dir, &c->control);
    if (err == FF_ERR_PERMISSION)
        return ff_fail(FF_EXIT_NOPERM, "%s: the run that has it is another user's (run this as that user, or root)",
                       c->state_dir);
    if (err == FF_ERR_EXISTS)
        return does_not_answer(c);
    if (err != FF_OK)
        return in_use(c);
    c->control_memory = malloc(FF_CONTROL_HEADER + FF_CONTROL_REQUEST_MAX);
    c->answer = malloc(sizeof *c->answer);
    return c->control_memory && c->answer ? 0 : ff_fail(FF_EXIT_OSERR, "out of memory");
}

/* A folder of another service is refused as if nobody had it: to stop that service would not help. */
static bool is_of_another(const struct ff_commands *c, char *message, size_t size)
{
    struct ff_suppressor *s = NULL;
    struct ff_suppressor_options opts = {
        .state_dir = c->state_dir, .folder_of = FF_FOLDER_OF_RUN, .read_only = true};
    enum ff_err err = ff_suppressor_open(&opts, &s, message, size);
    ff_suppressor_close(s);
    return err == FF_ERR_CONFIG;
}

static int open_state(struct ff_commands *c)
{
    char message[512];
    struct ff_suppressor_options opts = {
        .state_dir = c->state_dir, .folder_of = FF_FOLDER_OF_RUN, .create = c->create, .sync = true};
    enum ff_err err = ff_suppressor_open(&opts, &c->state, message, sizeof message);
    if (err == FF_ERR_EXISTS && is_of_another(c, message, sizeof message))
        return ff_fail(FF_EXIT_CONFIG, "%s", message);
    if (err == FF_ERR_EXISTS)
        return connect_to_run(c);
    return err == FF_OK ? 0 : ff_fail(ff_err_exit_status(err), "%s", message);
}

/* By the `run` that has the state. What it answers for was done, also when it did not do all. */
static int flush_to_run(struct ff_commands *c)
{
    enum ff_err err = ff_control_ask(c->control, c->batch, c->count, c->control_memory, c->answer);
    if (err == FF_ERR_EXISTS)
        return does_not_answer(c);
    if (err == FF_ERR_CONFIG)
        return ff_fail(FF_EXIT_TEMPFAIL, "%s: the run that has it is of another version (restart it)", c->state_dir);
    if (err != FF_OK)
        return ff_fail(FF_EXIT_TEMPFAIL, "%s: the run that had it went away (perhaps it is done; run this again)",
                       c->state_dir);
    for (size_t i = 0; i < c->answer->count && i < c->count; i++) {
        c->ended += c->answer->ended[i];
        if (c->ret_ended[i])
            *c->ret_ended[i] = c->answer->ended[i];
    }
    if (c->answer->status == 0)
        return 0;
    c->done += c->answer->count;
    return ff_fail(c->answer->status, "%s: %s", c->state_dir, c->answer->text);
}

int ff_commands_flush(struct ff_commands *c)
{
    char message[FF_SERVICE_MESSAGE_MAX];
    int status = 0;
    if (c->count == 0)
        return 0;
    if (c->control >= 0) {
        status = flush_to_run(c);
    } else if (!c->state_dir) {
        status = ff_commands_send(&c->kafka, c->batch, c->count, message, sizeof message);
        if (status)
            ff_warn("%s", message);
    } else {
        enum ff_err err = ff_suppressor_commit(c->state, message, sizeof message);
        if (err != FF_OK)
            status = ff_fail(ff_err_exit_status(err),
                             "%s: %s (free some room: nothing that was committed before is lost)", c->state_dir,
                             message);
    }
    if (status == 0)
        c->done += c->count;
    c->failed = status != 0;
    c->count = 0;
    ff_arena_reset(&c->arena);
    return status;
}

void ff_commands_say_done(struct ff_commands *c, const char *done, const char *remedy)
{
    if (!c->failed && ff_commands_flush(c) != 0)
        c->failed = true; /* what has failed before would only fail again */
    if (c->done > 0 || c->state || c->control >= 0)
        ff_warn("%llu %s (%s)", (unsigned long long)c->done, c->state_dir ? done : "commands before that were sent",
                remedy);
}

static size_t text_bytes(const struct ff_commands *c, const struct ff_command *cmd)
{
    return cmd->address.len + cmd->note.len + cmd->tenant_id.len + cmd->stream_scope.len + cmd->incident_id.len +
           (cmd->actor.len ? cmd->actor.len : strlen(c->actor)) + (cmd->command_id.len ? cmd->command_id.len : ID_HEX);
}

const char *ff_commands_wrong(const struct ff_commands *c, const struct ff_command *cmd)
{
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    enum ff_err err = ff_address_key(cmd->address, key, &len);
    if (err == FF_ERR_TOO_LARGE)
        return "the address is longer than RFC 5321 allows";
    if (err != FF_OK)
        return "this is no address (local@domain)";
    if (cmd->tenant_id.len > FF_TENANT_BYTES_MAX || ff_slice_has_control(cmd->tenant_id))
        return "the tenant is longer than 255 bytes, or has a control byte";
    if (cmd->stream_scope.len > FF_TENANT_BYTES_MAX || ff_slice_has_control(cmd->stream_scope))
        return "the stream is longer than 255 bytes, or has a control byte";
    if (!c->state_dir && text_bytes(c, cmd) > FF_COMMAND_BYTES_MAX)
        return "the texts are longer than 4096 bytes";
    return text_bytes(c, cmd) > sizeof c->memory ? "the texts are longer than 500 KB" : NULL;
}

int ff_commands_check(const struct ff_commands *c, const struct ff_command *command, const char *const *addresses,
                      size_t count)
{
    struct ff_command cmd = *command;
    for (size_t i = 0; i < count; i++) {
        cmd.address = ff_slice_str(addresses[i]);
        const char *wrong = cmd.verb == FF_VERB_ADD ? ff_written_address(cmd.address, &cmd.address) : NULL;
        if (!wrong)
            wrong = ff_commands_wrong(c, &cmd);
        if (wrong)
            return ff_fail(FF_EXIT_DATA, "%s: %s (nothing was %s)", addresses[i], wrong,
                           cmd.verb == FF_VERB_ADD ? "added" : "released");
    }
    return 0;
}

static bool copy_all(struct ff_commands *c, struct ff_command *cmd)
{
    struct ff_slice *const texts[] = {&cmd->command_id, &cmd->tenant_id, &cmd->stream_scope, &cmd->address,
                                      &cmd->actor, &cmd->note, &cmd->incident_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!ff_arena_copy(&c->arena, *texts[i], texts[i]))
            return false;
    return true;
}

static int random_id(char hex[ID_HEX + 1])
{
    uint8_t bytes[ID_HEX / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return ff_fail(FF_EXIT_OSERR, "the system gives no random bytes");
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

static uint64_t ended_so_far(const struct ff_commands *c)
{
    struct ff_suppressor_stats stats;
    if (!c->state)
        return c->ended;
    ff_suppressor_stats(c->state, &stats);
    return stats.released;
}

bool ff_commands_released(const struct ff_commands *c, uint64_t *ret)
{
    if (!c->state_dir)
        return false;
    *ret = ended_so_far(c);
    return true;
}

static int put_into_state(struct ff_commands *c, const struct ff_command *cmd, const char **ret_wrong,
                          uint64_t *ret_ended)
{
    uint64_t before = ended_so_far(c);
    enum ff_err err = ff_suppressor_command(c->state, cmd, -1);
    if (ret_ended)
        *ret_ended = ended_so_far(c) - before;
    if (err == FF_ERR_SYNTAX) {
        *ret_wrong = "this is no command";
        return FF_EXIT_DATA;
    }
    c->failed = err != FF_OK;
    return err == FF_OK ? 0
                        : ff_fail(ff_err_exit_status(err), "%s: the state cannot be changed (%s)", c->state_dir,
                                  ff_err_name(err));
}

static int put_into_batch(struct ff_commands *c, struct ff_command *cmd, uint64_t *ret_ended)
{
    if (text_bytes(c, cmd) > c->arena.size - c->arena.used) {
        int status = ff_commands_flush(c);
        if (status)
            return status;
    }
    if (!copy_all(c, cmd))
        return ff_fail(FF_EXIT_SOFTWARE, "a command does not fit (a defect)");
    c->batch[c->count] = *cmd;
    c->ret_ended[c->count] = ret_ended;
    return 0;
}

int ff_commands_put(struct ff_commands *c, const struct ff_command *command, const char **ret_wrong,
                    uint64_t *ret_ended)
{
    char id[ID_HEX + 1];
    struct ff_command cmd = *command;
    *ret_wrong = ff_commands_wrong(c, &cmd);
    if (*ret_wrong)
        return FF_EXIT_DATA;
    if (cmd.command_id.len == 0) {
        int status = random_id(id);
        if (status)
            return status;
        cmd.command_id = ff_slice_str(id);
    }
    if (cmd.time_us == 0)
        cmd.time_us = ff_now_us();
    if (cmd.actor.len == 0)
        cmd.actor = ff_slice_str(c->actor);
    int status = c->state_dir && !c->state && c->control < 0 ? open_state(c) : 0;
    if (status == 0)
        status = c->state ? put_into_state(c, &cmd, ret_wrong, ret_ended) : put_into_batch(c, &cmd, ret_ended);
    if (status)
        return status;
    c->count++;
    return c->count == FF_COMMANDS_PER_BATCH ? ff_commands_flush(c) : 0;
}

int ff_commands_close(struct ff_commands *c, bool keep)
{
    if (!c)
        return 0;
    int status = keep ? ff_commands_flush(c) : 0;
    ff_suppressor_close(c->state);
    if (c->control >= 0)
        close(c->control);
    free(c->control_memory);
    free(c->answer);
    free(c);
    return status;
}

/* "2026-11-24" and "2026-11-24T21:00Z" as people write them, with what ff_time_parse() wants of a time. */
static void complete_time(const char *text, char *ret, size_t size)
{
    size_t len = strlen(text);
    bool date = len == 10, minutes = len >= 16 && text[13] == ':' && text[16] != ':';
    const char *added = date ? "T00:00:00" : minutes ? ":00" : "";
    snprintf(ret, size, "%.*s%s%s", minutes ? 16 : (int)len, text, added, minutes ? text + 16 : "");
}

bool ff_moment_parse(const char *text, int direction, int64_t *ret_us)
{
    char whole[64];
    int64_t seconds;
    if (ff_duration_parse(text, &seconds)) {
        *ret_us = ff_now_us() + direction * seconds * 1000000;
        return ff_time_is_usable(*ret_us);
    }
    complete_time(text, whole, sizeof whole);
    return ff_time_parse(ff_slice_str(whole), true, ret_us, NULL) && ff_time_is_usable(*ret_us);
}
