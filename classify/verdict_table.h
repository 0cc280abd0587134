/* verdict_table.h: what was decided for replies seen before. Bounded, one per classifier, no locks.
 *
 * Sets of four entries; a key belongs to one set. A hit moves one place up in its set, a miss takes the last place: what
 * comes often climbs, what comes once leaves first (transposition rule). Keys are 64-bit hashes of the masked reply and of
 * everything else the decision depends on; two replies that share one would share a verdict, which at 65,536 entries and a
 * thousand million replies has a chance of about 4 in 1,000,000 over the whole run.
 */
#ifndef FF_CLASSIFY_VERDICT_TABLE_H
#define FF_CLASSIFY_VERDICT_TABLE_H

#include "classify/evidence.h"

#define FF_TABLE_SLOTS_DEFAULT 65536u
#define FF_TABLE_SLOTS_MIN 4u
#define FF_TABLE_SLOTS_MAX (1u << 24)

struct ff_verdict_table {
    uint64_t *keys; /* 0: free */
    struct ff_decision *decisions;
    size_t slots;
};

FF_MUST_CHECK bool ff_verdict_table_init(struct ff_verdict_table *t, size_t slots);
void ff_verdict_table_fini(struct ff_verdict_table *t);
/** NULL: not there. Valid until the next call. */
const struct ff_decision *ff_verdict_table_find(struct ff_verdict_table *t, uint64_t key);
/** Returns true when another entry had to go. */
bool ff_verdict_table_put(struct ff_verdict_table *t, uint64_t key, const struct ff_decision *d);

#endif
