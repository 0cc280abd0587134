/* batch.h: the packed record: many events (or results) in one Kafka record or file frame, zstd applied by us.
 *
 *     packed  = version-byte payload
 *     version = 0x01: payload is the protobuf message as it is
 *               0x02: payload is one zstd frame whose header says the content size; the content is the message
 *               0x03: payload is the content size as a varint and one LZ4 block; the content is the message
 *     plain   = a bare protobuf DeliveryEvent or EventBatch without version byte (other producers, any Kafka codec).
 *               Told apart by the first byte: 0x01 to 0x03 are no possible protobuf tags (field number 0).
 *               Which of the two messages it is: the first of fields 2 (event: fixed64, batch: bytes), 4 (bytes and
 *               fixed64) and 5 (varint and bytes) decides, and any field over 5 makes it an event; for results it is
 *               field 1 (Result: bytes, batch: varint), and any field over 2 makes it a batch. When none of them is
 *               there, it is a single event or result.
 *     zstd    = one zstd frame whose content is plain (first bytes 28 b5 2f fd; a plain event never begins so, its
 *               reply_code would be 6069)
 *
 * A registry-framed value (leading 0x00, 4-byte schema id, message index path) is accepted too, the framing is skipped.
 * Why our own compression and not Kafka's codec, and when LZ4: docs/decisions/zstd-inside-the-record.md. Reading never
 * allocates: the content is decompressed into the reader's own buffer, made at start.
 */
#ifndef FF_PROTO_BATCH_H
#define FF_PROTO_BATCH_H

#include "proto/error.h"
#include "proto/event.h"
#include "proto/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FF_BATCH_VERSION_RAW 0x01
#define FF_BATCH_VERSION_ZSTD 0x02
#define FF_BATCH_VERSION_LZ4 0x03
/** Largest content after decompression; a frame that claims more (or does not say) is refused unopened. */
#define FF_BATCH_CONTENT_MAX (16u << 20)
/** Content at which a writer should be closed: librdkafka's message.max.bytes default is 1,000,000. */
#define FF_BATCH_CONTENT_TARGET (512u << 10)
/** Largest single event. */
#define FF_EVENT_BYTES_MAX (1u << 20)
/** A packed file is a sequence of packed records, each after its length as a varint, at most this. */
#define FF_BATCH_RECORD_MAX (16u << 20)

/** Decode one encoded DeliveryEvent; slices of *ret_ev point into `in`. Wrong wire types of known fields, a sub-message
 * or string cut off, text that is not UTF-8: FF_ERR_SYNTAX / FF_ERR_TRUNCATED; an IP address or id of an impossible
 * length: FF_ERR_RANGE; over FF_EVENT_BYTES_MAX: FF_ERR_TOO_LARGE. The last value of a repeated field wins. *ret_ev is
 * void on failure. ret_at may be NULL. Cost: about 70 ns for 14 fields, no allocation. */
FF_MUST_CHECK enum ff_err ff_event_decode(struct ff_slice in, struct ff_event *ret_ev, struct ff_err_at *ret_at);

/** Encode an event: ev->encoded verbatim when it is set, else all fields in ascending order. Sets out->full on
 * overflow. */
void ff_event_encode(const struct ff_event *ev, struct ff_wire_out *out);

/** Upper bound of what ff_event_encode() writes. */
size_t ff_event_size_max(const struct ff_event *ev);

struct ff_batch_reader; /* holds the zstd context and the content buffer (FF_BATCH_CONTENT_MAX) */

/** NULL when memory is short. */
FF_MUST_CHECK struct ff_batch_reader *ff_batch_reader_new(void);
void ff_batch_reader_free(struct ff_batch_reader *r);

enum ff_batch_what { FF_BATCH_EVENTS, FF_BATCH_RESULTS };

