/* message.c: see message.h. */
#include "proto/message.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/slice.h"

/* What a pipe takes in one piece (pipe(7); POSIX allows 512, Linux has 4096). */
#define LINE_MAX_BYTES 4096
#define PROGRAM_MAX 64

/* systemd names what it connected as DEVICE:INODE. Whoever started us may have put something else in its place
 * since, a file, say: the variable alone proves nothing. */
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
    char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES] = "";
    int n = vsnprintf(text, sizeof text, format, args), before = 0;
    struct ff_slice cut = ff_slice_of(text, n < 0 ? 0 : strlen(text));
    if (stderr_is_journal())
        before = snprintf(line, sizeof line, "<%d>", (int)severity);
    before += snprintf(line + before, sizeof line - (size_t)before, "%.*s: ", PROGRAM_MAX, program);
    cut = ff_slice_cut_utf8(cut, sizeof line - (size_t)before - 2);
    snprintf(line + before, sizeof line - (size_t)before, "%.*s\n", (int)cut.len, text);
    /* one write: two processes or threads that share a terminal or a log must not mix their lines */
    fputs(line, stderr);
}

void ff_message(enum ff_severity severity, const char *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ff_message_args(severity, program, format, args);
    va_end(args);
}
