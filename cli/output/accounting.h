/* accounting.h: the accounting identity as people and programs see it, and dead letters as JSON. */
#ifndef FF_CLI_ACCOUNTING_H
#define FF_CLI_ACCOUNTING_H

#include "ingest/decode/decode.h"
#include "proto/json.h"

/** "records R  items I  events E  ignored G (reason=n ...)  dead-lettered D" on stderr. */
void ff_accounting_print(const struct ff_accounting *a);
/** Members of the object of --stats, without braces. */
void ff_accounting_put_json(struct ff_json_out *o, const struct ff_accounting *a);
/** 0; 70 with a message when items are not events + ignored + dead-lettered: a defect of ours that must not pass
 * unseen. */
FF_MUST_CHECK int ff_accounting_check(const struct ff_accounting *a);

/** One line of --dead-letters (docs/cli.md). */
void ff_dead_letter_put_json(struct ff_json_out *o, const struct ff_dead_letter *dead, const struct ff_record *record,
                             const char *format);

/** "file:line" or "topic/partition/offset" of a record. */
struct ff_slice ff_position_format(const struct ff_position *p, char *buf, size_t size);

#endif
