/* postfix_joiner_tables.h: messages, their deferred recipients, and where their lines stood. An index of 0: there
 * is none. */
#ifndef FF_INGEST_POSTFIX_JOINER_TABLES_H
#define FF_INGEST_POSTFIX_JOINER_TABLES_H

#include <stddef.h>

#include "ingest/postfix/postfix_joiner_memory.h"

uint32_t ff_joiner_message_find(const struct ff_joiner *j, uint64_t key);
/** The message, made when it is not there; the newest in use afterwards. */
uint32_t ff_joiner_message_touch(struct ff_joiner *j, uint64_t key, const struct ff_joiner_at *at);
void ff_joiner_message_free(struct ff_joiner *j, uint32_t i);
uint32_t ff_joiner_recipient_find(const struct ff_joiner *j, uint64_t key);
/** Appends one without texts to those of the message. There must be a free one, or a fresh one. */
struct recipient *ff_joiner_recipient_add(struct ff_joiner *j, struct message *m, uint64_t key);
void ff_joiner_recipient_free(struct ff_joiner *j, struct message *m, uint32_t i);
/** Gives up the message that was silent for longest, but not `keep`. false: there is no other. */
bool ff_joiner_evict(struct ff_joiner *j, uint32_t keep);
/** Evicts messages until there is room for so many bytes of text. false: there is none with all but `keep`
 * evicted. */
bool ff_joiner_make_room(struct ff_joiner *j, size_t bytes, uint32_t keep);
/** The message no longer holds back its source. */
void ff_joiner_source_unlink(struct ff_joiner *j, uint32_t i);
/** SOURCE_NONE when there is none, or no room for it. */
uint16_t ff_joiner_source_find(struct ff_joiner *j, const char *name, int32_t partition, bool add);

#endif
