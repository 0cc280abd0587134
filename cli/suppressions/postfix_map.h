/* postfix_map.h: suppressions as the source of a Postfix table: `KEY<TAB>REJECT 5.1.1 text`, for postmap(1) and
 * check_recipient_access. */
#ifndef FF_CLI_POSTFIX_MAP_H
#define FF_CLI_POSTFIX_MAP_H

#include "cli/output/output.h"
#include "suppress/suppress.h"

/* holds all lines, some 100 bytes each: postmap takes a key once, and tenants have the same ones */
struct ff_postfix_map;

/** NULL: no memory. */
struct ff_postfix_map *ff_postfix_map_new(void);
void ff_postfix_map_free(struct ff_postfix_map *m);
/**
 * Of entries with the same address key the first one given counts. The text says what we know, in words of ours: what
 * a foreign server said has line ends, and would go out as an answer of this one.
 * @return false: no memory; ff_postfix_map_write() tells it
 */
FF_MUST_CHECK bool ff_postfix_map_add(struct ff_postfix_map *m, const struct ff_suppression *s);
/**
 * The lines, sorted by the bytes of the keys. A key that no line can hold (postmap takes one that begins with # for a
 * comment, and ends one at the first blank outside quotes: the rest of the key would be another key, of a whole domain
 * perhaps) is left out, and a message counts them.
 * @return 0; 71 with a message, and nothing was written
 */
FF_MUST_CHECK int ff_postfix_map_write(struct ff_postfix_map *m, struct ff_output *out);

#endif
