/* import_status.h: what a column of a list says of an address that may be mailed, in the languages of those who
 * keep lists. */
#ifndef FF_CLI_IMPORT_STATUS_H
#define FF_CLI_IMPORT_STATUS_H

#include "proto/slice.h"

/** "subscribed", "Active", "aktiv", "double opt-in", ...: the address may be mailed, and a list that has it is none of
 * suppressions. Capitals, blanks and joints do not count. */
bool ff_import_is_mailable(struct ff_slice word);

#endif
