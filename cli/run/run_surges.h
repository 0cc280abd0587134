/* run_surges.h: providers that suddenly had several times their share of what was suppressed, and the command that
 * undoes it. */
#ifndef FF_CLI_RUN_SURGES_H
#define FF_CLI_RUN_SURGES_H

#include "proto/json.h"
#include "suppress/suppress.h"

/** The command that shows what a surge suppressed, as one types it. */
void ff_surge_put_command(struct ff_json_out *o, const struct ff_surge *surge, const char *state_dir);

/** A line on stderr for each surge that began since *told, which goes on with them: for a run that follows its
 * inputs, whose report comes when it is stopped. */
void ff_surges_tell(const struct ff_suppressor *state, const char *state_dir, uint64_t *told);

/** Member `surges` of the report: an array of provider, since, until, added, usual, tenants and the command. */
void ff_surges_put_json(struct ff_json_out *o, const struct ff_suppressor *state, const char *state_dir);

#endif
