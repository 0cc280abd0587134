/* reply_line.h: one line of the classify filter as a reply: text, or a JSON object (docs/cli.md, classify). */
#ifndef FF_CLI_REPLY_LINE_H
#define FF_CLI_REPLY_LINE_H

#include "classify/classify.h"
#include "ingest/decode/decode.h"
#include "proto/json.h"

#define FF_REPLY_ODD_MAX 32

struct ff_reply_reader {
    struct ff_json_doc *doc;
    struct ff_arena arena;
    char odd[FF_REPLY_ODD_MAX][40]; /* members that are none of ours and need no second look: told, or like none */
    unsigned odd_count;
};

struct ff_reply_line {
    struct ff_reply reply;
    struct ff_slice id; /* as JSON; empty: the line has none */
    const char *error;  /* constant text; NULL: none */
};

/** 0, or an exit status after a message. Call fini either way. */
FF_MUST_CHECK int ff_reply_reader_init(struct ff_reply_reader *r);
void ff_reply_reader_fini(struct ff_reply_reader *r);

/** A member that looks like one of ours and is none ("Stage") is named on stderr, once per reader. Slices of *q
 * live until the next call and as long as the record. */
void ff_reply_line_parse(struct ff_reply_reader *r, const struct ff_record *record, struct ff_reply_line *q);

#endif
