/* known_record.h: what is kept of a record to know it again in another run. */
#ifndef FF_INGEST_KNOWN_RECORD_H
#define FF_INGEST_KNOWN_RECORD_H

#include "proto/slice.h"

/** Bytes of the beginning and of the end of a record: times, queue ids, replies. */
#define FF_KNOWN_BYTES 64

struct ff_known_record {
    struct ff_slice view; /* the record itself; ptr NULL: only what is below is left */
    uint8_t ends[2 * FF_KNOWN_BYTES];
    size_t kept, len;
};

/** The view is about to become invalid: keeps what says which record it was. */
void ff_known_record_keep(struct ff_known_record *r);
/** Of the length, the beginning and the end; keeps these. The same in every run. */
uint64_t ff_known_record_check(struct ff_known_record *r);

/** Of a file's first record: only tells files apart that share an inode number. */
uint64_t ff_record_hash(struct ff_slice record);

#endif
