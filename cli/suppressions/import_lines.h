/* import_lines.h: lines of a list in, orders to suppress or release out: JSON objects, CSV with named columns, or
 * addresses. */
#ifndef FF_CLI_IMPORT_LINES_H
#define FF_CLI_IMPORT_LINES_H

#include "ingest/decode/decode.h"
#include "suppress/suppress.h"

struct ff_import_lines; /* of one file at a time */

/** Records that were imported although they say something that should be looked at; how many, and the first. */
struct ff_import_doubts {
    struct ff_import_doubt {
        uint64_t count;
        int64_t line;
        uint32_t category; /* of `other` */
        char words[80];
    } other, /* the receiving server named a cause that is not the address's */
        words; /* words for a reason that are none of ours, of other services, or of a server */
};

enum ff_import_what {
    FF_IMPORT_NOTHING, /* a comment, a blank line, the names of the columns, or the first half of a record */
    FF_IMPORT_COMMAND,
    FF_IMPORT_WRONG,  /* this record is none of ours; the next one may be */
    FF_IMPORT_BROKEN, /* from here on nobody can say what the lines mean: nothing of the file may be used */
};

/** NULL: memory is short. */
struct ff_import_lines *ff_import_lines_new(void);
void ff_import_lines_free(struct ff_import_lines *l);

/** A new file begins. @param format  "auto" (its first line decides), "jsonl", "csv", "text" */
void ff_import_lines_begin(struct ff_import_lines *l, const char *format);

/**
 * @param cmd   holds what is meant where the line says nothing; gets what it says (borrowed until the next call). A
 * line that
 *              says when it happened gets an id made of its content
 * @param wrong with WRONG and BROKEN: why
 */
FF_MUST_CHECK enum ff_import_what ff_import_line(struct ff_import_lines *l, const struct ff_record *line,
                                                 struct ff_command *cmd, const char **wrong);
/** The file is read. NULL, or why it is BROKEN. */
FF_MUST_CHECK const char *ff_import_lines_end(const struct ff_import_lines *l);
/** Columns of the CSV file that say nothing to us, as "name", "name"; empty: there are none. */
const char *ff_import_lines_unread(const struct ff_import_lines *l);
/** Of the file so far. */
const struct ff_import_doubts *ff_import_lines_doubts(const struct ff_import_lines *l);
/** Number of the line in which the record of the last call begins. */
int64_t ff_import_lines_number(const struct ff_import_lines *l);

#endif
