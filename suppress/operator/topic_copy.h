/* topic_copy.h: a folder of a store in $TMPDIR for what is read of a topic, gone afterwards. */
#ifndef FF_SUPPRESS_TOPIC_COPY_H
#define FF_SUPPRESS_TOPIC_COPY_H

#include "suppress/operator/topic_read.h"

struct ff_topic_copy {
    struct ff_suppressor *store;
    char dir[4096];
};

/** Makes it. Exit status; unless it is 0 the message of `t` says why, and it is closed all the same. */
FF_MUST_CHECK int ff_topic_copy_open(struct ff_topic_copy *c, enum ff_folder_of of, struct ff_topic_reading *t);
/** Exit status and message for an error of the store. */
int ff_topic_copy_failed(struct ff_topic_copy *c, struct ff_topic_reading *t, enum ff_err err);
/** Removes the folder. */
void ff_topic_copy_close(struct ff_topic_copy *c);

/** Is it only that the record is none of ours? Such a one suppresses nobody. */
bool ff_topic_is_foreign_record(enum ff_err err);

#endif
