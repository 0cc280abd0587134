/* known_record.c: see known_record.h. */
#include "ingest/files/known_record.h"

#define HASH_START 0xcbf29ce484222325u
#define HASHED_BYTES 4096u

void ff_known_record_keep(struct ff_known_record *r)
{
    bool whole = r->view.len <= sizeof r->ends;
    if (!r->view.ptr)
        return;
    r->len = r->view.len;
    r->kept = whole ? r->len : sizeof r->ends;
    memcpy(r->ends, r->view.ptr, whole ? r->len : FF_KNOWN_BYTES);
    if (!whole)
        memcpy(r->ends + FF_KNOWN_BYTES, r->view.ptr + r->len - FF_KNOWN_BYTES, FF_KNOWN_BYTES);
    r->view.ptr = NULL;
}

/* FNV-1a. */
static uint64_t hash(uint64_t h, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

uint64_t ff_known_record_check(struct ff_known_record *r)
{
    ff_known_record_keep(r);
    uint64_t len = r->len;
    return hash(hash(HASH_START, r->ends, r->kept), (const uint8_t *)&len, sizeof len);
}

uint64_t ff_record_hash(struct ff_slice record)
{
    return hash(HASH_START, record.ptr, record.len < HASHED_BYTES ? record.len : HASHED_BYTES);
}
