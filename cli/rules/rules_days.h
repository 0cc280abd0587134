/* rules_days.h: on how many days it takes a reply to suppress its address, when one alone does not do. A file of
 * its own, since evidence is another thing in suppress.h than in explain.h. */
#ifndef FF_CLI_RULES_DAYS_H
#define FF_CLI_RULES_DAYS_H

#include "classify/classify.h"

/** A row of the policy, in numbers and as "7 days within 60, at least 14 days apart". */
struct counted_days {
    unsigned days, within, apart;
    bool per_stream, own_mta;
    char text[80];
};

/** The row that a bounce with this reply and verdict falls under; what the reply does not say of itself is that a
 * remote server said it.
 * @return false: it suppresses alone, or on no number of days */
bool ff_rules_days(const struct ff_reply *r, const struct ff_verdict *v, struct counted_days *ret);

#endif
