/* postfix_joiner_texts.h: texts as chains of pieces of a pool. */
#ifndef FF_INGEST_POSTFIX_JOINER_TEXTS_H
#define FF_INGEST_POSTFIX_JOINER_TEXTS_H

#include "ingest/postfix/postfix_joiner_memory.h"
#include "proto/slice.h"

/** Gives its pieces back; *t is then empty. */
void ff_joiner_text_free(struct ff_joiner *j, struct text *t);
/** Appends bytes to a chain whose last piece is *last, filled up to *fill. there is room: ff_joiner_make_room() was
 * asked before. */
void ff_joiner_text_append(struct ff_joiner *j, struct text *t, uint32_t *last, size_t *fill, struct ff_slice s);
/** A copy of the text in the arena; empty when the arena is full. */
struct ff_slice ff_joiner_text_get(const struct ff_joiner *j, struct text t, struct ff_arena *arena);

#endif
