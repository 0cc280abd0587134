/* messages.c: see messages.h. */
#include "cli/process/messages.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/process/progress.h"
#include "cli/process/terminal.h"
#include "proto/message.h"

static const char *running; /* NULL: no subcommand yet */

void ff_messages_begin(const char *subcommand)
{
    running = subcommand;
}

static void __attribute__((format(printf, 2, 0))) message(enum ff_severity severity, const char *format, va_list ap)
{
    char text[4096], program[64];
    vsnprintf(text, sizeof text, format, ap);
    ff_progress_make_room();
    ff_terminal_clean(text); /* names and what is quoted from files may hold escape sequences */
    snprintf(program, sizeof program, "fivefifty%s%s", running ? " " : "", running ? running : "");
    ff_message(severity, program, "%s", text);
}

int ff_fail(int status, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    message(FF_SEVERITY_ERROR, format, ap);
    va_end(ap);
    return status;
}

void ff_warn(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    message(FF_SEVERITY_WARNING, format, ap);
    va_end(ap);
}

void ff_note(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    message(FF_SEVERITY_INFO, format, ap);
    va_end(ap);
}

int ff_stdout_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    int e = errno;
    return e == EPIPE ? 0
                      : ff_fail(FF_EXIT_IO, "stdout: %s (%s)", strerror(e),
                                e == ENOSPC ? "make room and run it again" : "the output is not complete");
}
