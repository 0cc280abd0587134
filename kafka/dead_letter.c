/* dead_letter.c: see dead_letter.h. */
#include "kafka/dead_letter.h"

#include <inttypes.h>
#include <stdio.h>

static void put_text(struct ff_kafka_letter_headers *h, const char *name, const char *text)
{
    h->list[h->count++] = (struct ff_kafka_header){name, ff_slice_str(text)};
}

static void put_number(struct ff_kafka_letter_headers *h, const char *name, int64_t value)
{
    char *text = h->numbers[h->number_count++];
    snprintf(text, sizeof h->numbers[0], "%" PRId64, value);
    put_text(h, name, text);
}

void ff_kafka_letter_headers(const struct ff_kafka_letter *letter, struct ff_kafka_letter_headers *ret)
{
    ret->count = ret->number_count = 0;
    put_text(ret, "dlq.reason", letter->reason);
    put_text(ret, "dlq.message", letter->message);
    put_text(ret, "dlq.stage", letter->stage);
    put_text(ret, "dlq.format", letter->format);
    put_number(ret, "dlq.byte-offset", (int64_t)letter->byte_offset);
    if (letter->item_index >= 0)
        put_number(ret, "dlq.item-index", letter->item_index);
    if (letter->full_bytes)
        put_number(ret, FF_LETTER_FULL_BYTES, (int64_t)letter->full_bytes);
    if (letter->full_key_bytes)
        put_number(ret, FF_LETTER_FULL_KEY_BYTES, (int64_t)letter->full_key_bytes);
    put_text(ret, FF_LETTER_SOURCE_TOPIC, letter->source_topic);
    put_number(ret, FF_LETTER_SOURCE_PARTITION, letter->source_partition);
    put_number(ret, FF_LETTER_SOURCE_OFFSET, letter->source_offset);
    put_number(ret, FF_LETTER_SOURCE_TIMESTAMP, letter->source_timestamp_ms);
}
