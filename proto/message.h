/* message.h: a line on stderr for a person, or for whoever collects the lines of services.
 *
 * It has no time: a message is about now, and the journal, Docker, Kubernetes, svlogd and syslog stamp each line as it
 * comes, so a stamp of ours would be the second one. Into a file without a collector: `2>&1 | ts`.
 */
#ifndef FF_PROTO_MESSAGE_H
#define FF_PROTO_MESSAGE_H

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/** As syslog(3) numbers them. */
enum ff_severity {
    FF_SEVERITY_ERROR = 3,   /* why the program, or what it was asked for, ends */
    FF_SEVERITY_WARNING = 4, /* it goes on; somebody should look */
    FF_SEVERITY_INFO = 6,    /* all is well */
};

/** "PROGRAM: TEXT\n", in one write of at most 4 KiB, which no other writer of a pipe gets between; a longer text is
 * cut. Where stderr is the journal of systemd "<N>" stands before it (sd-daemon(3)), so that `journalctl -p
 * warning` finds what matters. Any thread. */
void ff_message(enum ff_severity severity, const char *program, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ff_message_args(enum ff_severity severity, const char *program, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#ifdef __cplusplus
}
#endif
#endif
