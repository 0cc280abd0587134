/* commands.h: what subcommands on the suppressions share: options, and where commands go: into an embedded state, to
 * the `run` that has it, or to mail.suppression-commands.v1. */
#ifndef FF_CLI_COMMANDS_H
#define FF_CLI_COMMANDS_H

#include "cli/options/options_table.h"
#include "suppress/service.h"

#define FF_COMMANDS_PER_BATCH 1000
#define FF_COMMAND_BYTES_MAX 4096 /* of the texts of one command */

/** First member of the structs of subcommands that take --state or --brokers. */
struct ff_target_options {
    const char *state, *brokers, *topic_prefix;
    struct ff_option_list properties;
};

#define FF_TARGET_ROWS(where)                                                                               \
    {.name = "state", .letter = 's', .type = FF_OPTION_STRING, .value = "DIR",                              \
     .offset = offsetof(where, target.state),                                                               \
     .help = "the state folder of run"},                                                                    \
        FF_TARGET_KAFKA_ROWS(where)
#define FF_TARGET_KAFKA_ROWS(where)                                                                         \
    {.name = "brokers", .letter = 'b', .type = FF_OPTION_STRING, .value = "HOST:PORT",                      \
     .offset = offsetof(where, target.brokers), .help = "Kafka, when the suppressions are kept there"},     \
        {.name = "topic-prefix", .type = FF_OPTION_STRING, .value = "PREFIX",                               \
         .offset = offsetof(where, target.topic_prefix),                                                    \
         .help = "beginning of our topics' names (default: mail.)"},                                        \
    {                                                                                                       \
        .name = "property", .letter = 'X', .type = FF_OPTION_LIST, .value = "NAME=VALUE",                   \
        .offset = offsetof(where, target.properties), .help = "a property of librdkafka"                    \
    }

/** 0, or 64 with a message unless exactly one of --state and --brokers is given. */
FF_MUST_CHECK int ff_target_check(const struct ff_target_options *t);
/** Kafka side of the options; properties live until the next call. 0, or 64 with a message. */
FF_MUST_CHECK int ff_target_kafka(const struct ff_target_options *t, struct ff_suppress_options *ret);

struct ff_commands; /* batches commands on their way */

/** @param create  make the state folder when it is not there. It is opened by the first command that is one, so that a
 * list
 *                of none leaves no folder behind. Options are borrowed until close */
FF_MUST_CHECK int ff_commands_open(const struct ff_target_options *t, bool create, struct ff_commands **ret);
/**
 * Takes a copy of the command. Empty command_id: a random one; time_us 0: now; empty actor: the user who runs us.
 * @param ret_ended  how many entries it ended, of a release: written at the latest when it is committed, and left as it
 *                   was where the command goes over Kafka. NULL: nobody wants to know
 * @return 0; 65 when the command is none (the reason in *ret_wrong, nothing was printed); else a status after a message
 */
FF_MUST_CHECK int ff_commands_put(struct ff_commands *c, const struct ff_command *command, const char **ret_wrong,
                                  uint64_t *ret_ended);
/** Why ff_commands_put() would refuse it, and whoever owns the address as well, where nobody is told; NULL: it is a
 * command. */
FF_MUST_CHECK const char *ff_commands_wrong(const struct ff_commands *c, const struct ff_command *command);
/** That for each of the addresses, before the first of them is put: 0, or 65 with a message of the first that is
 * wrong. What is added is taken as ff_written_address() makes it; what is released as it stands, since it may have
 * been bounced so. */
FF_MUST_CHECK int ff_commands_check(const struct ff_commands *c, const struct ff_command *command,
                                    const char *const *addresses, size_t count);
/** How many entries the releases so far ended, of those that are committed at least. false: they go over Kafka, and
 * whoever owns the addresses finds out. */
FF_MUST_CHECK bool ff_commands_released(const struct ff_commands *c, uint64_t *ret);
/** Commits or sends what there is now. 0, or a status after a message. */
FF_MUST_CHECK int ff_commands_flush(struct ff_commands *c);
/** After a failure: what came before it is done, and how many commands that were is said: "N DONE (REMEDY)", of
 * Kafka "N commands before that were sent (REMEDY)". Nothing when nothing was begun. */
void ff_commands_say_done(struct ff_commands *c, const char *done, const char *remedy);
/** Commits or sends what is left. `keep` false: drops it. c may be NULL. */
FF_MUST_CHECK int ff_commands_close(struct ff_commands *c, bool keep);

/** "2026-12-31T00:00:00Z", or a time from now, "12h", "30d": ahead of it with `direction` 1, ago with -1. false:
 * neither. Without a zone it is UTC; seconds may be left out. */
FF_MUST_CHECK bool ff_moment_parse(const char *text, int direction, int64_t *ret_us);

#endif
