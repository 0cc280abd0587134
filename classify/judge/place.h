/* place.h: where words stand, seen from what claims that an address is dead. */
#ifndef FF_CLASSIFY_PLACE_H
#define FF_CLASSIFY_PLACE_H

#include "classify/judge/match.h"

/** Did anything claim that an address is dead? Else nothing below holds. */
FF_MUST_CHECK bool ff_place_has_claim(const struct ff_ruleset *rules, const struct ff_fired *fired, size_t count);

/**
 * Do words of a hint stand where it asks for them ("where" of a rules file)?
 * @param where       enum ff_where; nothing holds for FF_WHERE_ANYWHERE
 * @param fired       what fired on this text, the fillers, too
 * @param start, end  the words in `masked`, as of a hit: its blanks included
 */
FF_MUST_CHECK bool ff_place_holds(const struct ff_ruleset *rules, struct ff_slice masked, const struct ff_fired *fired,
                                  size_t count, unsigned where, size_t start, size_t end);

#endif
