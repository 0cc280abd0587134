/* cycles.h: when may an offset be committed? The bookkeeping between what was read and what the broker acknowledged.
 *
 * A worker reads a handful of records, produces everything that follows from them, and calls that a cycle. A cycle is
 * done when all its messages are acknowledged and all cycles before it are done; then its positions may be committed,
 * so that a crash at any moment re-reads some records but skips none. Acknowledgements come in any order, cycles end
 * in order.
 *
 * A rebalance takes partitions away while messages are under way. Their cycles stay in the ring until the last
 * acknowledgement (it carries a pointer to the cycle), but belong to an older generation and never move a position.
 * Used by one thread. Memory is made at assignment, nothing per cycle.
 */
#ifndef FF_INGEST_CYCLES_H
#define FF_INGEST_CYCLES_H

#include "proto/error.h"

/** Cycles under way; at the limit a worker stops reading. */
#define FF_CYCLES_MAX 256

struct ff_cycles;

struct ff_cycle {
    struct ff_cycles *owner;
    uint32_t generation;
    uint32_t pending; /* messages without acknowledgement */
    bool open;        /* more may be added */
    bool broken;      /* something of it was refused: it and all after it never count as done */
    int64_t *next;    /* per partition slot: position after this cycle; -1: untouched */
};

struct ff_cycles {
    struct ff_cycle ring[FF_CYCLES_MAX];
    unsigned head, count; /* oldest, how many */
    uint32_t generation;
    size_t slots;         /* partitions assigned */
    int64_t *memory;
    uint64_t bytes;       /* of messages without acknowledgement, all generations */
};

void ff_cycles_init(struct ff_cycles *c);
void ff_cycles_fini(struct ff_cycles *c);
/** A new assignment with this many partitions: no cycle so far moves a position any more. FF_ERR_NOMEM changes nothing
 * but the generation. */
FF_MUST_CHECK enum ff_err ff_cycles_assign(struct ff_cycles *c, size_t slots);
/** Forgets all cycles, also those under way: the producer is gone and no acknowledgement will come. */
void ff_cycles_forget(struct ff_cycles *c);

bool ff_cycles_full(const struct ff_cycles *c);
/** The cycle that everything from now on belongs to; NULL when the ring is full. */
struct ff_cycle *ff_cycles_open(struct ff_cycles *c);
/** Nothing more will be added to it. */
void ff_cycle_close(struct ff_cycle *cycle);
/** @param slot  < slots of the assignment */
void ff_cycle_position(struct ff_cycle *cycle, size_t slot, int64_t next);
void ff_cycle_sent(struct ff_cycle *cycle, size_t bytes);
/** @param ok  false: refused for good */
void ff_cycle_acknowledged(struct ff_cycle *cycle, size_t bytes, bool ok);

/** Takes the done cycles off the ring and writes their positions to done[slot] (slots of the present assignment).
 * @return true when a position moved */
bool ff_cycles_retire(struct ff_cycles *c, int64_t *done);
/** Is a message of the present assignment still under way? */
bool ff_cycles_busy(const struct ff_cycles *c);

#endif
