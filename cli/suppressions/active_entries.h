/* active_entries.h: the active suppressions of a state folder or of the compacted topic, one after another. */
#ifndef FF_CLI_ACTIVE_ENTRIES_H
#define FF_CLI_ACTIVE_ENTRIES_H

#include "cli/suppressions/commands.h"

/** false: no more are wanted. The entry is valid for the call. */
typedef bool ff_entries_fn(void *ctx, const struct ff_suppression *s);

/**
 * Calls `each` for every entry that is active now, in byte order of the keys. What has expired is active for nobody
 * who asks, so it is left out. Beside a process that uses the folder: what that one has committed. Of a topic: from
 * here on SIGTERM and SIGINT set ff_stop, and end it with 75.
 * @param tenant  NULL: all
 * @return 0, or an exit status after a message
 */
FF_MUST_CHECK int ff_entries_each(const struct ff_target_options *target, const char *tenant, ff_entries_fn *each,
                                  void *ctx);

#endif
