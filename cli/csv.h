/* csv.h: suppressions as RFC 4180 CSV: the columns of the JSON form, one header line, LF. */
#ifndef FF_CLI_CSV_H
#define FF_CLI_CSV_H

#include "suppress/suppress.h"

void ff_csv_put_header(struct ff_json_out *o);
void ff_csv_put_suppression(struct ff_json_out *o, const struct ff_suppression *s);

#endif
