/* letter_log.c: see letter_log.h. */
#include "kafka/letter_log.h"

#include <inttypes.h>
#include <stdio.h>

void ff_letter_log_init(struct ff_letter_log *log)
{
    pthread_mutex_init(&log->lock, NULL);
}

void ff_letter_log_fini(struct ff_letter_log *log)
{
    pthread_mutex_destroy(&log->lock);
}

void ff_letter_log_note(struct ff_letter_log *log, const struct ff_kafka_letter *letter)
{
    size_t i = 0;
    pthread_mutex_lock(&log->lock);
    while (i < log->count && strcmp(log->reasons[i].last.reason, letter->reason) != 0)
        i++;
    if (i < FF_LETTER_REASONS_MAX) {
        log->count += i == log->count;
        log->reasons[i].last = *letter;
        log->reasons[i].untold++;
    }
    pthread_mutex_unlock(&log->lock);
}

static void put_line(const struct ff_letter_tally *t, char *ret)
{
    const struct ff_kafka_letter *l = &t->last;
    bool one = t->untold == 1;
    snprintf(ret, FF_LETTER_LINE_MAX, "%" PRIu64 " dead letter%s, %s, %s %s/%" PRId32 " offset %" PRId64 ": %s",
             t->untold, one ? "" : "s", l->reason, one ? "of" : "the last of", l->source_topic, l->source_partition,
             l->source_offset, l->message);
}

bool ff_letter_log_line(struct ff_letter_log *log, int64_t now_us, bool all, char *ret)
{
    bool found = false;
    pthread_mutex_lock(&log->lock);
    for (size_t i = 0; i < log->count && !found; i++) {
        struct ff_letter_tally *t = &log->reasons[i];
        found = t->untold && (all || t->said_us == 0 || now_us - t->said_us >= FF_LETTER_LOG_INTERVAL_US);
        if (!found)
            continue;
        put_line(t, ret);
        t->untold = 0;
        t->said_us = now_us;
    }
    pthread_mutex_unlock(&log->lock);
    return found;
}
