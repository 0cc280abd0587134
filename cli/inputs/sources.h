/* sources.h: reads a file or stdin, with a message when that fails. */
#ifndef FF_CLI_SOURCES_H
#define FF_CLI_SOURCES_H

#include "cli/output/output.h"
#include "ingest/files/source_file.h"

/** Exit status and message for a source that is broken: 65 damaged data, 74 a read error. */
int ff_source_failed(const struct ff_source *s);
/** Opens, or says why not: 66, 77. What the source has to warn of goes to stderr. */
FF_MUST_CHECK int ff_source_start(const struct ff_source_options *opts, struct ff_source **ret);

/** What is done with a record. A status other than 0 ends the reading with it (its message has been printed). */
typedef int ff_source_record_fn(void *ctx, const struct ff_record *record);
/**
 * Reads an input to its end, waiting where nothing comes yet.
 * @param path  NULL or "-": stdin
 * @param out   flushed before every wait: whoever reads us sees all there is while nothing comes; when nobody does any
 *              more, the reading ends early. NULL: nothing is written while reading
 * @return 0, the status of `record`, or a status with a message: 65, 66, 74, 77
 */
FF_MUST_CHECK int ff_source_read_all(const char *path, enum ff_framing framing, struct ff_output *out,
                                     ff_source_record_fn *record, void *ctx);
/** What is done before each record, and while none comes: somebody looks how far it is (ff_source_progress). */
typedef void ff_source_watch_fn(void *ctx, const struct ff_source *source);
/** The same for whoever watches. @param twice  the file is read again afterwards: warnings are left to that */
FF_MUST_CHECK int ff_source_read_watched(const char *path, enum ff_framing framing, bool twice,
                                         ff_source_record_fn *record, ff_source_watch_fn *watch, void *ctx);

/** Waits for input or `timeout_ms`, whichever is first; returns early when a signal came.
 * @param also_fd  something else that may have input; -1: nothing */
void ff_inputs_wait(struct ff_source *const *sources, size_t count, int also_fd, int timeout_ms);

#endif
