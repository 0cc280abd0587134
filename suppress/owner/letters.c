/* letters.c: what comes of a record but is no key: dead letters, and commands that came by the wrong partition. */
#include "kafka/dead_letter.h"
#include "proto/clock.h"
#include "suppress/owner/token.h"

/** A dead letter keeps at most this of a value and of a key: librdkafka's message.max.bytes is 1,000,000 unless
 * set. A longer value is cut to the second. */
#define DEAD_LETTER_BYTES_MAX (900u << 10)
#define DEAD_LETTER_CUT_BYTES (64u << 10)
#define DEAD_LETTER_KEY_MAX (16u << 10)

/* Hands over what came of a record but is no key, counted into the open wave of its partition. */
static void send_letter(struct owner *o, const struct ff_broker_record *r, enum ff_topic topic, int32_t partition,
                        struct ff_slice key, struct ff_slice value, const struct ff_kafka_header *headers, size_t count)
{
    struct owner_token *t = ff_owner_token_new(o, r->partition, &(struct ff_outgoing){0});
    if (!t)
        return;
    t->waiting = 1;
    t->source_topic = r->topic;
    t->source_offset = r->offset;
    t->timed_now = o->letters_now;
    ff_owner_token_send(o, t, ff_broker_topic_name(o->writer, topic), partition, key, value,
                        t->timed_now ? -1 : r->timestamp_ms, headers, count);
    ff_owner_token_told(o, t, true);
}

void ff_owner_dead_letter(struct owner *o, const struct ff_broker_record *r, struct ff_slice value, const char *reason,
                          const char *message, size_t byte_offset, int64_t item_index)
{
    struct ff_slice key = r->key;
    struct ff_kafka_letter_headers says;
    const struct ff_kafka_letter letter = {
        .reason = reason,
        .message = message ? message : reason,
        .stage = "decode",
        .format = r->topic == FF_TOPIC_COMMANDS ? "command" : "packed",
        .byte_offset = byte_offset,
        .item_index = item_index,
        .full_bytes = value.len > DEAD_LETTER_BYTES_MAX ? ff_kafka_letter_cut(&value, DEAD_LETTER_CUT_BYTES) : 0,
        .full_key_bytes = ff_kafka_letter_cut(&key, DEAD_LETTER_KEY_MAX),
        .source_topic = ff_broker_topic_name(o->tail, r->topic),
        .source_partition = r->partition,
        .source_offset = r->offset,
        .source_timestamp_ms = r->timestamp_ms,
    };
    ff_letter_log_note(&o->letters, &letter);
    ff_kafka_letter_headers(&letter, &says);
    if (o->letters_now)
        says.list[says.count++] = (struct ff_kafka_header){FF_LETTER_TIMESTAMP, FF_SLICE(FF_LETTER_TIMESTAMP_REFUSED)};
    enum ff_topic topic = r->topic == FF_TOPIC_COMMANDS ? FF_TOPIC_COMMANDS_DLQ : FF_TOPIC_RESULTS_DLQ;
    atomic_fetch_add(&o->counters.dead_letters, 1);
    send_letter(o, r, topic, -1, key, value, says.list, says.count);
}

void ff_owner_tell_letters(struct owner *o, bool all)
{
    char line[FF_LETTER_LINE_MAX];
    while (ff_letter_log_line(&o->letters, ff_steady_ms() * 1000, all, line))
        ff_owner_say(o, "%s", line);
}

void ff_owner_forward(struct owner *o, const struct ff_broker_record *r, int32_t partition)
{
    struct ff_slice key = r->key;
    if (r->value.len > DEAD_LETTER_BYTES_MAX) {
        ff_owner_dead_letter(o, r, r->value, "too_large", "a command of another partition, too large to be forwarded",
                             0, -1);
        return;
    }
    if (key.len > DEAD_LETTER_KEY_MAX) /* no key of ours; nobody reads it */
        key = (struct ff_slice){0};
    send_letter(o, r, FF_TOPIC_COMMANDS, partition, key, r->value, NULL, 0);
}
