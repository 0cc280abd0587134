/* message.c: see message.h. */
#include "proto/message.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 4096

/* systemd names what it connected as DEVICE:INODE. Whoever started us may have put something else in its place since, a file, say:
 * the variable alone proves nothing. */
static bool stderr_is_journal(void)
{
    const char *named = getenv("JOURNAL_STREAM");
    char is[64];
    struct stat st;
    if (!named || fstat(STDERR_FILENO, &st) != 0)
        return false;
    snprintf(is, sizeof is, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(is, named) == 0;
}

void ff_message_args(enum ff_severity severity, const char *program, const char *format, va_list args)
{
    char text[TEXT_MAX], prefix[8] = "";
    vsnprintf(text, sizeof text, format, args);
    if (stderr_is_journal())
        snprintf(prefix, sizeof prefix, "<%d>", (int)severity);
    /* one write: two processes or threads that share a terminal or a log must not mix their lines */
    fprintf(stderr, "%s%s: %s\n", prefix, program, text);
}

void ff_message(enum ff_severity severity, const char *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ff_message_args(severity, program, format, args);
    va_end(args);
}
