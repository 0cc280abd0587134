/* token.h: what waits for acknowledgements: publish.c makes tokens of keys, letters.c of what is no key.
 *
 * A token is counted into the open wave of its partition from ff_owner_token_new() until its last acknowledgement, or
 * its failure; then the wave is told, and it frees itself.
 */
#ifndef FF_SUPPRESS_TOKEN_H
#define FF_SUPPRESS_TOKEN_H

#include "suppress/owner/owner_int.h"

/* What was sent last of a key; all of it is sent before the next step is thought of. */
enum owner_step { STEP_SUPPRESSION, STEP_CHANGE, STEP_STATE };

/* What waits for acknowledgements: a key of the outbox, or a dead letter or forwarded command (key_len 0). */
struct owner_token {
    struct owner_token *previous, *next; /* keys of this assignment whose state was not sent yet */
    uint64_t sequence;
    uint32_t epoch;
    int32_t partition;
    unsigned wave;
    uint8_t waiting; /* for so many acknowledgements */
    enum owner_step step;
    bool failed, listed, timed_now; /* the last: its record's timestamp was left out */
    enum ff_topic source_topic;     /* key_len 0: of which record, of this partition */
    int64_t source_offset;
    size_t key_len, state_len, change_len, suppression_len, size;
    uint8_t bytes[]; /* key, state, change, suppression; sent from here, not from copies */
};

/** NULL: memory is short; the loop ends. What is in `out` but its slices does not count. */
struct owner_token *ff_owner_token_new(struct owner *o, int32_t partition, const struct ff_outgoing *out);
/** Into, and out of, the list of keys whose state was not sent yet. */
void ff_owner_token_list(struct owner_part *part, struct owner_token *t);
void ff_owner_token_unlist(struct owner_part *part, struct owner_token *t);
/** Nobody will tell about it any more. */
void ff_owner_token_done(struct owner *o, struct owner_token *t);
/** Queues one record of a token; one of a key is sent from the token, which is there until the last is told about. */
void ff_owner_token_send(struct owner *o, struct owner_token *t, const char *topic, int32_t partition,
                         struct ff_slice key, struct ff_slice value, int64_t timestamp_ms,
                         const struct ff_kafka_header *headers, size_t count);
/** One acknowledgement less is waited for. */
void ff_owner_token_told(struct owner *o, struct owner_token *t, bool ok);
/** Sends the record of this step of a key. */
void ff_owner_token_send_step(struct owner *o, struct owner_token *t, enum owner_step step);

#endif
