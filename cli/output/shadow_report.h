/* shadow_report.h: what a second rule set would change, most important first, for people and as JSON (docs/cli.md,
 * shadow mode). */
#ifndef FF_CLI_SHADOW_REPORT_H
#define FF_CLI_SHADOW_REPORT_H

#include "ingest/pipeline/rulebook.h"
#include "ingest/pipeline/shadow.h"
#include "proto/json.h"

/** @param rows_max  rows shown; the rest is counted in one line
 *  @param samples   show a reply as it came, too; not where it would end in a log: it names the recipient */
void ff_shadow_put_text(struct ff_json_out *o, const struct ff_shadow *s, const struct ff_rulebook *book,
                        size_t rows_max, unsigned width, bool samples);
/** The value of member "shadow": an object with all rows. */
void ff_shadow_put_json(struct ff_json_out *o, const struct ff_shadow *s, const struct ff_rulebook *book);

#endif
