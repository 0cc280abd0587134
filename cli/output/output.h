/* output.h: where a subcommand's data goes: stdout, or a file that appears whole or not at all. */
#ifndef FF_CLI_OUTPUT_H
#define FF_CLI_OUTPUT_H

#include <signal.h>

#include "proto/error.h"
#include "proto/json.h"

#define FF_OUTPUT_BYTES (256u << 10)

struct ff_output {
    const char *name;   /* for messages */
    char *path;         /* final name; NULL: stdout, or written in place (a device, a FIFO, an open descriptor) */
    char *temporary;    /* its name while it is written, where the file system has no nameless files */
    int fd;
    bool line_buffered; /* flush at ff_output_line_end() */
    /* the reader closed its end, or was given up: nothing more need be written, and that is no error */
    bool gone;
    const volatile sig_atomic_t *stop; /* ff_output_give_up_on(); NULL: never */
    int error;          /* errno of the first failure */
    size_t used;
    uint8_t buf[FF_OUTPUT_BYTES];
};

/** @param path  NULL or "-": stdout. @return 0, or 73 with a message on stderr. */
FF_MUST_CHECK int ff_output_open(struct ff_output **ret, const char *path, bool line_buffered);
/** A file that is appended to and never renamed: for programs that run for ever. */
FF_MUST_CHECK int ff_output_append(struct ff_output **ret, const char *path);
/** From when *stop is set nothing more is written, and a write that waits for a reader ends: `gone`. Without it an
 * asked-to-stop program waits for the reader as long as that lives. Whoever uses it has to look at *stop after
 * ff_output_flush(): the rest may be missing. */
void ff_output_give_up_on(struct ff_output *o, const volatile sig_atomic_t *stop);
/** Failures are kept and told by close; after one (or when `gone`) this does nothing. */
void ff_output_write(struct ff_output *o, struct ff_slice bytes);
/** What was built goes to the output; the buffer is empty then. Memory that was short becomes an output error. */
void ff_output_take(struct ff_output *out, struct ff_json_out *o);
void ff_output_line_end(struct ff_output *o);
void ff_output_flush(struct ff_output *o);
/** Flushes, and what was written is on the disk. */
void ff_output_sync(struct ff_output *o);
/** That the reader went away is an error from now on, unless it is that of stdout. */
void ff_output_needs_reader(struct ff_output *o);
/** The file will be given its name with this behind it. false: it has none to be given, or the output has failed. */
FF_MUST_CHECK bool ff_output_add_suffix(struct ff_output *o, const char *suffix);
/** No more output is wanted or possible: the caller may stop reading. */
static inline bool ff_output_done(const struct ff_output *o)
{
    return o->gone || o->error != 0;
}
/** Flushes and, when `keep`, gives the file its name. @return 0, 73 or 74 with a message on stderr. o may be NULL. */
FF_MUST_CHECK int ff_output_close(struct ff_output *o, bool keep);

#endif
