/* postfix_joiner_int.h: the joiner's memory, and what its files share.
 *
 * postfix_joiner.c is what lines teach and what is asked; postfix_joiner_tables.c keeps messages and recipients, and
 * gives up the oldest at a limit; postfix_joiner_texts.c keeps their texts. Entry 0 of each table means "none".
 */
#ifndef FF_INGEST_POSTFIX_JOINER_INT_H
#define FF_INGEST_POSTFIX_JOINER_INT_H

#include "ingest/postfix/postfix_joiner.h"

#define PIECE_BYTES 60
#define SOURCE_NONE UINT16_MAX

struct piece {
    uint32_t next;
    uint8_t bytes[PIECE_BYTES];
};

struct text {
    uint32_t first; /* piece */
    uint16_t len;
};

struct message {
    uint64_t key;
    int64_t first_offset; /* of its oldest line in its source */
    int64_t active_offset;
    uint32_t active_item;
    uint32_t hash_next;
    uint32_t older, newer;   /* by last use */
    uint32_t earlier, later; /* by first line, of one source */
    uint32_t rcpt_first, rcpt_last;
    struct text sender, message_id;
    uint32_t attempts, size;
    int32_t zone_s;
    uint16_t source;
    bool used, sender_known, lost_recipients;
};

struct recipient {
    uint64_t key;
    uint32_t hash_next;
    uint32_t previous, next; /* of one message */
    struct text text;        /* the five slices one after another */
    uint16_t len[4];         /* of the first four */
};

struct source {
    const char *name;
    int32_t partition;
    uint32_t earliest, latest; /* messages */
    int64_t offset;            /* of the newest record */
};

struct ff_joiner {
    uint32_t message_max, recipient_max, piece_max;
    uint32_t message_fresh, recipient_fresh, piece_fresh; /* never used so far; 1-based */
    uint32_t message_free, recipient_free, piece_free;    /* lists of what was given back */
    uint32_t message_mask, recipient_mask;
    uint32_t *message_heads, *recipient_heads;
    struct message *messages;
    struct recipient *recipients;
    struct piece *pieces;
    uint32_t oldest, newest;
    uint32_t source_count, source_last;
    struct source sources[FF_JOINER_SOURCES];
    struct ff_joiner_stats stats;
};

/* postfix_joiner_texts.c */
/** Gives its pieces back; *t is then empty. */
void ff_joiner_text_free(struct ff_joiner *j, struct text *t);
/** Appends bytes to a chain whose last piece is *last, filled up to *fill. ff_joiner_make_room() was asked before. */
void ff_joiner_text_append(struct ff_joiner *j, struct text *t, uint32_t *last, size_t *fill, struct ff_slice s);
/** A copy of the text in the arena; empty when the arena is full. */
struct ff_slice ff_joiner_text_get(const struct ff_joiner *j, struct text t, struct ff_arena *arena);

/* postfix_joiner_tables.c; 0: there is none */
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
/** SOURCE_NONE when there is none, or no room for it. */
/** The message no longer holds back its source. */
void ff_joiner_source_unlink(struct ff_joiner *j, uint32_t i);
uint16_t ff_joiner_source_find(struct ff_joiner *j, const char *name, int32_t partition, bool add);

#endif
