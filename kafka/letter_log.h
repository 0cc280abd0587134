/* letter_log.h: dead letters as lines on stderr: the first of a reason at once, then one line per reason and half a
 * minute, with how many there were and where the last one came from. Bad input may be every record: a line for each
 * would be a second input.
 *
 * Knows no librdkafka. Any thread may note letters.
 */
#ifndef FF_KAFKA_LETTER_LOG_H
#define FF_KAFKA_LETTER_LOG_H

#include <pthread.h>

#include "kafka/dead_letter.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_LETTER_LOG_INTERVAL_US 30000000
/** Reasons that are told apart; what comes beyond them is not told. */
#define FF_LETTER_REASONS_MAX 32
#define FF_LETTER_LINE_MAX 900

struct ff_letter_log {
    pthread_mutex_t lock;
    size_t count;
    struct ff_letter_tally {
        struct ff_kafka_letter last; /* its texts are the caller's */
        uint64_t untold;
        int64_t said_us; /* 0: never */
    } reasons[FF_LETTER_REASONS_MAX];
};

/** Zero before. */
void ff_letter_log_init(struct ff_letter_log *log);
void ff_letter_log_fini(struct ff_letter_log *log);
/** @param letter  reason, message and source_topic live as long as the log */
void ff_letter_log_note(struct ff_letter_log *log, const struct ff_kafka_letter *letter);
/** The next line that is due: call it until there is none.
 * @param now_us  monotonic, above 0
 * @param all  at the end: whatever was not told
 * @param ret  FF_LETTER_LINE_MAX bytes; without a line end */
bool ff_letter_log_line(struct ff_letter_log *log, int64_t now_us, bool all, char *ret);

#ifdef __cplusplus
}
#endif
#endif