/**
 * Opens a packed or plain record. What was read before becomes invalid.
 * @param value  borrowed until the next open
 * @return FF_OK; FF_ERR_SYNTAX (no format of ours, bad frame), FF_ERR_TOO_LARGE (claims over FF_BATCH_CONTENT_MAX),
 *         FF_ERR_TRUNCATED; details in *ret_at
 */
FF_MUST_CHECK enum ff_err ff_batch_open(struct ff_batch_reader *r, enum ff_batch_what what, struct ff_slice value,
                                        struct ff_err_at *ret_at);

/** One element of the open batch: an encoded DeliveryEvent or Result.
 * @return FF_OK; FF_ERR_NOT_FOUND at the end; FF_ERR_TRUNCATED / FF_ERR_SYNTAX, once, when the batch itself is broken
 * from *ret_offset on (nothing more can be read) */
FF_MUST_CHECK enum ff_err ff_batch_next(struct ff_batch_reader *r, struct ff_slice *ret_item, size_t *ret_offset);

/** How a writer packs. Of one event of 244 bytes in a batch of 1000: zstd 100 bytes, 600 ns to write, 220 to read; LZ4
 * 132 bytes, 200 and 65 ns (bench/packed_bench). */
enum ff_batch_codec { FF_BATCH_RAW, FF_BATCH_ZSTD, FF_BATCH_LZ4 };

/** Compression context and output buffer, shared by any number of writers of one thread: with one each, 64 partitions
 * would push each other out of the cache. */
struct ff_batch_packer;
/** zstd's first level below 1, which leaves literals as they are. Of results of failures (360 bytes each, 1,000
 * in a batch), against level 1: 0.85 of the time to write, 0.77 of the time to read, 1.14 of the bytes
 * (docs/performance-throughput.md). */
#define FF_BATCH_ZSTD_QUICK (-1)
/** @param zstd_level 1..19 or FF_BATCH_ZSTD_QUICK; of FF_BATCH_ZSTD only, else without meaning.  NULL when memory
 * is short. */
FF_MUST_CHECK struct ff_batch_packer *ff_batch_packer_new(enum ff_batch_codec codec, int zstd_level);
void ff_batch_packer_free(struct ff_batch_packer *p);

struct ff_batch_writer;

/** A writer with a packer of its own. @param zstd_level 0: uncompressed; 1..19 or FF_BATCH_ZSTD_QUICK.  NULL when
 * memory is short. */
FF_MUST_CHECK struct ff_batch_writer *ff_batch_writer_new(enum ff_batch_what what, int zstd_level);
/** One of several writers; what ff_batch_close() gives lives until the next close of any of them. The packer is
 * borrowed until the writer is freed. */
FF_MUST_CHECK struct ff_batch_writer *ff_batch_writer_new_shared(enum ff_batch_what what, struct ff_batch_packer *p);
void ff_batch_writer_free(struct ff_batch_writer *w);
/** Starts an empty batch; header fields are copied. Both slices may be empty. */
void ff_batch_begin(struct ff_batch_writer *w, struct ff_slice format, struct ff_slice producer);
/** Appends an event (events writer), encoded as ff_event_encode() does it. FF_ERR_TOO_LARGE: the batch is full
 * (close it and try again), or, also with an empty batch, the event is over FF_EVENT_BYTES_MAX. */
FF_MUST_CHECK enum ff_err ff_batch_add_event(struct ff_batch_writer *w, const struct ff_event *ev);
/** Appends a result: event as ff_event_encode() writes it, and an encoded Verdict (may be empty). */
FF_MUST_CHECK enum ff_err ff_batch_add_result(struct ff_batch_writer *w, const struct ff_event *ev,
                                              struct ff_slice verdict);
size_t ff_batch_count(const struct ff_batch_writer *w);
size_t ff_batch_content_bytes(const struct ff_batch_writer *w);
/** Compresses and gives the packed record; it lives until the next begin. Bytes depend on the content alone. */
FF_MUST_CHECK enum ff_err ff_batch_close(struct ff_batch_writer *w, struct ff_slice *ret_record);

#ifdef __cplusplus
}
#endif
#endif
