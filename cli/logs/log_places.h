/* log_places.h: how far each followed file was read, kept in the state so that a restart goes on there. */
#ifndef FF_CLI_LOG_PLACES_H
#define FF_CLI_LOG_PLACES_H

#include "ingest/files/source_file.h"
#include "suppress/suppress.h"

#define FF_LOG_FINISHED INT64_MAX

struct ff_log_place {
    int64_t next; /* number of the first record that is needed again: what a joiner holds back is read again; FF_LOG_FINISHED:
                     nothing, as long as the file has place.bytes bytes */
    struct ff_source_place at; /* where the reader really was */
};

/** Under the identity of the file, whatever its name is. Part of the batch under construction. */
void ff_log_place_save(struct ff_suppressor *state, const struct ff_source_identity *id, const struct ff_log_place *place);
/** false: no former run read this file. */
FF_MUST_CHECK bool ff_log_place_load(struct ff_suppressor *state, const struct ff_source_identity *id, struct ff_log_place *ret);

/** Which file is read under a name that the user gave (or, of its predecessors, the first that is not done): a file that was
 * compressed or copied since has another identity, and one that is gone can only be missed by its name. */
void ff_log_name_save(struct ff_suppressor *state, const char *path, const struct ff_source_identity *id);
FF_MUST_CHECK bool ff_log_name_load(struct ff_suppressor *state, const char *path, struct ff_source_identity *ret);

#endif
