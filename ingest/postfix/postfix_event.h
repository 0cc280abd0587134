/* postfix_event.h: events of the lines that say what became of a recipient: a result, or the expiry of a message. */
#ifndef FF_INGEST_POSTFIX_EVENT_H
#define FF_INGEST_POSTFIX_EVENT_H

#include "ingest/postfix/postfix_decoder.h"
#include "ingest/postfix/postfix_item.h"
#include "ingest/postfix/postfix_line.h"
#include "ingest/postfix/syslog_prefix.h"

/** Answers for the result of one attempt. */
void ff_postfix_result_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                            const struct ff_postfix_line *pl);
/** One expiration for each recipient that was last heard of as deferred: the line itself names none. */
void ff_postfix_expired_line(struct postfix *d, const struct item *it, const struct ff_log_line *line,
                             const struct ff_postfix_line *pl);

#endif
