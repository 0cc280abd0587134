/* gen_format.h: the generator's events written in each input format. */
#ifndef FF_INGEST_GEN_FORMAT_H
#define FF_INGEST_GEN_FORMAT_H

#include <stdio.h>

#include "ingest/generate/gen_plan.h"
#include "proto/error.h"

enum gen_format { GEN_PACKED, GEN_JSON, GEN_KUMOMTA, GEN_POSTFIX, GEN_FORMAT_COUNT };

/** GEN_FORMAT_COUNT when there is no such format. */
enum gen_format gen_format_parse(const char *name);

/** Events in one packed record of a generated file. */
#define GEN_PACKED_EVENTS 500

struct gen_writer;
/** Borrows f. NULL when memory is short. */
FF_MUST_CHECK struct gen_writer *gen_writer_new(enum gen_format format, const struct gen_plan *plan, FILE *f);
/** FF_ERR_IO when f reports an error (disk full, closed pipe: errno says which). What a Postfix log cannot say
 * (out-of-band reports, complaints, administrator's bounces) writes nothing there. */
FF_MUST_CHECK enum ff_err gen_write(struct gen_writer *w, const struct gen_event *ev);
/** Writes what is held back. Does not close f. */
FF_MUST_CHECK enum ff_err gen_writer_finish(struct gen_writer *w);
void gen_writer_free(struct gen_writer *w);

#endif
