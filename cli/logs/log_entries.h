/* log_entries.h: what is in a folder, and what of it is new since the last look. */
#ifndef FF_CLI_LOG_ENTRIES_H
#define FF_CLI_LOG_ENTRIES_H

#include <dirent.h>
#include <limits.h>

#include "cli/logs/log_slots.h"

struct ff_log_entry {
    struct ff_log_name name;
    struct stat st; /* of a segment that was seen before: nothing */
    uint64_t key;
    bool seen; /* it was known at the last look, or has been taken in since */
};

struct ff_log_entries {
    struct ff_log_entry *entries; /* logs and segments in the order of ff_log_name_order() */
    size_t count, told; /* behind those are some that are not read */
    struct dirent **names; /* everything that is visible */
    int name_count;
};

/** Says once of each file that is compressed otherwise that it is not read. false: the folder cannot be read. */
FF_MUST_CHECK bool ff_log_entries_read(const struct ff_log_folder *f, struct ff_log_entries *ret);
/** The folder remembers what was seen, and notices that something is gone. */
void ff_log_entries_keep(struct ff_log_folder *f, struct ff_log_entries *found);
void ff_log_entries_free(struct ff_log_entries *found);

/** Its path; empty when that is too long. */
void ff_log_entry_path(const struct ff_log_folder *f, const struct ff_log_entry *e, char ret[PATH_MAX]);
/** It is NAME.gz or NAME.zst, and NAME is there: gzip(1) keeps both until it is done. */
bool ff_log_entry_is_twin(const struct ff_log_folder *f, const struct ff_log_entry *e);

#endif
