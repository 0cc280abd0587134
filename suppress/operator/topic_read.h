/* topic_read.h: partitions of a compacted topic, read from their beginnings to the ends that they have now. */
#ifndef FF_SUPPRESS_TOPIC_READ_H
#define FF_SUPPRESS_TOPIC_READ_H

#include "suppress/broker/broker.h"

struct ff_topic_reading {
    const struct ff_suppress_options *opts;
    enum ff_topic topic;
    /** Is it to be read, of so many partitions? NULL: all are. */
    bool (*wants)(void *ctx, int32_t partition, int32_t count);
    /** Valid for the call. An error ends the reading. */
    enum ff_err (*each)(void *ctx, const struct ff_broker_record *r);
    void *ctx;
    enum ff_err failed; /* what `each` said */
    char *message;      /* the caller's */
    size_t message_size;
};

/** Calls `each` for every record that was there at the beginning, so that the end is one moment for all partitions.
 * @return exit status: 69 no broker, or it went away; 71 no memory; 75 *opts->stop is set; 77 not permitted; 78 no such
 *         topic; each with a message. 70 without one when `each` failed */
FF_MUST_CHECK int ff_topic_read(struct ff_topic_reading *t);
/** Sets the message and returns the status. */
int ff_topic_complain(struct ff_topic_reading *t, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool ff_topic_is_stopped(const struct ff_topic_reading *t);
int ff_topic_interrupted(struct ff_topic_reading *t);

#endif
