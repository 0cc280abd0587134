/* import_read.h: the patterns of a file of another classifier. */
#ifndef FF_CLASSIFY_IMPORT_READ_H
#define FF_CLASSIFY_IMPORT_READ_H

#include "classify/import/import_job.h"

/** Fills im->patterns. FF_OK; FF_ERR_SYNTAX, which is reported; FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_import_read(struct ff_import_job *im, struct ff_slice text);

#endif
