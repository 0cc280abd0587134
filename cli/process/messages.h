/* messages.h: what a person is told on stderr, and whether stdout took what it was given. */
#ifndef FF_CLI_MESSAGES_H
#define FF_CLI_MESSAGES_H

#include "proto/error.h"

/** From now on messages begin with this subcommand's name; borrowed. */
void ff_messages_begin(const char *subcommand);

/** What stdio holds for stdout is written. 0; 74 with a message, or 0 when nobody reads any more. */
FF_MUST_CHECK int ff_stdout_flush(void);

/** "fivefifty SUB: TEXT\n" on stderr; gives back `status`, so that `return ff_fail(...)` reads well. TEXT should be
 * "what is wrong (what to do)". The subcommand is the one that runs. TEXT is one line: control bytes in it become
 * dots. */
int ff_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Same for things that end nothing, and that somebody should look at. */
void ff_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Same for what went as it should. */
void ff_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
