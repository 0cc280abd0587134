/* csv.h: records and cells of CSV (RFC 4180, with any separator), from lines.
 *
 * A record is not a line: a cell in quotes may hold line feeds, and what foreign machines said (a reply of several
 * lines) is in such cells. Whoever takes each line for a record lets those machines write records. So a reader is told
 * every line, in order, and says when a record is complete; where quotes do not add up it is not known where the next
 * record begins, and nothing after it may be used.
 */
#ifndef FF_PROTO_CSV_H
#define FF_PROTO_CSV_H

#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Of a record, quotes included: 1 MiB. */
#define FF_CSV_RECORD_MAX ((size_t)1 << 20)

/** Memory grows to the longest record seen. One thread per instance. */
struct ff_csv;
/** NULL: memory is short. */
struct ff_csv *ff_csv_new(void);
void ff_csv_free(struct ff_csv *c);

/** A new text begins, whose cells are kept apart by this byte: no quote, line end or blank but TAB. Without this
 * call: a comma. */
void ff_csv_begin(struct ff_csv *c, uint8_t separator);

/**
 * Takes a copy of the next line, given without its line feed. Blanks around a quoted cell and the carriage return at
 * the end of a line do not count; a quote inside a cell that did not begin with one is a byte like others.
 * @return FF_OK: a record is complete, ff_csv_cell() gives its cells; FF_ERR_TRUNCATED: a quote is open, the record
 * goes on in
 *         the next line (at the end of the text: it never closes); FF_ERR_SYNTAX: text behind a closing quote;
 *         FF_ERR_TOO_LARGE: over FF_CSV_RECORD_MAX; FF_ERR_NOMEM. After one of the last three no more lines may be
 *         given
 */
FF_MUST_CHECK enum ff_err ff_csv_line(struct ff_csv *c, struct ff_slice line);

/** The next cell of a complete record, its quotes taken off; valid until the next ff_csv_line(). A record has at
 * least one. false: there are no more. */
FF_MUST_CHECK bool ff_csv_cell(struct ff_csv *c, struct ff_slice *ret);

#ifdef __cplusplus
}
#endif
#endif
