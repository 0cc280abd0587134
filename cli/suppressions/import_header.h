/* import_header.h: line 1 of a list in CSV: what separates its cells, and what its columns are. */
#ifndef FF_CLI_IMPORT_HEADER_H
#define FF_CLI_IMPORT_HEADER_H

#include "cli/suppressions/import_columns.h"
#include "proto/csv.h"

#define FF_IMPORT_COLUMNS_MAX 64
#define FF_IMPORT_NAME_MAX 40

struct ff_import_header {
    size_t count;
    struct {
        enum ff_import_field field;
        char name[FF_IMPORT_NAME_MAX]; /* as it stands there, cut */
    } column[FF_IMPORT_COLUMNS_MAX];
    enum ff_reason implied; /* by their names; FF_REASON_NONE: they imply none */
    char unread[400];       /* "name", "name": columns that say nothing to us; empty: there are none */
};

/** Is it a line of cells, by a separator outside quotes, or the one name of a list of addresses? */
bool ff_import_is_csv(struct ff_slice line);
/** The one of , ; TAB | with which a line has a column of addresses; else the one that it has most of. Tells `csv`
 * of it. */
void ff_import_separator(struct ff_csv *csv, struct ff_slice line);
/** Of a complete record. false: `message` says what is wrong. */
FF_MUST_CHECK bool ff_import_header_read(struct ff_import_header *h, struct ff_csv *csv, char *message, size_t size);

#endif
