/* options_kept.h: what the options borrow: it lives as long as the process's work. */
#ifndef FF_CLI_OPTIONS_KEPT_H
#define FF_CLI_OPTIONS_KEPT_H

#include <stddef.h>

/** Zeroed bytes; when memory is short the process ends. */
void *ff_options_keep(size_t bytes);
/** A copy. */
const char *ff_options_keep_string(const char *s);
/** Frees what was kept since the call before; the first call only begins. So options that are read again and again
 * do not add up. */
void ff_options_keep_anew(void);
/** Frees all of it. */
void ff_options_forget(void);

#endif
