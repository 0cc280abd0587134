/* kumomta_answer.h: what is said of the item at hand: events and dead letters. */
#ifndef FF_INGEST_KUMOMTA_ANSWER_H
#define FF_INGEST_KUMOMTA_ANSWER_H

#include "ingest/kumomta/kumomta_decoder.h"

/** @param offset  in the item, of what is wrong */
void ff_kumomta_dead_at(struct ff_kumomta *k, enum ff_dead reason, const char *message, size_t offset);
/** The item as a whole is wrong. */
void ff_kumomta_dead(struct ff_kumomta *k, enum ff_dead reason, const char *message);
/** Completes ev with this recipient, which is not empty, and its id, and hands it over. */
void ff_kumomta_emit(struct ff_kumomta *k, struct ff_event *ev, struct ff_slice recipient);
/** One event for a string, one for each element of an array, and one dead letter for all elements that are no address.
 * `flags_of` adds flags that depend on the address; may be NULL. false when there is nothing at all (null, [],
 * none). */
bool ff_kumomta_emit_each(struct ff_kumomta *k, struct ff_event *ev, uint32_t node,
                          uint32_t (*flags_of)(struct ff_slice));

#endif
