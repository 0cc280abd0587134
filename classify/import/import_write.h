/* import_write.h: patterns as a rules file. */
#ifndef FF_CLASSIFY_IMPORT_WRITE_H
#define FF_CLASSIFY_IMPORT_WRITE_H

#include "classify/import/import_job.h"

/** Translates every pattern and writes it to im->out, with what was lost beside it; again with the examples that
 * hold. im->short_of_memory says whether all of it was. */
void ff_import_write(struct ff_import_job *im);

#endif
