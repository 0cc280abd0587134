/* record_headers.c: the three headers of a Kafka record that say how to read it.
 *
 * Most records have none, and librdkafka finds that out anew each time it is asked: it makes a buffer on the heap to
 * parse one byte, a tenth of what a log record costs. So records of log hooks are looked at here first: what
 * librdkafka hands out are pointers into the broker's answer, in which a record of format 2 (since Kafka 0.11) is
 *
 *     ... length of value (zigzag varint) | value | number of headers (zigzag varint) | headers
 *
 * A value with its own length right before it stands in such an answer, so that the byte behind it belongs to the
 * record, and zero there means no headers. Older formats have no headers, and the length in four bytes, of which none
 * that counts here looks like a varint of two; a copy of the value, should librdkafka make one some day, has something
 * else before it. In these cases librdkafka is asked. Source: https://kafka.apache.org/documentation/#record
 *
 * All of this holds for messages that were consumed, in the releases of librdkafka that are named below; of any other
 * it is asked as everybody asks it. tests/ingest/headers_test.c compares the two on the release at hand.
 */
#include "ingest/service/ingest_int.h"

/* Values whose length takes two bytes; all of log records, and the comparison is one. */
#define TWO_BYTES_MIN 64u
#define TWO_BYTES_MAX 8191u

/* Releases whose messages are pointers into the answer, also into a decompressed one: 1.0 (2019) to 2.x. */
static bool points_into_answer(void)
{
    int version = rd_kafka_version();
    return version >= 0x01000000 && version < 0x03000000;
}

static bool has_none(const rd_kafka_message_t *msg)
{
    const uint8_t *value = msg->payload;
    if (!value || !points_into_answer() || msg->len < TWO_BYTES_MIN || msg->len > TWO_BYTES_MAX)
        return false;
    uint32_t zigzag = (uint32_t)msg->len << 1;
    return value[-2] == (uint8_t)(zigzag | 0x80) && value[-1] == zigzag >> 7 && value[msg->len] == 0;
}

static struct ff_slice header(const rd_kafka_headers_t *headers, const char *name)
{
    const void *value;
    size_t size;
    if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || !value)
        return (struct ff_slice){0};
    return ff_slice_of(value, size);
}

struct ff_record_headers ff_record_headers(const rd_kafka_message_t *msg)
{
    rd_kafka_headers_t *headers;
    if (has_none(msg) || rd_kafka_message_headers(msg, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return (struct ff_record_headers){0};
    struct ff_slice tenant = header(headers, "tenant-id");
    return (struct ff_record_headers){.tenant = ff_tenant_is_valid(tenant) ? tenant : (struct ff_slice){0},
                                      .format = header(headers, "source-format"),
                                      .encoding = header(headers, "content-encoding")};
}
