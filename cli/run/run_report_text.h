/* run_report_text.h: the report for people. */
#ifndef FF_CLI_RUN_REPORT_TEXT_H
#define FF_CLI_RUN_REPORT_TEXT_H

#include "cli/run/run_findings.h"
#include "cli/run/run_report.h"

void ff_report_put_text(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *facts, bool colour,
                        unsigned width);

#endif
