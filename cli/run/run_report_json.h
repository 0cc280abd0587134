/* run_report_json.h: the report as one JSON object. */
#ifndef FF_CLI_RUN_REPORT_JSON_H
#define FF_CLI_RUN_REPORT_JSON_H

#include "cli/run/run_findings.h"
#include "cli/run/run_report.h"

void ff_report_put_json(struct ff_report *r, struct ff_json_out *o, const struct ff_report_facts *facts);

#endif
