/* surge.h: is a provider having a bad hour? Of one reply nobody can tell "no such user" of an outage from a true one;
 * of many one can: suddenly this provider has several times its share of all addresses that become suppressed, and not
 * only those of one or two customers' lists.
 *
 * Compared is the provider's share, not its rate: a campaign that ends a quiet week raises all providers alike. Time
 * is that of the events, in windows of five minutes, and what is found does not depend on the order in which they are
 * read: a log of last week, or partitions of which one is read hours before the other, are judged like a stream.
 * Memory only, up to 6 MB (23 KB for each provider that has dead addresses); after a start it learns first. It does no
 * more than tell: what is published stays a pure function of the state of each key (docs/suppression.md, "A provider's
 * bad hour").
 */
#ifndef FF_SUPPRESS_SURGE_H
#define FF_SUPPRESS_SURGE_H

#include "suppress/suppress.h"

#define FF_SURGE_WINDOW_US (INT64_C(300) * 1000000)
/** A day of windows: what is later than that is not looked at. */
#define FF_SURGE_WINDOWS 288
/** A window is compared with what happened at least an hour before or after it. */
#define FF_SURGE_NEAR 12
/** Nothing is judged before so many addresses teach what is usual. */
#define FF_SURGE_LEARNED_MIN 1000
#define FF_SURGE_ADDED_MIN 40 /* in one window */
#define FF_SURGE_RATIO 4       /* times as many as its share, without those of the two tenants that have most of them */
#define FF_SURGE_PROVIDERS_MAX 256

struct ff_surges;

/** NULL: memory is short. */
FF_MUST_CHECK struct ff_surges *ff_surges_new(void);
void ff_surges_free(struct ff_surges *s);

/** A reply made an address suppressed. A provider without a name, or with one that is no word, only counts among
 * the others. No allocation; 20 ns. */
void ff_surges_add(struct ff_surges *s, struct ff_slice provider, struct ff_slice tenant, int64_t event_time_us);
/** Looks at what came since the last review; some microseconds. */
void ff_surges_review(struct ff_surges *s);

/** How many surges were found so far. */
uint64_t ff_surges_found(const struct ff_surges *s);
/** Surge number `n`, 0 the first that was found; false: it was not found yet, or is not kept any more
 * (FF_SURGES_KEPT of the latest are). */
bool ff_surges_get(const struct ff_surges *s, uint64_t n, struct ff_surge *ret);

#endif
