/* log_places.h: how far each followed file was read, kept in the state so that a restart goes on there. */
#ifndef FF_CLI_LOG_PLACES_H
#define FF_CLI_LOG_PLACES_H

#include "ingest/files/source_file.h"
#include "suppress/suppress.h"

#define FF_LOG_FINISHED INT64_MAX

struct ff_log_place {
    /* number of the first record that is needed again: what a joiner holds back is read again; FF_LOG_FINISHED:
     * nothing, as long as the file has place.bytes bytes */
    int64_t next;
    struct ff_source_place at; /* where the reader really was */
};

/** Under the identity of the file, whatever its name is. Part of the batch under construction. */
void ff_log_place_save(struct ff_suppressor *state, const struct ff_source_identity *id,
                       const struct ff_log_place *place);
/** false: no former run read this file. */
FF_MUST_CHECK bool ff_log_place_load(struct ff_suppressor *state, const struct ff_source_identity *id,
                                     struct ff_log_place *ret);

/** Which file is read under a name that the user gave (or, of its predecessors, the first that is not done): a file
 * that was compressed or copied since has another identity, and one that is gone can only be missed by its name. */
void ff_log_name_save(struct ff_suppressor *state, const char *path, const struct ff_source_identity *id);
FF_MUST_CHECK bool ff_log_name_load(struct ff_suppressor *state, const char *path, struct ff_source_identity *ret);

/** What a file of a folder is: gone, since another one has its inode; a rotated file or a segment; or what is read
 * under the plain name of a log. */
#define FF_LOG_SEGMENT_GONE 0
#define FF_LOG_SEGMENT_READ 1
int64_t ff_log_followed_as(const char *path);

/**
 * That a file is one of a followed folder, and what it is: what is known of it can be forgotten with it. What had its
 * inode before is gone, and marked here, not forgotten: folders get the inodes of deleted files again and again, and a
 * compressed file may be known by the one that it was made of. Part of the batch under construction.
 */
void ff_log_segment_save(struct ff_suppressor *state, const char *folder, const struct ff_source_identity *id,
                         int64_t what);
/** What it is; -1: none of this folder. */
FF_MUST_CHECK int64_t ff_log_segment_known(struct ff_suppressor *state, const char *folder,
                                           const struct ff_source_identity *id);
/** @param place_too  also how far the file was read: no other folder has it */
void ff_log_segment_forget(struct ff_suppressor *state, const char *folder, const struct ff_source_identity *id,
                           bool place_too);
/** The files of a folder that the last commit knows, until `each` returns false. false: the state cannot be read. */
FF_MUST_CHECK bool ff_log_segments_each(struct ff_suppressor *state, const char *folder,
                                        bool (*each)(void *ctx, const struct ff_source_identity *id), void *ctx);

#endif
