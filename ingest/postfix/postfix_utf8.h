/* postfix_utf8.h: repairs text that is no UTF-8. */
#ifndef FF_INGEST_POSTFIX_UTF8_H
#define FF_INGEST_POSTFIX_UTF8_H

#include "proto/slice.h"

/** s with U+FFFD for each byte that belongs to no character; empty when the arena is full. */
struct ff_slice ff_postfix_repaired(struct ff_slice s, struct ff_arena *arena);

#endif
