/* import_access_map.h: lines of Postfix's access maps, "a@example.net REJECT text" (access(5)), in a list of
 * addresses. */
#ifndef FF_CLI_IMPORT_ACCESS_MAP_H
#define FF_CLI_IMPORT_ACCESS_MAP_H

#include "proto/slice.h"

/** Slices are borrowed from the line. */
struct ff_import_access {
    struct ff_slice key;  /* an address; also a domain, or "info@", which name no single mailbox */
    struct ff_slice text; /* behind the action, for the client or the log; with a code before it the code as well */
    uint32_t code;        /* 5xx; 0: the action names none */
    const char *wrong;    /* why the action suppresses nobody; NULL: it refuses mail for good (REJECT, DISCARD, 5xx) */
};

/** false: what stands behind the first blank is no action, or before it nothing that a map has; then it is no line
 * of a map. */
bool ff_import_access_line(struct ff_slice line, struct ff_import_access *ret);

#endif
