/* verdict_table.h: what was decided for replies seen before. Bounded; read and written without locks, by one thread or
 * many.
 *
 * A set is one cache line: four entries of 8 bytes key and 8 bytes decision. A key belongs to one set, so a look-up
 * touches one line. A miss takes the place of an entry that was not asked for since the last time the set was full:
 * what comes once goes first, what comes often stays. Keys are 64-bit hashes of the masked reply and of everything else
 * the decision depends on; two replies that share one would share a verdict, which at 65,536 entries and a thousand
 * million replies has a chance of about 4 in 1,000,000 over the whole run.
 *
 * The key is stored combined with the decision (key ^ value), so that halves of two writers never look like an entry.
 * Why there is one table per thread all the same: docs/decisions/verdict-table.md.
 */
#ifndef FF_CLASSIFY_VERDICT_TABLE_H
#define FF_CLASSIFY_VERDICT_TABLE_H

#include <stdatomic.h>

#include "classify/judge/evidence.h"

#define FF_TABLE_SLOTS_DEFAULT 65536u
#define FF_TABLE_SLOTS_MIN 4u
#define FF_TABLE_SLOTS_MAX (1u << 24)
#define FF_TABLE_WAYS 4u
#define FF_TABLE_OUTLINES_MAX 15u

/** A decision in 8 bytes: what a verdict is filled from. Of list and mechanism, the category allows one. */
struct ff_known {
    unsigned rule : 13;      /* index + 1; 0: none */
    unsigned about : 13;     /* index + 1 of ... */
    unsigned about_kind : 2; /* enum ff_about */
    unsigned action : 4;
    uint8_t provider;
    uint8_t category;
    uint8_t confidence : 7;
    uint8_t suppress : 1;
    uint8_t conflict : 1;
    uint8_t retry_named : 1;
    uint8_t present : 1; /* always set: no entry is all zero */
    uint8_t asked : 1;   /* the table's own: looked up since the set was full */
    uint8_t outlines : 4; /* likewise: how often ff_verdict_table_count_outline() was called */
};
_Static_assert(sizeof(struct ff_known) == 8, "an entry is 16 bytes");

enum ff_about { FF_ABOUT_NOTHING, FF_ABOUT_LIST_HOST, FF_ABOUT_LIST_RULE, FF_ABOUT_MECHANISM };

struct ff_verdict_set {
    _Alignas(64) struct {
        _Atomic uint64_t key_and_value, value;
    } way[FF_TABLE_WAYS];
};

struct ff_verdict_table {
    struct ff_verdict_set *sets;
    size_t set_count; /* a power of two */
};

/** @param slots  entries, rounded up to a power of two; 0: the default. False when memory is short. */
FF_MUST_CHECK bool ff_verdict_table_init(struct ff_verdict_table *t, size_t slots);
void ff_verdict_table_fini(struct ff_verdict_table *t);
/** False: not there. Any number of threads. */
FF_MUST_CHECK bool ff_verdict_table_find(const struct ff_verdict_table *t, uint64_t key, struct ff_known *ret);
/** One more outline was made of replies with this key; stops at FF_TABLE_OUTLINES_MAX. Nothing when it is not there. */
void ff_verdict_table_count_outline(struct ff_verdict_table *t, uint64_t key);
/** Returns true when another entry had to go. Any number of threads; of two that write one set at once, one may be
 * lost. */
bool ff_verdict_table_put(struct ff_verdict_table *t, uint64_t key, struct ff_known known);

#endif
