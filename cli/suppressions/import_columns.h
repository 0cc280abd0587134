/* import_columns.h: what a column of a list is, by its name: ours, and those of other services' exports. */
#ifndef FF_CLI_IMPORT_COLUMNS_H
#define FF_CLI_IMPORT_COLUMNS_H

#include "suppress/suppress.h"

enum ff_import_field {
    FF_IMPORT_UNREAD, /* nothing of ours */
    FF_IMPORT_OURS,   /* what export prints and import has no use for */
    /* ours as well: who has it was bounced or entered here before, so that its address is taken as it stands */
    FF_IMPORT_KEY,
    FF_IMPORT_ADDRESS,
    FF_IMPORT_TENANT,
    FF_IMPORT_STREAM,
    FF_IMPORT_STATE,
    FF_IMPORT_NOTE,
    FF_IMPORT_EXPIRES,
    FF_IMPORT_TIME,
    FF_IMPORT_REASON, /* a reason of ours, a word for one, or a text */
    FF_IMPORT_HINT,   /* says the reason in some lists (type, source), something else in others */
    FF_IMPORT_STATUS, /* a hint, a reply code, or what a service calls a state of the address */
    FF_IMPORT_TEXT,   /* what the receiving server said */
    FF_IMPORT_CODE,   /* its reply code */
    FF_IMPORT_FIELD_COUNT
};

struct ff_import_column {
    enum ff_import_field field;
    unsigned rank;          /* of two columns for one thing the one with the lower rank is meant */
    enum ff_reason implied; /* when nothing else says why: CLEAN_TIME stands in lists of bounces only */
};

/** In lower case, letters and digits only ("E-Mail Address" -> "emailaddress"); cut to `size` - 1 bytes. Returns
 * ret. */
struct ff_slice ff_import_fold(struct ff_slice name, char *ret, size_t size);
struct ff_import_column ff_import_column_of(struct ff_slice name);

#endif
